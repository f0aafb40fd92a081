// What the database knows of master keys and rotations; every function takes it first.
import type { Db, Tx } from '#store/db.ts';
import { countSealed, isOld, type SealedCount, totalOf } from '#store/reseal.ts';
import type { MasterKeyFacts, Rotation } from './model.ts';

export type KeysFacts = {
  readonly keys: readonly MasterKeyFacts[];
  /** The one that runs, else the last. */
  readonly rotation: Rotation | null;
  /** Values under another key than the current, or in an old format. */
  readonly old: number;
};

export async function readKeys(db: Db): Promise<KeysFacts> {
  const rows = await db.selectFrom('master_keys').selectAll().orderBy('since', 'desc').execute();
  const counts = await countSealed(db);
  const current = rows.find(({ state }) => state === 'current')?.id ?? '';
  return {
    keys: rows.map(({ id, state, since, retired_at }) => ({
      id,
      state,
      since,
      retiredAt: retired_at,
      values: totalOf(counts.filter(({ keyId }) => keyId === id)),
    })),
    rotation: (await lastRotation(db)) ?? null,
    old: totalOf(counts.filter((one) => isOld(one, current))),
  };
}

/** What is old, column by column. */
export async function readOld(db: Db | Tx, keyId: string): Promise<readonly SealedCount[]> {
  return (await countSealed(db)).filter((one) => isOld(one, keyId));
}

export async function lastRotation(db: Db | Tx): Promise<Rotation | undefined> {
  const row = await db
    .selectFrom('key_rotations')
    .selectAll()
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && rotationOf(row);
}

export async function findRunning(db: Db | Tx): Promise<Rotation | undefined> {
  const row = await db
    .selectFrom('key_rotations')
    .selectAll()
    .where('state', '=', 'running')
    .executeTakeFirst();
  return row && rotationOf(row);
}

export async function getRotation(db: Db | Tx, id: string): Promise<Rotation> {
  const row = await db
    .selectFrom('key_rotations')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return rotationOf(row);
}

type Row = {
  readonly id: string;
  readonly state: Rotation['state'];
  readonly from_key: string | null;
  readonly to_key: string;
  readonly started_at: Date;
  readonly started_by: string;
  readonly ended_at: Date | null;
  readonly total: number;
  readonly resealed: number;
  readonly broken: number;
};

function rotationOf(row: Row): Rotation {
  const { id, state, total, resealed, broken } = row;
  return {
    id,
    state,
    fromKey: row.from_key,
    toKey: row.to_key,
    startedAt: row.started_at,
    startedBy: row.started_by,
    endedAt: row.ended_at,
    total,
    resealed,
    broken,
  };
}
