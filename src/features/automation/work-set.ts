// What a worker has to do of a set: the changes of its range that are still open, and what they wait for.
import { sql } from 'kysely';
import type { Change } from '#domain/change.ts';
import type { Db } from '#store/db.ts';
import { ChangeDocument } from './documents.ts';
import type { SetOf } from './steps.ts';
import { blockedCode, type RunFacts, runOf } from './work.ts';

export type OpenChange = {
  readonly position: number;
  readonly change: Change;
  readonly attempts: number;
  /** Of one that waits: not to be tried before. */
  readonly until: Date | null;
};

/** The run, unless it has ended or is to be left undone. */
export async function findOpenRun(db: Db, runId: string): Promise<RunFacts | undefined> {
  const row = await db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .select(['runs.id', 'runs.plan_id', 'plans.title', 'plans.automation_id', 'plans.sync_id'])
    .select(['plans.source_connection_id', 'runs.undoes_run_id', 'runs.client_id'])
    .select(['started_by_kind', 'started_by_id', 'started_by'])
    .where('runs.id', '=', runId)
    .where('runs.finished_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : runOf(row);
}

/**
 * In the plan's order. Asked for by nothing but the range: right after a large plan was written the database knows
 * nothing of its size yet, and would go by an index that has all of it.
 */
export async function findSet(
  db: Db,
  { planId }: RunFacts,
  { runId, step, from, to }: SetOf,
): Promise<readonly OpenChange[]> {
  const outcomes = await db
    .selectFrom('outcomes')
    .select(['position', 'step', 'result', 'attempts', 'until'])
    .where('run_id', '=', runId)
    .where('position', '>=', from)
    .where('position', '<=', to)
    .execute();
  const open = new Map(
    outcomes
      .filter((one) => one.step === step && ['pending', 'waiting'].includes(one.result))
      .map((one) => [one.position, one]),
  );
  if (open.size === 0) return [];
  const changes = await db
    .selectFrom('plan_changes')
    .select(['position', 'document'])
    .where('plan_id', '=', planId)
    .where('position', '>=', from)
    .where('position', '<=', to)
    .orderBy('position')
    .execute();
  return changes.flatMap(({ position, document }) => {
    const found = open.get(position);
    if (found === undefined) return [];
    const { attempts, until } = found;
    return [{ position, change: ChangeDocument.parse(document), attempts, until }];
  });
}

/** Which of these needs of a set did not come about: what stands on them is not tried. */
export async function findMissing(
  db: Db,
  runId: string,
  needs: readonly string[],
): Promise<ReadonlySet<string>> {
  if (needs.length === 0) return new Set();
  const rows = await db
    .selectFrom('outcomes')
    .select('change_id')
    .where('run_id', '=', runId)
    .where(sql<boolean>`change_id = any(${needs}::text[])`)
    .where((where) =>
      where.or([where('result', 'in', ['failed', 'conflict']), where('code', '=', blockedCode)]),
    )
    .execute();
  return new Set(rows.map(({ change_id: id }) => id));
}

/** A refusal of the whole that may pass: counted, and the hour written down at which it is tried again. */
export async function postponeSet(
  db: Db,
  runId: string,
  changes: readonly OpenChange[],
  { because, until }: { readonly because: string; readonly until: Date },
): Promise<void> {
  const ids = changes.map(({ change }) => change.id);
  const [from, to] = rangeOf(changes);
  await db
    .updateTable('outcomes')
    .set((row) => ({ result: 'waiting', because, until, attempts: row('attempts', '+', 1) }))
    .where('run_id', '=', runId)
    .where('position', '>=', from)
    .where('position', '<=', to)
    .where(sql<boolean>`change_id = any(${ids}::text[])`)
    .where('settled_at', 'is', null)
    .execute();
}

/** Both ends included: by it they are found. */
export function rangeOf(changes: readonly { readonly position: number }[]): [number, number] {
  let from = Number.POSITIVE_INFINITY;
  let to = -1;
  for (const { position } of changes) {
    from = Math.min(from, position);
    to = Math.max(to, position);
  }
  return [from, to];
}
