// Where a sign-on begins, is tried by an administrator, and is linked by whom it is: /auth/sso/:guid/start, /test, /link.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { PersonId } from '#domain/ports/people.ts';
import { openTrace } from '#domain/sso/trace.ts';
import { type Answer, type RequestHeaders, type Route, route } from '#http/route.ts';
import { networkOf } from '#lib/network.ts';
import { ownPath } from '#lib/own-path.ts';
import { type Tier, takeAttempt } from '#store/attempts.ts';
import { beginnings } from './beginnings.ts';
import { attemptsPath } from './console-paths.ts';
import { mayLink } from './link-oneself.ts';
import { linkPage, onwards, provePage } from './link-page.ts';
import { entities, type SsoApplication } from './model.ts';
import type { SsoPorts } from './ports.ts';
import { findSsoApplication } from './queries.ts';
import { refusalPage } from './refusal-page.ts';
import { refused } from './refused.ts';
import type { Start } from './start.ts';

const Guid = z.object({ guid: z.guid().toLowerCase() });

const Back = z.string().max(4_000).default('/').transform(ownPath);
const entity = z.enum(entities).optional();
const StartQuery = z.looseObject({ return: Back, entity, link: z.enum(['0', '1']).default('0') });
const LinkForm = z.looseObject({ csrf: z.string().max(200), return: Back });

/** A large office behind one address signs on in the morning; a program that begins without end is stopped. */
export const startsTier: Tier = { name: 'sso.start', triesMax: 2_000, windowMs: 15 * 60_000 };

const pages = { 200: 'page', 303: 'empty', 403: 'page', 500: 'page' } as const;

export function startRoutes(ports: SsoPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/sso/:guid/start',
      summary:
        'Begins to sign on with another system; with `link=1`, to link an identity to oneself',
      dialect: 'page',
      access: 'anyone',
      params: Guid,
      query: StartQuery,
      answers: pages,
      handle: async ({ params: { guid }, query, headers, ip }) => {
        const application = await findActive(ports, guid, ip);
        if (application === undefined) return notHere;
        const back = query.return;
        if (query.link === '1') return askToLink(ports, application, back, headers);
        const start = { purpose: 'sign-in', entity: query.entity, back, headers } as const;
        return begin(ports, application, start, ip);
      },
    }),
    route({
      method: 'POST',
      path: '/auth/sso/:guid/link',
      summary: 'Begins to link an identity to who is signed in, by a password given just before',
      dialect: 'page',
      // The form carries the proof of the session: a site elsewhere cannot make anybody link its own identity.
      access: 'signed-in',
      params: Guid,
      body: LinkForm,
      consumes: 'form',
      answers: pages,
      handle: async ({ params: { guid }, body, headers, ip }) => {
        const application = await findActive(ports, guid, ip);
        const who = await ports.sessions.whoIsSignedIn(headers);
        if (application === undefined || who === undefined) return notHere;
        const back = body.return;
        if (!mayLink(who, ports.clock())) return askToProve(application, back);
        const by = { kind: who.person.kind, id: who.person.id };
        const start = { purpose: 'link', entity: by.kind, back, by, headers } as const;
        return onwards(await begin(ports, application, start, ip));
      },
    }),
    route({
      method: 'GET',
      path: '/auth/sso/:guid/test',
      summary: 'Tries a sign-on to its end, which makes no session and changes nothing',
      dialect: 'page',
      access: ['sso:edit'],
      params: Guid,
      query: z.looseObject({ entity }),
      answers: pages,
      handle: async ({ params: { guid }, query, headers, ip, actor }) => {
        const application = await findSsoApplication(ports.db, { guid });
        if (application === undefined) return notHere;
        const start = {
          purpose: 'test',
          entity: query.entity,
          back: attemptsPath,
          headers,
        } as const;
        return begin(ports, application, { ...start, ...testedBy(actor) }, ip);
      },
    }),
  ];
}

/** Whether there is one that is inactive is nobody's business. */
async function findActive(
  { db, clock }: SsoPorts,
  guid: string,
  ip: string,
): Promise<SsoApplication | undefined> {
  if (!(await takeAttempt(db, { tier: startsTier, who: networkOf(ip) }, clock()))) return undefined;
  const application = await findSsoApplication(db, { guid });
  return application?.active === true ? application : undefined;
}

const notHere: Answer = {
  status: 403,
  page: (nonce) => refusalPage(nonce, { attempt: undefined, failed: false }),
};

async function askToLink(
  ports: SsoPorts,
  application: SsoApplication,
  back: string,
  headers: RequestHeaders,
): Promise<Answer> {
  const who = await ports.sessions.whoIsSignedIn(headers);
  if (who === undefined || !mayLink(who, ports.clock())) return askToProve(application, back);
  const { guid, name } = application;
  const page = { guid, application: name, person: who.person.name, csrf: who.csrfToken, back };
  return { status: 200, page: (nonce) => linkPage(nonce, page) };
}

function askToProve({ guid, name }: SsoApplication, back: string): Answer {
  return { status: 200, page: (nonce) => provePage(nonce, { guid, application: name, back }) };
}

function testedBy({ kind, id }: Actor): { readonly by?: PersonId } {
  return kind === 'agent' || kind === 'user' ? { by: { kind, id: Number(id) } } : {};
}

async function begin(
  ports: SsoPorts,
  application: SsoApplication,
  given: Omit<Start, 'trace'>,
  ip: string,
): Promise<Answer> {
  const trace = openTrace();
  const browser = { ip, userAgent: String(given.headers['user-agent'] ?? '') };
  const transaction = { purpose: given.purpose };
  const context = { application, transaction, browser, trace, identity: undefined };
  try {
    return await beginnings[application.protocol](ports, application, { ...given, trace });
  } catch (error) {
    return refused(ports, context, error, ports.clock());
  }
}
