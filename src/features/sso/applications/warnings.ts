// What an administrator should know of an application: what it lacks, and what will not go as they think.
import type { SsoApplication } from '#features/sso/model.ts';
import { certificateOf } from './keys.ts';
import type { Around } from './queries.ts';

/** What must still be entered before anybody can sign on with it; empty when nothing is missing. */
export function missingOf(
  { protocol, oidc, saml, certificate }: SsoApplication,
  { metadata }: Pick<Around, 'metadata'>,
): string[] {
  const key = certificate === null ? ['a key pair (POST /v1/sso-applications/{id}/key)'] : [];
  if (protocol === 'saml') {
    const read = saml.metadataUrl !== null || metadata !== null;
    const needsKey = saml.signsRequests || saml.wantsAssertionsEncrypted;
    return [...(read ? [] : ['the provider’s metadata']), ...(needsKey ? key : [])];
  }
  const { url, preset, clientId, clientAuthentication: how, hasClientSecret } = oidc;
  const isKnown = preset === 'google' || preset === 'entra-multi';
  return [
    ...(url === null && !isKnown ? ['the provider’s address (oidc_url)'] : []),
    ...(clientId === null ? ['the client id (client_id)'] : []),
    ...((how === 'basic' || how === 'post') && !hasClientSecret
      ? ['the client secret (new_client_secret)']
      : []),
    ...(how === 'private-key-jwt' ? key : []),
  ];
}

export type Surroundings = {
  readonly now: Date;
  /** Whether an administrator could sign in without any provider. */
  readonly breakGlass: boolean;
  /** The other active applications that redirect, by name. */
  readonly redirecting: Readonly<Record<'agent' | 'user', readonly string[]>>;
};

export function warningsOf(
  application: SsoApplication,
  around: Around,
  surroundings: Surroundings,
): string[] {
  const missing = missingOf(application, around);
  const lacks =
    missing.length === 0
      ? []
      : [`Nobody can sign on with it yet: it lacks ${missing.join(' and ')}.`];
  return [
    ...lacks,
    ...ofProvider(application, around),
    ...ofPeople(application, around),
    ...ofRedirects(application, surroundings),
    ...ofCertificate(application, surroundings.now),
  ];
}

function ofProvider({ protocol, oidc, saml }: SsoApplication, { metadata }: Around): string[] {
  const address = protocol === 'oidc' ? oidc.url : saml.metadataUrl;
  const multi = protocol === 'oidc' && oidc.preset === 'entra-multi';
  return [
    ...(address?.startsWith('http:')
      ? ['Its provider is reached without encryption, which a lab alone may do.']
      : []),
    ...(multi && oidc.allowedTenants.length === 0
      ? ['No tenant is allowed (allowed_tenants), so everyone is refused.']
      : []),
    ...(protocol === 'saml' && metadata?.failure
      ? [`The provider’s metadata could not be read anew: ${metadata.failure}`]
      : []),
    ...(protocol === 'saml' && !saml.wantsAssertionsSigned && !saml.wantsResponsesSigned
      ? [
          'It asks for neither signed assertions nor signed responses; one signature is demanded all the same.',
        ]
      : []),
  ];
}

function ofPeople({ allows, matching }: SsoApplication, { domains, siteName }: Around): string[] {
  const { field, provisions, byDomain } = matching;
  return [
    ...(allows.agent || allows.user
      ? []
      : ['Neither agents nor users are allowed (allowed_entities), so everyone is refused.']),
    ...(field === 'email' && domains.length === 0
      ? [
          'No mail domain is proven, so nobody is matched by their address: prove one, or let people link themselves.',
        ]
      : []),
    ...(provisions && siteName === null && !byDomain
      ? ['New users have no default site (default_site), so none are made.']
      : []),
    ...(provisions && !allows.user
      ? ['It makes new users, who are not allowed to sign on with it (allowed_entities).']
      : []),
  ];
}

function ofRedirects(
  { autoRedirects }: SsoApplication,
  { breakGlass, redirecting }: Surroundings,
): string[] {
  if (!autoRedirects.agent && !autoRedirects.user) return [];
  const others = (['agent', 'user'] as const)
    .filter((entity) => autoRedirects[entity])
    .flatMap((entity) => redirecting[entity]);
  const [other] = others;
  return [
    ...(breakGlass
      ? []
      : [
          'No administrator has a password here: when the provider is down, nobody comes in to mend it.',
        ]),
    ...(other === undefined
      ? []
      : [`"${other}" redirects the same people; the sign-in page is shown instead.`]),
  ];
}

const soonMs = 30 * 86_400_000;

function ofCertificate(application: SsoApplication, now: Date): string[] {
  const own = certificateOf(application);
  if (own === undefined || own.until.getTime() - now.getTime() > soonMs) return [];
  const day = own.until.toISOString().slice(0, 10);
  const verb = own.until <= now ? 'expired' : 'expires';
  return [
    `Its own certificate ${verb} on ${day}; make a new key pair and give it to the provider.`,
  ];
}
