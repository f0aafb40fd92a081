// The history of a sync: its runs with their counts, one by one and in lists, and what a drift report found.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { Db } from '#store/db.ts';
import { type AppliedCount, countApplied, countMade } from './applied-count.ts';
import { getSyncState } from './syncs.ts';

export const runPurposes = ['sync', 'drift'] as const;
export const runStates = [
  ...(['queued', 'reading', 'planned', 'applying', 'done', 'failed', 'cancelled'] as const),
] as const;

export type RunPage = {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Syncs or reports alone, and those in one state alone. */
  readonly purpose?: (typeof runPurposes)[number] | undefined;
  readonly state?: (typeof runStates)[number] | undefined;
};

/** The newest first. */
export async function listRuns(db: Db, syncId: number, page: RunPage, actor: Actor) {
  await getSyncState(db, syncId, actor);
  const rows = await runRows(db, syncId, page).execute();
  return rows.map(runFrom);
}

/** What the list asks the database. */
export function runRows(db: Db, syncId: number, { limit, cursor, purpose, state }: RunPage) {
  let query = selection(db).where('sync_id', '=', syncId);
  if (cursor !== undefined) query = query.where('id', '<', cursor);
  if (purpose !== undefined) query = query.where('purpose', '=', purpose);
  if (state !== undefined) query = query.where('state', '=', state);
  return query.orderBy('id', 'desc').limit(limit);
}

/** While it goes on, what is applied is as `count` has it: whatever is settled; in the end, what was made. */
export async function getRun(
  db: Db,
  runId: string,
  actor: Actor,
  count: AppliedCount = (id) => countApplied(db, id),
) {
  const row = await selection(db).where('id', '=', runId).executeTakeFirst();
  if (row === undefined) refuse('record.unknown', { kind: 'run of a directory sync', id: runId });
  await getSyncState(db, row.sync_id, actor);
  const { apply_run_id: applyRunId, finished_at: finishedAt } = row;
  const counted = finishedAt === null ? count : (id: string) => countMade(db, id);
  return { ...runFrom(row), applied: applyRunId === null ? 0 : await counted(applyRunId) };
}

export type SyncRun = ReturnType<typeof runFrom>;

function selection(db: Db) {
  return db
    .selectFrom('sync_runs')
    .select(['id', 'sync_id', 'purpose', 'asked', 'did', 'whole_because', 'state', 'read_count'])
    .select(['changed_count', 'matched_count', 'planned_count', 'expected_count', 'plan_id'])
    .select(['apply_run_id', 'sentence', 'code', 'references_seen', 'cancel_asked_by'])
    .select(['started_by', 'created_at', 'read_at', 'finished_at'])
    .select(({ selectFrom }) => [
      selectFrom('plans')
        .select('verdict')
        .whereRef('plans.id', '=', 'sync_runs.plan_id')
        .where('plans.state', '=', 'waiting')
        .as('verdict'),
    ]);
}

function runFrom(row: Awaited<ReturnType<ReturnType<typeof selection>['execute']>>[number]) {
  return {
    ...{ id: row.id, syncId: row.sync_id, purpose: row.purpose, asked: row.asked, did: row.did },
    ...{ wholeBecause: row.whole_because, state: row.state },
    counts: {
      ...{ read: row.read_count, changed: row.changed_count, matched: row.matched_count },
      ...{ planned: row.planned_count, expected: row.expected_count },
    },
    ...{ planId: row.plan_id, applyRunId: row.apply_run_id },
    stopped: row.state === 'planned' && row.verdict === 'stop',
    ...{ sentence: row.sentence, code: row.code, references: row.references_seen },
    ...{ cancelledBy: row.cancel_asked_by, startedBy: row.started_by },
    ...{ createdAt: row.created_at, readAt: row.read_at, finishedAt: row.finished_at },
  };
}

export type DriftPage = { readonly limit: number; readonly after?: number | undefined };

/** What differs, both ways: people of the directory, and records of the desk that nobody there has. */
export async function listDrift(db: Db, runId: string, page: DriftPage, actor: Actor) {
  await getRun(db, runId, actor);
  const rows = await db
    .selectFrom('sync_drift')
    .select(['position', 'target', 'entry_id', 'name', 'kind', 'code', 'sentence', 'desk_id'])
    .select(['before', 'after'])
    .where('sync_run_id', '=', runId)
    .where('position', '>', page.after ?? 0)
    .orderBy('position')
    .limit(page.limit)
    .execute();
  return rows.map(({ entry_id: entryId, desk_id: deskId, ...row }) => ({
    ...{ ...row, entryId, deskId },
  }));
}
