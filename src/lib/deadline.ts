// Answers at a fixed time after the question, so that how long the work took tells nothing.
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does the work, and returns or throws at the first whole multiple of the step after it is done:
 * whoever makes the hub slow learns in which step it was ready and no more.
 */
export async function atDeadline<T>(stepMs: number, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const outcome = await work().then(
    (value) => ({ done: true as const, value }),
    (error: unknown) => ({ done: false as const, error }),
  );
  const steps = Math.max(1, Math.ceil((performance.now() - started) / stepMs));
  await sleep(Math.max(0, steps * stepMs - (performance.now() - started)));
  if (outcome.done) return outcome.value;
  throw outcome.error;
}
