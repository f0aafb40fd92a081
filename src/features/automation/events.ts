// Tells who watches a run that something changed: a bell between processes, rung at each commit.
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import { hearBell, ring } from '#store/bell.ts';
import type { Db, Tx } from '#store/db.ts';

export const runBell = 'sundog_run';

export type RunEvents = AsyncDisposable & {
  /** Heard from now on: what rings before the first wait is not missed. */
  watch(): Watch;
};

export type Watch = Disposable & {
  /** Resolves when some run has changed since the last call, or `withinMs` have passed. */
  next(withinMs: number, signal: AbortSignal): Promise<void>;
};

/** Reaches every process at the commit of the transaction that it is called in. */
export async function announce(db: Db | Tx): Promise<void> {
  await ring(db, runBell);
}

/** One listening connection for the whole process, however many watch. */
export async function openRunEvents(store: {
  readonly connectionString: Secret;
  readonly log: Log;
}): Promise<RunEvents> {
  const wakes = new Set<() => void>();
  const bell = await hearBell({
    ...store,
    name: runBell,
    onRing: () => {
      for (const wake of wakes) wake();
    },
    // Watchers look by themselves every few seconds, heard or not.
    onHearing: () => {},
  });
  return {
    watch: () => newWatch(wakes),
    [Symbol.asyncDispose]: () => bell[Symbol.asyncDispose](),
  };
}

function newWatch(wakes: Set<() => void>): Watch {
  let rung = false;
  let proceed: (() => void) | undefined;
  const wake = () => {
    rung = true;
    proceed?.();
  };
  wakes.add(wake);
  return {
    async next(withinMs, signal) {
      if (!rung && !signal.aborted) {
        const { promise, resolve: done } = Promise.withResolvers<void>();
        const resolve = () => done();
        const timer = setTimeout(resolve, withinMs);
        proceed = resolve;
        signal.addEventListener('abort', resolve, { once: true });
        await promise;
        clearTimeout(timer);
        signal.removeEventListener('abort', resolve);
        proceed = undefined;
      }
      rung = false;
    },
    [Symbol.dispose]() {
      wakes.delete(wake);
    },
  };
}
