// An application's spelling in /v1, both ways: all that Halo's schema has, and what it lacks. No secret goes out.
import { z } from 'zod';
import { type Addresses, addressesOf } from './addresses.ts';
import type { SsoDomain } from './domains.ts';
import { certificateOf } from './keys.ts';
import type { Shown } from './queries.ts';
import { newSettings, SsoSettings, settingsOf } from './settings.ts';

const Instant = z.iso.datetime();
const each = z.object({ agent: z.boolean(), user: z.boolean() });

/** Whatever people paste; a line break at its end is not part of it. */
const ClientSecret = z
  .string()
  .max(4_096)
  .transform((text) => text.replace(/[\r\n]+$/, ''))
  .pipe(z.string().min(1));

const shape = SsoSettings.shape;
const oidcShape = shape.oidc.shape;

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
  protocol: shape.protocol,
  active: z.boolean(),
  instanceId: z.int().nullable(),
  allows: each,
  autoRedirects: each,
  singleLogout: z.boolean(),
  oidc: z.object({
    ...{ preset: oidcShape.preset, url: z.string().nullable(), clientId: z.string().nullable() },
    clientAuthentication: oidcShape.clientAuthentication,
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
    requestBinding: shape.saml.shape.requestBinding,
  }),
  matching: z.object({
    idAttribute: shape.matching.shape.idAttribute,
    customIdAttribute: z.string().nullable(),
    field: shape.matching.shape.field,
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
    shownTo: shape.button.shape.shownTo,
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

/** Every setting may be left out, and every one of a group. */
const change = {
  name: shape.name.optional(),
  protocol: shape.protocol.optional(),
  active: shape.active.optional(),
  instanceId: shape.instanceId.optional(),
  allows: shape.allows.partial().optional(),
  autoRedirects: shape.autoRedirects.partial().optional(),
  singleLogout: shape.singleLogout.optional(),
  oidc: shape.oidc.partial().optional(),
  saml: shape.saml.partial().optional(),
  matching: shape.matching.partial().optional(),
  button: shape.button.partial().optional(),
  logsAttempts: shape.logsAttempts.optional(),
  clientSecret: ClientSecret.nullable().optional(),
};

export const NewSsoApplicationWire = z.strictObject({
  ...change,
  name: shape.name,
  protocol: shape.protocol.default(newSettings.protocol),
  guid: z.guid().optional(),
  lab: z.boolean().default(false),
});

export const SsoApplicationChangeWire = z.strictObject(change);

export function applicationToWire(
  { application, around }: Shown,
  said: { readonly publicUrl: URL; readonly warnings: readonly string[] },
): z.input<typeof SsoApplicationWire> {
  const own = certificateOf(application);
  const { confirmed } = application;
  const { metadata, lastAttempt } = around;
  const addresses: Addresses = addressesOf(application, said.publicUrl);
  return {
    ...settingsOf(application),
    id: application.id,
    guid: application.guid,
    lab: application.lab,
    hasClientSecret: application.oidc.hasClientSecret,
    certificate: own
      ? { pem: own.pem, until: own.until.toISOString(), fingerprint: own.print }
      : null,
    confirmedBy: confirmed?.by ?? null,
    confirmedAt: confirmed?.at.toISOString() ?? null,
    defaultSiteName: around.siteName,
    addresses,
    metadata: metadata && { readAt: metadata.readAt.toISOString(), failure: metadata.failure },
    provenDomains: [...around.domains],
    lastAttempt: lastAttempt && { ...lastAttempt, at: lastAttempt.at.toISOString() },
    warnings: [...said.warnings],
    version: application.version,
    createdAt: application.createdAt.toISOString(),
    updatedAt: application.updatedAt.toISOString(),
  };
}

export function domainToWire(domain: SsoDomain): z.input<typeof SsoDomainWire> {
  const { proven } = domain;
  return {
    id: domain.id,
    domain: domain.domain,
    record: domain.record,
    provenBy: proven?.by ?? null,
    provenAt: proven?.at.toISOString() ?? null,
    provenName: proven?.name ?? null,
    checkedAt: domain.checkedAt?.toISOString() ?? null,
    failure: domain.failure,
  };
}
