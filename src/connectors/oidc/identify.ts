// From what the browser brought back to who it is: every check on the way is a row of oidc-checks.ts.
import type { AuthorizationAnswer, OidcClient } from '#domain/ports/oidc-providers.ts';
import type { Claims, ProvenIdentity } from '#domain/sso/identity.ts';
import type { Trace } from '#domain/sso/trace.ts';
import { Secret } from '#lib/secret.ts';
import { readAnswer } from './answer.ts';
import { clientIdOf } from './client.ts';
import { wordsOf } from './errors.ts';
import { fetchTokens } from './exchange.ts';
import { checkIdToken } from './id-token.ts';
import type { Provider } from './provider.ts';
import { type TokenClaims, verifyToken } from './token.ts';
import { completed } from './userinfo.ts';

/** Some providers send no type, most JWT; at+jwt and logout+jwt are no ID tokens (RFC 8725 §3.11). */
const types = ['jwt'];

export async function identify(
  provider: Provider,
  client: OidcClient,
  answer: AuthorizationAnswer,
  trace: Trace,
  now: Date,
): Promise<ProvenIdentity> {
  const clientId = clientIdOf(client, trace);
  const document = await provider.document(trace, now);
  const code = readAnswer(answer.url, client, document, trace);
  const tokens = await fetchTokens(provider, document, client, answer, trace, now);
  const { accessToken, idToken, complaint } = tokens;
  const verified = await verifyToken(idToken, { provider, document, types }, trace, now);
  const { nonce } = answer;
  const expected = { client, clientId, document, nonce, code, accessToken };
  const { issuer, sub, subject } = checkIdToken(verified, expected, trace, now);
  if (complaint !== undefined) trace.refuse('oidc.library', wordsOf(complaint), {}, complaint);
  trace.passed('oidc.library');
  const given = { provider, document, client, accessToken, sub };
  const claims = await completed(verified.claims, given, trace, now);
  const { sid } = verified.claims;
  return {
    issuer,
    subject,
    claims: asTexts(claims),
    providerSession: typeof sid === 'string' && sid !== '' ? sid : undefined,
    logoutHint: new Secret(idToken),
  };
}

/** What belongs to this one exchange says nothing about the person. */
const passing = new Set(['nonce', 'at_hash', 'c_hash', 's_hash']);

function asTexts(claims: TokenClaims): Claims {
  const texts = Object.entries(claims)
    .filter(([name]) => !passing.has(name))
    .map(([name, value]) => [name, textsOf(value)] as const)
    .filter(([, values]) => values.length > 0);
  return Object.fromEntries(texts);
}

function textsOf(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((one) => (Array.isArray(one) ? [] : textsOf(one)));
  return [typeof value === 'object' ? JSON.stringify(value) : String(value)];
}
