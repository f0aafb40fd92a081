// Checks sessions in a process of its own, so that its memory and CPU are what checking costs.
//   node --expose-gc sessions-bench.ts CONNECTION SESSIONS SETTLING
// Of the SESSIONS the first SETTLING make the process as large as V8 makes it; the others must add nothing.
import { setTimeout as pause } from 'node:timers/promises';
import { openAccess } from '#access.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { usersOfTheHub } from '#features/desk/users-port.ts';
import { openLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { fastHash } from '#lib/tokens.ts';
import { closeDb, openDb, openPool } from '#store/db.ts';
import { openSealing } from '#store/sealing.ts';
import { nameOfSession } from '#test/bench/sessions.ts';

const [connection = '', count = '0', first = '0'] = process.argv.slice(2);
const sessions = Number(count);
const settling = Number(first);
/** More than is remembered. */
const warmUp = 12_000;
const atOnce = 4;
const rounds = 5;
const checksOfRound = 2_000;

const log = openLog({ format: 'json', level: 'error', write: () => {} });
const connectionString = new Secret(connection);
const pool = openPool({ connectionString, name: 'bench', connectionsMax: atOnce, log });
const db = openDb(pool);
const clock = () => new Date();
const access = await openAccess({
  db,
  agents: agentsOfTheHub(db, clock),
  users: usersOfTheHub(db),
  clock,
  connectionString,
  sealing: openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]),
  log,
  publicUrl: new URL('https://hub.larkfield.test'),
});

async function check(index: number): Promise<void> {
  const headers = { cookie: `__Host-sundog_session=${nameOfSession(index % sessions)}` };
  const caller = await access.authenticate({ headers, ip: '192.0.2.1' });
  if (caller?.actor.kind !== 'agent') throw new Error(`Session ${index} was not found.`);
}

async function bare(index: number): Promise<void> {
  const hash = fastHash(nameOfSession(index % sessions));
  const { rowCount } = await pool.query('select * from sessions where hash = $1', [hash]);
  if (rowCount !== 1) throw new Error(`Session ${index} was not found.`);
}

/** Milliseconds of this process's CPU for one, of as many as run at once. */
async function costOf(one: (index: number) => Promise<void>, from: number, checks: number) {
  const before = process.cpuUsage();
  let next = from;
  const worker = async () => {
    while (next < from + checks) {
      next += 1;
      await one(next);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / checks;
}

async function resting(): Promise<{ readonly rss: number; readonly heapUsed: number }> {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc?.();
    await pause(50);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heapUsed };
}

// None is read twice: whatever is kept of each adds up in the heap, from the warm-up to the last.
await costOf(check, 0, warmUp);
const warm = await resting();
await costOf(check, warmUp, settling - warmUp);
const settled = await resting();
await costOf(check, settling, sessions - settling);
const last = await resting();
const grown = { rss: last.rss - settled.rss, heap: last.heapUsed - warm.heapUsed };

const spent: Record<'check' | 'bare' | 'known', number[]> = { check: [], bare: [], known: [] };
for (let round = 0; round < rounds; round += 1) {
  // Other sessions each time, more of them than are remembered between two turns.
  spent.check.push(await costOf(check, round * checksOfRound + 7_000, checksOfRound));
  spent.bare.push(await costOf(bare, round * checksOfRound, checksOfRound));
  spent.known.push(await costOf(() => check(1), 0, checksOfRound));
}
process.send?.({ grown, ...spent });
await access[Symbol.asyncDispose]();
await closeDb(db, pool);
process.disconnect?.();
