// Whom syncs brought from a directory into a desk: for automations that write to that very directory.
import { sql } from 'kysely';
import type { Origin, Origins } from '#domain/origin.ts';
import { attributesOf } from '#domain/sync/rules.ts';
import { SyncSettings } from '#domain/sync/settings.ts';
import type { Db } from '#store/db.ts';

export type OriginsAsked = {
  readonly directoryConnectionId: string;
  /** Connections that lead to the desk. */
  readonly deskConnectionIds: readonly string[];
  /** Whether it is the hub's own desk. */
  readonly isOwnDesk: boolean;
  /** Ids of its users. */
  readonly personKeys: readonly string[];
};

/** Also those who are gone there: their account was the directory's to remove. */
export async function originsOf(db: Db, asked: OriginsAsked): Promise<Origins> {
  const ids = asked.personKeys
    .map(Number)
    .filter((id) => Number.isInteger(id) && id > 0 && id < 2 ** 31);
  if (ids.length === 0) return new Map();
  const syncs = await db
    .selectFrom('directory_syncs')
    .select(['id', 'settings'])
    .where('connection_id', '=', asked.directoryConnectionId)
    .where(sql<boolean>`(desk_connection_id = any(${[...asked.deskConnectionIds]}::uuid[])
      or (desk_connection_id is null and ${asked.isOwnDesk}::boolean))`)
    .execute();
  if (syncs.length === 0) return new Map();
  const origins = new Map(
    syncs.map(({ id, settings }) => [id, originFrom(SyncSettings.parse(settings))]),
  );
  const people = await db
    .selectFrom('sync_people')
    .select(['desk_id', 'sync_id'])
    .where('target', '=', 'user')
    .where('state', 'in', ['linked', 'gone'])
    .where('sync_id', 'in', [...origins.keys()])
    .where(sql<boolean>`desk_id = any(${ids}::integer[])`)
    .execute();
  return new Map(
    people.flatMap(({ desk_id: id, sync_id: syncId }) => {
      const origin = origins.get(syncId);
      return origin === undefined ? [] : [[String(id), origin] as const];
    }),
  );
}

/** What is written to new users alone is the desk's afterwards. */
function originFrom({ name, fields }: SyncSettings): Origin {
  const mapped = fields
    .filter(({ target }) => target === 'user')
    .flatMap(({ from }) => attributesOf(from));
  return { sync: name, attributes: new Set(mapped.map((one) => one.toLowerCase())) };
}
