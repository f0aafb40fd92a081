// What another sync of the desk may have done since the plan was made: a record paired, or made, with somebody else.
import { sql } from 'kysely';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { type Db, json, type Tx } from '#store/db.ts';
import type { Applying } from './begin-applying.ts';
import { whose } from './whose.ts';

/** Of whom a record is written that is somebody else's by now: nothing of theirs is. */
export async function findLost(
  db: Db | Tx,
  { syncId }: Applying,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, Outcome>> {
  const asked = changes.flatMap(({ id: change, personKey, target }) => {
    const desk_id = target.kind === 'existing' ? Number(target.id.split(':')[1]) : Number.NaN;
    return Number.isInteger(desk_id) ? [{ ...whose(personKey), change, desk_id }] : [];
  });
  if (asked.length === 0) return new Map();
  const { rows } = await sql<{ readonly change: string }>`
    select w.change
    from json_to_recordset(${json(asked)}::json)
      as w(target text, entry_id uuid, change text, desk_id integer)
    join directory_syncs mine on mine.id = ${syncId}
    where exists (
      select from sync_people p join directory_syncs other on other.id = p.sync_id
      where p.desk_id = w.desk_id and p.target = w.target and p.state = 'linked'
        and p.entry_id <> w.entry_id
        and other.desk_connection_id is not distinct from mine.desk_connection_id
      offset 0)
    and not exists (
      select from sync_people p where p.entry_id = w.entry_id and p.sync_id = mine.id
        and p.target = w.target and p.state = 'linked' and p.desk_id = w.desk_id
      offset 0)`.execute(db);
  const names = new Map(changes.map(({ id, target }) => [id, target.name]));
  return new Map(
    rows.map(({ change }) => {
      const because = `${names.get(change)} belongs to somebody else of a directory by now`;
      return [change, { result: 'conflict' as const, because }];
    }),
  );
}

/** By what the records that are to be made are found, where nobody decided to make them all the same. */
export async function findKeys(
  db: Db | Tx,
  { runId }: Pick<Applying, 'runId'>,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const people = changes.filter(({ kind }) => kind === 'create').map((one) => whose(one.personKey));
  if (people.length === 0) return new Map();
  const { rows } = await sql<{ readonly change_id: string; readonly keys: readonly string[] }>`
    select s.change_id, s.keys
    from json_to_recordset(${json(people)}::json) as w(target text, entry_id uuid)
    cross join lateral (select change_id, keys from sync_seen where sync_run_id = ${runId}::uuid
      and target = w.target and entry_id = w.entry_id and fresh and change_id is not null offset 0) s
    `.execute(db);
  return new Map(rows.map((row) => [row.change_id, row.keys]));
}
