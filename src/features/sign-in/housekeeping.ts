// Deletes sessions that have ended and attempts that no longer count.
import { z } from 'zod';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';
import { type Task, task } from '#store/queue.ts';
import { deleteEnded } from './queries.ts';
import { sessionLimits } from './sessions.ts';

const rowsAtOnce = 5_000;
const roundsMax = 200;

export function signInTasks(ports: { readonly db: Db; readonly clock: Clock }): Task[] {
  return [
    task({
      name: 'delete-ended-sessions',
      cron: '23 * * * *',
      payload: z.looseObject({}),
      run: async (_payload, { signal }) => {
        for (let round = 0; round < roundsMax && !signal.aborted; round += 1) {
          const { db, clock } = ports;
          if (!(await deleteEnded(db, clock(), sessionLimits.idleMs, rowsAtOnce))) return;
        }
      },
    }),
  ];
}
