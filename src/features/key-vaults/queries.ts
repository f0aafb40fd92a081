// What the database knows of key vaults; every function takes it first.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { vaultStages } from '#domain/vault.ts';
import type { Db, Tx } from '#store/db.ts';
import { after, owned, seen, withinReach } from '#store/owned.ts';
import { type KeyVault, VaultSettings } from './model.ts';

export type Sealed = {
  readonly clientSecret: Buffer | null;
  readonly certificate: Buffer | null;
};

/** A page by cursor, or by offset as Halo has it. */
export type VaultPage = {
  readonly limit: number;
  readonly cursor?: number | undefined;
  readonly offset?: number;
};

/** Those the actor may see: their client's, and every client's. */
export async function listVaults(
  db: Db | Tx,
  actor: Pick<Actor, 'clientId'>,
  { limit, cursor, offset = 0 }: VaultPage,
): Promise<readonly KeyVault[]> {
  const rows = await selection(db)
    .where(withinReach(actor))
    .where(after(cursor))
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(vaultFrom);
}

export async function countVaults(db: Db, actor: Pick<Actor, 'clientId'>): Promise<number> {
  const row = await db
    .selectFrom('key_vaults')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where(withinReach(actor))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The vault, if the actor may see it. */
export async function getVault(
  db: Db | Tx,
  actor: Pick<Actor, 'clientId'>,
  id: number,
): Promise<KeyVault> {
  const row = await selection(db).where('id', '=', id).executeTakeFirst();
  return seen(actor, row && vaultFrom(row), { kind: 'key vault', id });
}

/** Those who look after one client change that client's vaults and no other's, nor everybody's. */
export async function getOwnVault(
  db: Db | Tx,
  actor: Pick<Actor, 'clientId'>,
  id: number,
): Promise<KeyVault> {
  return owned(actor, await getVault(db, actor, id), { kind: 'key vault', id });
}

/** Locks the row until the transaction ends: `update` to change it, `key share` to refer to it. */
export async function lockVault(tx: Tx, id: number, how: 'update' | 'key share'): Promise<void> {
  const row = tx.selectFrom('key_vaults').select('id').where('id', '=', id);
  await (how === 'update' ? row.forUpdate() : row.forKeyShare()).execute();
}

/** The sealed secrets that belong to these very settings: none where the vault was changed since. */
export async function sealedOf(
  db: Db | Tx,
  { id, version }: Pick<KeyVault, 'id' | 'version'>,
): Promise<Sealed> {
  const row = await db
    .selectFrom('key_vaults')
    .select(['sealed_client_secret', 'sealed_certificate'])
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  return {
    clientSecret: row?.sealed_client_secret ?? null,
    certificate: row?.sealed_certificate ?? null,
  };
}

/** The id that the next vault gets: what is sealed for it is bound to it. */
export async function nextVaultId(tx: Tx): Promise<number> {
  const { rows } = await sql<{ readonly id: number }>`
    select nextval(pg_get_serial_sequence('key_vaults', 'id'))::int as id
  `.execute(tx);
  return z.object({ id: z.int() }).parse(rows[0]).id;
}

export async function insertVault(tx: Tx, vault: KeyVault, sealed: Sealed): Promise<boolean> {
  const row = await tx
    .insertInto('key_vaults')
    .values({ id: vault.id, ...columnsOf(vault, sealed), created_at: vault.createdAt })
    // The name is unique within the client: of two who take it at once, one is told.
    .onConflict((conflict) => conflict.columns(['client_id', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function updateVault(tx: Tx, vault: KeyVault, sealed: Sealed): Promise<void> {
  await tx
    .updateTable('key_vaults')
    .set(columnsOf(vault, sealed))
    .where('id', '=', vault.id)
    .execute();
}

function selection(db: Db | Tx) {
  return db
    .selectFrom('key_vaults')
    .select([
      'id',
      'name',
      'client_id',
      'lab',
      'url',
      'cloud',
      'credential',
      'managed_identity_id',
      'tenant_id',
      'application_id',
      'ca',
      'cache_seconds',
      'version',
      'confirmed_by',
      'confirmed_at',
      'health',
      'health_stage',
      'health_code',
      'health_sentence',
      'health_warning',
      'checked_at',
      'created_at',
      'updated_at',
    ])
    .select((row) => [
      row('sealed_client_secret', 'is not', null).as('has_client_secret'),
      row('sealed_certificate', 'is not', null).as('has_certificate'),
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof selection>['execute']>>[number];

const State = z.enum(['unknown', 'healthy', 'broken']);
const Stage = z.enum(vaultStages).nullable();

function vaultFrom(row: Row): KeyVault {
  const { confirmed_by: by, confirmed_at: at } = row;
  return {
    id: row.id,
    name: row.name,
    clientId: row.client_id,
    lab: row.lab,
    settings: VaultSettings.parse({
      url: row.url,
      cloud: row.cloud,
      credential: row.credential,
      managedIdentityId: row.managed_identity_id,
      tenantId: row.tenant_id,
      applicationId: row.application_id,
      ca: row.ca,
      cacheSeconds: row.cache_seconds,
    }),
    hasClientSecret: Boolean(row.has_client_secret),
    hasCertificate: Boolean(row.has_certificate),
    version: row.version,
    confirmed: by === null || at === null ? null : { by, at },
    health: {
      state: State.parse(row.health),
      stage: Stage.parse(row.health_stage),
      code: row.health_code,
      sentence: row.health_sentence,
      warning: row.health_warning,
      checkedAt: row.checked_at,
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function columnsOf(vault: KeyVault, sealed: Sealed) {
  const { settings, health } = vault;
  return {
    name: vault.name,
    client_id: vault.clientId,
    lab: vault.lab,
    url: settings.url,
    cloud: settings.cloud,
    credential: settings.credential,
    managed_identity_id: settings.managedIdentityId,
    tenant_id: settings.tenantId,
    application_id: settings.applicationId,
    ca: settings.ca,
    cache_seconds: settings.cacheSeconds,
    sealed_client_secret: sealed.clientSecret,
    sealed_certificate: sealed.certificate,
    version: vault.version,
    confirmed_by: vault.confirmed?.by ?? null,
    confirmed_at: vault.confirmed?.at ?? null,
    health: health.state,
    health_stage: health.stage,
    health_code: health.code,
    health_sentence: health.sentence,
    health_warning: health.warning,
    checked_at: health.checkedAt,
    updated_at: vault.updatedAt,
  };
}
