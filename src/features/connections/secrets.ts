// A connection's secret: stored here, sealed, or kept in a key vault and fetched when it is used.
import type { Actor } from '#domain/actor.ts';
import { VaultRefusal } from '#domain/ports/vault.ts';
import { refuse } from '#domain/problem.ts';
import type { SecretReference } from '#domain/vault.ts';
import { Secret } from '#lib/secret.ts';
import type { SecretSource } from '#lib/secret-source.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import type { Connection } from './model.ts';
import { nothingStored, type Stored, secretPlace, storedSecret } from './stored-secret.ts';

/** What a connection is given: the secret itself, or where it is kept. */
export type GivenSecret = Secret | SecretReference;

/** What the key vaults do for connections; composed where both are known. */
export type SecretKeeper = {
  /** The secret, remembered for a while; `use` changes when the connection does. Throws a VaultRefusal. */
  get(reference: SecretReference, use: string): Promise<Secret>;
  /** Fetched anew, and remembered instead. */
  renew(reference: SecretReference, use: string): Promise<Secret>;
  /** Fetched once, and not remembered. */
  fetch(reference: SecretReference): Promise<Secret>;
  /** Refuses a vault that is not the actor's to use for that client's connections; else its name. */
  checkUse(
    tx: Tx,
    actor: Actor,
    reference: SecretReference,
    clientId: number | null,
  ): Promise<string>;
};

export function stored(sealing: Sealing, id: string, given: GivenSecret | null): Stored {
  if (given === null) return nothingStored;
  return given instanceof Secret
    ? { sealed: sealing.seal(secretPlace(id), given), kept: null }
    : { sealed: null, kept: given };
}

/**
 * Before a reference takes the place of a stored secret, it must give one: what is replaced is gone for
 * good. Call it before the transaction, for the vault may take its time.
 */
export async function tryReference(
  { db, keeper }: Pick<SecretPorts, 'db' | 'keeper'>,
  actor: Actor,
  given: GivenSecret | null | undefined,
  clientId: number | null,
): Promise<void> {
  if (given == null || given instanceof Secret) return;
  await inTransaction(db, (tx) => keeper.checkUse(tx, actor, given, clientId));
  try {
    await keeper.fetch(given);
  } catch (error) {
    if (!(error instanceof VaultRefusal)) throw error;
    refuse('connection.vault-refused', { reason: error.message }, error);
  }
}

export type SecretPorts = {
  readonly db: Db;
  readonly sealing: Sealing;
  readonly keeper: SecretKeeper;
};

/** Null: the connection has none. Getting it may throw a VaultRefusal. */
export function secretSource(
  ports: SecretPorts,
  connection: Pick<Connection, 'id' | 'version' | 'hasSecret'>,
): SecretSource | null {
  if (!connection.hasSecret) return null;
  const { keeper, sealing } = ports;
  const { id, version } = connection;
  const use = `connection:${id}:${version}`;
  return {
    async current() {
      const { sealed, kept } = await storedSecret(ports.db, connection);
      if (kept !== null) return keeper.get(kept, use);
      // Changed meanwhile: a new secret is never taken to an old address.
      return sealed === null
        ? refuse('connection.changed')
        : sealing.unseal(secretPlace(id), sealed);
    },
    async renewed(refused) {
      const { kept } = await storedSecret(ports.db, connection);
      if (kept === null) return undefined;
      const newer = await keeper.renew(kept, use);
      return newer.reveal() === refused.reveal() ? undefined : newer;
    },
  };
}
