// What the ID token lacks and the application needs, asked of the provider about the same person.
import { fetchUserInfo, skipSubjectCheck } from 'openid-client';
import type { OidcClient } from '#domain/ports/oidc-providers.ts';
import type { Trace } from '#domain/sso/trace.ts';
import { configurationOf } from './client.ts';
import type { Document } from './document.ts';
import { wordsOf } from './errors.ts';
import type { Provider } from './provider.ts';
import type { TokenClaims } from './token.ts';

/** The claims of both; of each claim the ID token's, where it has it. */
export async function completed(
  claims: TokenClaims,
  given: {
    readonly provider: Provider;
    readonly document: Document;
    readonly client: OidcClient;
    readonly accessToken: string;
    readonly sub: string;
  },
  trace: Trace,
  now: Date,
): Promise<TokenClaims> {
  const { provider, document, client, accessToken, sub } = given;
  const lacking = client.neededClaims.filter((name) => claims[name] === undefined);
  if (lacking.length === 0 || document.userinfo_endpoint === undefined) return claims;
  const line = { document, fetch: provider.fetch, callMs: provider.limits.callMs, now };
  const configuration = await configurationOf(client, line, trace);
  const userinfo: TokenClaims = await fetchUserInfo(
    configuration,
    accessToken,
    skipSubjectCheck,
  ).catch((error: unknown) => trace.refuse('oidc.userinfo', wordsOf(error), {}, error));
  trace.passed('oidc.userinfo', { lacking: lacking.join(' ') });
  // OpenID Connect Core §5.3.2: without this, one person's access token brings another's address.
  if (userinfo.sub !== sub) {
    trace.refuse('oidc.userinfo-subject', 'The userinfo is about somebody else than the ID token.');
  }
  trace.passed('oidc.userinfo-subject');
  return joined(claims, userinfo);
}

/** Whether an address is verified is said by whoever says the address, and of no other. */
function joined(claims: TokenClaims, userinfo: TokenClaims): TokenClaims {
  const { email_verified: verified, ...others } = userinfo;
  const { email_verified: _, ...own } = claims;
  if (claims.email !== undefined) return { ...others, ...claims };
  return {
    ...others,
    ...own,
    ...(userinfo.email === undefined || verified === undefined ? {} : { email_verified: verified }),
  };
}
