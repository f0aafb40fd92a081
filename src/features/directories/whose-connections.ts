// Whether a sync's connections are its client's to use: asked when it is saved, and each time it is at work.
import { refuse } from '#domain/problem.ts';
import type { Sync } from '#domain/sync/settings.ts';
import type { Db, Tx } from '#store/db.ts';

type Owner = { readonly clientId: number | null };

/** What is everybody's, and what is of its own client. */
export async function checkDirectory(
  db: Db | Tx,
  { connectionId: id, clientId }: Pick<Sync, 'connectionId' | 'clientId'>,
): Promise<void> {
  const owner = await ownerOf(db, id, 'ldap');
  if (owner !== undefined && owner.clientId !== null && owner.clientId !== clientId) {
    refuse('directory-sync.foreign-directory', { id });
  }
}

/**
 * A client's sync writes into a Halo of that client alone: nothing in a remote Halo says which of its people are
 * those of a client of this hub.
 */
export async function checkDesk(
  db: Db | Tx,
  { deskConnectionId: id, clientId }: Pick<Sync, 'deskConnectionId' | 'clientId'>,
): Promise<void> {
  if (id === null) return;
  const owner = await ownerOf(db, id, 'halo');
  // Whether another client has it is told to nobody: it is as unknown as one that is not there.
  if (clientId !== null && owner?.clientId !== clientId) {
    refuse('directory-sync.foreign-desk', { id });
  }
  if (owner === undefined) refuse('record.unknown', { kind: 'Halo connection', id });
}

async function ownerOf(db: Db | Tx, id: string, kind: 'ldap' | 'halo'): Promise<Owner | undefined> {
  const row = await db
    .selectFrom('connections')
    .select('client_id')
    .where('id', '=', id)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row && { clientId: row.client_id };
}
