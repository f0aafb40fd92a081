// A logout token, checked in full (OpenID Connect Back-Channel Logout 1.0 §2.6).
import type { LogoutOrder, OidcClient } from '#domain/ports/oidc-providers.ts';
import { redact } from '#domain/sso/redact.ts';
import type { Trace } from '#domain/sso/trace.ts';
import { clientIdOf } from './client.ts';
import type { Document } from './document.ts';
import { checkAudience, checkIssuer } from './id-token.ts';
import { tokenLimits } from './limits.ts';
import type { Provider } from './provider.ts';
import { checkTenantOf } from './tenant.ts';
import { type TokenClaims, verifyToken } from './token.ts';

const event = 'http://schemas.openid.net/event/backchannel-logout';

/** Older providers send plain JWTs; what tells them from ID tokens is then the event, and no nonce. */
const types = ['logout+jwt', 'jwt'];

export async function logoutOrder(
  provider: Provider,
  client: OidcClient,
  token: string,
  trace: Trace,
  now: Date,
): Promise<LogoutOrder> {
  const clientId = clientIdOf(client, trace);
  const document = await provider.document(trace, now);
  const { claims } = await verifyToken(token, { provider, document, types }, trace, now);
  const issuer = checkIssuer(claims, client, document, trace);
  checkAudience(claims, clientId, trace);
  const { jti, until } = checkTimes(claims, trace, now);
  if (!isObject(claims.events) || !isObject(claims.events[event])) {
    trace.refuse('oidc.logout-event', 'The token has no event that asks for a logout.');
  }
  trace.passed('oidc.logout-event');
  if (claims.nonce !== undefined) {
    trace.refuse('oidc.logout-nonce', 'The token has a nonce: it is an ID token, or made of one.');
  }
  trace.passed('oidc.logout-nonce');
  return { issuer, ...whose(claims, issuer, client, document, trace), jti, until };
}

function checkTimes(
  { iat, exp, jti }: TokenClaims,
  trace: Trace,
  now: Date,
): { readonly jti: string; readonly until: Date } {
  const seconds = now.getTime() / 1000;
  const { clockToleranceSeconds: tolerance, logoutSecondsMax: most } = tokenLimits;
  const made =
    typeof iat === 'number' && iat <= seconds + tolerance && iat >= seconds - most - tolerance;
  const ends =
    typeof exp === 'number' && exp > seconds - tolerance && exp <= seconds + most + tolerance;
  if (!made || !ends) {
    trace.refuse(
      'oidc.logout-times',
      made
        ? `The token ${exp === undefined ? 'does not say when it ends' : 'is over, or ends too late'}.`
        : `The token ${iat === undefined ? 'does not say when it was made' : 'was made too long ago, or in the future'}.`,
      { hub: Math.round(seconds) },
    );
  }
  trace.passed('oidc.logout-times');
  if (typeof jti !== 'string' || jti === '' || jti.length > tokenLimits.subjectCharactersMax) {
    trace.refuse('oidc.logout-once', 'The token has no name by which it is used once (jti).');
  }
  return { jti: String(jti), until: new Date((Number(exp) + tolerance) * 1000) };
}

function whose(
  claims: TokenClaims,
  issuer: string,
  client: OidcClient,
  document: Document,
  trace: Trace,
): Pick<LogoutOrder, 'subject' | 'providerSession'> {
  const sid = textOf(claims.sid);
  const sub = client.preset.startsWith('entra')
    ? ofEntra(claims, issuer, client, document, trace)
    : textOf(claims.sub);
  if (sid === undefined && sub === undefined) {
    trace.refuse('oidc.logout-subject', 'The token says neither whose session it is nor which.');
  }
  trace.passed('oidc.logout-subject', {
    ...(sub === undefined ? {} : { subject: redact(sub) }),
    session: sid !== undefined,
  });
  return { subject: sub, providerSession: sid };
}

/** Sessions of Entra's people are kept under tenant and object; their `sub` is another in each application. */
function ofEntra(
  { tid, oid }: TokenClaims,
  issuer: string,
  client: OidcClient,
  document: Document,
  trace: Trace,
): string | undefined {
  if (client.preset === 'entra-multi' || typeof tid === 'string') {
    checkTenantOf({ tid: String(tid), issuer }, client, document, trace);
  }
  if (typeof tid !== 'string' || typeof oid !== 'string') return undefined;
  return `${tid.toLowerCase()}|${oid.toLowerCase()}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
