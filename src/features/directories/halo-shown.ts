// Directory syncs as LDAPConnections: with their connections, what the desk has around them, and what to warn of.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import { type Db, json, type Tx } from '#store/db.ts';
import type { SettingsPorts } from './commands.ts';
import { readDeskFacts } from './desk-facts.ts';
import { connectionToHalo } from './halo-answer.ts';
import type { LdapConnectionAnswer } from './halo-model.ts';
import { warningsOf } from './halo-warnings.ts';
import type { DirectorySync } from './model.ts';
import { RunFacts } from './run-facts.ts';
import { mayLookThrough } from './whose-connections.ts';

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
  const synced = await placesSynced(db, syncs);
  return syncs.flatMap((sync) => {
    const connection = found.get(sync.connectionId);
    if (connection === undefined) return [];
    const said = notes?.get(sync.id) ?? [];
    const warnings = [...said, ...warningsOf(sync, connection)];
    const mayChange =
      allows(actor.permissions, 'directory-syncs:edit') &&
      (actor.clientId === undefined || actor.clientId === sync.clientId) &&
      mayLookThrough(actor, connection);
    const { clientId } = actor;
    const around = { connection, desk, newest, synced, mayChange, clientId, warnings };
    return [connectionToHalo(sync, around)];
  });
}

/**
 * When the desk last got a user by each place, since the sync is there: by the highest number, so that one row is
 * read of each place, however many people it has.
 */
async function newestUsers(
  db: Db | Tx,
  syncs: readonly DirectorySync[],
): Promise<ReadonlyMap<number, Date>> {
  const places = syncs
    .filter(({ deskConnectionId }) => deskConnectionId === null)
    .flatMap(({ id, settings }) => settings.places.map((place) => ({ sync: id, place: place.id })));
  if (places.length === 0) return new Map();
  const { rows } = await sql<{ readonly place_id: number; readonly newest: Date }>`
    select w.place as place_id, u.created_at as newest
    from json_to_recordset(${json(places)}::json) as w(sync integer, place integer)
    join directory_syncs s on s.id = w.sync
    cross join lateral (
      select p.desk_id from sync_people p
      where p.sync_id = w.sync and p.target = 'user' and p.place_id = w.place
        and p.desk_id is not null
      order by p.desk_id desc limit 1
    ) last
    join desk_users u on u.id = last.desk_id and u.created_at >= s.created_at
  `.execute(db);
  return new Map(rows.map(({ place_id: place, newest }) => [place, newest]));
}

/** The places that the last sync read: one that was added since is yet to be synced. */
async function placesSynced(
  db: Db | Tx,
  syncs: readonly DirectorySync[],
): Promise<ReadonlySet<number>> {
  const ids = syncs.flatMap(({ id, lastSyncedAt }) => (lastSyncedAt === null ? [] : [id]));
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ readonly facts: unknown }>`
    select last.facts from unnest(${ids}::integer[]) as w(sync)
    cross join lateral (
      select r.facts from sync_runs r
      where r.sync_id = w.sync and r.purpose = 'sync' and r.state = 'done'
      order by r.id desc limit 1
    ) last
  `.execute(db);
  return new Set(rows.flatMap(({ facts }) => RunFacts.safeParse(facts).data?.places ?? []));
}
