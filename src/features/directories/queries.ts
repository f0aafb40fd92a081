// What the database knows of directory syncs; every function takes it first.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { SyncSettings } from '#domain/sync/settings.ts';
import { type Db, json, type Tx } from '#store/db.ts';
import { after, owned, seen, withinReach } from '#store/owned.ts';
import { type DirectorySync, HaloKept } from './model.ts';

/** A page by cursor, or by offset as Halo has it. */
export type SyncPage = {
  readonly limit: number;
  readonly cursor?: number | undefined;
  readonly offset?: number;
};

type Reach = Pick<Actor, 'clientId'>;

/** Those the actor may see: their client's, and every client's. */
export async function listSyncs(
  db: Db | Tx,
  actor: Reach,
  { limit, cursor, offset = 0 }: SyncPage,
): Promise<readonly DirectorySync[]> {
  const rows = await selection(db)
    .where(withinReach(actor))
    .where(after(cursor))
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(syncFrom);
}

export async function countSyncs(db: Db, actor: Reach): Promise<number> {
  const row = await db
    .selectFrom('directory_syncs')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where(withinReach(actor))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The sync, if the actor may see it. */
export async function getSync(db: Db | Tx, actor: Reach, id: number): Promise<DirectorySync> {
  const row = await selection(db).where('id', '=', id).executeTakeFirst();
  return seen(actor, row && syncFrom(row), { kind: 'directory sync', id });
}

/** Those who look after one client change that client's syncs and no other's, nor everybody's. */
export async function getOwnSync(db: Db | Tx, actor: Reach, id: number): Promise<DirectorySync> {
  return owned(actor, await getSync(db, actor, id), { kind: 'directory sync', id });
}

export async function syncOfConnection(
  db: Db | Tx,
  connectionId: string,
): Promise<DirectorySync | undefined> {
  const row = await selection(db).where('connection_id', '=', connectionId).executeTakeFirst();
  return row && syncFrom(row);
}

/** The syncs that read or write through the connection, by name: such a connection is not deleted. */
export async function syncsOn(db: Db | Tx, connectionId: string): Promise<readonly string[]> {
  const rows = await selection(db)
    .where((row) =>
      row.or([
        row('connection_id', '=', connectionId),
        row('desk_connection_id', '=', connectionId),
      ]),
    )
    .execute();
  return rows.map((row) => `the directory sync "${syncFrom(row).settings.name}"`);
}

/** Locks the row until the transaction ends. */
export async function lockSync(tx: Tx, id: number): Promise<void> {
  await tx.selectFrom('directory_syncs').select('id').where('id', '=', id).forUpdate().execute();
}

/**
 * Whether something of it is under way: read, planned or applied. A run that has started is not of the sync's
 * runs yet before its first set; whoever starts one holds the sync, so that of the two one waits.
 */
export async function isUnderWay(db: Db | Tx, id: number): Promise<boolean> {
  const { rows } = await sql`
    select 1 from sync_runs where sync_id = ${id} and state in ('queued', 'reading', 'applying')
    union all select 1 from plans where sync_id = ${id} and state = 'applying' limit 1`.execute(db);
  return rows.length > 0;
}

/** Ids for places and mappings, unique within the hub and never given twice. */
export async function nextRowIds(tx: Tx, count: number): Promise<readonly number[]> {
  if (count === 0) return [];
  const { rows } = await sql<{ readonly id: number }>`
    select nextval('directory_sync_rows')::int as id from generate_series(1, ${count})
  `.execute(tx);
  return z
    .array(z.object({ id: z.int() }))
    .parse(rows)
    .map(({ id }) => id);
}

export type NewSync = Omit<
  DirectorySync,
  'id' | 'lastWholeAt' | 'lastSyncedAt' | 'lastError' | 'version'
>;

/** Undefined when the connection has a sync already: of two who make one at once, one is told. */
export async function insertSync(tx: Tx, sync: NewSync): Promise<number | undefined> {
  const row = await tx
    .insertInto('directory_syncs')
    .values({
      connection_id: sync.connectionId,
      ...columnsOf({ ...sync, version: 1 }),
      created_at: sync.createdAt,
    })
    .onConflict((conflict) => conflict.column('connection_id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

export async function updateSync(tx: Tx, sync: DirectorySync): Promise<void> {
  await tx.updateTable('directory_syncs').set(columnsOf(sync)).where('id', '=', sync.id).execute();
}

export async function removeSync(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('directory_syncs').where('id', '=', id).execute();
}

function selection(db: Db | Tx) {
  return db
    .selectFrom('directory_syncs')
    .select([
      'id',
      'connection_id',
      'desk_connection_id',
      'client_id',
      'version',
      'settings',
      'halo',
      'active',
      'next_at',
      'last_whole_at',
      'last_synced_at',
      'last_error',
      'created_at',
      'updated_at',
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof selection>['execute']>>[number];

function syncFrom(row: Row): DirectorySync {
  return {
    id: row.id,
    connectionId: row.connection_id,
    deskConnectionId: row.desk_connection_id,
    clientId: row.client_id,
    version: row.version,
    settings: SyncSettings.parse(row.settings),
    halo: HaloKept.parse(row.halo),
    active: Boolean(row.active),
    nextAt: row.next_at,
    lastWholeAt: row.last_whole_at,
    lastSyncedAt: row.last_synced_at,
    lastError: row.last_error,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function columnsOf(sync: Omit<NewSync, 'connectionId' | 'createdAt'> & { version: number }) {
  return {
    desk_connection_id: sync.deskConnectionId,
    client_id: sync.clientId,
    version: sync.version,
    settings: json(sync.settings),
    halo: json(sync.halo),
    active: sync.active,
    next_at: sync.nextAt,
    updated_at: sync.updatedAt,
  };
}
