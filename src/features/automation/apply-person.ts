// Applies a run's changes to one person, in order: one worker at a time, every step safe to run twice.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Outcome } from '#domain/outcome.ts';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { Problem } from '#domain/problem.ts';
import type { Db } from '#store/db.ts';
import { enqueue, type Task, task } from '#store/queue.ts';
import { applyReset } from './apply-reset.ts';
import { applyToAccount } from './apply-to-account.ts';
import { createAccount } from './create-account.ts';
import { endRun } from './end-run.ts';
import { type AutomationPorts, retryDelaysMs } from './ports.ts';
import type { Sessions } from './sessions.ts';
import { applyAttemptsMax, applyPersonTask, personJobKey } from './start-run.ts';
import { postTell } from './tell.ts';
import { blockedCode, findWork, postpone, type RunFacts, type Step, settle } from './work.ts';

export type ApplyPorts = AutomationPorts & { readonly sessions: Sessions };

/** While another worker is at the same person, this one comes back. */
const busyRetryMs = 500;

export function applyPersonTaskOf(ports: ApplyPorts): Task {
  return task({
    name: applyPersonTask,
    payload: z.object({ runId: z.uuid(), personKey: z.string() }),
    run: (payload, { signal }) => applyPerson(ports, payload, signal),
  });
}

export async function applyPerson(
  ports: ApplyPorts,
  { runId, personKey }: { readonly runId: string; readonly personKey: string },
  signal: AbortSignal,
): Promise<void> {
  // One client for the lock and the work: however many workers, none waits for another's second client.
  await ports.db.connection().execute(async (db) => {
    if (!(await takePerson(db, personKey))) {
      return await comeBack(db, runId, personKey, after(ports, busyRetryMs));
    }
    try {
      const found = await findWork(db, runId, personKey);
      if (found !== undefined) await work({ ...ports, db }, found.run, found.steps, signal);
    } finally {
      await releasePerson(db, personKey);
    }
  });
}

async function work(
  ports: ApplyPorts,
  run: RunFacts,
  found: readonly Step[],
  signal: AbortSignal,
): Promise<void> {
  let steps = found;
  for (let at = 0; at < steps.length; at += 1) {
    const step = steps[at];
    if (step === undefined || isSettled(step) || isNotDue(step, ports.clock())) continue;
    signal.throwIfAborted();
    const next = await applyStep(ports, run, steps, step, signal);
    steps = steps.with(at, next);
  }
  const until = steps.flatMap((step) => step.until ?? []).toSorted((a, b) => +a - +b)[0];
  const personKey = steps[0]?.change.personKey;
  if (until !== undefined && personKey !== undefined) {
    await comeBack(ports.db, run.id, personKey, until);
  }
  await endRun(ports, run);
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
  if (missing !== undefined) return block(ports, run, step, missing);
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

async function block(ports: ApplyPorts, run: RunFacts, step: Step, missing: Step): Promise<Step> {
  const because = `${missing.change.target.name} (${missing.change.action}) did not come about`;
  const outcome: Outcome = { result: 'skipped', because };
  await settle(ports.db, run, step.change, outcome, ports.clock(), { code: blockedCode });
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
  const { code, because, retryable } = judge(error);
  if (code === unexpectedCode) {
    ports.log.error('A change failed in a way nobody foresaw', { runId: run.id, error });
  }
  const delays = ports.retryDelaysMs ?? retryDelaysMs;
  const delay = retryable ? delays[step.attempts] : undefined;
  if (delay !== undefined) {
    const until = after(ports, delay);
    await postpone(ports.db, run, [step.change.id], { because, until, counts: true });
    return { ...step, result: 'waiting', because, until };
  }
  const outcome: Outcome = { result: 'failed', code, because, retryable };
  const forget = async (tx: Db) => {
    await tx
      .updateTable('intents')
      .set({ sealed_password: null })
      .where('run_id', '=', run.id)
      .where('change_id', '=', step.change.id)
      .execute();
  };
  await settle(ports.db, run, step.change, outcome, ports.clock(), { also: forget });
  return { ...step, result: 'failed', code, because, until: null };
}

const unexpectedCode = 'hub.failed';

function judge(error: unknown): {
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

function after(ports: Pick<AutomationPorts, 'clock'>, ms: number): Date {
  return new Date(ports.clock().getTime() + ms);
}

async function comeBack(db: Db, runId: string, personKey: string, runAt: Date): Promise<void> {
  await enqueue(db, {
    task: applyPersonTask,
    payload: { runId, personKey },
    key: personJobKey(runId, personKey),
    maxAttempts: applyAttemptsMax,
    runAt,
  });
}

/** Held by the session, so that it falls with the process that held it. */
async function takePerson(db: Db, personKey: string): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_lock(hashtextextended(${lockName(personKey)}, 0)) as taken`.execute(db);
  return rows[0]?.taken === true;
}

async function releasePerson(db: Db, personKey: string): Promise<void> {
  const name = lockName(personKey);
  await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.execute(db);
}

function lockName(personKey: string): string {
  return `sundog person ${personKey}`;
}
