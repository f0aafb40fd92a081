// Applies a set of a sync's changes to a remote Halo: what each request made is settled before the next is asked for.
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { nobodyKnown } from '#domain/ports/desk-people.ts';
import { type Db, inTransaction } from '#store/db.ts';
import {
  type AppliedSet,
  type Applying,
  beginApplying,
  findApplying,
  skippedAll,
} from './begin-applying.ts';
import { findLost } from './meanwhile.ts';
import type { SyncPorts } from './ports.ts';
import { findKnownPeople, remember, rememberMade } from './remember.ts';
import { writeRemotePeople } from './remote-desk/remote-write.ts';
import { takeTurn } from './take-turn.ts';
import { checkDesk } from './whose-connections.ts';

type RemotePorts = Pick<SyncPorts, 'db' | 'clock' | 'openRemote'>;

/**
 * A refusal that may pass, as of a Halo that takes no more for now, leaves what is not settled yet open for
 * another try. What was asked for and not settled is found by its intent, or is as it should be already.
 */
export async function applyRemoteSet(
  { db, clock, openRemote }: RemotePorts,
  connectionId: string,
  { run, changes, settle, signal }: AppliedSet,
): Promise<void> {
  const { syncId } = run;
  const isOfSync = run.undoesRunId === null && syncId !== null;
  if (isOfSync) await inTransaction(db, (tx) => beginApplying(tx, run, syncId, clock()));
  const found = isOfSync ? await findApplying(db, run, syncId) : undefined;
  if (isOfSync && found === undefined) {
    return inTransaction(db, (tx) => settle(tx, skippedAll(changes)));
  }
  const lost = found === undefined ? noneLost : await findLost(db, found, changes);
  const left = changes.filter(({ id }) => !lost.has(id));
  if (lost.size > 0) await settled(lost);
  const known = found === undefined ? nobodyKnown : await findKnownPeople(db, found, left, true);
  await checkDesk(db, { deskConnectionId: connectionId, clientId: run.clientId });
  await using halo = await openRemote(connectionId);
  const writing = { db, connectionId, remote: halo.people, runId: run.id, now: clock };
  for await (const outcomes of writeRemotePeople(writing, left, known, signal)) {
    try {
      await settled(outcomes);
    } catch (error) {
      if (found !== undefined) await keepMade(db, found, changes, outcomes);
      throw error;
    }
  }

  async function settled(outcomes: ReadonlyMap<string, Outcome>): Promise<void> {
    const told = changes.filter(({ id }) => outcomes.has(id));
    await inTransaction(db, async (tx) => {
      if (found !== undefined) {
        await takeTurn(tx, found.syncId);
        await remember(tx, found, told, outcomes);
      }
      await settle(tx, outcomes);
    });
  }
}

const noneLost: ReadonlyMap<string, Outcome> = new Map();

/** Somebody cancelled the run meanwhile: whom Halo made by then has a record all the same. */
async function keepMade(
  db: Db,
  applying: Applying,
  changes: readonly Change[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<void> {
  await inTransaction(db, (tx) => rememberMade(tx, applying, changes, outcomes));
}
