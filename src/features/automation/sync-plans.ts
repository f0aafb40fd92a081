// Plans of directory syncs: written page by page, never held in memory, shown when whole.
import type { SyncPlans } from '#domain/ports/sync-plans.ts';
import type { Tx } from '#store/db.ts';
import { cancelRun } from './cancel-run.ts';
import type { AutomationPorts } from './ports.ts';
import { startRun } from './start-run.ts';
import { pastOf } from './sync-past.ts';
import { beginSyncPlan, sweepSync } from './write-sync-plan.ts';

export function syncPlansOf(
  ports: Pick<AutomationPorts, 'db' | 'pool' | 'clock' | 'notify' | 'appliers'>,
): SyncPlans<Tx> {
  const { db } = ports;
  return {
    begin: (head, actor) => beginSyncPlan(ports, head, actor),
    sweep: (syncId) => sweepSync(db, syncId),
    past: (syncId, settingsDigest) => pastOf(db, syncId, settingsDigest, ports.clock()),
    start: (planId, actor) => startRun(ports, planId, actor),
    cancel: (runId, because, actor) => cancelRun(ports, runId, because, actor),
  };
}
