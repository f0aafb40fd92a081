// A run that goes by the set goes by steps: the sets of one are handed to the workers, then those of the next.
import { type RawBuilder, sql } from 'kysely';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { enqueueEach, type Job } from '#store/queue.ts';

export const applySetTask = 'automation.apply-set';

/** A range of a step's positions in the plan, both ends included. */
export type SetOf = {
  readonly runId: string;
  readonly step: number;
  readonly from: number;
  readonly to: number;
};

/** So many share a transaction: more would hold its locks longer, fewer pay for it more often. */
const peoplePerSet = 1_000;

/** As with people: a crash costs a job one attempt, and what bounds the work is counted with the outcomes. */
const applyAttemptsMax = 1_000;

/** Hands the sets of the step after this one to the workers; the first step's for undefined. */
export async function beginStep(
  tx: Tx,
  { runId, planId }: { readonly runId: string; readonly planId: string },
  after: number | undefined,
): Promise<void> {
  const { rows } = await openSteps(runId, sql`${(after ?? -1) + 1}::int`).execute(tx);
  const step = rows[0]?.step;
  if (step === undefined) return;
  await tx.updateTable('runs').set({ step }).where('id', '=', runId).execute();
  const sets = await setsOf(tx, planId, step);
  await enqueueEach(
    tx,
    sets.map((set) => jobOfSet({ runId, step, ...set })),
  );
}

/** Begins the next step when nothing of this one is open any more; several may ask, one of them begins it. */
export async function endStep(
  db: Db,
  run: { readonly id: string; readonly planId: string },
  step: number,
): Promise<void> {
  const { rows } = await openSteps(run.id, sql`${step}::int`).execute(db);
  if (rows[0]?.step === step) return;
  await inTransaction(db, async (tx) => {
    const mine = await tx
      .selectFrom('runs')
      .select('id')
      .where('id', '=', run.id)
      .where('step', '=', step)
      .where('finished_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (mine !== undefined) await beginStep(tx, { runId: run.id, planId: run.planId }, step);
  });
}

/**
 * The first step from that one on of which something is open, if there is one. Each step is looked at by itself and from its
 * end: the last are open the longest, and asked in one go the database, which knows nothing of so young a run yet,
 * would sort all of it.
 */
export function openSteps(runId: string, from: RawBuilder<unknown>) {
  return sql<{ readonly step: number }>`
    select asked.step
    from generate_series(${from}, (select max(step) from outcomes where run_id = ${runId}::uuid))
      as asked (step)
    cross join lateral (
      select from outcomes
      where run_id = ${runId}::uuid and outcomes.step = asked.step and result in ('pending', 'waiting')
      order by position desc limit 1
    ) as open
    order by asked.step limit 1`;
}

/** A set keeps its name however often it comes back. */
export function jobOfSet(set: SetOf): Job {
  return {
    task: applySetTask,
    payload: set,
    key: `set:${set.runId}:${set.step}:${set.from}`,
    maxAttempts: applyAttemptsMax,
  };
}

/** Whole people, in the plan's order: what needs one another stays in one set. */
async function setsOf(
  tx: Tx,
  planId: string,
  step: number,
): Promise<readonly { readonly from: number; readonly to: number }[]> {
  const { rows } = await sql<{ from: number; to: number }>`
    select min(position) as "from", max(position) as "to" from (
      select position, (sum(begins) over (order by position) - 1) / ${peoplePerSet} as number from (
        select position, case when person_key is distinct from lag(person_key) over (order by position)
          then 1 else 0 end as begins
        from plan_changes where plan_id = ${planId}::uuid and step = ${step}::int
      ) as beginning
    ) as numbered group by number order by 1`.execute(tx);
  return rows;
}
