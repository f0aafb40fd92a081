// Ends a run when nothing of it is open any more, and says so to whoever should know.
import { counted } from '#domain/words.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { announce } from './events.ts';
import type { AutomationPorts } from './ports.ts';
import { announceAndLook, finishRun, type RunFacts } from './work.ts';

/**
 * Called after every person and message, and rings for those who watch: the last of them finds that
 * nothing is open, whoever is the last.
 */
export async function endRun(
  { db, clock, notify }: Pick<AutomationPorts, 'db' | 'clock' | 'notify'>,
  run: RunFacts,
): Promise<void> {
  if ((await announceAndLook(db, run.id)).open) return;
  await inTransaction(db, async (tx) => {
    if (!(await finishRun(tx, run.id, clock()))) return;
    await tx.updateTable('plans').set({ state: 'applied' }).where('id', '=', run.planId).execute();
    const failures = await listFailures(tx, run);
    const [first] = failures;
    if (first !== undefined) {
      await notify(tx, {
        event: 'run.failed',
        key: `run.failed:${run.id}`,
        clientId: run.clientId,
        title: `A run failed: ${run.title}`,
        sentence: `${counted(failures.length, 'change')} failed, the first for ${first.person_name}: ${first.because ?? 'nobody knows why'}`,
        path: `/runs/${run.id}`,
      });
    }
    await announce(tx);
  });
}

function listFailures(tx: Tx, run: RunFacts) {
  return tx
    .selectFrom('outcomes')
    .innerJoin('plan_people', (join) =>
      join
        .on('plan_people.plan_id', '=', run.planId)
        .onRef('plan_people.person_key', '=', 'outcomes.person_key'),
    )
    .select(['outcomes.because', 'plan_people.person_name'])
    .where('outcomes.run_id', '=', run.id)
    .where('outcomes.result', 'in', ['failed', 'conflict'])
    .orderBy('outcomes.position')
    .execute();
}
