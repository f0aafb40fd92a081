// Schedules: an automation that is due is planned, and applied when nobody has to say yes.

import { theHub } from '#domain/actor.ts';
import type { Automation } from '#domain/automation.ts';
import { Problem } from '#domain/problem.ts';
import { nextTime, parseCron } from '#lib/cron.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { enqueue } from '#store/queue.ts';
import { getAutomation } from './automations.ts';
import { planAutomation } from './plan.ts';
import type { AutomationPorts } from './ports.ts';
import { startRun } from './start-run.ts';
import { waitingNotice } from './store-plan.ts';
import { rejectWaiting } from './supersede.ts';

export const planOnScheduleTask = 'automation.plan-on-schedule';

/** A source that cannot be read is asked again so often before the next hour of the schedule. */
const planAttemptsMax = 3;

/** Moves every schedule on; what became due is planned by a job. Two hubs at it do it once. */
export async function enqueueDue({ db, clock }: AutomationPorts): Promise<void> {
  const now = clock();
  const rows = await db
    .selectFrom('automations')
    .select('id')
    .where('state', '=', 'active')
    .where((where) => where.or([where('next_run_at', 'is', null), where('next_run_at', '<=', now)]))
    .execute();
  for (const { id } of rows) {
    await inTransaction(db, async (tx) => {
      const row = await tx
        .selectFrom('automations')
        .select('next_run_at')
        .where('id', '=', id)
        .where('state', '=', 'active')
        .forUpdate()
        .skipLocked()
        .executeTakeFirst();
      if (row === undefined) return;
      const due = row.next_run_at !== null && row.next_run_at <= now;
      if (row.next_run_at !== null && !due) return;
      const { trigger } = await getAutomation(tx, id, theHub);
      const next = nextRun(trigger, now);
      await tx.updateTable('automations').set({ next_run_at: next }).where('id', '=', id).execute();
      if (!due || trigger.kind !== 'schedule') return;
      await enqueue(tx, {
        task: planOnScheduleTask,
        payload: { automationId: id },
        key: `plan:${id}`,
        maxAttempts: planAttemptsMax,
      });
    });
  }
}

/** An automation run by hand is looked at again only when it is edited: its hour is never. */
function nextRun(trigger: Automation['trigger'], now: Date): Date {
  const cron = trigger.kind === 'schedule' ? parseCron(trigger.cron) : undefined;
  const zone = trigger.kind === 'schedule' ? trigger.timeZone : 'UTC';
  return (cron === undefined ? undefined : nextTime(cron, zone, now)) ?? never;
}

const never = new Date('9999-12-31T00:00:00Z');

/** Plans in the hub's own name; a plan that needs no yes is applied at once. */
export async function planOnSchedule(
  ports: AutomationPorts,
  automationId: string,
  signal: AbortSignal,
): Promise<void> {
  const { state } = await getAutomation(ports.db, automationId, theHub);
  // What a run has not done yet would only be planned a second time.
  if (state !== 'active' || (await isRunning(ports.db, automationId))) return;
  const earlier = await findWaiting(ports.db, automationId, ports.clock());
  const asked = { actor: theHub, signal, quiet: earlier !== undefined };
  const made = await planAutomation(ports, automationId, asked);
  if (earlier !== undefined) await supersede(ports, earlier, made.id);
  if (made.changeCount === 0 || made.needsApproval) return;
  try {
    await startRun(ports, made.id, theHub);
  } catch (error) {
    // Somebody paused it or applied the plan by hand in the meantime: that is their right.
    if (!(error instanceof Problem)) throw error;
  }
}

async function isRunning(db: Db, automationId: string): Promise<boolean> {
  const row = await db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .select('runs.id')
    .where('plans.automation_id', '=', automationId)
    .where('runs.finished_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The plan that an earlier hour of the schedule left waiting. */
async function findWaiting(db: Db, automationId: string, now: Date): Promise<string | undefined> {
  const row = await db
    .selectFrom('plans')
    .select('id')
    .where('automation_id', '=', automationId)
    .where('state', '=', 'waiting')
    .where('needs_approval', '=', true)
    .where('change_count', '>', 0)
    .where('created_by_id', '=', theHub.id)
    .where('expires_at', '>', now)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** The newer plan takes the older one's place; people hear of it only when it says something else. */
async function supersede(
  { db, clock, notify }: AutomationPorts,
  olderId: string,
  newerId: string,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const comment = 'A newer plan of the schedule took its place.';
    const rejected = await rejectWaiting(tx, [olderId], { comment, newerId }, clock());
    if (rejected.length === 0) return;
    const newer = await tx
      .selectFrom('plans')
      .select(['id', 'title', 'sentence', 'client_id'])
      .where('id', '=', newerId)
      .where('needs_approval', '=', true)
      .where('change_count', '>', 0)
      .executeTakeFirst();
    if (newer === undefined || (await isSame(tx, olderId, newerId))) return;
    await notify(tx, waitingNotice({ ...newer, clientId: newer.client_id }));
  });
}

/** A change's id follows from what it is, so two plans with the same ids do the same. */
async function isSame(tx: Tx, olderId: string, newerId: string): Promise<boolean> {
  const idsOf = (planId: string) =>
    tx.selectFrom('plan_changes').select('change_id').where('plan_id', '=', planId);
  const [added, dropped] = await Promise.all([
    idsOf(newerId).except(idsOf(olderId)).limit(1).executeTakeFirst(),
    idsOf(olderId).except(idsOf(newerId)).limit(1).executeTakeFirst(),
  ]);
  return added === undefined && dropped === undefined;
}
