// A number of slots for work that runs at once: who finds none free waits in line.

export type Slots = {
  /** An aborted signal lets nobody in, and calls those who wait out of the line. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
};

export function slots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;

  /** Who leaves hands the slot over, so `free` stays as it is. */
  function inLine(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(signal?.reason);
      };
      const enter = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      waiting.push(enter);
    });
  }

  return {
    async run(work, signal) {
      signal?.throwIfAborted();
      if (free > 0) free -= 1;
      else await inLine(signal);
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
