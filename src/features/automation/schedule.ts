// Schedules: an automation that is due is planned, and applied when nobody has to say yes.

import { theHub } from '#domain/actor.ts';
import type { Automation } from '#domain/automation.ts';
import { Problem } from '#domain/problem.ts';
import { nextTime, parseCron } from '#lib/cron.ts';
import { inTransaction } from '#store/db.ts';
import { enqueue } from '#store/queue.ts';
import { getAutomation } from './automations.ts';
import { planAutomation } from './plan.ts';
import type { AutomationPorts } from './ports.ts';
import { startRun } from './start-run.ts';

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
  if (state !== 'active') return;
  const made = await planAutomation(ports, automationId, { actor: theHub, signal });
  if (made.changeCount === 0 || made.needsApproval) return;
  try {
    await startRun(ports, made.id, theHub);
  } catch (error) {
    // Somebody paused it or applied the plan by hand in the meantime: that is their right.
    if (!(error instanceof Problem)) throw error;
  }
}
