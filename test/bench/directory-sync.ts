// Syncs of a directory into the desk beside `ldapsearch` of the same data from the same slapd, both over TLS.
//
// The worker that syncs is a process of its own beside a web server, so that its time and memory are its own.
// What ldapsearch prints goes nowhere; a sync's time is the hub's own, from being asked for to having ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hub } from '#hub.ts';
import { aBigSlapd } from '#test/servers/big-slapd.ts';
import {
  aDirectorySync,
  beginSync,
  endOfSync,
  type SyncedDirectory,
  type SyncedRun,
  syncedAttributes,
  syncedFilter,
} from '#test/servers/directory-sync.ts';
import { aGeneratedLdap } from '#test/servers/generated-ldap.ts';
import { aFolder, aHub, spawnHub } from '#test/servers/hub.ts';
import { peopleDn } from '#test/servers/many-people.ts';
import { withoutSlapd } from '#test/servers/slapd.ts';
import { joinHub } from '#test/servers/starters.ts';
import { loadNow } from './backend-cpu.ts';
import { median } from './median.ts';
import type { Bench, Row } from './row.ts';
import { residentMb } from './start.ts';

const goal = { firstMax: 6, unchangedMax: 1.5, deltaSeconds: 0.5, megabytes: 300, growthMax: 1.5 };
const changedAtOnce = 100;
const rounds = { 10000: 2, 100000: 2, 1000000: 1 } as const;
type Size = keyof typeof rounds;
/** Half an hour of a quiet machine: asked for by name. */
const million = process.env.SUNDOG_BENCH_MILLION === '1';
const searches = 3;
const deltas = 3;
const limitMs = 1_800_000;
const program = '/usr/bin/ldapsearch';

type Directory = SyncedDirectory &
  AsyncDisposable & {
    readonly caFile: string;
    /** It keeps no record of its changes, and is asked for them by timestamps. */
    readonly byTimestamps: boolean;
    change(numbers: readonly number[], changed?: number): Promise<void>;
  };

type Measured = {
  readonly search: number[];
  readonly first: number[];
  readonly unchanged: number[];
  readonly delta: number[];
  /** Of the worker: before the first sync, and the most it held. */
  readonly resting: number[];
  readonly megabytes: number[];
};

export const directorySync: Bench = {
  name: 'directory-sync',
  async run() {
    const absent = withoutSlapd();
    if (absent !== false) return { absent };
    if (!existsSync(program)) return { absent: 'ldapsearch is not installed' };
    const small = await measure(10_000, slapd);
    const large = await measure(100_000, slapd);
    const largest = million ? await measure(1_000_000, generated) : undefined;
    console.log(`  ${loadNow()}`);
    return rowsOf(small, large, largest);
  },
};

async function slapd(count: number): Promise<Directory> {
  return { ...(await aBigSlapd(count)), byTimestamps: false };
}

async function generated(count: number): Promise<Directory> {
  return { ...(await aGeneratedLdap(count)), byTimestamps: true };
}

async function measure(size: Size, open: (count: number) => Promise<Directory>): Promise<Measured> {
  const of: Measured = {
    ...{ search: [], first: [], unchanged: [], delta: [], resting: [], megabytes: [] },
  };
  await using server = await open(size);
  for (let round = 0; round < rounds[size]; round += 1) await measureOnce(server, size, round, of);
  console.log(
    `  ${size}: ${JSON.stringify(of, (_, one) => (typeof one === 'number' ? Math.round(one * 100) / 100 : one))}`,
  );
  return of;
}

/** A hub whose desk is empty, and everything once in turns. */
async function measureOnce(
  server: Directory,
  size: Size,
  round: number,
  of: Measured,
): Promise<void> {
  const folder = aFolder();
  try {
    const dataFolder = join(folder, 'data');
    await using _web = await aHub({ lab: true, role: 'web', dataFolder });
    await using hub = await joinHub({ dataFolder });
    await using worker = await aWorker(dataFolder);
    const syncId = await aDirectorySync(hub, server, { name: `Larkfield ${size}` });
    const sync = async (whole: boolean) => {
      const run = await synced(hub, syncId, whole, worker.pid);
      of.megabytes.push(run.megabytes);
      return run;
    };
    of.resting.push(residentMb(worker.pid));
    of.search.push(await searchSeconds(server));
    of.first.push(secondsOf(await sync(true), { read: size, planned: size }));
    for (let more = 1; more < searches; more += 1) {
      of.search.push(await searchSeconds(server));
      of.unchanged.push(secondsOf(await sync(true), { read: size, planned: 0 }));
    }
    const expected = { read: changedAtOnce, planned: changedAtOnce, orMore: server.byTimestamps };
    for (let delta = 0; delta < deltas; delta += 1) {
      const step = Math.floor(size / changedAtOnce);
      const numbers = Array.from({ length: changedAtOnce }, (_, at) => at * step + delta);
      await server.change(numbers, round * deltas + delta + 1);
      of.delta.push(secondsOf(await sync(false), expected));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function aWorker(dataFolder: string): Promise<AsyncDisposable & { readonly pid: number }> {
  const { child, printed } = spawnHub({ lab: true, role: 'worker', dataFolder });
  // It says nothing when it is ready; it takes its first job when it is.
  await sleep(3_000);
  if (child.exitCode !== null || child.pid === undefined) throw new Error(printed());
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function synced(hub: Hub, syncId: number, whole: boolean, pid: number) {
  // The most it holds is counted from now.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const runId = await beginSync(hub, syncId, whole);
  const run = await endOfSync(hub, runId, { limitMs, everyMs: whole ? 100 : 20 });
  return { ...run, megabytes: peakMb(pid) };
}

/** `orMore`: it may read others again, whose change is done already. */
type Expected = { readonly read: number; readonly planned: number; readonly orMore?: boolean };

/**
 * A sync that did less than it should is no quick one, nor is one that read what it need not have. A delta by
 * timestamps alone reads ten minutes back (connectors/ldap/timestamp.ts), and so those of the delta before again.
 */
function secondsOf(run: SyncedRun, { read, planned, orMore = false }: Expected): number {
  const isRead = orMore ? run.read >= read : run.read === read;
  if (run.state === 'done' && isRead && run.planned === planned) return run.seconds;
  throw new Error(`Not what was to be done: ${JSON.stringify(run)}`);
}

function peakMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

async function searchSeconds({ ports, service, caFile }: Directory): Promise<number> {
  const words = ['-LLL', '-x', '-H', `ldaps://127.0.0.1:${ports.ldaps}`, '-D', service.dn];
  const started = performance.now();
  const child = spawn(
    program,
    [
      ...[...words, '-w', service.password.reveal(), '-b', peopleDn, '-E', 'pr=1000/noprompt'],
      ...[syncedFilter, ...syncedAttributes],
    ],
    { env: { LDAPTLS_CACERT: caFile }, stdio: 'ignore' },
  );
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`ldapsearch ended with ${code}.`);
  return (performance.now() - started) / 1_000;
}

function rowsOf(small: Measured, large: Measured, largest: Measured | undefined): Row[] {
  return [
    beside('First whole sync of 100,000 people', large, 'first', goal.firstMax),
    beside('Whole sync of 100,000 people again, unchanged', large, 'unchanged', goal.unchangedMax),
    beside('First whole sync of 10,000 people', small, 'first', goal.firstMax),
    beside('Whole sync of 10,000 people again, unchanged', small, 'unchanged', goal.unchangedMax),
    delta('100 changes among 10,000 people', small),
    delta('100 changes among 100,000 people', large),
    memory('Memory of the worker, 100,000 people', large),
    growth('First sync of ten times as many people, per person', large, small, 'first'),
    growth('The same unchanged', large, small, 'unchanged'),
    ...(largest === undefined
      ? []
      : [
          beside('First whole sync of 1,000,000 people', largest, 'first', goal.firstMax),
          beside('The same again, unchanged', largest, 'unchanged', goal.unchangedMax),
          delta('100 changes among 1,000,000 people', largest),
          memory('Memory of the worker, 1,000,000 people', largest),
          growth('First sync of a million, per person', largest, large, 'first'),
          growth('The same unchanged', largest, large, 'unchanged'),
        ]),
  ];
}

function beside(name: string, of: Measured, what: 'first' | 'unchanged', most: number): Row {
  const [value, reference] = [median(of[what]), median(of.search)];
  const ratio = value / reference;
  return row(name, value, 's', {
    ...{ reference: 'ldapsearch -E pr=1000', referenceValue: reference, ratio },
    ...{ goal: `at most ${most} times`, ok: ratio <= most },
  });
}

function delta(name: string, of: Measured): Row {
  const value = median(of.delta);
  const { deltaSeconds: most } = goal;
  return row(name, value, 's', { goal: `under ${most} s`, ok: value < most });
}

function memory(name: string, { megabytes, resting }: Measured): Row {
  const value = Math.max(...megabytes);
  const rest = median(resting);
  return row(name, value, 'MB', {
    ...{ reference: 'the same at rest', referenceValue: rest, ratio: value / rest },
    ...{ goal: `under ${goal.megabytes} MB`, ok: value < goal.megabytes },
  });
}

/** Ten times as many: what one costs stays what it was. */
function growth(name: string, more: Measured, fewer: Measured, what: 'first' | 'unchanged'): Row {
  const [value, reference] = [median(more[what]) / 10, median(fewer[what])];
  const ratio = value / reference;
  return row(name, value, 's', {
    ...{ reference: 'a tenth of them', referenceValue: reference, ratio },
    ...{ goal: `at most ${goal.growthMax} times`, ok: ratio <= goal.growthMax },
  });
}

function row(
  name: string,
  value: number,
  unit: string,
  of: Partial<Row> & Pick<Row, 'goal' | 'ok'>,
): Row {
  const alone = { reference: null, referenceValue: null, ratio: null };
  return { issue: 5, name, value, unit, ...alone, ...of };
}
