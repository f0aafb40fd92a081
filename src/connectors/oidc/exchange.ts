// The code becomes tokens: asked for by openid-client, judged by our own checks first and then by the library too.
import { authorizationCodeGrant, type CustomFetch } from 'openid-client';
import { z } from 'zod';
import type { AuthorizationAnswer, OidcClient } from '#domain/ports/oidc-providers.ts';
import type { Trace } from '#domain/sso/trace.ts';
import { configurationOf } from './client.ts';
import type { Document } from './document.ts';
import { wordsOf } from './errors.ts';
import type { Provider } from './provider.ts';
import { shortened } from './said.ts';

export type Tokens = {
  readonly accessToken: string;
  readonly idToken: string;
  /** What the library found wrong with them; asked after our own checks, which say it by name. */
  readonly complaint: unknown;
};

const TokenAnswer = z.looseObject({
  access_token: z.string().min(1),
  token_type: z.string(),
  id_token: z.string().min(1),
});

/** The library fills no issuer's template in: of a provider of many tenants it sees no ID token. */
const Body = z.record(z.string(), z.unknown());

export async function fetchTokens(
  provider: Provider,
  document: Document,
  client: OidcClient,
  answer: AuthorizationAnswer,
  trace: Trace,
  now: Date,
): Promise<Tokens> {
  let seen: unknown;
  const many = client.preset === 'entra-multi';
  const watched: CustomFetch = async (address, options) => {
    const response = await provider.fetch(address, options);
    if (response.status !== 200) return response;
    seen = await response
      .clone()
      .json()
      .catch(() => undefined);
    if (!many) return response;
    const { id_token: _, ...rest } = Body.catch({}).parse(seen);
    return Response.json(rest, { headers: response.headers });
  };
  const given = { document, fetch: watched, callMs: provider.limits.callMs, now };
  const configuration = await configurationOf(client, given, trace);
  const complaint = await authorizationCodeGrant(configuration, landing(client, answer, document), {
    pkceCodeVerifier: answer.verifier.reveal(),
    expectedState: answer.state,
    ...(many ? {} : { expectedNonce: answer.nonce }),
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (seen === undefined) {
    trace.refuse('oidc.token-answer', wordsOf(complaint), {}, complaint);
  }
  trace.passed('oidc.token-answer');
  return { ...readTokens(seen, trace), complaint };
}

function readTokens(seen: unknown, trace: Trace): Omit<Tokens, 'complaint'> {
  const tokens = TokenAnswer.safeParse(seen);
  if (!tokens.success) {
    const lacking = tokens.error.issues.map(({ path }) => path.join('.')).join(', ');
    return trace.refuse('oidc.token-type', `In the answer ${lacking || 'all'} is missing.`);
  }
  const { access_token: accessToken, token_type: type, id_token: idToken } = tokens.data;
  if (type.toLowerCase() !== 'bearer') {
    trace.refuse('oidc.token-type', `The tokens are of the type "${shortened(type)}".`);
  }
  trace.passed('oidc.token-type');
  return { accessToken, idToken };
}

/** The address as it was registered, whatever a proxy made of it, with the query the browser brought. */
function landing(client: OidcClient, { url }: AuthorizationAnswer, document: Document): URL {
  const landed = new URL(client.redirectUri);
  landed.search = url.search;
  // Judged by name already (answer.ts); of a template the library knows only the whole.
  if (client.preset === 'entra-multi' && landed.searchParams.has('iss')) {
    landed.searchParams.set('iss', document.issuer);
  }
  return landed;
}
