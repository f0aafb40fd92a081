// Live sessions in number: what they cost a process in memory, and one check in CPU beside a bare select.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '#lib/clock.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { median } from './median.ts';
import type { Bench, Row } from './row.ts';

const [settling, counted] = [100_000, 50_000];
const live = settling + counted;
const agents = 500;
const growthMaxMb = 10;
const checkMaxMs = 0.3;

const Told = z.object({
  grown: z.object({ rss: z.number(), heap: z.number() }),
  check: z.array(z.number()),
  bare: z.array(z.number()),
  known: z.array(z.number()),
});

export const sessions: Bench = {
  name: 'sessions',
  async run() {
    await using database = await aDatabase();
    await fill(database);
    const told = await measure(database);
    const [check, bare, known] = [median(told.check), median(told.bare), median(told.known)];
    const megabytes = (bytes: number) => bytes / 1024 / 1024;
    const [rss, heap] = [megabytes(told.grown.rss), megabytes(told.grown.heap)];
    const common = { issue: 4, reference: null, referenceValue: null, ratio: null } as const;
    const rows: Row[] = [
      {
        ...common,
        name: `Growth of the process (RSS) by reading ${counted} live sessions after ${settling} others`,
        value: rss,
        unit: 'MB',
        goal: `at most ${growthMaxMb} MB`,
        ok: rss <= growthMaxMb,
      },
      {
        ...common,
        name: `Growth of its heap after collection, by reading all but the first 12000 of ${live}`,
        value: heap,
        unit: 'MB',
        goal: `at most ${growthMaxMb} MB`,
        ok: heap <= growthMaxMb,
      },
      {
        ...common,
        name: 'A session check that nothing is remembered of, CPU of the process',
        value: check,
        unit: 'ms',
        reference: 'a bare select of that row by the same pg',
        referenceValue: bare,
        ratio: check / bare,
        goal: `under ${checkMaxMs} ms`,
        ok: check < checkMaxMs,
      },
      {
        ...common,
        name: 'A session check within three seconds of the last, CPU of the process',
        value: known,
        unit: 'ms',
        goal: 'none',
        ok: true,
      },
    ];
    return rows;
  },
};

/** What the cookie of a session holds. */
export function nameOfSession(index: number): string {
  return `session-of-the-bench-${index}`;
}

/** Seen after the run, so that none is noted as seen in it: that is once a minute, and a write. */
async function fill({ pool }: TestDatabase): Promise<void> {
  const now = systemClock();
  await pool.query(
    `insert into desk_agents (name, email, created_at, updated_at)
     select 'Agent ' || n, 'agent' || n || '@larkfield.test', $1, $1 from generate_series(1, $2::int) n`,
    [now, agents],
  );
  await pool.query(
    `insert into sessions (hash, id, owner_kind, owner_id, address, browser, started_at, seen_at, ends_at)
     select sha256(('session-of-the-bench-' || n)::bytea), gen_random_uuid(), 'agent',
       (select min(id) from desk_agents) + n % $2::int, '192.0.2.1', 'a browser', $1,
       $1::timestamptz + interval '1 hour', $1::timestamptz + interval '12 hours' from generate_series(0, $3::int - 1) n`,
    [now, agents, live],
  );
  await pool.query('analyze sessions');
}

function measure({ connectionString }: TestDatabase): Promise<z.infer<typeof Told>> {
  const program = join(import.meta.dirname, '..', 'processes', 'sessions-bench.ts');
  const child = fork(program, [connectionString.reveal(), String(live), String(settling)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(Told.parse(message)));
    child.once('exit', (code) => reject(new Error(`The process ended with ${code}.`)));
  });
}
