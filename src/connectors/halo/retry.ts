// Tries a call again where that is safe and helps: bounded in attempts, in waiting, and by a budget.
import { retryAfterMs } from '#lib/retry-after.ts';
import type { Wait } from '#lib/wait.ts';
import { CallFailure, type Reply } from './call.ts';
import type { HaloLimits } from './limits.ts';

export type Retrying = {
  readonly limits: HaloLimits;
  readonly wait: Wait;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly now: () => Date;
  readonly budget: RetryBudget;
};

export type Attempt = {
  /** Whether doing it twice does no harm. What Halo never got, or turned away unread, is always tried again. */
  readonly repeatable: boolean;
  readonly once: () => Promise<Reply>;
};

export type RetryBudget = { left: number };

type Tried = { readonly reply: Reply } | { readonly failure: CallFailure };

/** The last reply, whatever its status; or the last CallFailure, thrown. */
export async function retried(
  { repeatable, once }: Attempt,
  how: Retrying,
  signal?: AbortSignal,
): Promise<Reply> {
  const { limits, budget } = how;
  let waitedMs = 0;
  for (let attempt = 1; ; attempt += 1) {
    const tried = await once().then(
      (reply): Tried => ({ reply }),
      (error: unknown): Tried => {
        if (error instanceof CallFailure) return { failure: error };
        throw error;
      },
    );
    const pauseMs = pauseAfter(tried, repeatable, attempt, how);
    const affordable = attempt < limits.attemptsMax && budget.left >= 1;
    if (pauseMs === undefined || !affordable || waitedMs + pauseMs > limits.waitMaxMs) {
      if ('failure' in tried) throw tried.failure;
      if (tried.reply.status < 500) budget.left = Math.min(limits.retryBudget, budget.left + 0.1);
      return tried.reply;
    }
    budget.left -= 1;
    waitedMs += pauseMs;
    await how.wait(pauseMs, signal);
  }
}

/** How long to wait before trying again; undefined where trying again is of no use or not safe. */
function pauseAfter(
  tried: Tried,
  repeatable: boolean,
  attempt: number,
  { limits, random, now }: Retrying,
): number | undefined {
  const backoffMs = limits.backoffMs * 2 ** (attempt - 1) * (0.5 + random());
  if ('failure' in tried) {
    const safe = repeatable || !tried.failure.sent;
    return tried.failure.retryable && safe ? backoffMs : undefined;
  }
  const { status, headers } = tried.reply;
  const turnedAway = status === 429;
  if (!turnedAway && !(status >= 500 && repeatable)) return undefined;
  const askedMs = retryAfterMs(headers['retry-after'], now());
  if (askedMs === undefined) return turnedAway ? backoffMs * 5 : backoffMs;
  return askedMs <= limits.retryAfterMaxMs ? askedMs + random() * limits.backoffMs : undefined;
}
