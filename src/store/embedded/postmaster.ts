// The running PostgreSQL of a cluster folder: found by its pid file, started, waited for, stopped.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '#domain/problem.ts';
import { errorCode } from '#lib/errors.ts';
import type { Binaries } from './binaries.ts';
import type { ServerUser } from './server-user.ts';

export type Postmaster = {
  readonly pid: number;
  readonly port: number;
  /** The socket's folder; undefined where it listens on loopback only. */
  readonly socketFolder: string | undefined;
};

export type StartOptions = {
  readonly binaries: Binaries;
  readonly cluster: string;
  readonly user: ServerUser;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
};

/** Recovery after a crash reads the whole log of changes, so a start may take a while. */
const startLimitMs = 120_000;
const stopLimitMs = 30_000;
const lookEveryMs = 10;
const logBytesMax = 10_000_000;

/** The live server of that cluster, if there is one; it may be left from a hub that was killed. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const until = performance.now() + startLimitMs;
  while (performance.now() < until) {
    const lines = pidFile(cluster);
    const pid = Number(lines[0]);
    if (!(pid > 0) || !isAlive(pid)) return undefined;
    if (!isPostgres(pid)) return undefined;
    // Line 8 says ready, starting, stopping or standby (PostgreSQL's miscinit.c).
    const status = lines[7]?.trim();
    if (status === 'ready') return asPostmaster(pid, lines);
    await sleep(lookEveryMs);
  }
  return undefined;
}

/** Call it only where nobody can be running a server on the folder. */
export async function startPostmaster(options: StartOptions): Promise<Postmaster> {
  // Its number may belong to another program by now (the machine or container was started anew),
  // which PostgreSQL would take for a server.
  rmSync(join(options.cluster, 'postmaster.pid'), { force: true });
  rotateLog(options.logFile);
  const log = openSync(options.logFile, 'a', 0o600);
  const settings = Object.entries(options.settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  // Detached: an interrupt at the terminal must reach the hub, which then stops its database itself.
  const child = spawn(options.binaries.postgres, ['-D', options.cluster, ...settings], {
    ...options.user,
    cwd: options.cluster,
    detached: true,
    stdio: ['ignore', log, log],
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '' },
  });
  closeSync(log);
  let ended = false;
  child.once('error', () => {
    ended = true;
  });
  child.once('exit', () => {
    ended = true;
  });
  child.unref();
  const until = performance.now() + startLimitMs;
  while (!ended && performance.now() < until) {
    const lines = pidFile(options.cluster);
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') {
      return asPostmaster(Number(lines[0]), lines);
    }
    await sleep(lookEveryMs);
  }
  refuse('store.start-failed', { log: options.logFile, reason: lastLine(options.logFile) });
}

/** Fast shutdown: open transactions are rolled back, everything committed is kept. */
export async function stopPostmaster(cluster: string, pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  if (await hasEnded(cluster, pid, stopLimitMs)) return;
  // Immediate shutdown; the next start recovers from the log of changes.
  signal(pid, 'SIGQUIT');
  await hasEnded(cluster, pid, stopLimitMs);
}

async function hasEnded(cluster: string, pid: number, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (performance.now() < until) {
    // The pid file goes last; a child of ours may stay a zombie until Node has reaped it.
    if (!isAlive(pid) || !existsSync(join(cluster, 'postmaster.pid'))) return true;
    await sleep(lookEveryMs);
  }
  return false;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

function asPostmaster(pid: number, lines: readonly string[]): Postmaster {
  return { pid, port: Number(lines[3]), socketFolder: lines[4]?.trim() || undefined };
}

function pidFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    // No /proc on this system: believe the pid file.
    return !existsSync('/proc/self/cmdline');
  }
}

function rotateLog(file: string): void {
  if (existsSync(file) && statSync(file).size > logBytesMax) renameSync(file, `${file}.1`);
}

/** What the server said last, without its time stamp. */
export function lastLine(file: string): string {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-20) : [];
  const fatal =
    lines.findLast((line) => /(FATAL|PANIC|error while loading)/.test(line)) ?? lines.at(-1);
  return (fatal ?? 'it said nothing').replace(/^.*?(FATAL|PANIC): +/, '');
}
