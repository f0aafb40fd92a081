// Reads a provider's metadata from its address. What was read last stays in use when a try fails.
import { type Actor, theHub } from '#domain/actor.ts';
import type { SamlProvider } from '#domain/ports/saml.ts';
import { Problem } from '#domain/problem.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import { allowanceOf } from '#features/sso/reach.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { audit } from '#store/audit.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { claimTry, findMetadata, keepFailure, keepMetadata } from './stored.ts';

export const refreshLimits = {
  everyMs: 6 * 60 * 60_000,
  /** A provider that asks to be read more often is, but not more often than this. */
  everyMsMin: 60 * 60_000,
  /** After a try, whatever came of it, a stranger's signature causes no other for so long. */
  restMs: 5 * 60_000,
} as const;

type Ports = Omit<SsoPorts, 'sessions'>;

export function refreshEveryMs(provider: SamlProvider | undefined): number {
  const { everyMs, everyMsMin } = refreshLimits;
  const wanted = (provider?.cacheSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  return Math.max(everyMsMin, Math.min(everyMs, wanted));
}

/**
 * The provider as it is now; undefined where it could not be read, which is kept with its reason, or where
 * nobody may try yet. `restMs` 0: at once, as an administrator asks for it.
 */
export async function refresh(
  ports: Ports,
  application: SsoApplication,
  {
    by = theHub,
    restMs = refreshLimits.restMs,
  }: { readonly by?: Actor; readonly restMs?: number } = {},
): Promise<SamlProvider | undefined> {
  const { metadataUrl } = application.saml;
  if (metadataUrl === null) return undefined;
  if (!(await claimTry(ports.db, application.id, { now: ports.clock(), restMs }))) return undefined;
  try {
    const read = await readFrom(ports, application, metadataUrl);
    const kept = await inTransaction(ports.db, (tx) =>
      keepRead(ports, tx, application, { ...read, by }),
    );
    return kept ? read.provider : undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { id: applicationId } = application;
    const failed = { applicationId, failure: error.message };
    await inTransaction(ports.db, async (tx) => {
      if (await isUnchanged(tx, application)) await keepFailure(tx, failed, ports.clock());
    });
    ports.log.warn('The metadata of a provider was not read', {
      application: application.id,
      because: error.message,
    });
    return undefined;
  }
}

export type Read = { readonly document: string; readonly provider: SamlProvider };

/** Throws the problems `sso-metadata.unreachable` and `sso-metadata.refused`. */
export async function readFrom(
  { saml, rules }: Pick<Ports, 'saml' | 'rules'>,
  application: SsoApplication,
  address: string,
): Promise<Read> {
  const document = await saml.fetchMetadata(new URL(address), allowed(application, rules, address));
  return { document, provider: read({ saml, rules }, application, document) };
}

export function read(
  { saml, rules }: Pick<Ports, 'saml' | 'rules'>,
  application: SsoApplication,
  document: string,
): SamlProvider {
  const lab = application.lab && rules.labAllowed;
  return saml.readProvider(document, { entityId: application.saml.entityId, lab });
}

function allowed(application: SsoApplication, rules: Ports['rules'], address: string) {
  try {
    // An administrator's word was for the address it has, and for no other that is tried.
    const own =
      application.saml.metadataUrl === address ? application : { ...application, confirmed: null };
    return allowanceOf(own, rules, new URL(address));
  } catch (error) {
    if (!(error instanceof ConnectRefusal)) throw error;
    throw new Problem('sso-metadata.unreachable', { reason: error.message });
  }
}

/** Who the provider is never changes by itself: another entity ID is another provider. */
export async function keepRead(
  ports: Ports,
  tx: Tx,
  application: SsoApplication,
  { document, provider, by }: Read & { readonly by: Actor },
): Promise<boolean> {
  if (!(await isUnchanged(tx, application))) return false;
  const { id: applicationId, name } = application;
  const before = await findMetadata(tx, applicationId);
  const known = before?.provider;
  if (known !== undefined && known.entityId !== provider.entityId) {
    throw new Problem('sso-metadata.refused', {
      reason: `it is of ${provider.entityId} and was of ${known.entityId}; give the metadata anew if the provider is another one`,
    });
  }
  const old = printsOf(known);
  const young = printsOf(provider);
  await keepMetadata(
    tx,
    { applicationId, document, provider, sameCertificates: old === young },
    ports.clock(),
  );
  if (old === young) return true;
  await audit(tx, [
    {
      actor: by,
      action: 'sso-application.changed',
      subject: { kind: 'sso application', id: String(applicationId), name },
      field: 'metadata.certificates',
      before: old,
      after: young,
      outcome: 'done',
      because: `read from the metadata of ${provider.entityId}`,
    },
  ]);
  return true;
}

function printsOf(provider: SamlProvider | undefined): string | null {
  return (
    provider?.signing
      .map(({ fingerprint }) => fingerprint)
      .sort()
      .join(', ') ?? null
  );
}

/** Locked until the end: what was read from an old address is not kept for a new one. */
async function isUnchanged(tx: Tx, { id, version }: SsoApplication): Promise<boolean> {
  await tx.selectFrom('sso_applications').select('id').where('id', '=', id).forUpdate().execute();
  return (await findSsoApplication(tx, { id }))?.version === version;
}
