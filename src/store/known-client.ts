// Whatever belongs to a client belongs to one that is there.
import { refuse } from '#domain/problem.ts';
import type { Db, Tx } from './db.ts';

const idMax = 2 ** 31 - 1;

/** Refuses the id of a client that does not exist; null is all clients. */
export async function checkClient(db: Db | Tx, id: number | null): Promise<void> {
  if (id === null) return;
  const isId = id > 0 && id <= idMax;
  const found = isId
    ? await db.selectFrom('desk_clients').select('id').where('id', '=', id).executeTakeFirst()
    : undefined;
  if (found === undefined) refuse('client.unknown', { id });
}
