// The endpoints of a provider's metadata under /v1.
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { type Route, route } from '#http/route.ts';
import { daysLeft, lastCertificate } from './expiry.ts';
import { getSaml, giveMetadata, type MetadataPorts, refreshNow } from './metadata-commands.ts';
import { findMetadata, type Metadata } from './stored.ts';

const Params = z.object({ id: z.coerce.number().pipe(z.int32().positive()) });

const xmlMax = 300 * 1024;

export const GivenMetadataWire = z.union([
  z.strictObject({ xml: z.string().min(1).max(xmlMax) }),
  z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(500) }),
]);

const EndpointWire = z.object({
  binding: z.enum(['redirect', 'post']),
  location: z.string(),
  responseLocation: z.string().optional(),
});

export const SsoMetadataWire = z.object({
  /** Null where it was given as XML. */
  url: z.string().nullable(),
  /** ready; expiring: within 30 days; expired: nobody signs on; unread: nothing was read yet. */
  health: z.enum(['ready', 'failing', 'expiring', 'expired', 'unread']),
  entityId: z.string().nullable(),
  readAt: z.iso.datetime().nullable(),
  validUntil: z.iso.datetime().nullable(),
  /** Why the last try failed; what was read before stays in use. */
  failure: z.string().nullable(),
  failedAt: z.iso.datetime().nullable(),
  wantsRequestsSigned: z.boolean().nullable(),
  signOn: z.array(EndpointWire),
  logout: z.array(EndpointWire),
  nameIdFormats: z.array(z.string()),
  certificates: z.array(
    z.object({
      subject: z.string(),
      fingerprint: z.string(),
      notBefore: z.iso.datetime(),
      notAfter: z.iso.datetime(),
      daysLeft: z.int(),
    }),
  ),
});

export function metadataRoutes(ports: MetadataPorts): Route[] {
  const shown = async (id: number) => {
    const application = await getSaml(ports.db, id);
    const stored = await findMetadata(ports.db, id);
    if (stored === undefined) return refuse('sso-metadata.none', { id });
    return toWire(application.saml.metadataUrl, stored, ports.clock());
  };
  return [
    route({
      method: 'GET',
      path: '/v1/sso-applications/:id/metadata',
      summary: 'What was read of a SAML provider’s metadata: addresses, certificates, health',
      dialect: 'v1',
      access: ['sso:read'],
      params: Params,
      answers: { 200: SsoMetadataWire },
      handle: async ({ params }) => ({ status: 200, body: await shown(params.id) }),
    }),
    route({
      method: 'POST',
      path: '/v1/sso-applications/:id/metadata',
      summary:
        'Gives a SAML provider’s metadata, as XML or by its address, in place of what was read',
      dialect: 'v1',
      access: ['sso:edit'],
      params: Params,
      body: GivenMetadataWire,
      answers: { 200: SsoMetadataWire },
      async handle({ actor, params: { id }, body }) {
        await giveMetadata(ports, actor, { id, given: body });
        return { status: 200, body: await shown(id) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/sso-applications/:id/refresh-metadata',
      summary: 'Reads a SAML provider’s metadata from its address now',
      dialect: 'v1',
      access: ['sso:edit'],
      params: Params,
      answers: { 200: SsoMetadataWire },
      async handle({ actor, params: { id } }) {
        await refreshNow(ports, actor, id);
        return { status: 200, body: await shown(id) };
      },
    }),
  ];
}

function toWire(url: string | null, stored: Metadata, now: Date): z.input<typeof SsoMetadataWire> {
  const { provider, failure } = stored;
  return {
    url,
    health: healthOf(stored, now),
    entityId: provider?.entityId ?? null,
    readAt: stored.readAt?.toISOString() ?? null,
    validUntil: provider?.validUntil?.toISOString() ?? null,
    failure: failure ?? null,
    failedAt: stored.failedAt?.toISOString() ?? null,
    wantsRequestsSigned: provider?.wantsRequestsSigned ?? null,
    signOn: [...(provider?.signOn ?? [])],
    logout: [...(provider?.logout ?? [])],
    nameIdFormats: [...(provider?.nameIdFormats ?? [])],
    certificates: (provider?.signing ?? []).map((certificate) => ({
      subject: certificate.subject,
      fingerprint: certificate.fingerprint,
      notBefore: certificate.notBefore.toISOString(),
      notAfter: certificate.notAfter.toISOString(),
      daysLeft: daysLeft(certificate, now),
    })),
  };
}

/** The worst of what holds. */
function healthOf({ provider, failure }: Metadata, now: Date) {
  if (provider === undefined) return 'unread';
  const { notAfter } = lastCertificate(provider);
  const over = provider.validUntil !== undefined && provider.validUntil <= now;
  if (over || notAfter <= now) return 'expired';
  if (failure !== undefined) return 'failing';
  return daysLeft(lastCertificate(provider), now) < 30 ? 'expiring' : 'ready';
}
