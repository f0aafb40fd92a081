// What a reading found that a person has to decide: kept when it ends, whatever becomes of its plan.
import { sql } from 'kysely';
import { newId } from '#lib/ids.ts';
import type { Tx } from '#store/db.ts';

/** New disputes are put by, open ones are brought up to date, and those that have settled go. */
export async function keepDisputes(
  tx: Tx,
  syncId: number,
  runId: string,
  now: Date,
): Promise<void> {
  await sql`
    delete from sync_disputes d using sync_seen s
    where s.sync_run_id = ${runId} and d.sync_id = ${syncId} and d.decision is null
      and s.target = d.target and s.entry_id = d.entry_id and s.state <> 'disputed'`.execute(tx);
  // A decision that can no longer be followed is asked for anew; one made since the run began stands for the next.
  await sql`
    update sync_disputes d
    set decision = null, desk_id = null, decided_by = null, decided_at = null
    from sync_seen s join sync_runs r on r.id = s.sync_run_id
    where r.id = ${runId} and s.state = 'disputed' and d.sync_id = ${syncId}
      and s.target = d.target and s.entry_id = d.entry_id and d.decided_at < r.created_at`.execute(
    tx,
  );
  const { rows } = await sql<{ target: string; entry_id: string }>`
    select target, entry_id from sync_seen
    where sync_run_id = ${runId} and state = 'disputed' and dispute is not null`.execute(tx);
  if (rows.length === 0) return;
  const ids = JSON.stringify(rows.map((row) => ({ ...row, id: newId(now) })));
  await sql`
    insert into sync_disputes
      (id, sync_id, target, entry_id, name, dn, code, sentence, candidates, keys, found_at)
    select w.id, ${syncId}, s.target, s.entry_id, s.name, s.dn, s.dispute ->> 'code',
      s.dispute ->> 'sentence', s.dispute -> 'candidates', s.keys, ${now}
    from sync_seen s join json_to_recordset(${ids}::json) as w(target text, entry_id uuid, id uuid)
      on s.target = w.target and s.entry_id = w.entry_id
    where s.sync_run_id = ${runId}
    on conflict (sync_id, target, entry_id) do update set
      name = excluded.name, dn = excluded.dn, code = excluded.code, sentence = excluded.sentence,
      candidates = excluded.candidates, keys = excluded.keys`.execute(tx);
}
