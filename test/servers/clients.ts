// Clients of the desk under numbers of a test's choosing.
import type { Db } from '#store/db.ts';

export async function makeClients(db: Db, ids: readonly number[]): Promise<void> {
  const now = new Date();
  await db
    .insertInto('desk_clients')
    .values(ids.map((id) => ({ id, name: `Client ${id}`, created_at: now, updated_at: now })))
    .execute();
}
