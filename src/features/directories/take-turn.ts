// Syncs that fill one desk take turns where each has to see what the other has made: a record is one entry's.
import { sql } from 'kysely';
import type { Tx } from '#store/db.ts';
import { locks } from '#store/locks.ts';

/** Whether another sync fills the same desk. */
export type Turn = { readonly isAlone: boolean };

/**
 * Until the transaction ends, no other sync's has its turn at the desk. To be taken before anything is held that
 * another sync may wait for, and before anything is looked at. The sets of a sync that has a desk to itself go on
 * beside each other: should another sync come meanwhile, that one is not alone, and waits for all of them.
 */
export async function takeTurn(tx: Tx, syncId: number): Promise<Turn> {
  const { desk, isAlone } = await deskOf(tx, syncId);
  const turn = isAlone ? sql`pg_advisory_xact_lock_shared` : sql`pg_advisory_xact_lock`;
  await sql`select ${turn}(${locks.desk}::integer, hashtext(${desk}))`.execute(tx);
  // Whoever came while this one waited may have written.
  return isAlone ? await deskOf(tx, syncId) : { isAlone };
}

/** What a sync that is alone writes in this transaction is not counted as somebody else's (people_written). */
async function deskOf(tx: Tx, syncId: number) {
  const { rows } = await sql<Turn & { readonly desk: string }>`
    select desk, "isAlone", set_config('sundog.lone_sync', "isAlone"::text, true) from (
      select coalesce(mine.desk_connection_id::text, '') as desk, not exists (
        select from directory_syncs other where other.id <> mine.id
          and other.desk_connection_id is not distinct from mine.desk_connection_id) as "isAlone"
      from directory_syncs mine where mine.id = ${syncId}) found`.execute(tx);
  return rows[0] ?? { desk: '', isAlone: false };
}
