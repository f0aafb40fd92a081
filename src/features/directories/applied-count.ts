// How many changes of a run are settled, for whoever watches: they share each count, and it is made seldom.
import { sql } from 'kysely';
import type { Db } from '#store/db.ts';

export type AppliedCount = (applyRunId: string) => Promise<number>;

/** Asked of the plan path's own rows: each of them is read, and a plan may have hundreds of thousands. */
export async function countApplied(db: Db, applyRunId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from outcomes
    where run_id = ${applyRunId} and settled_at is not null`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Of a run that has ended: what was skipped, for it was cancelled, and what failed was not applied. */
export async function countMade(db: Db, applyRunId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from outcomes
    where run_id = ${applyRunId} and result = 'done'`.execute(db);
  return rows[0]?.count ?? 0;
}

const seldom = { atMostEveryMs: 2_000, timesAsLong: 20 } as const;

/** Of the same run nobody counts again before twenty times as long as the last count took: it stands till then. */
export function countSeldom(
  count: AppliedCount,
  nowMs: () => number = () => performance.now(),
): AppliedCount {
  const known = new Map<string, { readonly count: Promise<number>; untilMs: number }>();
  return (runId) => {
    const beganMs = nowMs();
    for (const [id, { untilMs }] of known) if (untilMs <= beganMs) known.delete(id);
    const last = known.get(runId);
    if (last !== undefined) return last.count;
    const begun = { count: count(runId), untilMs: Number.POSITIVE_INFINITY };
    known.set(runId, begun);
    begun.count.then(
      () => {
        const tookMs = nowMs() - beganMs;
        begun.untilMs = nowMs() + Math.max(seldom.atMostEveryMs, seldom.timesAsLong * tookMs);
      },
      () => known.delete(runId),
    );
    return begun.count;
  };
}
