// How /v1 answers about applications for single sign-on; the console reads them by the same schemas.
import { z } from 'zod';
import { idAttributes, matchingFields, presets } from '#features/sso/model.ts';

export const protocols = ['oidc', 'saml'] as const;
export const clientAuthentications = ['basic', 'post', 'private-key-jwt', 'none'] as const;
/** On which sign-in pages the button stands. */
export const pages = ['both', 'agents', 'users', 'nobody'] as const;

const Instant = z.iso.datetime();
const each = z.object({ agent: z.boolean(), user: z.boolean() });

export const SsoDomainWire = z.object({
  id: z.int(),
  domain: z.string(),
  /** The TXT record that proves it. */
  record: z.object({ name: z.string(), value: z.string() }),
  provenBy: z.enum(['dns', 'administrator']).nullable(),
  provenAt: Instant.nullable(),
  provenName: z.string().nullable(),
  checkedAt: Instant.nullable(),
  failure: z.string().nullable(),
});
export type SsoDomainWire = z.output<typeof SsoDomainWire>;

export const SsoApplicationWire = z.object({
  id: z.int(),
  guid: z.uuid(),
  name: z.string(),
  protocol: z.enum(protocols),
  active: z.boolean(),
  instanceId: z.int().nullable(),
  allows: each,
  autoRedirects: each,
  singleLogout: z.boolean(),
  oidc: z.object({
    ...{ preset: z.enum(presets), url: z.string().nullable(), clientId: z.string().nullable() },
    clientAuthentication: z.enum(clientAuthentications),
    prompt: z.string().nullable(),
    domainHint: z.string().nullable(),
    scope: z.string().nullable(),
    allowedTenants: z.array(z.string()),
    requiredAcr: z.array(z.string()),
    maxAgeSeconds: z.int().nullable(),
  }),
  saml: z.object({
    metadataUrl: z.string().nullable(),
    entityId: z.string().nullable(),
    ...{ signsRequests: z.boolean(), wantsAssertionsSigned: z.boolean() },
    ...{ wantsResponsesSigned: z.boolean(), wantsAssertionsEncrypted: z.boolean() },
    allowsIdpInitiated: z.boolean(),
    nameIdFormat: z.string().nullable(),
    forceAuthn: z.boolean(),
    allowsCbc: z.boolean(),
    requestBinding: z.enum(['redirect', 'post']),
  }),
  matching: z.object({
    idAttribute: z.enum(idAttributes),
    customIdAttribute: z.string().nullable(),
    field: z.enum(matchingFields),
    byDomain: z.boolean(),
    provisions: z.boolean(),
    updatesProfile: z.boolean(),
    defaultSiteId: z.int().nullable(),
    claimRules: z.array(z.object({ claim: z.string(), value: z.string().nullable() })),
  }),
  button: z.object({
    label: z.string().nullable(),
    colour: z.string().nullable(),
    logo: z.string().nullable(),
    overrides: z.boolean(),
    shownTo: z.enum(pages),
  }),
  logsAttempts: z.boolean(),
  lab: z.boolean(),
  hasClientSecret: z.boolean(),
  /** The hub's own, with its key: PEM. */
  certificate: z.object({ pem: z.string(), until: Instant, fingerprint: z.string() }).nullable(),
  confirmedBy: z.string().nullable(),
  confirmedAt: Instant.nullable(),
  defaultSiteName: z.string().nullable(),
  /** What the provider is given, and what people follow. */
  addresses: z.object({
    ...{ start: z.string(), test: z.string(), redirectUri: z.string() },
    ...{ backchannelLogout: z.string(), frontchannelLogout: z.string(), postLogout: z.string() },
    ...{ entityId: z.string(), acs: z.string(), metadata: z.string(), singleLogout: z.string() },
  }),
  /** Of a SAML provider: when its metadata was read, and why it last was not. */
  metadata: z.object({ readAt: Instant, failure: z.string().nullable() }).nullable(),
  provenDomains: z.array(z.string()),
  lastAttempt: z.object({ id: z.string(), at: Instant, status: z.string() }).nullable(),
  warnings: z.array(z.string()),
  version: z.int(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type SsoApplicationWire = z.output<typeof SsoApplicationWire>;
