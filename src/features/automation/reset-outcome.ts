// What became of a reset or an unlock, in words for the person who asked for it.
import type { ResetOutcome } from '#domain/ports/password-reset.ts';
import { refuse } from '#domain/problem.ts';
import { chained } from '#store/audit-chain.ts';
import type { Db } from '#store/db.ts';
import { blockedCode } from './work.ts';

export async function outcomeOfReset(db: Db, runId: string): Promise<ResetOutcome> {
  const rows = await db
    .selectFrom('outcomes')
    .innerJoin('runs', 'runs.id', 'outcomes.run_id')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .select(['kind', 'result', 'because', 'code', 'until'])
    .where('run_id', '=', runId)
    .where('plans.reset_connection_id', 'is not', null)
    .orderBy('position')
    .execute();
  if (rows.length === 0) return refuse('record.unknown', { kind: 'run of a reset', id: runId });
  const outcome = outcomeOfRows(rows);
  // What became of it is answered only once the trail can no longer be without it.
  if (outcome.state === 'done' || outcome.state === 'failed') await chainedRun(db, runId);
  return outcome;
}

/** Waits until every entry of the run so far is numbered and chained; refuses with 503 when it cannot be. */
export async function chainedRun(db: Db, runId: string): Promise<void> {
  const entries = await db
    .selectFrom('audit_entries')
    .select('id')
    .where('run_id', '=', runId)
    .execute();
  await chained(
    db,
    entries.map(({ id }) => id),
  );
}

function outcomeOfRows(rows: readonly OutcomeRow[]): ResetOutcome {
  const failed = rows.find(
    ({ result, code }) => result === 'failed' || result === 'conflict' || code === blockedCode,
  );
  if (failed !== undefined) return failure(failed);
  const waiting = rows.find(({ result }) => result === 'waiting');
  if (waiting !== undefined) {
    return {
      state: 'waiting',
      sentence: `${waiting.because ?? 'The directory cannot just now.'} It is tried again by itself.`,
      ...(waiting.until === null ? {} : { until: waiting.until }),
      anotherPassword: false,
    };
  }
  if (rows.some(({ result }) => result === 'pending')) {
    return { state: 'running', sentence: 'It is being done.', anotherPassword: false };
  }
  return { state: 'done', sentence: done(rows), anotherPassword: false };
}

type OutcomeRow = Row & { readonly result: string; readonly until: Date | null };

type Row = {
  readonly kind: string;
  readonly because: string | null;
  readonly code: string | null;
};

function failure({ because, code }: Row): ResetOutcome {
  const known = code ?? 'reset.conflict';
  return {
    state: 'failed',
    code: known,
    sentence: sentence(because ?? 'It could not be done'),
    anotherPassword: known.startsWith('password.') && known !== 'password.too-young',
  };
}

function done(rows: readonly Row[]): string {
  const parts = [
    ...(rows.some(({ kind }) => kind === 'reset-password') ? ['The password was reset'] : []),
    ...(rows.some(({ kind }) => kind === 'unlock') ? ['the account is unlocked'] : []),
  ];
  return sentence(parts.join(' and '));
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
