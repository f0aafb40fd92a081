// Looks after providers' metadata: read anew every few hours, and certificates told of before they expire.
import { z } from 'zod';
import type { SsoPorts } from '#features/sso/ports.ts';
import { findSsoApplication } from '#features/sso/queries.ts';
import { inTransaction } from '#store/db.ts';
import { enqueue, type Task, task } from '#store/queue.ts';
import { warnOfExpiry } from './expiry.ts';
import { refresh, refreshEveryMs } from './refresh.ts';
import { findMetadata } from './stored.ts';

const tickName = 'sso:metadata-due';
const careName = 'sso:metadata-care';
const applicationsMax = 5_000;

export function samlTasks(ports: Omit<SsoPorts, 'sessions'>): Task[] {
  const { db, clock } = ports;
  return [
    task({
      name: tickName,
      cron: '23 * * * *',
      payload: z.looseObject({}),
      run: async () => {
        const rows = await db
          .selectFrom('sso_applications')
          .select('id')
          .where('protocol', '=', 'saml')
          .orderBy('id')
          .limit(applicationsMax)
          .execute();
        await inTransaction(db, async (tx) => {
          for (const { id } of rows) {
            const job = { task: careName, payload: { id }, key: `${careName}:${id}` };
            await enqueue(tx, { ...job, maxAttempts: 1 });
          }
        });
      },
    }),
    task({
      name: careName,
      payload: z.object({ id: z.int() }),
      run: async ({ id }) => {
        const application = await findSsoApplication(db, { id });
        if (application?.protocol !== 'saml') return;
        const stored = await findMetadata(db, id);
        const triedMs = stored?.triedAt?.getTime() ?? 0;
        // A minute less, so that the tick that is six hours later finds it due.
        const restMs = refreshEveryMs(stored?.provider) - 60_000;
        if (clock().getTime() - triedMs >= restMs) await refresh(ports, application, { restMs });
        await warnOfExpiry(ports, application);
      },
    }),
  ];
}
