// From the command to the first good answer of /health/ready, beside the embedded PostgreSQL and bare node:http.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hubEnvironment } from '#test/servers/hub.ts';
import { median } from './median.ts';
import type { Bench, Row } from './row.ts';

const goal = { warmSeconds: 3, emptySeconds: 10 } as const;
const rounds = 3;
const readyLimitMs = 60_000;
const lookEveryMs = 5;
const root = join(import.meta.dirname, '..', '..');
const programs = {
  hub: [join(root, 'sundog.js'), 'start'],
  lab: [join(root, 'sundog.js'), 'start', '--lab'],
  bare: [join(root, 'test/processes/bare-start.ts')],
} as const;

type Program = keyof typeof programs;
type Measured = { readonly empty: number[]; readonly warm: number[]; readonly megabytes: number[] };

export const start: Bench = {
  name: 'start',
  async run() {
    const none = (): Measured => ({ empty: [], warm: [], megabytes: [] });
    const measured: Record<Program, Measured> = { hub: none(), lab: none(), bare: none() };
    for (let round = 0; round < rounds; round += 1) {
      for (const program of ['hub', 'bare', 'lab'] as const) {
        await startTwice(program, measured[program]);
      }
    }
    const { hub, bare, lab } = measured;
    return [
      timed('Start to ready, warm', hub.warm, bare.warm, goal.warmSeconds),
      timed('Start to ready, empty data folder', hub.empty, bare.empty, goal.emptySeconds),
      timed('The same with the lab, warm', lab.warm, bare.warm, goal.warmSeconds),
      timed('The same with the lab, empty data folder', lab.empty, bare.empty, goal.emptySeconds),
      resting('Memory of the hub at rest', hub.megabytes, bare.megabytes),
      resting('Memory of the hub at rest, with the lab', lab.megabytes, bare.megabytes),
    ];
  },
};

function timed(name: string, values: number[], bare: number[], limit: number): Row {
  const [value, reference] = [median(values), median(bare)];
  return {
    issue: 2,
    name,
    value,
    unit: 's',
    reference: 'embedded PostgreSQL and bare node:http',
    referenceValue: reference,
    ratio: value / reference,
    goal: `under ${limit} s`,
    ok: value < limit,
  };
}

function resting(name: string, values: number[], bare: number[]): Row {
  const [value, reference] = [median(values), median(bare)];
  return {
    issue: 2,
    name,
    value,
    unit: 'MB',
    reference: 'embedded PostgreSQL and bare node:http',
    referenceValue: reference,
    ratio: value / reference,
    goal: '',
    ok: true,
  };
}

/** Once on a folder that is not there yet, and once more on what that left. */
async function startTwice(program: Program, into: Measured): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sundog-bench-'));
  // As root, PostgreSQL runs as another user, who must get through to the data.
  chmodSync(folder, 0o755);
  try {
    for (const which of ['empty', 'warm'] as const) {
      const { seconds, megabytes } = await startOnce(program, join(folder, 'data'));
      into[which].push(seconds);
      if (which === 'warm') into.megabytes.push(megabytes);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startOnce(program: Program, dataFolder: string) {
  const started = performance.now();
  const words = program === 'bare' ? [...programs.bare, dataFolder] : programs[program];
  const child = spawn(process.execPath, words, {
    env: hubEnvironment(dataFolder),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await answers(child);
    return {
      seconds: (performance.now() - started) / 1_000,
      megabytes: residentMb(program === 'bare' ? child.pid : hubIn(child)),
    };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** It says where it is; it is ready once it answers there. */
async function answers(child: ChildProcess): Promise<void> {
  let printed = '';
  child.stdout?.on('data', (data: Buffer) => {
    printed += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    printed += data.toString();
  });
  for (const until = Date.now() + readyLimitMs; Date.now() < until; await sleep(lookEveryMs)) {
    const url = /Sundog is ready at (\S+)/.exec(printed)?.[1];
    if (url !== undefined && (await fetch(`${url}/health/ready`)).ok) return;
    if (child.exitCode !== null) break;
  }
  throw new Error(`It was not ready in ${readyLimitMs} ms:\n${printed}`);
}

/** The launcher waits for the hub, which is its only child. */
function hubIn({ pid }: ChildProcess): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Number(children[0]) || pid;
}

/** What the process itself holds; the database's processes are not counted. */
export function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
}
