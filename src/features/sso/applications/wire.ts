// An application's spelling in /v1, both ways: all that Halo's schema has, and what it lacks. No secret goes out.
import { z } from 'zod';
import { type Addresses, addressesOf } from './addresses.ts';
import type { SsoApplicationWire, SsoDomainWire } from './answers.ts';
import type { SsoDomain } from './domains.ts';
import { certificateOf } from './keys.ts';
import type { Shown } from './queries.ts';
import { newSettings, SsoSettings, settingsOf } from './settings.ts';

/** Whatever people paste; a line break at its end is not part of it. */
const ClientSecret = z
  .string()
  .max(4_096)
  .transform((text) => text.replace(/[\r\n]+$/, ''))
  .pipe(z.string().min(1));

const shape = SsoSettings.shape;
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
