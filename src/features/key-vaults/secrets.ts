// Secrets that are kept in vaults, fetched when they are used and remembered in memory for a bounded time.
import type { Actor } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import { VaultRefusal } from '#domain/ports/vault.ts';
import { refuse } from '#domain/problem.ts';
import type { SecretReference, VaultIdentity } from '#domain/vault.ts';
import type { Secret } from '#lib/secret.ts';
import type { Tx } from '#store/db.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Opening, VaultPorts } from './commands.ts';
import { addressOf, allowanceOf, type KeyVault, keeps, missingOf } from './model.ts';
import { getOwnVault, getVault, lockVault, sealedOf } from './queries.ts';

export type VaultSecrets = {
  /**
   * The secret, as it was fetched within the vault's time. `use` names who uses it, and changes when they
   * do: what was fetched for another use is never lent. Throws a VaultRefusal.
   */
  get(reference: SecretReference, use: string): Promise<Secret>;
  /** Fetched anew and remembered instead, after the system it is for refused it. */
  renew(reference: SecretReference, use: string): Promise<Secret>;
  /** Fetched once, and not remembered. */
  fetch(reference: SecretReference): Promise<Secret>;
};

export const vaultSecretLimits = { fetchMs: 30_000, keptMax: 1_000 } as const;

type Remembered = {
  readonly secret: Promise<Secret>;
  readonly until: number;
  readonly use: string;
};

export function vaultSecrets(ports: VaultPorts): VaultSecrets {
  const { clock } = ports;
  const remembered = new Map<string, Remembered>();
  const look = async (reference: SecretReference, use: string, anew: boolean): Promise<Secret> => {
    const vault = await getVault(ports.db, {}, reference.vault);
    const { secret: name, version } = reference;
    const key = JSON.stringify([use, vault.id, vault.version, name, version]);
    const now = clock().getTime();
    const known = anew ? undefined : remembered.get(key);
    if (known !== undefined && now < known.until) return known.secret;
    const secret = fetchSecret(ports, vault, reference);
    const until = now + vault.settings.cacheSeconds * 1000;
    remembered.delete(key);
    sweep(remembered, now);
    remembered.set(key, { secret, until, use });
    // What failed is not remembered: the next who asks, asks the vault.
    secret.catch(() => {
      if (remembered.get(key)?.secret === secret) remembered.delete(key);
    });
    return secret;
  };
  return {
    get: (reference, use) => look(reference, use, false),
    renew: (reference, use) => look(reference, use, true),
    fetch: async (reference) =>
      fetchSecret(ports, await getVault(ports.db, {}, reference.vault), reference),
  };
}

/** What is past its time leaves the memory, and the oldest where there are too many. */
function sweep(remembered: Map<string, Remembered>, now: number): void {
  for (const [key, { until }] of remembered) if (until <= now) remembered.delete(key);
  for (const key of remembered.keys()) {
    if (remembered.size < vaultSecretLimits.keptMax) break;
    remembered.delete(key);
  }
}

async function fetchSecret(
  ports: VaultPorts,
  vault: KeyVault,
  { secret, version }: SecretReference,
): Promise<Secret> {
  const opening = await openingOf(ports, vault);
  const signal = AbortSignal.timeout(vaultSecretLimits.fetchMs);
  await using opened = ports.openVault(vault.id, vault.version, opening);
  try {
    return (await opened.getSecret(secret, version, signal)).value;
  } catch (error) {
    if (!signal.aborted) throw error;
    const { host } = new URL(vault.settings.url);
    const sentence = `${host} took too long to answer; try again later.`;
    throw new VaultRefusal('vault.unreachable', sentence, true, error);
  }
}

/** How the vault is reached and who the hub is to it. Refuses while something must still be entered. */
export async function openingOf(
  { db, sealing, rules }: VaultPorts,
  vault: KeyVault,
): Promise<Opening> {
  const missing = missingOf(vault);
  if (missing !== undefined) {
    const sentence = `The key vault "${vault.name}" cannot be asked yet: ${missing}.`;
    throw new VaultRefusal('token.refused', sentence, false);
  }
  const sealed = await sealedOf(db, vault);
  const { credential, managedIdentityId, tenantId, applicationId } = vault.settings;
  const column =
    keeps(credential) === 'certificate' ? 'sealed_certificate' : 'sealed_client_secret';
  const bytes = column === 'sealed_certificate' ? sealed.certificate : sealed.clientSecret;
  const proof =
    bytes && sealing.unseal(sealedPlace({ table: 'key_vaults', column }, vault.id), bytes);
  return {
    address: addressOf(vault),
    allowance: allowanceOf(vault, rules),
    identity: identityOf({ credential, managedIdentityId, tenantId, applicationId }, proof),
  };
}

function identityOf(
  settings: Pick<
    KeyVault['settings'],
    'credential' | 'managedIdentityId' | 'tenantId' | 'applicationId'
  >,
  proof: Secret | null,
): VaultIdentity {
  const { credential: kind, managedIdentityId, tenantId, applicationId } = settings;
  if (kind === 'managed-identity' || kind === 'app-service') return { kind, managedIdentityId };
  // Changed between two looks: who asks again finds it as it is now.
  if (proof === null || applicationId === null) {
    throw new VaultRefusal('token.refused', 'The key vault was just changed; try again.', true);
  }
  return { kind, tenantId, applicationId, proof };
}

/**
 * Whether the actor may have a secret of this vault used by a connection of that client. Who may choose
 * the secret and where it is sent could read any secret there is: that is the vault's own permission.
 */
export async function checkVaultUse(
  tx: Tx,
  actor: Actor,
  { vault: id }: SecretReference,
  clientId: number | null,
): Promise<string> {
  if (!allows(actor.permissions, 'key-vaults:edit') && actor.kind !== 'system') {
    refuse('permission.lacking', { permission: 'key-vaults:edit' });
  }
  await lockVault(tx, id, 'key share');
  const vault = await getOwnVault(tx, actor, id);
  if (vault.clientId !== null && vault.clientId !== clientId) {
    refuse('connection.vault-foreign', { vault: vault.name });
  }
  return vault.name;
}
