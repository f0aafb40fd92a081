// Applies a set of a sync's changes: the desk's records, what the sync knows of them and their outcomes in one transaction.
import type { Actor } from '#domain/actor.ts';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { ring } from '#store/bell.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { stopBell } from './bells.ts';
import { endRun } from './end-run.ts';
import type { SyncPorts } from './ports.ts';
import { findKnownPeople, markDue, remember } from './remember.ts';

/** A run of the plan path, as far as a sync looks at it. */
export type AppliedRun = {
  readonly id: string;
  readonly planId: string;
  readonly syncId: number | null;
  readonly undoesRunId: string | null;
  readonly actor: Actor;
};

export type AppliedSet = {
  readonly run: AppliedRun;
  readonly changes: readonly Change[];
  settle(tx: Tx, outcomes: ReadonlyMap<string, Outcome>): Promise<void>;
};

export type HowEnded = {
  readonly cancelled: boolean;
  /** By their keys: whose manager is not yet who the plan said. */
  readonly undone: AsyncIterable<readonly string[]>;
};

export async function applySet(
  { db, clock, writePeople }: Pick<SyncPorts, 'db' | 'clock' | 'writePeople'>,
  { run, changes, settle }: AppliedSet,
): Promise<void> {
  const { syncId, undoesRunId } = run;
  if (undoesRunId !== null || syncId === null) {
    return inTransaction(db, async (tx) =>
      settle(tx, await writePeople(tx, run.actor, changes, clock(), nobodyKnown)),
    );
  }
  // By itself: the sets of a run would else wait for each other at the row of the run.
  await inTransaction(db, (tx) => beginApplying(tx, run, syncId, clock()));
  await inTransaction(db, async (tx) => {
    const now = clock();
    const found = await findApplying(tx, run, syncId);
    if (found === undefined) return settle(tx, skippedAll(changes));
    const known = await findKnownPeople(tx, syncId, changes);
    const outcomes = await writePeople(tx, run.actor, changes, now, known);
    await remember(tx, found, changes, outcomes);
    await settle(tx, outcomes);
  });
}

const nobodyKnown = { records: new Map<string, number>(), managers: new Map<string, number>() };

/** The sync's own run of the plan; undefined when a newer plan took its place meanwhile. */
async function findApplying(
  tx: Tx,
  { planId }: AppliedRun,
  syncId: number,
): Promise<{ readonly syncId: number; readonly runId: string } | undefined> {
  const row = await tx
    .selectFrom('sync_runs')
    .select('id')
    .where('plan_id', '=', planId)
    .where('state', '=', 'applying')
    .executeTakeFirst();
  return row && { syncId, runId: row.id };
}

/** The first set of a run says that it is applied; for the others it is said. */
async function beginApplying(tx: Tx, run: AppliedRun, syncId: number, now: Date): Promise<void> {
  const row = await tx
    .selectFrom('sync_runs')
    .select('id')
    .where('plan_id', '=', run.planId)
    .where('state', '=', 'planned')
    .executeTakeFirst();
  if (row === undefined) return;
  // One at a time: whoever reads meanwhile would plan what is being applied.
  const { numUpdatedRows } = await tx
    .updateTable('sync_runs')
    .set({ state: 'cancelled', finished_at: now, code: 'sync.superseded' })
    .set({ sentence: 'A plan that was approved before is applied.' })
    .where('sync_id', '=', syncId)
    .where('state', 'in', ['queued', 'reading'])
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await ring(tx, stopBell);
  await tx
    .updateTable('sync_runs')
    .set({ state: 'applying', apply_run_id: run.id })
    .where('id', '=', row.id)
    .where('state', '=', 'planned')
    .execute();
}

function skippedAll(changes: readonly Change[]): ReadonlyMap<string, Outcome> {
  const because = 'A newer plan of the sync took the place of this one.';
  return new Map(changes.map(({ id }) => [id, { result: 'skipped', because }]));
}

/** In the transaction that ends the run of the plan path. */
export async function applyingEnded(
  tx: Tx,
  run: AppliedRun,
  how: HowEnded,
  now: Date,
): Promise<void> {
  if (run.undoesRunId !== null || run.syncId === null) return;
  const row = await tx
    .selectFrom('sync_runs')
    .select('id')
    .where('plan_id', '=', run.planId)
    .where('state', 'in', ['planned', 'applying'])
    .executeTakeFirst();
  if (row === undefined) return;
  const ended = how.cancelled ? ('cancelled' as const) : ('applied' as const);
  await endRun(tx, { syncId: run.syncId, runId: row.id, how: ended, now });
  // What is known of them is as it was read already: only so are they looked at again.
  for await (const keys of how.undone) await markDue(tx, run.syncId, keys);
}
