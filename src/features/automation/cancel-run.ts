// Cancels the run of a sync: what is done stays done, what is open is left undone, and the run ends.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction } from '#store/db.ts';
import { endRun } from './end-run.ts';
import type { AutomationPorts } from './ports.ts';
import { findOpenRun } from './work-set.ts';

/**
 * In two transactions, so that the second holds nothing a set under way waits for: such a set is kept as a whole
 * or rolled back as a whole. Whatever ends in between, the next job of the run ends it.
 */
export async function cancelRun(
  ports: Pick<AutomationPorts, 'db' | 'clock' | 'notify' | 'appliers'>,
  runId: string,
  because: string,
  actor: Actor,
): Promise<void> {
  const { db, clock } = ports;
  await checkOfSync(db, runId, actor);
  const run = await findOpenRun(db, runId);
  if (run === undefined) return;
  const now = clock();
  const first = await inTransaction(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('runs')
      .set({ cancelled_by: actor.name })
      .where('id', '=', runId)
      .where('cancelled_by', 'is', null)
      .where('finished_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await tx
      .updateTable('outcomes')
      .set({ result: 'skipped', because, until: null, settled_at: now })
      .where('run_id', '=', runId)
      .where('result', 'in', ['pending', 'waiting'])
      .execute();
    const subject = { kind: 'run', id: runId, name: run.title };
    const { clientId } = run;
    await audit(tx, [
      { actor, action: 'run.cancelled', subject, outcome: 'done', runId, clientId, because },
    ]);
    return true;
  });
  if (first) await endRun(ports, run);
}

async function checkOfSync(db: Db, runId: string, actor: Actor): Promise<void> {
  const row = await db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .select('runs.id')
    .where('runs.id', '=', runId)
    .where('plans.sync_id', 'is not', null)
    .$if(actor.clientId !== undefined, (query) =>
      query.where('runs.client_id', '=', actor.clientId ?? null),
    )
    .executeTakeFirst();
  if (row === undefined) refuse('record.unknown', { kind: 'run', id: runId });
}
