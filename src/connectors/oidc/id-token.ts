// What an ID token says, checked claim by claim (OpenID Connect Core 1.0 §3.1.3.7).
import type { OidcClient } from '#domain/ports/oidc-providers.ts';
import { redact } from '#domain/sso/redact.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Document } from './document.ts';
import { halfHash } from './keys.ts';
import { tokenLimits } from './limits.ts';
import { shortened } from './said.ts';
import { checkTenant } from './tenant.ts';
import type { TokenClaims, Verified } from './token.ts';

export type Expected = {
  readonly client: OidcClient;
  readonly clientId: string;
  readonly document: Document;
  readonly nonce: string;
  readonly code: string;
  readonly accessToken: string;
};

export type Who = {
  readonly issuer: string;
  /** As the token has it: what userinfo must repeat. */
  readonly sub: string;
  /** Never changes for one person: for Entra the tenant and the object in it. */
  readonly subject: string;
};

export function checkIdToken(verified: Verified, expected: Expected, trace: Trace, now: Date): Who {
  const { claims, alg } = verified;
  const { client, clientId } = expected;
  const issuer = checkIssuer(claims, client, expected.document, trace);
  checkAudience(claims, clientId, trace);
  checkTimes(claims, trace, now);
  if (claims.nonce !== expected.nonce) {
    trace.refuse(
      'oidc.nonce',
      claims.nonce === undefined
        ? 'The token has no nonce.'
        : 'The nonce of the token is another request’s.',
    );
  }
  trace.passed('oidc.nonce');
  checkHashes(claims, alg, expected, trace);
  const sub = checkSubject(claims, trace);
  checkAuthentication(claims, client, trace, now);
  checkHostedDomain(claims, client, trace);
  const tenant = checkTenant(claims, issuer, client, expected.document, trace);
  return { issuer, sub, subject: tenant ?? sub };
}

/** Of a provider of many tenants the issuer follows from the tenant: checkTenant. */
export function checkIssuer(
  { iss }: TokenClaims,
  { preset }: OidcClient,
  document: Document,
  trace: Trace,
): string {
  const right = typeof iss === 'string' && (preset === 'entra-multi' || iss === document.issuer);
  if (!right) {
    trace.refuse(
      'oidc.issuer',
      iss === undefined
        ? 'The token names no issuer.'
        : `The token names the issuer "${shortened(String(iss))}" instead of "${document.issuer}".`,
    );
  }
  trace.passed('oidc.issuer', { issuer: String(iss) });
  return String(iss);
}

export function checkAudience({ aud, azp }: TokenClaims, clientId: string, trace: Trace): void {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(clientId)) {
    trace.refuse(
      'oidc.audience',
      `The token is for ${shortened(audiences.map(String).join(', '))} and not for ${clientId}.`,
    );
  }
  trace.passed('oidc.audience', { audiences: audiences.length });
  const given = azp === clientId || (azp === undefined && audiences.length === 1);
  if (!given) {
    trace.refuse(
      'oidc.authorized-party',
      azp === undefined
        ? 'The token is for several clients and does not say which of them it was given to (azp).'
        : `The token was given to ${shortened(String(azp))} (azp).`,
    );
  }
  trace.passed('oidc.authorized-party', { named: azp !== undefined });
}

function checkTimes({ exp, nbf, iat }: TokenClaims, trace: Trace, now: Date): void {
  const tolerance = tokenLimits.clockToleranceSeconds;
  const seconds = now.getTime() / 1000;
  const facts = { hub: Math.round(seconds) };
  if (typeof exp !== 'number' || !(exp > seconds - tolerance)) {
    trace.refuse('oidc.expires', `The token ${ended(exp, seconds)}.`, facts);
  }
  trace.passed('oidc.expires', { ...facts, secondsLeft: Math.round(Number(exp) - seconds) });
  if (nbf !== undefined && (typeof nbf !== 'number' || !(nbf <= seconds + tolerance))) {
    trace.refuse('oidc.not-before', 'The token is not valid yet by the clock of the hub.', facts);
  }
  trace.passed('oidc.not-before');
  const oldest = seconds - tolerance - tokenLimits.issuedAgoSecondsMax;
  if (typeof iat !== 'number' || !(iat <= seconds + tolerance && iat >= oldest)) {
    trace.refuse('oidc.issued-at', `The token was made ${made(iat, seconds)}.`, facts);
  }
  trace.passed('oidc.issued-at', { secondsAgo: Math.round(seconds - Number(iat)) });
}

function ended(exp: unknown, seconds: number): string {
  if (typeof exp !== 'number') return 'does not say when it expires';
  return `expired ${Math.round(seconds - exp)} seconds ago by the clock of the hub`;
}

function made(iat: unknown, seconds: number): string {
  if (typeof iat !== 'number') return 'at a time it does not tell';
  const ago = Math.round(seconds - iat);
  const when = ago < 0 ? `${-ago} seconds in the future` : `${ago} seconds ago`;
  return `${when} by the clock of the hub`;
}

function checkHashes(claims: TokenClaims, alg: string, expected: Expected, trace: Trace): void {
  const { at_hash: ofToken, c_hash: ofCode } = claims;
  if (ofToken !== undefined && ofToken !== halfHash(expected.accessToken, alg)) {
    trace.refuse('oidc.access-token-hash', 'The access token is not the one that belongs to it.');
  }
  trace.passed('oidc.access-token-hash', { present: ofToken !== undefined });
  if (ofCode !== undefined && ofCode !== halfHash(expected.code, alg)) {
    trace.refuse('oidc.code-hash', 'The code is not the one that belongs to it.');
  }
  trace.passed('oidc.code-hash', { present: ofCode !== undefined });
}

function checkSubject({ sub }: TokenClaims, trace: Trace): string {
  const max = tokenLimits.subjectCharactersMax;
  const fits = typeof sub === 'string' && sub !== '' && sub.length <= max;
  if (!fits) {
    trace.refuse(
      'oidc.subject',
      typeof sub === 'string' && sub !== ''
        ? `The subject has ${sub.length} characters.`
        : 'The token does not say who it is about (sub).',
    );
  }
  trace.passed('oidc.subject', { subject: redact(String(sub)) });
  return String(sub);
}

function checkAuthentication(
  { auth_time: at, acr }: TokenClaims,
  { maxAgeSeconds, requiredAcr }: OidcClient,
  trace: Trace,
  now: Date,
): void {
  const tolerance = tokenLimits.clockToleranceSeconds;
  const seconds = now.getTime() / 1000;
  if (maxAgeSeconds !== null) {
    const fresh =
      typeof at === 'number' &&
      at <= seconds + tolerance &&
      at >= seconds - maxAgeSeconds - tolerance;
    if (!fresh) {
      trace.refuse(
        'oidc.authentication-time',
        typeof at === 'number'
          ? `They signed in at the provider ${Math.round(seconds - at)} seconds ago; ${maxAgeSeconds} are allowed.`
          : 'The token does not say when they signed in at the provider (auth_time).',
      );
    }
    trace.passed('oidc.authentication-time', { secondsAgo: Math.round(seconds - Number(at)) });
  }
  if (requiredAcr.length === 0) return;
  if (typeof acr !== 'string' || !requiredAcr.includes(acr)) {
    trace.refuse(
      'oidc.authentication-class',
      typeof acr === 'string'
        ? `They signed in at the provider with "${shortened(acr)}".`
        : 'The token does not say how they signed in at the provider (acr).',
    );
  }
  trace.passed('oidc.authentication-class', { class: shortened(String(acr)) });
}

/** Google's hd is a wish in the request; only the claim says that it was granted. `*` is any domain. */
function checkHostedDomain({ hd }: TokenClaims, client: OidcClient, trace: Trace): void {
  const wanted = client.domainHint?.trim();
  if (client.preset !== 'google' || !wanted) return;
  const right = typeof hd === 'string' && (wanted === '*' || hd === wanted.toLowerCase());
  if (!right) {
    trace.refuse(
      'oidc.hosted-domain',
      typeof hd === 'string'
        ? `The account belongs to ${shortened(hd)}.`
        : 'The account belongs to no domain.',
    );
  }
  trace.passed('oidc.hosted-domain', { domain: String(hd) });
}
