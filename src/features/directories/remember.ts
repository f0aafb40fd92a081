// What a sync knows of people once its plan is applied: in the transaction that has their records of the desk.
import { sql } from 'kysely';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { type KnownPeople, nobodyKnown } from '#domain/ports/desk-people.ts';
import { type Db, json, type Tx } from '#store/db.ts';
import { becomeKnown, seenOf } from './become-known.ts';
import type { Applying } from './begin-applying.ts';
import { findKeys } from './meanwhile.ts';
import { whose } from './whose.ts';

type Row = {
  readonly target: string;
  readonly entry_id: string;
  readonly desk_id: number | null;
  readonly due: boolean;
};

/** Those whose changes were made now become known; where one failed, they are planned again. */
export async function remember(
  tx: Tx,
  { syncId, runId }: { readonly syncId: number; readonly runId: string },
  changes: readonly Change[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<void> {
  const rows = new Map<string, Row>();
  for (const change of changes) {
    const outcome = outcomes.get(change.id);
    if (outcome === undefined || outcome.result === 'waiting') continue;
    const { personKey } = change;
    if (change.step > 0) continue;
    const failed = outcome.result === 'failed' || outcome.result === 'conflict';
    const created = outcome.result === 'done' ? recordOf(outcome.targetId) : null;
    const known = rows.get(personKey);
    rows.set(personKey, {
      ...whose(personKey),
      desk_id: known?.desk_id ?? (change.kind === 'create' ? created : null),
      due: known?.due === true || failed,
    });
  }
  await moveSeen(tx, syncId, runId, [...rows.values()]);
}

/** Everybody else whom the run read, when it has ended: nothing was to be changed, or it came to nothing. */
export async function rememberRest(
  tx: Tx,
  { syncId, runId }: { readonly syncId: number; readonly runId: string },
): Promise<void> {
  await sql`
    with moved as (
      delete from sync_seen where sync_run_id = ${runId}
      returning ${seenOf}, desk_id as record, changes as failed
    ) ${becomeKnown(syncId, runId)}`.execute(tx);
}

async function moveSeen(
  tx: Tx,
  syncId: number,
  runId: string,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length > 0) await moving(syncId, runId, rows).execute(tx);
}

/** Each is looked up by itself: without statistics all that was read would be gone through for every set. */
export function moving(syncId: number, runId: string, rows: readonly Row[]) {
  const [targets, ids] = [rows.map(({ target }) => target), rows.map(({ entry_id: id }) => id)];
  const [records, due] = [rows.map(({ desk_id: id }) => id), rows.map((row) => row.due)];
  return sql`
    with moved as materialized (
      select s.*, coalesce(s.desk_id, w.desk_id) as record, w.due as failed
      from unnest(${plainArray(targets)}::text[], ${plainArray(ids)}::uuid[],
        ${plainArray(records)}::integer[], ${plainArray(due)}::boolean[])
        as w (target, entry_id, desk_id, due)
      cross join lateral (
        select ctid as place, ${seenOf} from sync_seen where sync_run_id = ${runId}::uuid
          and target = w.target and entry_id = w.entry_id offset 0 for update) s
    ), removed as (
      delete from sync_seen where ctid = any(array(select place from moved))
    ) ${becomeKnown(syncId, runId)}`;
}

/** Of what needs no quotes, in one piece: JSON takes the database ten times as long to read. */
function plainArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`;
}

/** They are planned again by the next sync, whatever the directory says of them. */
export async function markDue(
  tx: Tx,
  syncId: number,
  personKeys: readonly string[],
): Promise<void> {
  await sql`
    update sync_people p set due = true
    from json_to_recordset(${json(personKeys.map(whose))}::json) as w(target text, entry_id uuid)
    where p.sync_id = ${syncId} and p.target = w.target and p.entry_id = w.entry_id`.execute(tx);
}

/** Creations whose outcome came too late: the run had ended without them, and what it read is forgotten. */
export async function rememberMade(
  tx: Tx,
  { syncId }: { readonly syncId: number },
  changes: readonly Change[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<void> {
  const rows = changes.flatMap(({ id, kind, personKey, personName: name }) => {
    const outcome = outcomes.get(id);
    const isMade = outcome?.result === 'done' && kind === 'create';
    const record = isMade ? recordOf(outcome.targetId) : null;
    return record === null ? [] : [{ ...whose(personKey), name, desk_id: record }];
  });
  if (rows.length === 0) return;
  await sql`
    insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id, due)
    select ${syncId}, w.target, w.entry_id, decode(repeat('00', 16), 'hex'), '', w.name, 0,
      'linked', w.desk_id, true
    from json_to_recordset(${json(rows)}::json)
      as w(target text, entry_id uuid, name text, desk_id integer)
    on conflict (sync_id, target, entry_id) do update set
      state = 'linked', desk_id = excluded.desk_id, due = true
      where sync_people.desk_id is null`.execute(tx);
}

/**
 * Whose record a change is for that this very plan made, which record a manager has, and by what the new are found
 * where somebody else may have made them meanwhile.
 */
export async function findKnownPeople(
  db: Db | Tx,
  applying: Pick<Applying, 'syncId' | 'runId'>,
  changes: readonly Change[],
  byKeys: boolean,
): Promise<KnownPeople> {
  const { syncId } = applying;
  const keys = byKeys ? await findKeys(db, applying, changes) : nobodyKnown.keys;
  const records = new Map<string, number>();
  const managers = new Map<string, number>();
  const asked = changes.flatMap((change) => {
    const { target } = whose(change.personKey);
    const needsRecord = change.target.kind === 'planned' && change.kind !== 'create';
    const own = needsRecord ? [{ ...whose(change.personKey), change: change.id, role: 'own' }] : [];
    const entry_id = change.manager?.entryId;
    return entry_id == null
      ? own
      : [...own, { target, entry_id, change: change.id, role: 'manager' }];
  });
  if (asked.length === 0) return { records, managers, keys };
  const { rows } = await sql<{ change: string; role: string; desk_id: number }>`
    select w.change, w.role, p.desk_id from sync_people p
    join json_to_recordset(${json(asked)}::json)
      as w(target text, entry_id uuid, change text, role text)
      on p.target = w.target and p.entry_id = w.entry_id
    where p.sync_id = ${syncId} and p.desk_id is not null`.execute(db);
  for (const row of rows) (row.role === 'own' ? records : managers).set(row.change, row.desk_id);
  return { records, managers, keys };
}

/** `user:12` */
function recordOf(targetId: string | undefined): number | null {
  const id = Number(targetId?.split(':')[1]);
  return Number.isInteger(id) ? id : null;
}
