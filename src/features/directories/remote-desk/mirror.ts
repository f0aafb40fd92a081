// A remote Halo's people as the hub last read them, so that thousands can be asked for without a request each.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { DeskPeople, DeskPerson } from '#domain/ports/desk-people.ts';
import type { RemotePeople, RemoteRecord, RemoteTarget } from '#domain/ports/remote-people.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';
import { chunksOf } from '#lib/chunks.ts';
import { type Db, inTransaction, json, type Tx } from '#store/db.ts';
import { apartOf, isListed, keyOf, keysOf, listedOver, personOf } from './remote-fields.ts';

export type Mirror = {
  readonly db: Db;
  readonly connectionId: string;
  readonly remote: RemotePeople;
};

/** Single records read at once while the lists are gone through. */
const atOnce = 4;

/**
 * Reads the lists anew, and of those who differ from what is known the whole record, where one of the fields
 * stands in no list. Who is in no list any more is forgotten. Several syncs may share a mirror: one whose fields
 * all stand in lists leaves what another has read of whole records.
 */
export async function refreshMirror(
  mirror: Mirror,
  asked: readonly { readonly target: RemoteTarget; readonly fields: readonly string[] }[],
  now: Date,
  signal?: AbortSignal,
): Promise<void> {
  for (const { target, fields } of asked) {
    const needsWhole = !fields.every((field) => isListed(target, field));
    for await (const page of mirror.remote.readAll(target, signal)) {
      const same = await stillTheSame(mirror, target, page, now, needsWhole);
      const fresh = page.filter(({ id }) => !same.has(Number(id)));
      // Kept as they come, where Halo is asked for each; those of a list are all there.
      for (const some of chunksOf(fresh, needsWhole ? atOnce : Math.max(1, fresh.length))) {
        signal?.throwIfAborted();
        await keep(
          mirror,
          target,
          await Promise.all(
            some.map(async (record): Promise<Read> => {
              const [id, digest] = [Number(record.id), digestOf(record, needsWhole)];
              const whole = needsWhole ? await mirror.remote.read(target, id, signal) : undefined;
              return { id, digest, over: (before) => whole ?? listedOver(target, before, record) };
            }),
          ),
          now,
        );
      }
    }
    await alone(mirror, (tx) =>
      sql`delete from sync_desk_people where connection_id = ${mirror.connectionId}
        and target = ${target} and seen_at < ${now}`.execute(tx),
    );
  }
}

export function mirroredPeople(mirror: Mirror, keepPhotos: DeskPeople['keepPhotos']): DeskPeople {
  const { db, connectionId } = mirror;
  return {
    async find(target, ids, fields) {
      const { rows } = await sql<{ readonly record: RemoteRecord }>`
        select record from sync_desk_people where connection_id = ${connectionId}
        and target = ${target} and desk_id = any(${ids.filter(isId)}::integer[])`.execute(db);
      return people(
        mirror,
        target,
        rows.map(({ record }) => record),
        fields,
      );
    },
    async findBy(target, wanted, fields) {
      const keys = wanted.flatMap(({ field, values }) =>
        values
          .filter((value) => value !== '' && !value.includes('\0'))
          .map((value) => keyOf(field, value).toWellFormed()),
      );
      if (keys.length === 0) return [];
      const { rows } = await sql<{ readonly record: RemoteRecord }>`
        select record from sync_desk_people where connection_id = ${connectionId}
        and target = ${target} and keys && ${keys}::text[]`.execute(db);
      const persons = rows.map(({ record }) => record);
      return people(
        mirror,
        target,
        persons.filter((one) => isRemote(target) && apartOf(target, one) === undefined),
        fields,
      );
    },
    async countAdministrators() {
      const { rows } = await sql<{ readonly count: number }>`
        select count(*)::integer as count from sync_desk_people
        where connection_id = ${connectionId} and target = 'agent'
          and record @> '{"is_admin": true}' and not record @> '{"isdisabled": true}'
          and not record @> '{"isapiagent": true}'`.execute(db);
      return rows[0]?.count ?? 0;
    },
    keepPhotos,
  };
}

export type Read = {
  readonly id: number;
  readonly digest: string;
  /** The record as it is now, of what was known of it. */
  over(before: RemoteRecord): RemoteRecord;
};

export async function keep(
  mirror: Mirror,
  target: RemoteTarget,
  read: readonly Read[],
  now: Date,
): Promise<void> {
  const { connectionId } = mirror;
  await alone(mirror, async (tx) => {
    const { rows: known } = await sql<{ readonly desk_id: number; readonly record: RemoteRecord }>`
      select desk_id, record from sync_desk_people where connection_id = ${connectionId}
      and target = ${target} and desk_id = any(${read.map(({ id }) => id)}::integer[])`.execute(tx);
    const before = new Map(known.map((row) => [row.desk_id, row.record]));
    const rows = read.map(({ id, digest, over }) => {
      const record = over(before.get(id) ?? {});
      const keys = keysOf(target, record).map((key) => key.replaceAll('\0', ''));
      return {
        connection_id: connectionId,
        target,
        desk_id: id,
        digest,
        record,
        keys,
        seen_at: now,
      };
    });
    await sql`insert into sync_desk_people
      select * from jsonb_populate_recordset(null::sync_desk_people, ${json(rows)}::jsonb)
      on conflict (connection_id, target, desk_id) do update set digest = excluded.digest,
        record = excluded.record, keys = excluded.keys,
        seen_at = greatest(sync_desk_people.seen_at, excluded.seen_at)`.execute(tx);
  });
}

/** One writes at a time: two would lay what they read over the same row, and wait for each other's in turn. */
function alone<T>({ db, connectionId }: Mirror, work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(db, async (tx) => {
    const name = `mirror of ${connectionId}`;
    await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
    return work(tx);
  });
}

export function isRemote(target: SyncTarget): target is RemoteTarget {
  return target !== 'cab-member';
}

/** For listed fields alone, a whole record read with the same row of the list is as good. */
async function stillTheSame(
  mirror: Mirror,
  target: RemoteTarget,
  listed: readonly RemoteRecord[],
  now: Date,
  needsWhole: boolean,
): Promise<ReadonlySet<number>> {
  const enough = needsWhole ? [true] : [true, false];
  const digests = listed.flatMap((record) =>
    enough.map((isWhole) => ({ id: Number(record.id), digest: digestOf(record, isWhole) })),
  );
  const { rows } = await alone(mirror, (tx) =>
    sql<{ readonly desk_id: number }>`
      update sync_desk_people p set seen_at = greatest(p.seen_at, ${now}::timestamptz)
      from unnest(${digests.map(({ id }) => id)}::integer[],
        ${digests.map(({ digest }) => digest)}::text[]) l (id, digest)
      where p.connection_id = ${mirror.connectionId} and p.target = ${target} and p.desk_id = l.id
        and p.digest = l.digest returning p.desk_id`.execute(tx),
  );
  return new Set(rows.map(({ desk_id: id }) => id));
}

async function people(
  mirror: Mirror,
  target: SyncTarget,
  records: readonly RemoteRecord[],
  fields: readonly string[],
): Promise<readonly DeskPerson[]> {
  if (!isRemote(target)) return [];
  const persons = records.map((record) => personOf(target, record, fields));
  return target === 'user' && fields.includes('manager') ? withManagers(mirror, persons) : persons;
}

/** Halo keeps the address of a user's manager: here it becomes whose it is, where it is one's alone. */
async function withManagers(
  { db, connectionId }: Mirror,
  persons: readonly DeskPerson[],
): Promise<readonly DeskPerson[]> {
  const emails = persons.flatMap(({ fields }) => fields.manager ?? []);
  const { rows } = await sql<{ readonly key: string; readonly id: number }>`
    select k as key, min(p.desk_id) as id from unnest(${emails.map((one) => keyOf('email', one))}::text[]) k
    join sync_desk_people p on p.connection_id = ${connectionId} and p.target = 'user'
      and p.keys @> array[k] group by k having count(distinct p.desk_id) = 1`.execute(db);
  const managers = new Map(rows.map(({ key, id }) => [key, String(id)]));
  return persons.map((person) => {
    const id = managers.get(keyOf('email', person.fields.manager?.[0] ?? ''));
    const { manager: _, ...rest } = person.fields;
    return { ...person, fields: id === undefined ? rest : { ...rest, manager: [id] } };
  });
}

/** Of what the list said; a whole record is another thing than a listed one. */
export function digestOf(record: RemoteRecord, isWhole: boolean): string {
  return `${isWhole ? 'whole' : 'listed'} ${createHash('sha256').update(JSON.stringify(record)).digest('hex')}`;
}

function isId(id: number): boolean {
  return Number.isInteger(id) && Math.abs(id) < 2 ** 31;
}
