// The hub's workers in a process of their own, to be killed: applies a sync's runs to the desk's table of a test.
// Argument: JSON of the database's address, how many sets pass before one hangs, and where:
// when its rows are written and not yet settled, or when all is kept and the job does not know it yet.
import { z } from 'zod';
import { openSessions } from '#features/automation/sessions.ts';
import { automationTasks } from '#features/automation/tasks.ts';
import { openLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { openDb, openPool } from '#store/db.ts';
import { startWorkers } from '#store/queue.ts';
import { testPorts } from '#test/automation/ports.ts';
import { deskTable } from '#test/automation/sync-stage.ts';

const Given = z.object({
  connectionString: z.string(),
  concurrency: z.int(),
  passes: z.int(),
  hangs: z.enum(['written', 'kept']),
});

const given = Given.parse(JSON.parse(process.argv[2] ?? '{}'));
const connectionString = new Secret(given.connectionString);
const log = openLog({ format: 'json', level: 'debug' });
const pool = openPool({ connectionString, name: 'test worker', connectionsMax: 10, log });
const db = openDb(pool);
const unasked = () => {
  throw new Error('a sync asks nobody here');
};
const systems = { openDirectory: unasked, openApplication: unasked };
const desk = deskTable(db);
let passed = 0;
const ports = {
  ...testPorts({ db, pool, log, ...systems }),
  appliers: {
    sync: {
      ...desk,
      async apply(set: Parameters<typeof desk.apply>[0]) {
        const hang = async (where: 'written' | 'kept') => {
          if (passed < given.passes || where !== given.hangs) return;
          process.send?.({ hangs: set.changes.length });
          await new Promise(() => {});
        };
        await desk.apply({
          ...set,
          async settle(tx, outcomes) {
            await hang('written');
            await set.settle(tx, outcomes);
          },
        });
        await hang('kept');
        passed += 1;
      },
    },
  },
};
const sessions = openSessions(unasked);
await startWorkers({ connectionString }, automationTasks({ ...ports, sessions }), {
  concurrency: given.concurrency,
  log,
});
process.send?.({ ready: true });
