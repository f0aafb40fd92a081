// Applies a set of a sync's changes, to whichever desk they were planned for.
import { nobodyKnown } from '#domain/ports/desk-people.ts';
import { ownDeskId } from '#domain/sync/settings.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { applyRemoteSet } from './apply-remote.ts';
import {
  type AppliedRun,
  type AppliedSet,
  beginApplying,
  findApplying,
  skippedAll,
} from './begin-applying.ts';
import { endRun } from './end-run.ts';
import { findLost } from './meanwhile.ts';
import type { SyncPorts } from './ports.ts';
import { findKnownPeople, markDue, remember } from './remember.ts';
import { takeTurn } from './take-turn.ts';

export type ApplyPorts = Pick<SyncPorts, 'db' | 'clock' | 'writePeople' | 'openRemote'>;

export type HowEnded = {
  readonly cancelled: boolean;
  /** By their keys: of whom something is not yet as the plan said. */
  readonly undone: AsyncIterable<readonly string[]>;
};

/** The changes say which desk: what was approved is done there, whatever the sync says by now. */
export async function applySet(ports: ApplyPorts, set: AppliedSet): Promise<void> {
  const [first] = set.changes;
  if (first === undefined) return;
  const { connectionId } = first;
  if (connectionId === ownDeskId) await applyOwnSet(ports, set);
  else await applyRemoteSet(ports, connectionId, set);
}

/** The desk's records, what the sync knows of them and their outcomes in one transaction. */
async function applyOwnSet(
  { db, clock, writePeople }: ApplyPorts,
  { run, changes, settle }: AppliedSet,
): Promise<void> {
  const { syncId, undoesRunId } = run;
  if (undoesRunId !== null || syncId === null) {
    return inTransaction(db, async (tx) =>
      settle(tx, await writePeople(tx, run, changes, clock(), nobodyKnown)),
    );
  }
  // By itself: the sets of a run would else wait for each other at the row of the run.
  await inTransaction(db, (tx) => beginApplying(tx, run, syncId, clock()));
  await inTransaction(db, async (tx) => {
    const { isAlone } = await takeTurn(tx, syncId);
    const now = clock();
    const found = await findApplying(tx, run, syncId);
    if (found === undefined) return settle(tx, skippedAll(changes));
    const lost = await findLost(tx, found, changes);
    const left = changes.filter(({ id }) => !lost.has(id));
    const known = await findKnownPeople(tx, found, left, !isAlone || found.peopleWritten);
    const outcomes = new Map([...lost, ...(await writePeople(tx, run, left, now, known))]);
    await remember(tx, found, changes, outcomes);
    await settle(tx, outcomes);
  });
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
