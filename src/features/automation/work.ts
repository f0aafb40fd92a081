// What a worker has to do for one person of a run: the changes in order, and what became of each so far.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { ChangeDocument } from './documents.ts';
import { runBell } from './events.ts';

export type Step = {
  readonly change: Change;
  readonly result: Outcome['result'] | 'pending';
  readonly because: string | null;
  readonly code: string | null;
  readonly targetId: string | null;
  readonly intendedAt: Date | null;
  readonly attempts: number;
  readonly until: Date | null;
};

export type RunFacts = {
  readonly id: string;
  readonly planId: string;
  readonly title: string;
  /** Null for the test of an outbound webhook. */
  readonly automationId: string | null;
  /** Whose people they are; null for a test. */
  readonly sourceConnectionId: string | null;
  readonly clientId: number | null;
  readonly undoesRunId: string | null;
  /** In whose name the run writes. */
  readonly actor: Actor;
};

/** Why a change was not even tried; its code, so that what needs it is not tried either. */
export const blockedCode = 'change.blocked';

/** The run and all its changes to one person, in order; nothing when there is no such run. */
export async function findWork(
  db: Db | Tx,
  runId: string,
  personKey: string,
): Promise<{ readonly run: RunFacts; readonly steps: readonly Step[] } | undefined> {
  const rows = await db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .innerJoin('outcomes', 'outcomes.run_id', 'runs.id')
    .innerJoin('plan_changes', (join) =>
      join
        .onRef('plan_changes.plan_id', '=', 'runs.plan_id')
        .onRef('plan_changes.change_id', '=', 'outcomes.change_id'),
    )
    .select(['runs.id', 'runs.plan_id', 'plans.title', 'plans.automation_id'])
    .select(['plans.source_connection_id', 'runs.undoes_run_id', 'runs.client_id'])
    .select(['started_by_kind', 'started_by_id', 'started_by'])
    .select(['document', 'result', 'because', 'code', 'target_id', 'intended_at'])
    .select(['attempts', 'until'])
    .where('runs.id', '=', runId)
    .where('outcomes.person_key', '=', personKey)
    .orderBy('outcomes.position')
    .execute();
  const [first] = rows;
  return first === undefined ? undefined : { run: runOf(first), steps: rows.map(stepOf) };
}

type RunRow = {
  readonly id: string;
  readonly plan_id: string;
  readonly title: string;
  readonly automation_id: string | null;
  readonly source_connection_id: string | null;
  readonly client_id: number | null;
  readonly undoes_run_id: string | null;
  readonly started_by_kind: Actor['kind'];
  readonly started_by_id: string;
  readonly started_by: string;
};

function runOf(row: RunRow): RunFacts {
  return {
    id: row.id,
    planId: row.plan_id,
    title: row.title,
    automationId: row.automation_id,
    sourceConnectionId: row.source_connection_id,
    clientId: row.client_id,
    undoesRunId: row.undoes_run_id,
    actor: {
      kind: row.started_by_kind,
      id: row.started_by_id,
      name: row.started_by,
      permissions: new Set(),
    },
  };
}

function stepOf(row: {
  readonly document: unknown;
  readonly result: Step['result'];
  readonly because: string | null;
  readonly code: string | null;
  readonly target_id: string | null;
  readonly intended_at: Date | null;
  readonly attempts: number;
  readonly until: Date | null;
}): Step {
  return {
    change: ChangeDocument.parse(row.document),
    result: row.result,
    because: row.because,
    code: row.code,
    targetId: row.target_id,
    intendedAt: row.intended_at,
    attempts: row.attempts,
    until: row.until,
  };
}

/** Writes down that a write is about to be made, before it is: only the first time counts. */
export async function intend(
  db: Db,
  run: RunFacts,
  step: Step,
  now: Date,
  also: (tx: Tx) => Promise<void> = async () => {},
): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (step.intendedAt === null) {
      await tx
        .updateTable('outcomes')
        .set({ intended_at: now })
        .where('run_id', '=', run.id)
        .where('change_id', '=', step.change.id)
        .execute();
      await audit(tx, [changeEntry(run, step.change, 'intent')]);
    }
    await also(tx);
  });
}

/** Records what became of a change, with its audit entries and whatever follows from it, at once. */
export async function settle(
  db: Db,
  run: RunFacts,
  change: Change,
  outcome: Outcome,
  now: Date,
  /** What else belongs to it, in the same transaction; a code for what is not a failure. */
  more: { readonly also?: (tx: Tx) => Promise<void>; readonly code?: string } = {},
): Promise<Step['result']> {
  return inTransaction(db, async (tx) => {
    const waits = outcome.result === 'waiting';
    await tx
      .updateTable('outcomes')
      .set({
        result: outcome.result,
        because: sentenceOf(outcome),
        code: outcome.result === 'failed' ? outcome.code : (more.code ?? null),
        target_id: outcome.result === 'done' ? (outcome.targetId ?? null) : null,
        settled_at: waits ? null : now,
        until: waits ? outcome.until : null,
      })
      .where('run_id', '=', run.id)
      .where('change_id', '=', change.id)
      .execute();
    await more.also?.(tx);
    await audit(tx, outcomeEntries(run, change, outcome));
    return outcome.result;
  });
}

/** A refusal that may pass: counted, and the hour written down at which it is tried again. */
export async function postpone(
  db: Db,
  run: RunFacts,
  changeIds: readonly string[],
  what: { readonly because: string; readonly until: Date; readonly counts: boolean },
): Promise<void> {
  await db
    .updateTable('outcomes')
    .set((row) => ({
      result: 'waiting' as const,
      because: what.because,
      until: what.until,
      ...(what.counts ? { attempts: row('attempts', '+', 1) } : {}),
    }))
    .where('run_id', '=', run.id)
    .where('change_id', 'in', changeIds)
    .where('settled_at', 'is', null)
    .execute();
}

/**
 * Rings for those who watch the run, and says whether anything of it is still to be done: in one
 * statement, for every person of a run asks it, and of an index of open outcomes alone.
 */
export async function announceAndLook(db: Db, runId: string): Promise<{ readonly open: boolean }> {
  const { rows } = await sql<{ open: boolean }>`
    select pg_notify(${runBell}, ''), exists (
      select 1 from outcomes where run_id = ${runId} and result in ('pending', 'waiting')
    ) as open`.execute(db);
  return { open: rows[0]?.open === true };
}

/** Ends the run; only one of many callers is told that it did. Nothing opens again, so it stays ended. */
export async function finishRun(tx: Tx, runId: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('runs')
    .set({ finished_at: now })
    .where('id', '=', runId)
    .where('finished_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export function sentenceOf(outcome: Outcome): string | null {
  return outcome.result === 'done' ? (outcome.note ?? null) : outcome.because;
}

const actions: Readonly<Record<Change['kind'], string>> = {
  create: 'account.created',
  update: 'account.updated',
  enable: 'account.enabled',
  disable: 'account.disabled',
  'add-member': 'group.member-added',
  'remove-member': 'group.member-removed',
  'reset-password': 'password.reset',
  unlock: 'account.unlocked',
  tell: 'application.told',
};

/** Longer lists of an update's fields are a mistake of the mapping; each field is one entry. */
export function outcomeEntries(run: RunFacts, change: Change, outcome: Outcome): AuditEntry[] {
  switch (outcome.result) {
    case 'waiting':
    case 'skipped':
      return [];
    case 'conflict':
    case 'failed':
      return [{ ...changeEntry(run, change, 'failed'), because: outcome.because }];
    case 'done':
      return doneEntries(run, change, outcome.targetId);
  }
}

function doneEntries(run: RunFacts, change: Change, targetId: string | undefined): AuditEntry[] {
  const done = changeEntry(run, change, 'done');
  const subject = { ...done.subject, id: targetId ?? done.subject.id };
  if (change.kind !== 'update') return [{ ...done, subject, because: change.because.join('; ') }];
  return Object.keys(change.after).map((field) => ({
    ...done,
    subject,
    field,
    before: change.before[field]?.join(', ') ?? null,
    after: change.after[field]?.join(', ') ?? null,
    because: change.because.join('; '),
  }));
}

export function changeEntry(
  run: RunFacts,
  change: Change,
  outcome: AuditEntry['outcome'],
): AuditEntry {
  const { target } = change;
  const id = target.kind === 'existing' ? target.id : target.change;
  return {
    actor: run.actor,
    action: actions[change.kind],
    subject: { kind: change.kind === 'tell' ? 'ticket' : 'account', id, name: target.name },
    ...(change.group === undefined ? {} : { field: change.group.name }),
    outcome,
    runId: run.id,
    clientId: run.clientId,
  };
}
