// Directory syncs as LDAPConnections: with their connections, what the desk has around them, and what to warn of.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import type { Db, Tx } from '#store/db.ts';
import type { SettingsPorts } from './commands.ts';
import { readDeskFacts } from './desk-facts.ts';
import { connectionToHalo } from './halo-answer.ts';
import type { LdapConnectionAnswer } from './halo-model.ts';
import { warningsOf } from './halo-warnings.ts';
import type { DirectorySync } from './model.ts';

type Asked = {
  /** Said of this one request alone, by sync. */
  readonly notes?: ReadonlyMap<number, readonly string[]>;
  readonly details?: boolean;
};

export async function shown(
  db: Db | Tx,
  { connections }: Pick<SettingsPorts, 'connections'>,
  actor: Actor,
  syncs: readonly DirectorySync[],
  { notes, details = false }: Asked = {},
): Promise<LdapConnectionAnswer[]> {
  const found = await connections.find(
    db,
    actor,
    syncs.map(({ connectionId }) => connectionId),
  );
  const desk = await readDeskFacts(
    db,
    syncs.filter(({ deskConnectionId }) => deskConnectionId === null).map((one) => one.settings),
  );
  const newest = details ? await newestUsers(db, syncs) : new Map<number, Date>();
  return syncs.flatMap((sync) => {
    const connection = found.get(sync.connectionId);
    if (connection === undefined) return [];
    const said = notes?.get(sync.id) ?? [];
    const warnings = [...said, ...warningsOf(sync, connection)];
    const mayChange =
      allows(actor.permissions, 'directory-syncs:edit') &&
      (actor.clientId === undefined || actor.clientId === sync.clientId);
    return [connectionToHalo(sync, { connection, desk, newest, mayChange, warnings })];
  });
}

/** When the desk last got a user by each place, since the sync is there. */
async function newestUsers(
  db: Db | Tx,
  syncs: readonly DirectorySync[],
): Promise<ReadonlyMap<number, Date>> {
  const ids = syncs.filter(({ deskConnectionId }) => deskConnectionId === null).map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ readonly place_id: number; readonly newest: Date }>`
    select p.place_id, max(u.created_at) as newest
    from sync_people p
    join directory_syncs s on s.id = p.sync_id
    join desk_users u on u.id = p.desk_id and u.created_at >= s.created_at
    where p.sync_id = any(${ids}::integer[]) and p.target = 'user'
    group by p.place_id
  `.execute(db);
  return new Map(rows.map(({ place_id: place, newest }) => [place, newest]));
}
