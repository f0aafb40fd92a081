// A worker in a process of its own, to be killed or stopped: takes `test.sleep` and `test.count` jobs
// and says over IPC what it does. Argument: the database's address.
import pg from 'pg';
import { z } from 'zod';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { startWorkers, task } from '#store/queue.ts';

const connectionString = new Secret(process.argv[2] ?? '');
const pool = new pg.Pool({ connectionString: connectionString.reveal(), max: 4 });

const sleepTask = task({
  name: 'test.sleep',
  payload: z.object({ ms: z.int() }),
  run: async ({ ms }, { attempt, signal }) => {
    process.send?.({ began: attempt });
    await new Promise((wake) => {
      const timer = setTimeout(wake, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        wake(undefined);
      });
    });
    process.send?.({ ended: attempt });
  },
});

const count = task({
  name: 'test.count',
  payload: z.object({ key: z.string() }),
  run: async ({ key }) => {
    await pool.query('insert into marks (name, value) values ($1, $2)', [key, `${process.pid}`]);
  },
});

await startWorkers({ connectionString }, [sleepTask, count], {
  concurrency: 4,
  log: silentLog,
  onLost: (because) => {
    process.send?.({ lost: because });
    process.exit(3);
  },
});
process.send?.({ ready: true });
