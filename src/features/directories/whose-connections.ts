// Whether a sync's connections are its client's to use: asked when it is saved or looked through, and each time it is
// at work.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { Sync } from '#domain/sync/settings.ts';
import type { Db, Tx } from '#store/db.ts';
import { checkMaySet } from './may-make.ts';
import { parseSettings } from './model.ts';

type Owner = { readonly clientId: number | null };

/**
 * Places, filters and attributes decide who and what is read with the connection's account, and a try signs in with its
 * password: on a connection that is not theirs alone, that is not for those who look after one client.
 */
export function mayLookThrough({ clientId }: Pick<Actor, 'clientId'>, connection: Owner): boolean {
  return clientId === undefined || connection.clientId === clientId;
}

/** For whoever sets what a sync reads, or looks into its directory. */
export async function checkLook(
  db: Db | Tx,
  actor: Actor,
  { connectionId, settings: { name } }: Pick<Sync, 'connectionId' | 'settings'>,
): Promise<void> {
  const owner = await ownerOf(db, connectionId, 'ldap');
  if (owner === undefined || !mayLookThrough(actor, owner)) {
    refuse('directory-sync.shared-directory', { name });
  }
}

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

/** Another directory behind it decides as the settings do who becomes an agent or a member of a board. */
export async function checkRedirect(tx: Tx, actor: Actor, connectionId: string): Promise<void> {
  const rows = await tx
    .selectFrom('directory_syncs')
    .select('settings')
    .where('connection_id', '=', connectionId)
    .execute();
  checkMaySet(actor, ...rows.map(({ settings }) => parseSettings(settings)));
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
