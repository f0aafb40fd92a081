// What a worker has to do for people of a run: the changes in order, and what became of each so far.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { isOfSync } from '#domain/totals.ts';
import type { AuditEntry } from '#store/audit.ts';
import type { Db, Tx } from '#store/db.ts';
import { ChangeDocument } from './documents.ts';
import { runBell } from './events.ts';
import { openSteps } from './steps.ts';

export type Step = {
  readonly change: Change;
  readonly result: Outcome['result'] | 'pending';
  readonly because: string | null;
  readonly code: string | null;
  readonly targetId: string | null;
  readonly intendedAt: Date | null;
  readonly attempts: number;
  readonly until: Date | null;
  /** What is sealed for it, or was: the password of a reset, the names and password of a creation. */
  readonly intent: StoredIntent | null;
};

export type StoredIntent = {
  readonly attempt: number;
  readonly dn: string;
  /** Only the intent of a creation has one. */
  readonly marker: string | null;
  /** Null once it was used, or is not to be used any more. */
  readonly sealedPassword: Buffer | null;
  readonly createdAt: Date;
};

export type RunFacts = {
  readonly id: string;
  readonly planId: string;
  readonly title: string;
  /** Null for the test of an outbound webhook and for a sync. */
  readonly automationId: string | null;
  /** Of a directory sync alone. */
  readonly syncId: number | null;
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
  const found = await findPeople(db, runId, [personKey]);
  const steps = found?.people[0];
  return found === undefined || steps === undefined ? undefined : { run: found.run, steps };
}

/** The same of several people at once: the changes of each, in order. */
export async function findPeople(
  db: Db | Tx,
  runId: string,
  personKeys: readonly string[],
): Promise<{ readonly run: RunFacts; readonly people: readonly (readonly Step[])[] } | undefined> {
  const rows = await db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .innerJoin('outcomes', 'outcomes.run_id', 'runs.id')
    .innerJoin('plan_changes', (join) =>
      join
        .onRef('plan_changes.plan_id', '=', 'runs.plan_id')
        .onRef('plan_changes.change_id', '=', 'outcomes.change_id'),
    )
    .leftJoin('intents', (join) =>
      join
        .onRef('intents.run_id', '=', 'outcomes.run_id')
        .onRef('intents.change_id', '=', 'outcomes.change_id'),
    )
    .select(['runs.id', 'runs.plan_id', 'plans.title', 'plans.automation_id', 'plans.sync_id'])
    .select(['plans.source_connection_id', 'runs.undoes_run_id', 'runs.client_id'])
    .select(['started_by_kind', 'started_by_id', 'started_by'])
    .select(['document', 'result', 'because', 'code', 'target_id', 'intended_at'])
    .select(['attempts', 'until'])
    .select(['attempt', 'dn', 'marker', 'sealed_password', 'intents.created_at as intent_at'])
    .where('runs.id', '=', runId)
    .where(sql<boolean>`outcomes.person_key = any(${personKeys})`)
    .orderBy('outcomes.position')
    .execute();
  const [first] = rows;
  if (first === undefined) return undefined;
  const people = Map.groupBy(rows.map(stepOf), ({ change }) => change.personKey);
  return { run: runOf(first), people: [...people.values()] };
}

export type RunRow = {
  readonly id: string;
  readonly plan_id: string;
  readonly title: string;
  readonly automation_id: string | null;
  readonly sync_id: number | null;
  readonly source_connection_id: string | null;
  readonly client_id: number | null;
  readonly undoes_run_id: string | null;
  readonly started_by_kind: Actor['kind'];
  readonly started_by_id: string;
  readonly started_by: string;
};

export function runOf(row: RunRow): RunFacts {
  return {
    id: row.id,
    planId: row.plan_id,
    title: row.title,
    automationId: row.automation_id,
    syncId: row.sync_id,
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

type StepRow = {
  readonly document: unknown;
  readonly result: Step['result'];
  readonly because: string | null;
  readonly code: string | null;
  readonly target_id: string | null;
  readonly intended_at: Date | null;
  readonly attempts: number;
  readonly until: Date | null;
} & IntentRow;

/** Every column is null where there is none. */
type IntentRow = {
  readonly attempt: number | null;
  readonly dn: string | null;
  readonly marker: string | null;
  readonly sealed_password: Buffer | null;
  readonly intent_at: Date | null;
};

function stepOf(row: StepRow): Step {
  return {
    change: ChangeDocument.parse(row.document),
    result: row.result,
    because: row.because,
    code: row.code,
    targetId: row.target_id,
    intendedAt: row.intended_at,
    attempts: row.attempts,
    until: row.until,
    intent: intentOf(row),
  };
}

function intentOf(row: IntentRow): StoredIntent | null {
  const { attempt, dn, marker, sealed_password: sealedPassword, intent_at: createdAt } = row;
  if (attempt === null || dn === null || createdAt === null) return null;
  return { attempt, dn, marker, sealedPassword, createdAt };
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
 * statement, for every person of a run asks it, and of an index of open outcomes alone. A run that goes by the
 * set asks after each of them, from the step it is at: what came before is settled.
 */
export async function announceAndLook(
  db: Db,
  { id, syncId }: Pick<RunFacts, 'id' | 'syncId'>,
): Promise<{ readonly open: boolean }> {
  const open =
    syncId === null
      ? sql`select from outcomes where run_id = ${id} and open_alone`
      : openSteps(id, sql`(select step from runs where id = ${id}::uuid)`);
  const { rows } = await sql<{ open: boolean }>`
    select pg_notify(${runBell}, ''), exists (${open}) as open`.execute(db);
  return { open: rows[0]?.open === true };
}

/** Ends the run; only one of many callers is told that it did. Nothing opens again, so it stays ended. */
export async function finishRun(
  tx: Tx,
  runId: string,
  now: Date,
): Promise<{ readonly cancelled: boolean } | undefined> {
  const row = await tx
    .updateTable('runs')
    .set({ finished_at: now })
    .where('id', '=', runId)
    .where('finished_at', 'is', null)
    .returning('cancelled_by')
    .executeTakeFirst();
  return row && { cancelled: row.cancelled_by !== null };
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

/** A sync writes people of a service desk, whose ids are spelt `user:12`. */
const deskActions: Readonly<Partial<Record<Change['kind'], string>>> = {
  create: 'created',
  update: 'updated',
  enable: 'activated',
  disable: 'deactivated',
};

function deskSubject(id: string, name: string): AuditEntry['subject'] {
  const [kind = '', number = id] = id.split(':');
  return { kind: kind.replace('-', ' '), id: number, name };
}

function doneEntries(run: RunFacts, change: Change, targetId: string | undefined): AuditEntry[] {
  const done = changeEntry(run, change, 'done');
  const subject =
    targetId === undefined
      ? done.subject
      : isOfSync(change)
        ? deskSubject(targetId, done.subject.name)
        : { ...done.subject, id: targetId };
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
    ...wordsOf(change, id),
    ...(change.group === undefined ? {} : { field: change.group.name }),
    outcome,
    runId: run.id,
    clientId: run.clientId,
  };
}

function wordsOf(change: Change, id: string): Pick<AuditEntry, 'action' | 'subject'> {
  const { name } = change.target;
  if (isOfSync(change)) {
    const subject = deskSubject(id, name);
    const action = `${subject.kind.replace(' ', '-')}.${deskActions[change.kind] ?? change.kind}`;
    return { action, subject };
  }
  const kind = change.kind === 'tell' ? 'ticket' : 'account';
  return { action: actions[change.kind], subject: { kind, id, name } };
}
