// Finds entries that share a key or a record with another, after the whole read, and takes them out of the plan.
import { sql } from 'kysely';
import { type Double, disputeDoubles, type Withdrawal } from '#domain/sync/doubles.ts';
import { takeOff } from '#domain/totals.ts';
import { json } from '#store/db.ts';
import type { Reading } from './reading.ts';

type Row = {
  readonly target: string;
  readonly entry_id: string;
  readonly name: string;
  readonly dn: string;
  readonly key: string;
  readonly fresh: boolean;
  readonly joins: boolean;
};

export async function withdrawDoubles(reading: Reading): Promise<void> {
  const { ports, sync, runId, sink, tally } = reading;
  // Those who were disputed before and are not in this reading count as well.
  const { rows } = await sql<Row>`
    with seen as (
      select target, entry_id, name, dn, fresh, joins and key like 'record=%' as joins, key
      from sync_seen
      cross join lateral unnest(keys ||
        case when state = 'linked' and desk_id is not null
          then array['record=' || desk_id] else '{}'::text[] end) as key
      where sync_run_id = ${runId} and state in ('linked', 'disputed')
    ), mine as (
      select * from seen union all
      select d.target, d.entry_id, d.name, d.dn, false, false, key from sync_disputes d
      cross join lateral unnest(d.keys) as key
      where d.sync_id = ${sync.id} and d.decision is null and not exists (
        select from sync_seen s
        where s.sync_run_id = ${runId} and s.target = d.target and s.entry_id = d.entry_id)
    ), shared as (
      select target, key from mine group by target, key
      having count(distinct entry_id) > 1 and bool_or(fresh or joins)
    )
    select mine.* from mine join shared using (target, key)`.execute(ports.db);
  if (rows.length === 0) return;
  const withdrawn = disputeDoubles(rows.map(doubleFrom));
  const were = await disputeSeen(reading, withdrawn);
  const taken = await sink.withdraw(
    withdrawn.map(({ target, entryId, name, dispute: { code, sentence } }) => ({
      personKey: keyOf(target, entryId),
      note: {
        ...{ personKey: keyOf(target, entryId), personName: name },
        ...{ situation: 'disputed', sentence, code },
      },
    })),
  );
  // Guards, sentence and counts speak of what is left in the plan, and of nothing else.
  tally.totals = takeOff(tally.totals, taken);
  for (const { target, entryId } of withdrawn) tally.administrators.delete(keyOf(target, entryId));
  tally.matched -= were.matched;
  tally.planned -= were.planned;
  tally.notes += withdrawn.length;
}

function keyOf(target: string, entryId: string): string {
  return `${target}:${entryId}`;
}

function doubleFrom({ entry_id: entryId, ...row }: Row): Double {
  return { ...row, entryId };
}

/** Gives how many of them were matched with a record, and how many were to be changed. */
async function disputeSeen(
  { ports, runId }: Reading,
  withdrawn: readonly Withdrawal[],
): Promise<{ readonly matched: number; readonly planned: number }> {
  const given = withdrawn.map(({ target, entryId, dispute }) => ({
    ...{ target, entry_id: entryId, dispute },
  }));
  const { rows } = await sql<{ matched: number; planned: number }>`
    with were as (
      select s.target, s.entry_id, w.dispute, s.changes, s.desk_id is not null as matched
      from sync_seen s join json_to_recordset(${json(given)}::json)
        as w(target text, entry_id uuid, dispute jsonb)
      on s.target = w.target and s.entry_id = w.entry_id where s.sync_run_id = ${runId}
    ), disputed as (
      update sync_seen s set state = 'disputed', desk_id = null, change_id = null, changes = false,
        dispute = were.dispute
      from were
      where s.sync_run_id = ${runId} and s.target = were.target and s.entry_id = were.entry_id
    )
    select count(*) filter (where matched) as matched, count(*) filter (where changes) as planned
    from were`.execute(ports.db);
  return rows[0] ?? { matched: 0, planned: 0 };
}
