// Turns for work that is heavy for the machine: so many at once, so many waiting, and then a refusal.
import { refuse } from './problem.ts';

export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function queueOfTurns(atOnce: number, waitingMax: number): Turns {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (work) => {
    if (busy >= atOnce) {
      if (waiting.length >= waitingMax) refuse('hub.busy', { seconds: 5 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      busy += 1;
    }
    try {
      return await work();
    } finally {
      // The turn passes to the next who waits, or ends.
      const next = waiting.shift();
      if (next === undefined) busy -= 1;
      else next();
    }
  };
}
