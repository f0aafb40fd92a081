// Begins a sign-on with SAML: what must hold until its end is kept, and the browser carries a request to the provider.
import { bindBrowser, browserCookie } from '#features/sso/browser-cookie.ts';
import type { Begin } from '#features/sso/start.ts';
import { beginTransaction } from '#features/sso/transactions.ts';
import { selfOf } from './door.ts';
import { ownKey } from './own-key.ts';
import { endpointBy, providerOf } from './provider.ts';
import { send } from './send.ts';

export const beginSaml: Begin = async (ports, application, start) => {
  const { purpose, entity, back, by, headers, trace } = start;
  const { saml, name } = application;
  const provider = await providerOf(ports, application, trace);
  const endpoint = endpointBy(provider.signOn, saml.requestBinding) ?? provider.signOn[0];
  const signs = saml.signsRequests || provider.wantsRequestsSigned;
  const key = signs ? await ownKey(ports, application) : undefined;
  const self = selfOf(ports, application);
  const now = ports.clock();
  const requestId = ports.saml.newId();
  const { state, browser } = await beginTransaction(
    ports,
    {
      applicationId: application.id,
      applicationVersion: application.version,
      ...{ purpose, entity, back, requestId },
      ...(by === undefined ? {} : { by }),
      steps: trace.steps,
    },
    browserCookie(ports, headers),
    now,
  );
  const answer = send(ports, endpoint, {
    message: {
      kind: 'sign-on',
      id: requestId,
      at: now,
      destination: endpoint.location,
      issuer: self.entityId,
      acs: self.acs,
      nameIdFormat: saml.nameIdFormat,
      forceAuthn: saml.forceAuthn,
    },
    sending: { relayState: state.reveal(), key },
    words: { title: 'Signing in', sentence: `You go on to ${name} to sign in.` },
  });
  const headersOut = { ...answer.headers, 'set-cookie': bindBrowser(ports, browser) };
  return { ...answer, headers: headersOut };
};
