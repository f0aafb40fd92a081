// How the trail stands: how many entries, which of them wait to be chained, and since when.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import type { Db } from '#store/db.ts';

/** An entry that waits longer is an alarm: the sequencer does not work. */
export const unchainedMsMax = 10_000;

/** The name of this hub in checkpoints and exports, for ever the same. */
export async function hubId(db: Db): Promise<string> {
  const row = await db
    .selectFrom('marks')
    .select('value')
    .where('name', '=', 'hub-id')
    .executeTakeFirst();
  return row?.value ?? refuse('record.unknown', { kind: 'mark', id: 'hub-id' });
}

/** How many entries wait, and since when the one that has waited longest. */
export async function waiting(
  db: Db,
): Promise<{ readonly count: number; readonly since: Date | null }> {
  const { rows } = await sql<{ count: number; since: Date | null }>`
    select count(*) as count, min(entry.at) as since
    from audit_pending join audit_entries as entry on entry.id = entry_id`.execute(db);
  return rows[0] ?? { count: 0, since: null };
}

/** Whether one has waited too long; looks at the oldest alone, so that it costs nothing. */
export async function waitsTooLong(db: Db): Promise<boolean> {
  const { rows } = await sql<{ late: boolean }>`
    select exists (
      select from (select entry_id from audit_pending order by entry_id limit 100) as oldest
      join audit_entries as entry on entry.id = oldest.entry_id
      where entry.at < now() - make_interval(secs => ${unchainedMsMax / 1000})
    ) as late`.execute(db);
  return rows[0]?.late === true;
}

/** An entry since that id which is old enough and neither chained nor in the line for it. */
export async function findUnchained(
  db: Db,
  since: string,
): Promise<{ readonly id: string; readonly next: number } | undefined> {
  const { rows } = await sql<{ id: string; next: number }>`
    select entry.id, (select coalesce(max(seq), 0) + 1 from audit_chain) as next
    from audit_entries as entry
    where entry.id >= ${since}::uuid
      and entry.at < now() - make_interval(secs => ${unchainedMsMax / 1000})
      and not exists (select from audit_chain where entry_id = entry.id)
    order by entry.id limit 1`.execute(db);
  return rows[0];
}
