// Keeps a remote Halo one who administers it: administrators leave one at a time, while Halo itself shows another.
import { sql } from 'kysely';
import { apartOf, isActive } from './remote-fields.ts';
import type { RemoteWriting } from './remote-writing.ts';

/** Of those who administered it when the lists were read last, so many are asked for. */
const asksMax = 20;

/** Whom the mirror knows is asked of Halo as it is now; where none of them is shown, there is none. */
export async function hasAnotherAdministrator(
  { db, connectionId, remote }: RemoteWriting,
  leaving: number,
): Promise<boolean> {
  const { rows } = await sql<{ readonly id: number }>`
    select desk_id as id from sync_desk_people where connection_id = ${connectionId}
      and target = 'agent' and desk_id <> ${leaving} and record @> '{"is_admin": true}'
      and not record @> '{"isdisabled": true}' and not record @> '{"isapiagent": true}'
    order by desk_id limit ${asksMax}`.execute(db);
  for (const { id } of rows) {
    const record = await remote.read('agent', id);
    if (record === undefined || record.is_admin !== true) continue;
    if (isActive('agent', record) && apartOf('agent', record) === undefined) return true;
  }
  return false;
}

/**
 * No other administrator of this Halo leaves meanwhile, whichever set or sync has it so: each would be shown the
 * other. Held by the session, for Halo may take longer to answer than a transaction may stand idle.
 */
export async function whileNobodyLeaves<T>(
  { db, connectionId }: RemoteWriting,
  work: () => Promise<T>,
): Promise<T> {
  const name = `administrators of ${connectionId}`;
  return db.connection().execute(async (held) => {
    await sql`select pg_advisory_lock(hashtextextended(${name}, 0))`.execute(held);
    try {
      return await work();
    } finally {
      await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.execute(held);
    }
  });
}
