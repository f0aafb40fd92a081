// Ends tests of webhooks whose hub died under them: nobody waits for their answer, and they are not sent again.
import { settle } from './book.ts';
import { endRun } from './end-run.ts';
import type { AutomationPorts } from './ports.ts';
import { testKey } from './try-webhook.ts';
import { findWork } from './work.ts';

/** Longer than any application may take to answer. */
const abandonedMs = 10 * 60_000;

export async function endAbandonedTests(ports: AutomationPorts): Promise<void> {
  const now = ports.clock();
  const rows = await ports.db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .select('runs.id')
    .where('plans.outbound_webhook_id', 'is not', null)
    .where('runs.finished_at', 'is', null)
    .where('runs.started_at', '<', new Date(now.getTime() - abandonedMs))
    .execute();
  for (const { id } of rows) {
    const found = await findWork(ports.db, id, testKey);
    const step = found?.steps[0];
    if (found === undefined || step === undefined) continue;
    if (step.result === 'pending') {
      const because = 'the hub was interrupted; whether the request arrived is not known';
      const outcome = {
        result: 'failed',
        code: 'hub.interrupted',
        because,
        retryable: false,
      } as const;
      await settle(ports.db, found.run, [{ change: step.change, outcome }], now);
    }
    await endRun(ports, found.run);
  }
}
