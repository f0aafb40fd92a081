// Deletes tokens and codes that have expired; those that have not are never touched.
import { z } from 'zod';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';
import { type Task, task } from '#store/queue.ts';
import { deleteExpired } from './token-queries.ts';

const rowsAtOnce = 5_000;
const roundsMax = 200;

export function applicationTasks(ports: { readonly db: Db; readonly clock: Clock }): Task[] {
  return [
    task({
      name: 'delete-expired-tokens',
      cron: '17 * * * *',
      payload: z.looseObject({}),
      run: async (_payload, { signal }) => {
        for (let round = 0; round < roundsMax && !signal.aborted; round += 1) {
          if (!(await deleteExpired(ports.db, ports.clock(), rowsAtOnce))) return;
        }
      },
    }),
  ];
}
