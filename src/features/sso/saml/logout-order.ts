// A provider says that somebody signed out there: verified like a sign-on, obeyed once, answered with a signature.
import {
  clockSkewMs,
  type LogoutMessage,
  type VerifiedLogoutRequest,
} from '#domain/sso/saml-messages.ts';
import { openTrace, type Trace } from '#domain/sso/trace.ts';
import { recordAttempt } from '#features/sso/attempts.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { takeOnce } from '#features/sso/once.ts';
import type { OriginOf, SsoPorts } from '#features/sso/ports.ts';
import { refused } from '#features/sso/refused.ts';
import type { Answer } from '#http/route.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { selfOf } from './door.ts';
import { ownKey } from './own-key.ts';
import { providerOf, verified } from './provider.ts';
import { send } from './send.ts';
import { sessionsNamed } from './sessions-named.ts';
import { signedOutAnswer } from './signed-out.ts';
import { isTransient } from './subject.ts';

export type Order = {
  /** Undefined with `wrong`: no message could be read of the form. */
  readonly message: LogoutMessage | undefined;
  readonly wrong?: string;
  readonly relayState: string | undefined;
  readonly ip: string;
  readonly userAgent: string;
};

/** Nothing is answered to a request that was not verified: it may be a stranger's. */
export async function obey(
  ports: SsoPorts,
  application: SsoApplication,
  order: Order,
): Promise<Answer> {
  const trace = openTrace();
  const now = ports.clock();
  const browser = { ip: order.ip, userAgent: order.userAgent };
  try {
    return await end(ports, application, { ...order, trace }, now);
  } catch (error) {
    const context = { application, transaction: undefined, browser, trace, identity: undefined };
    return refused(ports, { ...context, purpose: 'logout' }, error, now);
  }
}

async function end(
  ports: SsoPorts,
  application: SsoApplication,
  { message, wrong, relayState, ip, trace }: Order & { readonly trace: Trace },
  now: Date,
): Promise<Answer> {
  const { active, name, id: applicationId } = application;
  if (!active) trace.refuse('application.active', `${name} is not active.`);
  trace.passed('application.active');
  if (message === undefined) return trace.refuse('saml.form', wrong ?? 'There is no message.');
  const provider = await providerOf(ports, application, trace);
  const { entityId, slo } = selfOf(ports, application);
  const request = await verified(ports, application, provider, trace, (known, steps) => {
    const certificates = known.signing.map(({ pem }) => pem);
    const expected = { entityId, issuer: known.entityId, certificates, now, clockSkewMs };
    return ports.saml.verifyLogoutRequest(message, { ...expected, sloUrl: slo }, steps);
  });
  await inTransaction(ports.db, async (tx) => {
    const { id, notOnOrAfter: until } = request;
    if (!(await takeOnce(tx, { applicationId, kind: 'logout-request', id, until }))) {
      trace.refuse('saml.logout-once', 'The request was used before.');
    }
    trace.passed('saml.logout-once');
    const because = `they signed out at ${request.issuer}`;
    let ended = 0;
    for (const origin of await originsOf(ports, tx, application, request)) {
      ended += await ports.sessions.endOf(tx, origin, because, ip);
    }
    if (!application.logsAttempts) return;
    const result = `The provider ended ${ended === 1 ? 'one session' : `${ended} sessions`}.`;
    const attempt = { applicationId, address: ip, purpose: 'logout', identity: undefined } as const;
    const { steps } = trace;
    await recordAttempt(tx, { ...attempt, status: 'signed-out', result, steps }, now);
  });
  const endpoint = provider.logout[0];
  if (endpoint === undefined) return signedOutAnswer;
  return send(ports, endpoint, {
    message: {
      kind: 'logged-out',
      id: ports.saml.newId(),
      at: now,
      destination: endpoint.responseLocation ?? endpoint.location,
      issuer: entityId,
      inResponseTo: request.id,
      status: 'success',
    },
    sending: { relayState, key: await ownKey(ports, application) },
    words: { title: 'Signed out', sentence: `You are signed out here and go back to ${name}.` },
  });
}

/** Which sessions it names: of the person, or only those with the indexes it lists (SAML core §3.7.3.2). */
async function originsOf(
  { sealing }: SsoPorts,
  tx: Db | Tx,
  { id: applicationId }: SsoApplication,
  { issuer, nameId, sessionIndexes }: VerifiedLogoutRequest,
): Promise<readonly OriginOf[]> {
  const of = { applicationId, issuer };
  if (isTransient(nameId)) {
    const found = await sessionsNamed({ db: tx, sealing }, { ...of, nameId, sessionIndexes });
    return found.map(({ subject, providerSession }) => ({
      ...{ ...of, subject },
      ...(providerSession === undefined ? {} : { providerSession }),
    }));
  }
  const subject = nameId.value;
  if (sessionIndexes.length === 0) return [{ ...of, subject }];
  return [...new Set(sessionIndexes)].map((providerSession) => ({
    ...of,
    subject,
    providerSession,
  }));
}
