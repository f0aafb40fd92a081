// The hub's workers in a process of their own, to be killed: applies runs to a directory given by address.
// Argument: JSON of the database's address, the directory's and the password to sign in with.
import { z } from 'zod';
import type { LdapAddress } from '#connectors/ldap/address.ts';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { openSessions } from '#features/automation/sessions.ts';
import { automationDeliverers, automationTasks } from '#features/automation/tasks.ts';
import { openLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { openDb, openPool } from '#store/db.ts';
import { outboxTask } from '#store/outbox.ts';
import { startWorkers } from '#store/queue.ts';
import { testPorts } from '#test/automation/ports.ts';

const Given = z.object({
  connectionString: z.string(),
  address: z.custom<LdapAddress>(),
  password: z.string(),
  concurrency: z.int(),
});

const given = Given.parse(JSON.parse(process.argv[2] ?? '{}'));
const connectionString = new Secret(given.connectionString);
const log = openLog({ format: 'json', level: 'debug' });
const pool = openPool({ connectionString, name: 'test worker', connectionsMax: 10, log });
const openDirectory = () => openLdapDirectory(given.address, new Secret(given.password));
const ports = testPorts({
  db: openDb(pool),
  pool,
  log,
  openDirectory,
  openApplication: () => {
    throw new Error('nothing is told here');
  },
});
const sessions = openSessions(openDirectory);
const tasks = automationTasks({ ...ports, sessions });
await startWorkers(
  { connectionString },
  [...tasks, outboxTask(ports.db, automationDeliverers(ports))],
  { concurrency: given.concurrency, log },
);
process.send?.({ ready: true });
