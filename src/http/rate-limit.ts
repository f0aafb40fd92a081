// Halo's rate limit: so many requests per application in a rolling five minutes (halo-api.md 1.5).
// Kept in this process: with several web processes each allows its share of the requests it sees.
import { refuse } from '#domain/problem.ts';

const windowMs = 5 * 60_000;
const stepMs = 10_000;
const steps = windowMs / stepMs;
/** More callers than this at once, and the one heard from longest ago is forgotten. */
const callersMax = 10_000;

type Window = { readonly counts: number[]; total: number; step: number };

export type RateLimit = (caller: string) => void;

/** Refuses with 429 once a caller has made `requestsMax` requests within five minutes. */
export function rateLimit(requestsMax: number, nowMs: () => number = Date.now): RateLimit {
  const windows = new Map<string, Window>();
  return (caller) => {
    const step = Math.floor(nowMs() / stepMs);
    const window = windows.get(caller) ?? { counts: Array(steps).fill(0), total: 0, step };
    windows.delete(caller);
    windows.set(caller, window);
    if (windows.size > callersMax) forgetOldest(windows);
    moveTo(window, step);
    if (window.total >= requestsMax) {
      refuse('rate.reached', { limit: requestsMax, seconds: wait(window, requestsMax) });
    }
    window.total += 1;
    window.counts[step % steps] = (window.counts[step % steps] ?? 0) + 1;
  };
}

function moveTo(window: Window, step: number): void {
  for (let past = window.step + 1; past <= Math.min(step, window.step + steps); past += 1) {
    window.total -= window.counts[past % steps] ?? 0;
    window.counts[past % steps] = 0;
  }
  window.step = step;
}

/** Seconds until enough of the oldest requests have left the window. */
function wait(window: Window, requestsMax: number): number {
  let total = window.total;
  for (let ahead = 1; ahead <= steps; ahead += 1) {
    total -= window.counts[(window.step + ahead) % steps] ?? 0;
    if (total < requestsMax) return (ahead * stepMs) / 1000;
  }
  return windowMs / 1000;
}

function forgetOldest(windows: Map<string, Window>): void {
  for (const caller of windows.keys()) {
    windows.delete(caller);
    return;
  }
}
