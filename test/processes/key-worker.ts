// A process of a hub that rotates its master key again and again, sets passwords and shows them, to be killed.
// Argument: JSON of the database's address, the data folder, the field and its own records.
import { z } from 'zod';
import { finishRotation } from '#features/keys/advance.ts';
import { startRotation } from '#features/keys/start.ts';
import { systemClock } from '#lib/clock.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { openDb, openPool } from '#store/db.ts';
import { openDatabaseSealing } from '#store/master-key.ts';
import { passwordWork, worker } from '#test/keys/password-work.ts';

const Given = z.object({
  connectionString: z.string(),
  dataFolder: z.string(),
  fieldId: z.int(),
  userIds: z.array(z.int()),
  /** The first number of the values it sets. */
  from: z.int(),
});

const given = Given.parse(JSON.parse(process.argv[2] ?? '{}'));
const connectionString = new Secret(given.connectionString);
const pool = openPool({ connectionString, name: 'test keys', connectionsMax: 6, log: silentLog });
const db = openDb(pool);
const sealing = await openDatabaseSealing(db, { dataFolder: given.dataFolder, log: silentLog });
const ports = { db, clock: systemClock, sealing };
const tell = (message: object) => void process.send?.(message);

tell({ ready: true });
await Promise.all([
  rotateForEver(),
  passwordWork(ports, { ...given, tell, signal: new AbortController().signal }),
]);

async function rotateForEver(): Promise<never> {
  for (;;) {
    const keys = { db, clock: systemClock, keys: sealing };
    await startRotation(keys, worker, 'rotate');
    const ended = await finishRotation(keys, { rowsAtOnce: 10 });
    tell({ rotated: ended?.state });
  }
}
