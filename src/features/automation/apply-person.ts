// Applies a run's changes to one person, in order: every step safe to run twice.
import type { Outcome } from '#domain/outcome.ts';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { Problem } from '#domain/problem.ts';
import { applyReset } from './apply-reset.ts';
import { applyToAccount } from './apply-to-account.ts';
import type { Book } from './book.ts';
import { createAccount } from './create-account.ts';
import { type AutomationPorts, retryDelaysMs } from './ports.ts';
import type { Sessions } from './sessions.ts';
import { postTell } from './tell.ts';
import { blockedCode, postpone, type RunFacts, type Step } from './work.ts';

export type ApplyPorts = AutomationPorts & { readonly sessions: Sessions; readonly book: Book };

/** When the first of those changes is due that have to wait; nothing when none has to. */
export async function applyPerson(
  ports: ApplyPorts,
  run: RunFacts,
  found: readonly Step[],
  signal: AbortSignal,
): Promise<Date | undefined> {
  let steps = found;
  for (let at = 0; at < steps.length; at += 1) {
    const step = steps[at];
    if (step === undefined || isSettled(step) || isNotDue(step, ports.clock())) continue;
    signal.throwIfAborted();
    const next = await applyStep(ports, run, steps, step, signal);
    steps = steps.with(at, next);
  }
  return steps.flatMap((step) => step.until ?? []).toSorted((a, b) => +a - +b)[0];
}

/** One change: not tried when what it needs did not happen, put off when that waits. */
async function applyStep(
  ports: ApplyPorts,
  run: RunFacts,
  steps: readonly Step[],
  step: Step,
  signal: AbortSignal,
): Promise<Step> {
  const needed = steps.filter(({ change }) => step.change.needs.includes(change.id));
  const missing = needed.find(hasFailed);
  if (missing !== undefined) return block(ports, step, missing);
  const awaited = needed.find((one) => !isSettled(one));
  if (awaited !== undefined) return await awaitOther(ports, run, step, awaited);
  try {
    return await perform(ports, run, steps, step, signal);
  } catch (error) {
    return await refused(ports, run, step, error, signal);
  }
}

async function perform(
  ports: ApplyPorts,
  run: RunFacts,
  steps: readonly Step[],
  step: Step,
  signal: AbortSignal,
): Promise<Step> {
  switch (step.change.kind) {
    case 'create':
      return await createAccount(ports, run, step, signal);
    case 'reset-password':
    case 'unlock':
      return await applyReset(ports, run, step, signal);
    case 'tell':
      return await postTell(ports, run, step);
    default:
      return await applyToAccount(ports, run, steps, step, signal);
  }
}

async function block({ book }: ApplyPorts, step: Step, missing: Step): Promise<Step> {
  const because = `${missing.change.target.name} (${missing.change.action}) did not come about`;
  const outcome: Outcome = { result: 'skipped', because };
  await book.settle({ change: step.change, outcome, code: blockedCode });
  return { ...step, result: 'skipped', because, code: blockedCode, until: null };
}

async function awaitOther(
  ports: ApplyPorts,
  run: RunFacts,
  step: Step,
  awaited: Step,
): Promise<Step> {
  if (awaited.until === null) return step;
  const because = `it waits for ${awaited.change.target.name} (${awaited.change.action})`;
  const { until } = awaited;
  await postpone(ports.db, run, [step.change.id], { because, until, counts: false });
  return { ...step, result: 'waiting', because, until };
}

/** What an outside system refused becomes an outcome; only what may pass is tried again, so many times. */
async function refused(
  ports: ApplyPorts,
  run: RunFacts,
  step: Step,
  error: unknown,
  signal: AbortSignal,
): Promise<Step> {
  // A worker that is asked to stop leaves the change as it is, for the next one.
  if (signal.aborted) throw error;
  const { code, because, retryable } = judgeFailure(error);
  if (code === unexpectedCode) {
    ports.log.error('A change failed in a way nobody foresaw', { runId: run.id, error });
  }
  const delays = ports.retryDelaysMs ?? retryDelaysMs;
  const delay = retryable ? delays[step.attempts] : undefined;
  if (delay !== undefined) {
    const until = new Date(ports.clock().getTime() + delay);
    await postpone(ports.db, run, [step.change.id], { because, until, counts: true });
    return { ...step, result: 'waiting', because, until };
  }
  const outcome: Outcome = { result: 'failed', code, because, retryable };
  await ports.book.settle({ change: step.change, outcome });
  return { ...step, result: 'failed', code, because, until: null };
}

export const unexpectedCode = 'hub.failed';

/** What is said of a change that was refused, and whether the refusal may pass. */
export function judgeFailure(error: unknown): {
  readonly code: string;
  readonly because: string;
  readonly retryable: boolean;
} {
  if (error instanceof DirectoryRefusal || error instanceof ApplicationRefusal) {
    return { code: error.code, because: error.message, retryable: error.retryable };
  }
  if (error instanceof Problem) {
    return { code: error.code, because: error.message, retryable: error.status >= 500 };
  }
  return {
    code: unexpectedCode,
    because: 'The hub failed at this change; the log has the details.',
    retryable: true,
  };
}

function isSettled({ result }: Step): boolean {
  return result !== 'pending' && result !== 'waiting';
}

function hasFailed({ result, code }: Step): boolean {
  return result === 'failed' || result === 'conflict' || code === blockedCode;
}

function isNotDue({ until }: Step, now: Date): boolean {
  return until !== null && until > now;
}
