// A remote Halo as the desk of a sync: read once as a reading begins, and from then on answered for by its mirror.
import { sql } from 'kysely';
import type { DeskPeople } from '#domain/ports/desk-people.ts';
import type { RemotePeople } from '#domain/ports/remote-people.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';
import { isRemote, type Mirror, mirroredPeople, refreshMirror } from './mirror.ts';
import { isListed } from './remote-fields.ts';
import { readNow } from './remote-now.ts';

export type RemoteDeskOf = {
  readonly db: Db;
  readonly clock: Clock;
  readonly connectionId: string;
  readonly remote: RemotePeople;
  keepPhotos: DeskPeople['keepPhotos'];
};

/** More than so many are looked for in the lists, which show hundreds a request. */
const oneByOneMax = 50;

type Asked = { readonly target: SyncTarget; readonly fields: readonly string[] };

type RecordsAsked = {
  readonly siteIds: readonly number[];
  readonly after: number;
  readonly limit: number;
};

export function remoteDeskPeople({ clock, keepPhotos, ...mirror }: RemoteDeskOf) {
  const mirrored = mirroredPeople(mirror, keepPhotos);
  const read = new Map<SyncTarget, ReadonlySet<string>>();
  const isMirrored = (target: SyncTarget, fields: readonly string[]) => {
    const known = read.get(target);
    return (
      !isRemote(target) ||
      (known !== undefined && fields.every((name) => known.has(name) || isListed(target, name)))
    );
  };
  return {
    ...mirrored,
    /**
     * What was not read since the desk was opened is asked of Halo itself: the few that a person names one by one,
     * and many from its lists, where those say all that is asked.
     */
    async find(target: SyncTarget, ids: readonly number[], fields: readonly string[]) {
      if (isMirrored(target, fields) || !isRemote(target)) {
        return mirrored.find(target, ids, fields);
      }
      const inLists = fields.every((name) => isListed(target, name));
      if (ids.length <= oneByOneMax || !inLists) {
        return readNow(mirror.remote, target, ids, fields);
      }
      await refreshMirror(mirror, [{ target, fields: [] }], clock());
      read.set(target, new Set());
      return mirrored.find(target, ids, fields);
    },
    async refresh(asked: readonly Asked[], signal: AbortSignal) {
      const reached = asked.flatMap(({ target, fields }) =>
        isRemote(target) ? [{ target, fields }] : [],
      );
      await refreshMirror(mirror, reached, clock(), signal);
      for (const { target, fields } of reached) read.set(target, new Set(fields));
    },
    listRecords: (target: SyncTarget, asked: RecordsAsked) => listMirrored(mirror, target, asked),
  };
}

async function listMirrored(
  { db, connectionId }: Mirror,
  target: SyncTarget,
  { siteIds, after, limit }: RecordsAsked,
) {
  const apart =
    target === 'user'
      ? sql`record @> '{"inactive": true}' or record @> '{"isserviceaccount": true}'
          or not record->'site_id' = any(${siteIds.map(String)}::jsonb[])`
      : sql`record @> '{"isdisabled": true}' or record @> '{"isapiagent": true}'`;
  const { rows } = await sql<{ readonly id: number; readonly name: string }>`
    select desk_id as id, coalesce(record->>'name', '') as name from sync_desk_people
    where connection_id = ${connectionId} and target = ${target} and desk_id > ${Math.max(after, 0)}
      and (${apart}) is not true
    order by desk_id limit ${limit}`.execute(db);
  return rows;
}
