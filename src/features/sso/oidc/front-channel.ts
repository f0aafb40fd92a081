// Front-channel logout: the provider opens this address in a frame of its own page (OpenID Connect Front-Channel Logout 1.0).
import { z } from 'zod';
import { openTrace, SsoRefusal, type Trace } from '#domain/sso/trace.ts';
import { recordAttempt } from '#features/sso/attempts.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { type Answer, type Route, route } from '#http/route.ts';
import { inTransaction } from '#store/db.ts';
import { attemptOf } from './back-channel.ts';
import { clientOf } from './client.ts';
import { Guid, openOidcApplication } from './door.ts';

const LogoutQuery = z.looseObject({
  iss: z.string().max(2_000).default(''),
  sid: z.string().max(1_000).default(''),
});

export function frontChannelRoutes(ports: SsoPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/auth/sso/:guid/frontchannel-logout',
      summary: 'Ends the session that an OpenID Connect provider names, in a frame of its page',
      dialect: 'page',
      access: 'anyone',
      params: Guid,
      query: LogoutQuery,
      answers: { 200: 'text', 400: 'text' },
      handle: async ({ params: { guid }, query, ip }) => {
        const application = await openOidcApplication(ports, guid);
        if (application?.active !== true) return framed(400, undefined);
        const { iss, sid } = query;
        return signOut(ports, application, { iss, sid, ip });
      },
    }),
  ];
}

type Order = { readonly iss: string; readonly sid: string; readonly ip: string };

/** Nothing here is proven but the knowledge of `sid`, so nothing but that very session ends. */
async function signOut(
  ports: SsoPorts,
  application: SsoApplication,
  order: Order,
): Promise<Answer> {
  const trace = openTrace();
  const now = ports.clock();
  const { iss: issuer, sid: providerSession, ip } = order;
  try {
    await checkOrder(ports, application, order, trace, now);
    const origin = { applicationId: application.id, issuer, providerSession };
    await inTransaction(ports.db, async (tx) => {
      const because = `they signed out at ${issuer}`;
      const ended = await ports.sessions.endOf(tx, origin, because, ip);
      if (ended === 0 || !application.logsAttempts) return;
      const attempt = attemptOf(application, ip, trace);
      const result = 'The provider ended the session through the browser.';
      await recordAttempt(tx, { ...attempt, status: 'signed-out', result }, now);
    });
    return framed(200, new URL(issuer).origin);
  } catch (error) {
    if (!(error instanceof SsoRefusal)) throw error;
    return framed(400, undefined);
  }
}

async function checkOrder(
  ports: SsoPorts,
  application: SsoApplication,
  { iss, sid }: Order,
  trace: Trace,
  now: Date,
): Promise<void> {
  if (sid === '') trace.refuse('oidc.logout-parameters', 'The request names no session (sid).');
  const wanted = await ports.oidc.issuer(await clientOf(ports, application), trace, now);
  const { preset } = application.oidc;
  const right = preset === 'entra-multi' ? isOfTenant(iss, wanted, application) : iss === wanted;
  if (!right) trace.refuse('oidc.logout-parameters', 'The request names another issuer (iss).');
  trace.passed('oidc.logout-parameters');
}

function isOfTenant(issuer: string, template: string, { oidc }: SsoApplication): boolean {
  return oidc.allowedTenants.some(
    (tenant) => issuer === template.replace('{tenantid}', tenant.trim().toLowerCase()),
  );
}

/** Only the issuer's own page may hold it; where frame-ancestors stands, X-Frame-Options is not asked. */
function framed(status: number, by: string | undefined): Answer {
  return {
    status,
    body: '',
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': `default-src 'none'; frame-ancestors ${by ?? "'none'"}`,
    },
  };
}
