// What the database holds of a connection's secret: sealed, or the name it has in a key vault.
import type { SecretReference } from '#domain/vault.ts';
import type { Db, Tx } from '#store/db.ts';
import type { Connection } from './model.ts';

export type Stored = { readonly sealed: Buffer | null; readonly kept: SecretReference | null };

export const nothingStored: Stored = { sealed: null, kept: null };

/** The place a connection's secret is sealed for. */
export function secretPlace(id: string) {
  return { table: 'connections', row: id, column: 'secret' } as const;
}

/** What is stored of the secret, and the lock on its row until the transaction ends. */
export async function lockConnection(tx: Tx, id: string): Promise<Stored> {
  const row = await secretColumns(tx).where('id', '=', id).forUpdate().executeTakeFirst();
  return storedFrom(row);
}

/**
 * The secret that belongs to these very settings, sealed or by name: none where the connection was changed
 * since, so that a new secret is never taken to an old address, nor an old one to a new.
 */
export async function storedSecret(
  db: Db | Tx,
  { id, version }: Pick<Connection, 'id' | 'version'>,
): Promise<Stored> {
  const row = await secretColumns(db)
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  return storedFrom(row);
}

/** The connections whose secrets are kept in that vault. */
export async function connectionsKeptIn(db: Db | Tx, vaultId: number) {
  const rows = await db
    .selectFrom('connections')
    .select(['id', 'name', 'client_id', 'vault_secret', 'vault_version'])
    .where('vault_id', '=', vaultId)
    .orderBy('name')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    clientId: row.client_id,
    secret: row.vault_secret ?? '',
    version: row.vault_version,
  }));
}

function secretColumns(db: Db | Tx) {
  return db
    .selectFrom('connections')
    .select(['secret', 'vault_id', 'vault_secret', 'vault_version']);
}

type SecretRow = {
  readonly secret?: Buffer | null;
  readonly vault_id: number | null;
  readonly vault_secret: string | null;
  readonly vault_version: string | null;
};

function storedFrom(row: SecretRow | undefined): Stored {
  return row === undefined ? nothingStored : { sealed: row.secret ?? null, kept: keptFrom(row) };
}

export function keptFrom({
  vault_id,
  vault_secret,
  vault_version,
}: SecretRow): SecretReference | null {
  if (vault_id === null || vault_secret === null) return null;
  return { vault: vault_id, secret: vault_secret, version: vault_version };
}

export function secretValues({ sealed, kept }: Stored) {
  return {
    secret: sealed,
    vault_id: kept?.vault ?? null,
    vault_secret: kept?.secret ?? null,
    vault_version: kept?.version ?? null,
  };
}
