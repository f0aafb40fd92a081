// Directory sessions held open between persons: a bounded few for each connection, closed when idle.
import type { Directory } from '#domain/ports/directory.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';

export type Sessions = AsyncDisposable & {
  /** Runs the work with a session of its own; waits when all of the connection's are busy. */
  withDirectory<T>(
    connectionId: string,
    work: (directory: Directory) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>;
};

export type SessionLimits = { readonly perConnection: number; readonly idleMs: number };

export const sessionLimits: SessionLimits = { perConnection: 4, idleMs: 10_000 };

type Idle = { readonly directory: Directory; readonly timer: NodeJS.Timeout };
type Pool = { busy: number; readonly idle: Idle[]; readonly waiting: (() => void)[] };

export function openSessions(
  openDirectory: (connectionId: string) => Promise<Directory>,
  limits: SessionLimits = sessionLimits,
): Sessions {
  const pools = new Map<string, Pool>();

  async function withDirectory<T>(
    connectionId: string,
    work: (directory: Directory) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const pool = poolOf(pools, connectionId);
    await enter(pool, limits.perConnection, signal);
    try {
      const directory = takeIdle(pool) ?? (await openDirectory(connectionId));
      let sound = false;
      try {
        const result = await work(directory);
        sound = true;
        return result;
      } catch (error) {
        sound = error instanceof DirectoryRefusal && !brokenBy.has(error.code);
        throw error;
      } finally {
        if (sound) keep(pool, directory, limits.idleMs);
        else await closeQuietly(directory);
      }
    } finally {
      leave(pool);
    }
  }

  return {
    withDirectory,
    async [Symbol.asyncDispose]() {
      const idle = [...pools.values()].flatMap((pool) => pool.idle.splice(0));
      await Promise.all(
        idle.map(({ directory, timer }) => {
          clearTimeout(timer);
          return closeQuietly(directory);
        }),
      );
    },
  };
}

/** After these the session itself is in doubt; after any other refusal it goes on serving. */
const brokenBy: ReadonlySet<string> = new Set([
  'directory.unreachable',
  'directory.busy',
  'credentials.refused',
  'tls.untrusted',
  'tls.required',
  'read.incomplete',
]);

function poolOf(pools: Map<string, Pool>, connectionId: string): Pool {
  const known = pools.get(connectionId);
  if (known !== undefined) return known;
  const pool: Pool = { busy: 0, idle: [], waiting: [] };
  pools.set(connectionId, pool);
  return pool;
}

async function enter(pool: Pool, most: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (pool.busy < most) {
    pool.busy += 1;
    return;
  }
  // The one who leaves hands its place over, so `busy` stays as it is.
  await new Promise<void>((resolve, reject) => {
    const giveUp = () => {
      const at = pool.waiting.indexOf(proceed);
      if (at >= 0) pool.waiting.splice(at, 1);
      reject(signal?.reason);
    };
    const proceed = () => {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    pool.waiting.push(proceed);
  });
}

function leave(pool: Pool): void {
  const next = pool.waiting.shift();
  if (next === undefined) pool.busy -= 1;
  else next();
}

function takeIdle(pool: Pool): Directory | undefined {
  const idle = pool.idle.pop();
  if (idle === undefined) return undefined;
  clearTimeout(idle.timer);
  return idle.directory;
}

function keep(pool: Pool, directory: Directory, idleMs: number): void {
  const timer = setTimeout(() => {
    const at = pool.idle.findIndex((idle) => idle.directory === directory);
    if (at >= 0) pool.idle.splice(at, 1);
    void closeQuietly(directory);
  }, idleMs);
  timer.unref();
  pool.idle.push({ directory, timer });
}

/** A session that will not close cleanly is gone all the same. */
async function closeQuietly(directory: Directory): Promise<void> {
  try {
    await directory[Symbol.asyncDispose]();
  } catch {}
}
