// Where a sign-on begins, and where an administrator tries one: /auth/sso/:guid/start and /test.
import { z } from 'zod';
import { openTrace } from '#domain/sso/trace.ts';
import { type Answer, type Route, route } from '#http/route.ts';
import { beginnings } from './beginnings.ts';
import { refused } from './conclude.ts';
import { entities, type SsoApplication } from './model.ts';
import type { SsoPorts } from './ports.ts';
import { findSsoApplication } from './queries.ts';
import { refusalPage } from './refusal-page.ts';
import type { Start } from './start.ts';

const Guid = z.object({ guid: z.guid().toLowerCase() });

const StartQuery = z.looseObject({
  return: z.string().max(4_000).default('/'),
  entity: z.enum(entities).optional(),
});

export function startRoutes(ports: SsoPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/sso/:guid/start',
      summary: 'Begins to sign on with another system',
      dialect: 'page',
      access: 'anyone',
      params: Guid,
      query: StartQuery,
      answers: { 200: 'page', 303: 'empty', 403: 'page', 500: 'page' },
      handle: async ({ params: { guid }, query, headers, ip }) => {
        const application = await findSsoApplication(ports.db, { guid });
        // Whether there is one that is inactive is nobody's business.
        if (application?.active !== true) return notHere;
        const { entity, return: back } = query;
        const start = { purpose: 'sign-in', entity, back, headers } as const;
        return begin(ports, application, start, ip);
      },
    }),
  ];
}

const notHere: Answer = {
  status: 403,
  page: (nonce) => refusalPage(nonce, { attempt: undefined, failed: false }),
};

async function begin(
  ports: SsoPorts,
  application: SsoApplication,
  given: Omit<Start, 'trace'>,
  ip: string,
): Promise<Answer> {
  const trace = openTrace();
  const browser = { ip, userAgent: String(given.headers['user-agent'] ?? '') };
  const context = { application, transaction: undefined, browser, trace, identity: undefined };
  try {
    const start = beginnings[application.protocol];
    if (start === undefined) throw new Error(`Nothing begins ${application.protocol}.`);
    return await start(ports, application, { ...given, trace });
  } catch (error) {
    return refused(ports, context, error, ports.clock());
  }
}
