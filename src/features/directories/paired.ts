// Which records of the desk a sync has paired with entries of the directory.
import { sql } from 'kysely';
import type { SyncTarget } from '#domain/sync/settings.ts';
import type { Db } from '#store/db.ts';

/** By the entry's id. */
export async function pairedRecords(
  db: Db,
  syncId: number,
  target: SyncTarget,
  entryIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ readonly entry_id: string; readonly desk_id: number }>`
    select entry_id, desk_id from sync_people
    where sync_id = ${syncId} and target = ${target} and desk_id is not null
      and entry_id = any(${[...entryIds]}::uuid[])`.execute(db);
  return new Map(rows.map(({ entry_id, desk_id }) => [entry_id, desk_id]));
}
