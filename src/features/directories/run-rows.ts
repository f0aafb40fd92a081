// The rows of runs: how one is begun, taken up, and brought to its end. Each change of state is one statement.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { SourceOverride } from '#domain/sync/guards.ts';
import { ring } from '#store/bell.ts';
import { type Db, inTransaction, json, type Tx } from '#store/db.ts';
import { progressBell } from './bells.ts';
import type { RunFacts } from './run-facts.ts';

export type Taken = {
  readonly id: string;
  readonly syncId: number;
  readonly attempt: number;
  readonly purpose: 'sync' | 'drift';
  readonly asked: 'whole' | 'changes';
  readonly actor: Actor;
  readonly override: SourceOverride | undefined;
};

/** Another worker has the run, or somebody cancelled it: nothing more is written. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor() {
    super('The run was cancelled, or another worker has it.');
  }
}

/** The run, while that attempt reads it: nothing once the run has ended or another has taken it up. */
export function ofAttempt(db: Db, { id, attempt }: Pick<Taken, 'id' | 'attempt'>) {
  return db
    .selectFrom('sync_runs')
    .select('id')
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .where('state', '=', 'reading');
}

/** What an attempt writes, whole, while the run is its own: whoever takes or ends the run waits for it, and clears it away. */
export function whileReading<Written>(
  db: Db,
  taken: Pick<Taken, 'id' | 'attempt'>,
  write: (tx: Tx) => Promise<Written>,
): Promise<Written> {
  return inTransaction(db, async (tx) => {
    const mine = await ofAttempt(tx, taken).forKeyShare().executeTakeFirst();
    if (mine === undefined) throw new Stopped();
    return write(tx);
  });
}

/** Before what was written by an attempt is cleared away: the other side of `whileReading`. */
export async function lockRuns(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.selectFrom('sync_runs').select('id').where('id', 'in', ids).forUpdate().execute();
}

/** Grows whenever somebody makes people of the hub's own desk, or changes what they are found by (0064). */
export const peopleWritten = sql<number>`coalesce(pg_sequence_last_value('people_written'), 0)`;

/** Takes up a run that waits, or that another worker left: what was read so far is read anew. */
export async function takeRun(tx: Tx, id: string): Promise<Taken | undefined> {
  await lockRuns(tx, [id]);
  const row = await tx
    .updateTable('sync_runs')
    .set((is) => ({
      ...{ state: 'reading', read_count: 0, changed_count: 0, matched_count: 0, planned_count: 0 },
      attempt: is('attempt', '+', 1),
      // Before anybody is looked for: who is made from here on may not be found by the reading.
      people_written: peopleWritten,
    }))
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'reading'])
    .returning(['sync_id', 'attempt', 'purpose', 'asked', 'override'])
    .returning(['started_by_kind', 'started_by_id', 'started_by'])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await tx.deleteFrom('sync_seen').where('sync_run_id', '=', id).execute();
  await tx.deleteFrom('sync_drift').where('sync_run_id', '=', id).execute();
  await ring(tx, progressBell);
  return {
    ...{ id, syncId: row.sync_id, attempt: row.attempt },
    ...{ purpose: row.purpose, asked: row.asked, actor: actorOf(row) },
    override: row.override === null ? undefined : SourceOverride.parse(row.override),
  };
}

/** The plan of a run that needs no yes, and was not begun. */
export async function findUnbegun(
  db: Db,
  id: string,
): Promise<{ readonly planId: string; readonly actor: Actor } | undefined> {
  const row = await db
    .selectFrom('sync_runs')
    .innerJoin('plans', 'plans.id', 'sync_runs.plan_id')
    .select(['plans.id', 'started_by_kind', 'started_by_id', 'started_by'])
    .where('sync_runs.id', '=', id)
    .where('sync_runs.state', '=', 'planned')
    .where('plans.state', '=', 'waiting')
    .where('needs_approval', '=', false)
    .executeTakeFirst();
  return row && { planId: row.id, actor: actorOf(row) };
}

function actorOf(row: {
  readonly started_by_kind: string;
  readonly started_by_id: string;
  readonly started_by: string;
}): Actor {
  return {
    ...{ kind: kindOf(row.started_by_kind), id: row.started_by_id, name: row.started_by },
    permissions: new Set<never>(),
  };
}

function kindOf(kind: string): Actor['kind'] {
  const kinds = ['agent', 'user', 'application', 'system'] as const;
  return kinds.find((one) => one === kind) ?? 'nobody';
}

export type ReadEnd = {
  readonly did: 'whole' | 'changes';
  readonly wholeBecause: string | null;
  readonly settingsDigest: string;
  readonly bookmark: string | null;
  readonly facts: RunFacts;
  readonly planId: string | null;
  readonly sentence: string;
  readonly now: Date;
};

/** Undefined when the run is no longer this attempt's. */
export async function endReading(
  tx: Tx,
  { id, attempt }: Pick<Taken, 'id' | 'attempt'>,
  end: ReadEnd & { readonly state: 'planned' | 'done' },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('sync_runs')
    .set({
      ...{ state: end.state, did: end.did, whole_because: end.wholeBecause },
      ...{ settings_digest: end.settingsDigest, bookmark: end.bookmark, facts: json(end.facts) },
      ...{ plan_id: end.planId, sentence: end.sentence, read_at: end.now },
      ...(end.state === 'done' ? { finished_at: end.now } : {}),
    })
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .where('state', '=', 'reading')
    .executeTakeFirst();
  await ring(tx, progressBell);
  return numUpdatedRows > 0n;
}

/** The newer plan takes the older one's place, whose people may have changed since. */
export async function supersede(tx: Tx, syncId: number, runId: string, now: Date): Promise<void> {
  await sql`
    with older as (
      update sync_runs set state = 'cancelled', finished_at = ${now}, code = 'sync.superseded',
        sentence = 'A newer plan of the sync took its place.'
      where sync_id = ${syncId} and id <> ${runId} and state = 'planned' returning id
    ) delete from sync_seen where sync_run_id in (select id from older)`.execute(tx);
}

/** Ends a run that came to nothing, or an attempt that still reads; false when it had ended already. */
export async function endFruitless(
  tx: Tx,
  id: string,
  end: {
    readonly state: 'failed' | 'cancelled';
    readonly code: string | null;
    readonly sentence: string;
    readonly now: Date;
    readonly attempt?: number;
  },
): Promise<boolean> {
  await lockRuns(tx, [id]);
  const { attempt } = end;
  const ending = tx
    .updateTable('sync_runs')
    .set({ state: end.state, code: end.code, sentence: end.sentence, finished_at: end.now })
    .where('id', '=', id);
  const { numUpdatedRows } = await (attempt === undefined
    ? ending.where('state', 'in', ['queued', 'reading', 'planned', 'applying'])
    : ending.where('state', '=', 'reading').where('attempt', '=', attempt)
  ).executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await tx.deleteFrom('sync_seen').where('sync_run_id', '=', id).execute();
  await ring(tx, progressBell);
  return true;
}

/** Of the last whole read whose plan was applied: how many people the next is expected to find. */
export async function lastWhole(
  db: Db | Tx,
  syncId: number,
): Promise<{ readonly facts: unknown; readonly read: number } | undefined> {
  const row = await db
    .selectFrom('sync_runs')
    .select(['facts', 'read_count'])
    .where('sync_id', '=', syncId)
    .where('purpose', '=', 'sync')
    .where('did', '=', 'whole')
    .where('state', 'in', ['applying', 'done'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : { facts: row.facts, read: row.read_count };
}
