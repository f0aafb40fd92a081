// Ends a run when nothing of it is open any more, and says so to whoever should know.
import { sql } from 'kysely';
import { counted } from '#domain/words.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { announce } from './events.ts';
import type { AutomationPorts } from './ports.ts';
import { keepTotals } from './sync-past.ts';
import { announceAndLook, blockedCode, finishRun, type RunFacts } from './work.ts';

/**
 * Called after every person and message, and rings for those who watch: the last of them finds that
 * nothing is open, whoever is the last.
 */
export async function endRun(
  { db, clock, notify, appliers }: Pick<AutomationPorts, 'db' | 'clock' | 'notify' | 'appliers'>,
  run: RunFacts,
): Promise<void> {
  if ((await announceAndLook(db, run)).open) return;
  await inTransaction(db, async (tx) => {
    const how = await finishRun(tx, run.id, clock());
    if (how === undefined) return;
    await tx.updateTable('plans').set({ state: 'applied' }).where('id', '=', run.planId).execute();
    const first = await findFailure(tx, run);
    if (first !== undefined) {
      await notify(tx, {
        event: 'run.failed',
        key: `run.failed:${run.id}`,
        clientId: run.clientId,
        title: `A run failed: ${run.title}`,
        sentence: `${counted(first.count, 'change')} failed, the first for ${first.person_name}: ${first.because ?? 'nobody knows why'}`,
        path: `/runs/${run.id}`,
      });
    }
    if (run.syncId !== null) {
      await keepTotals(tx, run);
      await appliers.sync?.ended(tx, run, { ...how, undone: undoneOf(tx, run.id, how) });
    }
    await announce(tx);
  });
}

/** The first of them, and how many there are: a sync may fail for everybody. */
function findFailure(tx: Tx, run: RunFacts) {
  return tx
    .selectFrom('outcomes')
    .innerJoin('plan_people', (join) =>
      join
        .on('plan_people.plan_id', '=', run.planId)
        .onRef('plan_people.person_key', '=', 'outcomes.person_key'),
    )
    .select(['outcomes.because', 'plan_people.person_name'])
    .select(sql<number>`count(*) over ()`.as('count'))
    .where('outcomes.run_id', '=', run.id)
    .where('outcomes.result', 'in', ['failed', 'conflict'])
    .orderBy('outcomes.position')
    .limit(1)
    .executeTakeFirst();
}

const pageSize = 2_000;

/**
 * Of every step: one of somebody's changes may have been made, and another in a later request or set not. What was
 * skipped because it is so already came about; in a run that was cancelled nobody can tell.
 */
async function* undoneOf(
  tx: Tx,
  runId: string,
  { cancelled }: { readonly cancelled: boolean },
): AsyncGenerator<readonly string[], void, undefined> {
  let after = -1;
  for (;;) {
    const rows = await tx
      .selectFrom('outcomes')
      .select(['position', 'person_key'])
      .where('run_id', '=', runId)
      .where('position', '>', after)
      .where((where) =>
        where.or([
          where('result', 'in', ['failed', 'conflict', ...(cancelled ? ['skipped' as const] : [])]),
          where('code', '=', blockedCode),
        ]),
      )
      .orderBy('position')
      .limit(pageSize)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) => row.person_key);
    after = last.position;
  }
}
