// A hub in a process of its own, as people start it: on a free port, in a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type RunningHub = AsyncDisposable & {
  readonly url: string;
  readonly dataFolder: string;
  readonly administrator: { readonly email: string; readonly password: string };
  /** Everything it has printed so far, log included. */
  readonly printed: () => string;
  readonly process: ChildProcess;
};

export type HubStart = {
  readonly lab?: boolean;
  readonly role?: 'all' | 'web' | 'worker';
  /** Kept when disposed; a folder of its own, removed afterwards, when left out. */
  readonly dataFolder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another user to start it as, which only root can. */
  readonly as?: { readonly uid: number; readonly gid: number };
};

const administratorPassword = 'first-password-of-the-test';
const readyMs = 60_000;
const stopMs = 20_000;
const compiled = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'compiled');
const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

export async function aHub(start: HubStart = {}): Promise<RunningHub> {
  const own = start.dataFolder === undefined;
  const dataFolder = start.dataFolder ?? join(aFolder(), 'data');
  const { child, printed } = spawnHub({ ...start, dataFolder });
  const url = await readyAt(child, printed);
  return {
    url,
    dataFolder,
    administrator: {
      email: start.lab === true ? 'admin@larkfield.test' : 'admin@localhost',
      password: administratorPassword,
    },
    printed,
    process: child,
    async [Symbol.asyncDispose]() {
      await stop(child);
      if (own) rmSync(join(dataFolder, '..'), { recursive: true, force: true });
    },
  };
}

/** As root, PostgreSQL runs as another user, who must get through to the data. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sundog-hub-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** The environment of a hub in tests: nothing of the developer's own. */
export function hubEnvironment(dataFolder: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    SUNDOG_PORT: '0',
    SUNDOG_DATA: dataFolder,
    SUNDOG_LOG: 'json,info',
    // As the launcher has it: what Node made of the sources is kept, which halves a start.
    NODE_COMPILE_CACHE: compiled,
    SUNDOG_ADMIN_PASSWORD: administratorPassword,
  };
}

/** As the launcher has them. */
const malloc = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536' };
const memory = ['--max-semi-space-size=16', '--heap-growing-percent=35'];

export type HubProcess = { readonly child: ChildProcess; readonly printed: () => string };

/** Started, and not waited for. */
export function spawnHub(start: HubStart & { readonly dataFolder: string }): HubProcess {
  const words = ['start', ...(start.lab === true ? ['--lab'] : []), '--role', start.role ?? 'all'];
  const child = spawn(process.execPath, [...memory, main, ...words], {
    env: { ...hubEnvironment(start.dataFolder), ...malloc, ...start.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(start.as === undefined
      ? {}
      : { ...start.as, cwd: start.dataFolder.replace(/\/[^/]*$/, '') }),
  });
  const texts: string[] = [];
  child.stdout.on('data', (data: Buffer) => texts.push(data.toString()));
  child.stderr.on('data', (data: Buffer) => texts.push(data.toString()));
  return { child, printed: () => texts.join('') };
}

async function readyAt(child: ChildProcess, printed: () => string): Promise<string> {
  const until = Date.now() + readyMs;
  while (Date.now() < until) {
    const url = /Sundog is ready at (\S+)/.exec(printed())?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null) throw new Error(`The hub ended:\n${printed()}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`The hub was not ready in ${readyMs} ms:\n${printed()}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const hard = setTimeout(() => child.kill('SIGKILL'), stopMs);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(hard);
}
