// What automation needs from the rest of the hub; main.ts hands it over.
import type pg from 'pg';
import type { Actor } from '#domain/actor.ts';
import type { Change } from '#domain/change.ts';
import type { ConnectionFacts } from '#domain/connection.ts';
import type { Notice } from '#domain/notice.ts';
import type { Origins } from '#domain/origin.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { Application } from '#domain/ports/application.ts';
import type { DeskPeople } from '#domain/ports/desk-people.ts';
import type { Directory, DirectoryReader } from '#domain/ports/directory.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import type { Db, Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import type { RunFacts } from './work.ts';

/** Looking and planning: no writer of a directory is in reach. */
export type LookPorts = {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly clock: Clock;
  openDirectory(connectionId: string): Promise<DirectoryReader & AsyncDisposable>;
  openApplication(connectionId: string): Promise<Application>;
  /** Whom syncs brought from this directory into the desk that is the source, of users by their ids. */
  originsOf(
    directoryConnectionId: string,
    sourceConnectionId: string,
    personKeys: readonly string[],
  ): Promise<Origins>;
  findConnections(ids: readonly string[]): Promise<ReadonlyMap<string, ConnectionFacts>>;
  /**
   * The people that the plan of a sync wrote, as their desk has them now, and the sync's knowledge of them; refuses a
   * desk that is not that sync's to look at. Closed by whoever opened them.
   */
  peopleOfSync(planId: string): Promise<PeopleOfSync>;
  /** Tells whoever wants to know, in the transaction it is about. */
  notify(tx: Tx, notice: Notice): Promise<void>;
  /** The administrator's environment variables, for %env.name%. */
  readonly environment: Readonly<Record<string, string>>;
};

/** People of the desk that a sync writes to, as its undo looks at them. */
export type PeopleOfSync = Pick<DeskPeople, 'find'> &
  AsyncDisposable & {
    /** How people call it. */
    readonly desk: string;
    /** Which entry of a directory has each of the records, of whichever sync of that desk; those of nobody are left out. */
    holdersOf(
      target: SyncTarget,
      recordIds: readonly number[],
    ): Promise<ReadonlyMap<number, string>>;
    /** The records of those of the entries that the sync has paired, by the entry's id. */
    recordsOf(
      target: SyncTarget,
      entryIds: readonly string[],
    ): Promise<ReadonlyMap<string, number>>;
  };

export type AutomationPorts = LookPorts & {
  readonly sealing: Sealing;
  readonly log: Log;
  openDirectory(connectionId: string): Promise<Directory>;
  /** Every connection the actor may see, for the overview. */
  listConnections(actor: Actor): Promise<readonly ConnectionFacts[]>;
  /** A whole number below the limit, unforeseeable: for first passwords. */
  pickBelow(limit: number): number;
  /** How long to wait after each refusal that may pass; after the last of them the change has failed. */
  readonly retryDelaysMs?: readonly number[];
  /** Who applies the changes of plans that are applied by the set. */
  readonly appliers: { readonly sync?: SetApplier };
};

/** Changes of one step of a run that are still to be made, in the plan's order; a person's stand together. */
export type ChangeSet = {
  readonly run: RunFacts;
  readonly changes: readonly Change[];
  /**
   * Writes what became of some or all of them, with the audit entries, as part of the transaction that has the
   * desk's own rows; may be called once for each part, in a transaction of its own. Throws where another worker
   * or a cancellation was faster: let it pass, so that the transaction is rolled back.
   */
  settle(tx: Tx, outcomes: ReadonlyMap<string, Outcome>): Promise<void>;
  readonly signal: AbortSignal;
};

export interface SetApplier {
  /**
   * A set that is refused as a whole throws; what was not settled is then tried again, and at last has failed.
   * Where a change needs another of the same set that did not come about, it says so in its outcome.
   */
  apply(set: ChangeSet): Promise<void>;
  /** In the transaction that ends the run, once. */
  ended(tx: Tx, run: RunFacts, how: HowEnded): Promise<void>;
}

export type HowEnded = {
  readonly cancelled: boolean;
  /** By their keys, a page at a time: people of whom a change failed, was blocked or was left undone. */
  readonly undone: AsyncIterable<readonly string[]>;
};

export const retryDelaysMs: readonly number[] = [
  ...[2_000, 5_000, 15_000, 60_000, 120_000, 300_000, 600_000, 900_000],
];
