// Signing out at the provider too, begun here: a signed request, and the provider's answer to it.
import { clockSkewMs, type LogoutMessage } from '#domain/sso/saml-messages.ts';
import { openTrace } from '#domain/sso/trace.ts';
import { bindBrowser, browserCookie } from '#features/sso/browser-cookie.ts';
import type { ProviderLogout } from '#features/sso/logout.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { refused } from '#features/sso/refused.ts';
import { beginTransaction, takeTransaction } from '#features/sso/transactions.ts';
import type { Answer, RequestHeaders } from '#http/route.ts';
import { selfOf } from './door.ts';
import { nameIdFrom } from './name-id.ts';
import { ownKey } from './own-key.ts';
import { endpointBy, providerOf, verified } from './provider.ts';
import { sendFromForm } from './send.ts';
import { signedOutOf } from './signed-out.ts';

/** By redirect where the provider takes that: what follows a form may lead nowhere but to the form's own origin. */
export const signOutAtSaml: ProviderLogout = async (ports, application, origin, headers) => {
  if (origin.logoutHint === undefined) return undefined;
  const nameId = nameIdFrom(origin.logoutHint);
  const trace = openTrace();
  const provider = await providerOf(ports, application, trace);
  const endpoint = endpointBy(provider.logout, 'redirect');
  if (endpoint === undefined) return undefined;
  const { name } = application;
  const now = ports.clock();
  const requestId = ports.saml.newId();
  const { state, browser } = await beginTransaction(
    ports,
    {
      applicationId: application.id,
      applicationVersion: application.version,
      ...{ purpose: 'logout', entity: undefined, back: '/auth/logout', requestId },
      steps: trace.steps,
    },
    browserCookie(ports, headers),
    now,
  );
  const answer = sendFromForm(ports, endpoint, {
    name,
    message: {
      kind: 'logout',
      id: requestId,
      at: now,
      destination: endpoint.location,
      issuer: selfOf(ports, application).entityId,
      nameId,
      sessionIndex: origin.providerSession,
    },
    sending: { relayState: state.reveal(), key: await ownKey(ports, application) },
    words: { title: 'Signed out', sentence: `You are signed out here. Now of ${name} too.` },
  });
  return { ...answer, headers: { 'set-cookie': bindBrowser(ports, browser) } };
};

export type LogoutAnswer = {
  readonly message: LogoutMessage | undefined;
  readonly wrong?: string;
  readonly relayState: string | undefined;
  readonly headers: RequestHeaders;
  readonly ip: string;
};

/** What the provider made of it. The session here is over already. */
export async function concludeLogout(
  ports: SsoPorts,
  application: SsoApplication,
  { message, wrong, relayState, headers, ip }: LogoutAnswer,
): Promise<Answer> {
  const now = ports.clock();
  const asked = { applicationId: application.id, state: relayState ?? '' };
  const taken = await takeTransaction(
    ports,
    { ...asked, browser: browserCookie(ports, headers) },
    now,
  );
  const transaction = taken?.mine === true ? taken.transaction : undefined;
  const trace = openTrace(transaction?.steps);
  const { active, name } = application;
  try {
    if (!active) trace.refuse('application.active', `${name} is not active.`);
    if (message === undefined) return trace.refuse('saml.form', wrong ?? 'There is no message.');
    if (transaction?.purpose !== 'logout' || transaction.requestId === undefined) {
      return trace.refuse(
        'saml.logout-under-way',
        'No logout of this browser is under way with this RelayState.',
      );
    }
    trace.passed('saml.logout-under-way');
    const { requestId: inResponseTo } = transaction;
    const provider = await providerOf(ports, application, trace);
    const { entityId, slo: sloUrl } = selfOf(ports, application);
    const { complete } = await verified(ports, application, provider, trace, (known, steps) => {
      const certificates = known.signing.map(({ pem }) => pem);
      const expected = { entityId, issuer: known.entityId, certificates, now, clockSkewMs };
      return ports.saml.verifyLogoutResponse(message, { ...expected, sloUrl, inResponseTo }, steps);
    });
    return signedOutOf(name, complete);
  } catch (error) {
    const browser = { ip, userAgent: String(headers['user-agent'] ?? '') };
    const context = { application, transaction, browser, trace, identity: undefined };
    return refused(ports, { ...context, purpose: 'logout' }, error, now);
  }
}
