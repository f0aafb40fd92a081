// Back-channel logout: the provider itself says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0).
import { z } from 'zod';
import { openTrace, SsoRefusal, type Trace } from '#domain/sso/trace.ts';
import { recordAttempt } from '#features/sso/attempts.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { takeOnce } from '#features/sso/once.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { strangersTier } from '#features/sso/refused.ts';
import { type Answer, type Route, route } from '#http/route.ts';
import { networkOf } from '#lib/network.ts';
import { takeAttempt } from '#store/attempts.ts';
import { inTransaction } from '#store/db.ts';
import { clientOf } from './client.ts';
import { Guid, openOidcApplication } from './door.ts';

const tokenMax = 64 * 1024;
const LogoutForm = z.looseObject({ logout_token: z.string().min(1).max(tokenMax) });
const Refused = z.object({ error: z.string(), error_description: z.string() });

export function backChannelRoutes(ports: SsoPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/auth/sso/:guid/backchannel-logout',
      summary: 'Ends the sessions of somebody who signed out at their OpenID Connect provider',
      dialect: 'oauth',
      access: 'anyone',
      params: Guid,
      consumes: 'form',
      body: LogoutForm,
      bodyBytesMax: tokenMax + 1024,
      answers: { 200: 'empty', 400: Refused },
      handle: async ({ params: { guid }, body, ip }) => {
        const application = await openOidcApplication(ports, guid);
        if (application?.active !== true) return refusedAs('There is no such application.');
        return signOut(ports, application, body.logout_token, ip);
      },
    }),
  ];
}

async function signOut(
  ports: SsoPorts,
  application: SsoApplication,
  token: string,
  ip: string,
): Promise<Answer> {
  const trace = openTrace();
  const now = ports.clock();
  try {
    await obey(ports, application, { token, ip, trace }, now);
    return { status: 200 };
  } catch (error) {
    if (!(error instanceof SsoRefusal)) throw error;
    const who = networkOf(ip);
    if (
      application.logsAttempts &&
      (await takeAttempt(ports.db, { tier: strangersTier, who }, now))
    ) {
      await recordAttempt(
        ports.db,
        {
          ...attemptOf(application, ip, trace),
          status: 'refused',
          failedCheck: error.check,
          result: error.message,
        },
        now,
      );
    }
    return refusedAs(error.message);
  }
}

/** The token is used up and the sessions end together, or neither: a failure of ours may be sent again. */
async function obey(
  ports: SsoPorts,
  application: SsoApplication,
  given: { readonly token: string; readonly ip: string; readonly trace: Trace },
  now: Date,
): Promise<void> {
  const { token, ip, trace } = given;
  const client = await clientOf(ports, application);
  const order = await ports.oidc.logoutOrder(client, token, trace, now);
  const { id: applicationId } = application;
  await inTransaction(ports.db, async (tx) => {
    const used = {
      applicationId,
      kind: 'logout-token',
      id: order.jti,
      until: order.until,
    } as const;
    if (!(await takeOnce(tx, used))) {
      trace.refuse('oidc.logout-once', 'The token was used before.');
    }
    trace.passed('oidc.logout-once');
    const origin = {
      applicationId,
      issuer: order.issuer,
      ...(order.subject === undefined ? {} : { subject: order.subject }),
      ...(order.providerSession === undefined ? {} : { providerSession: order.providerSession }),
    };
    const because = `they signed out at ${order.issuer}`;
    const ended = await ports.sessions.endOf(tx, origin, because, ip);
    if (!application.logsAttempts) return;
    const result = `The provider ended ${ended === 1 ? 'one session' : `${ended} sessions`}.`;
    await recordAttempt(
      tx,
      { ...attemptOf(application, ip, trace), status: 'signed-out', result },
      now,
    );
  });
}

export function attemptOf({ id }: SsoApplication, address: string, trace: Trace) {
  return {
    applicationId: id,
    address,
    purpose: 'logout',
    identity: undefined,
    steps: trace.steps,
  } as const;
}

function refusedAs(sentence: string): Answer {
  return { status: 400, body: { error: 'invalid_request', error_description: sentence } };
}
