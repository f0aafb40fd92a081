// Tells who watches a run that something of it has changed: PostgreSQL's LISTEN and NOTIFY.
import { sql } from 'kysely';
import type pg from 'pg';
import type { Db, Tx } from '#store/db.ts';

const channel = 'sundog_run';
const reconnectMs = 1_000;

export type RunEvents = AsyncDisposable & {
  /** Resolves when the run has changed since the last call, or `withinMs` have passed. */
  watch(runId: string): Watch;
};

export type Watch = Disposable & { next(withinMs: number, signal: AbortSignal): Promise<void> };

/** Reaches every process at the commit of the transaction that it is called in. */
export async function announce(db: Db | Tx, runId: string): Promise<void> {
  await sql`select pg_notify(${channel}, ${runId})`.execute(db);
}

/** One listening client for the whole process, opened with the first watcher. */
export function openRunEvents(pool: pg.Pool): RunEvents {
  const watchers = new Map<string, Set<() => void>>();
  let listening: Promise<pg.PoolClient | undefined> | undefined;
  let closed = false;

  function wake(runId: string | undefined): void {
    for (const [id, wakes] of watchers) {
      if (runId === undefined || runId === id) for (const each of wakes) each();
    }
  }

  async function listen(): Promise<pg.PoolClient | undefined> {
    const client = await pool.connect();
    client.on('notification', ({ channel: heard, payload }) => {
      if (heard === channel) wake(payload);
    });
    client.once('error', () => {
      client.release(true);
      listening = undefined;
      if (!closed && watchers.size > 0) setTimeout(begin, reconnectMs).unref();
    });
    await client.query(`listen ${channel}`);
    // What was announced while nobody listened is looked up again.
    wake(undefined);
    return client;
  }

  function begin(): void {
    listening ??= listen().catch(() => {
      listening = undefined;
      return undefined;
    });
  }

  function watch(runId: string): Watch {
    let changed = false;
    let proceed: (() => void) | undefined;
    const onChange = () => {
      changed = true;
      proceed?.();
    };
    const wakes = watchers.get(runId) ?? new Set();
    watchers.set(runId, wakes.add(onChange));
    begin();
    return {
      async next(withinMs, signal) {
        if (!changed && !signal.aborted) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, withinMs);
            proceed = () => {
              clearTimeout(timer);
              resolve();
            };
            signal.addEventListener('abort', proceed, { once: true });
          });
          if (proceed !== undefined) signal.removeEventListener('abort', proceed);
          proceed = undefined;
        }
        changed = false;
      },
      [Symbol.dispose]() {
        wakes.delete(onChange);
        if (wakes.size === 0) watchers.delete(runId);
      },
    };
  }

  return {
    watch,
    async [Symbol.asyncDispose]() {
      closed = true;
      const client = await listening;
      client?.release(true);
    },
  };
}
