// An application's settings as the client of its provider: its secrets unsealed, its addresses written out.
import type { OidcClient } from '#domain/ports/oidc-providers.ts';
import { doorOf } from '#features/sso/addresses.ts';
import type { MatchingSettings, SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { allowanceOf } from '#features/sso/reach.ts';
import { clientSecretOf, privateKeyOf } from '#features/sso/secrets.ts';

/** What a desk needs to know of somebody, where nobody says otherwise. */
const usualScope = 'openid profile email';

export async function clientOf(
  ports: Omit<SsoPorts, 'sessions'>,
  application: SsoApplication,
): Promise<OidcClient> {
  const { oidc, matching, certificate } = application;
  const withKey = oidc.clientAuthentication === 'private-key-jwt';
  return {
    key: String(application.id),
    version: application.version,
    preset: oidc.preset,
    url: oidc.url,
    clientId: oidc.clientId,
    authentication: oidc.clientAuthentication,
    clientSecret: await clientSecretOf(ports, application),
    privateKey: withKey ? await privateKeyOf(ports, application) : undefined,
    certificate,
    redirectUri: doorOf(ports, application, 'callback'),
    scope: oidc.scope?.trim() || usualScope,
    prompt: oidc.prompt?.trim() || null,
    domainHint: oidc.domainHint,
    allowedTenants: oidc.allowedTenants,
    requiredAcr: oidc.requiredAcr,
    maxAgeSeconds: oidc.maxAgeSeconds,
    neededClaims: neededBy(matching),
    lab: application.lab && ports.rules.labAllowed,
    allowance: (url) => allowanceOf(application, ports.rules, url),
  };
}

const claimOf = {
  subject: 'sub',
  email: 'email',
  'preferred-username': 'preferred_username',
  upn: 'upn',
  oid: 'oid',
} as const;

/** What matching, provisioning and the application's own rules look at. */
function neededBy(matching: MatchingSettings): readonly string[] {
  const { idAttribute, customIdAttribute, claimRules, field, byDomain, provisions } = matching;
  const own = idAttribute === 'custom' ? (customIdAttribute ?? 'sub') : claimOf[idAttribute];
  return [
    ...(field === 'none' ? [] : [own]),
    ...claimRules.map(({ claim }) => claim),
    ...(byDomain || provisions ? ['email'] : []),
    ...(provisions ? ['name'] : []),
  ];
}
