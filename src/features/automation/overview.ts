// The overview: is anyone about to be hurt, and did everything happen that should?
import type { Actor } from '#domain/actor.ts';
import { PageQuery } from '#http/page.ts';
import { overviewSentence } from './overview-sentence.ts';
import { listPlans } from './plan-view.ts';
import type { AutomationPorts } from './ports.ts';
import { listFailuresSince, listRuns } from './run-view.ts';
import type { OverviewWire } from './wire.ts';

const recent = PageQuery.parse({ limit: 10 });
const waiting = PageQuery.parse({ limit: 100 });
const lastDayMs = 24 * 60 * 60_000;

export async function overviewOf(ports: AutomationPorts, actor: Actor): Promise<OverviewWire> {
  const { db } = ports;
  const now = ports.clock();
  const [connections, plans, runs, failedRuns] = await Promise.all([
    ports.listConnections(actor),
    listPlans(db, actor, now, waiting, { waiting: true }),
    listRuns(db, actor, now, recent),
    listFailuresSince(db, actor, new Date(now.getTime() - lastDayMs)),
  ]);
  const shown = connections.map(({ id, name, kind, host, health }) => ({
    id,
    name,
    kind,
    address: host,
    healthy: health.healthy,
    sentence: health.sentence,
    checkedAt: health.checkedAt?.toISOString() ?? null,
  }));
  return {
    sentence: overviewSentence({
      connections: shown,
      waitingPlans: plans.items.length,
      failedRuns,
    }),
    connections: shown,
    waitingPlans: plans.items,
    recentRuns: runs.items,
  };
}
