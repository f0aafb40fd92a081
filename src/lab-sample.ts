// The lab's first minute: "New starters" is planned and applied once, its table is printed, and a plan of
// "Movers and leavers" is left waiting for the reader's yes.

import { planAutomation } from '#features/automation/plan.ts';
import { getPlan } from '#features/automation/plan-view.ts';
import { startRun } from '#features/automation/start-run.ts';
import type { LarkfieldIds } from '#lab/automations.ts';
import { commandLine, type Hub } from './hub.ts';
import { planTable, runTable } from './print-plan.ts';
import { waitForRun } from './wait-for-run.ts';

export async function runSample(hub: Hub, ids: LarkfieldIds): Promise<void> {
  const { db, automation } = hub;
  const ran = await db.selectFrom('plans').select('id').limit(1).executeTakeFirst();
  if (ran !== undefined) return;
  const actor = commandLine;
  const starters = await planAutomation(automation, ids.newStarters, { actor });
  const { runId } = await startRun(automation, starters.id, actor);
  const run = await waitForRun(hub, runId);
  console.log(`New starters at Larkfield Optics: ${run.sentence}\n`);
  console.log(runTable(run));
  const waiting = await planAutomation(automation, ids.moversAndLeavers, { actor });
  const plan = await getPlan(db, waiting.id, actor, hub.clock());
  console.log(`\nMovers and leavers: ${plan.sentence}\n`);
  console.log(planTable(plan));
}
