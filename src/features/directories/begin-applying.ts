// Makes a sync's run the one that is being applied: nothing else of the sync is read meanwhile.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { ring } from '#store/bell.ts';
import type { Db, Tx } from '#store/db.ts';
import { stopBell } from './bells.ts';
import { followNames } from './follow-names.ts';
import { endFruitless, peopleWritten } from './run-rows.ts';

/** A run of the plan path, as far as a sync looks at it. */
export type AppliedRun = {
  readonly id: string;
  readonly planId: string;
  readonly syncId: number | null;
  readonly undoesRunId: string | null;
  readonly actor: Actor;
  /** Whose people alone it writes; null for everybody's. */
  readonly clientId: number | null;
};

export type AppliedSet = {
  readonly run: AppliedRun;
  readonly changes: readonly Change[];
  settle(tx: Tx, outcomes: ReadonlyMap<string, Outcome>): Promise<void>;
  readonly signal: AbortSignal;
};

export type Applying = {
  readonly syncId: number;
  readonly runId: string;
  /** Somebody else made people of the hub's own desk, or changed what they are found by, since the run was taken up. */
  readonly peopleWritten: boolean;
};

/** The sync's own run of the plan; undefined when a newer plan took its place meanwhile. */
export async function findApplying(
  db: Db | Tx,
  { planId }: AppliedRun,
  syncId: number,
): Promise<Applying | undefined> {
  const row = await db
    .selectFrom('sync_runs')
    .select('id')
    .select(sql<boolean>`people_written is distinct from ${peopleWritten}`.as('peopleWritten'))
    .where('plan_id', '=', planId)
    .where('state', '=', 'applying')
    .executeTakeFirst();
  return row && { syncId, runId: row.id, peopleWritten: row.peopleWritten };
}

/** The first set of a run says that it is applied; for the others it is said. */
export async function beginApplying(
  tx: Tx,
  run: AppliedRun,
  syncId: number,
  now: Date,
): Promise<void> {
  const row = await tx
    .selectFrom('sync_runs')
    .select('id')
    .where('plan_id', '=', run.planId)
    .where('state', '=', 'planned')
    .executeTakeFirst();
  if (row === undefined) return;
  // One at a time: whoever reads meanwhile would plan what is being applied.
  const reading = await tx
    .selectFrom('sync_runs')
    .select('id')
    .where('sync_id', '=', syncId)
    .where('state', 'in', ['queued', 'reading'])
    .forUpdate()
    .execute();
  const sentence = 'A plan that was approved before is applied.';
  const end = { state: 'cancelled' as const, code: 'sync.superseded', sentence, now };
  for (const { id } of reading) await endFruitless(tx, id, end);
  if (reading.length > 0) await ring(tx, stopBell);
  const { numUpdatedRows } = await tx
    .updateTable('sync_runs')
    .set({ state: 'applying', apply_run_id: run.id })
    .where('id', '=', row.id)
    .where('state', '=', 'planned')
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await followNames(tx, { syncId, runId: row.id });
}

export function skippedAll(changes: readonly Change[]): ReadonlyMap<string, Outcome> {
  const because = 'A newer plan of the sync took the place of this one.';
  return new Map(changes.map(({ id }) => [id, { result: 'skipped', because }]));
}
