// Entra: the tenant is taken from the verified token, must be its issuer's, and must be allowed.
import type { OidcClient } from '#domain/ports/oidc-providers.ts';
import { redact } from '#domain/sso/redact.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Document } from './document.ts';
import { tenantWord } from './place.ts';
import { shortened } from './said.ts';
import type { TokenClaims } from './token.ts';

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * `tid|oid`, which is one person for ever; undefined for other providers. The `sub` of Entra differs from
 * application to application, and an address can be anybody's (nOAuth).
 */
export function checkTenant(
  claims: TokenClaims,
  issuer: string,
  client: OidcClient,
  document: Document,
  trace: Trace,
): string | undefined {
  if (client.preset !== 'entra' && client.preset !== 'entra-multi') return undefined;
  const { tid, oid } = claims;
  if (typeof tid !== 'string' || typeof oid !== 'string' || !guid.test(tid) || !guid.test(oid)) {
    return trace.refuse(
      'oidc.entra-identity',
      `The token has no ${typeof tid === 'string' && guid.test(tid) ? 'oid' : 'tid'} that is a GUID.`,
    );
  }
  trace.passed('oidc.entra-identity', { object: redact(oid) });
  checkTenantOf({ tid, issuer }, client, document, trace);
  return `${tid.toLowerCase()}|${oid.toLowerCase()}`;
}

export function checkTenantOf(
  { tid, issuer }: { readonly tid: string; readonly issuer: string },
  { preset, allowedTenants }: OidcClient,
  document: Document,
  trace: Trace,
): void {
  const many = preset === 'entra-multi';
  const right = many
    ? issuer === document.issuer.replace(tenantWord, tid)
    : issuer.toLowerCase().includes(`/${tid.toLowerCase()}/`);
  if (!right) {
    trace.refuse(
      'oidc.tenant-issuer',
      `The token names the tenant ${tid} and the issuer "${shortened(issuer)}".`,
    );
  }
  trace.passed('oidc.tenant-issuer', { tenant: tid });
  const allowed = allowedTenants.some((one) => one.trim().toLowerCase() === tid.toLowerCase());
  if (!allowed && (many || allowedTenants.length > 0)) {
    trace.refuse(
      'oidc.tenant',
      allowedTenants.length === 0
        ? `No tenant is allowed, and the token is of ${tid}.`
        : `The tenant ${tid} is none of the ${allowedTenants.length} allowed.`,
      { tenant: tid },
    );
  }
  trace.passed('oidc.tenant', { tenant: tid });
}
