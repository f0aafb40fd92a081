// What syncing directories needs from the rest of the hub; the composition hands it over.
import type pg from 'pg';
import type { Change } from '#domain/change.ts';
import type { Notice } from '#domain/notice.ts';
import type { Outcome } from '#domain/outcome.ts';
import type { DeskPeople, KnownPeople, Writer } from '#domain/ports/desk-people.ts';
import type { DirectoryChanges } from '#domain/ports/directory-changes.ts';
import type { DirectoryScanner } from '#domain/ports/directory-scan.ts';
import type { RemotePeople } from '#domain/ports/remote-people.ts';
import type { SyncPlans, WhichPlans } from '#domain/ports/sync-plans.ts';
import type { Sync, SyncTarget } from '#domain/sync/settings.ts';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import type { Db, Tx } from '#store/db.ts';

export type ScannedDirectory = DirectoryScanner & DirectoryChanges & AsyncDisposable;

export type SyncPorts = {
  readonly db: Db;
  readonly pool: pg.Pool;
  /** For the bell that tells of a cancellation. */
  readonly connectionString: Secret;
  readonly clock: Clock;
  readonly log: Log;
  readonly plans: SyncPlans<Tx>;
  /** Plans of the sync that wait are answered with a no in the hub's name, in the transaction that ends their runs. */
  rejectPlans(tx: Tx, syncId: number, which: WhichPlans, because: string, now: Date): Promise<void>;
  /** To be read so many entries at a time. */
  openDirectory(connectionId: string, pageSize: number): Promise<ScannedDirectory>;
  /** The desk that the sync writes to. */
  openDesk(sync: Sync): Promise<Desk>;
  /** The people of a remote Halo, by its connection; closed by who opened them. */
  openRemote(connectionId: string): Promise<RemoteDesk>;
  writePeople: WritePeople;
  /** Forgets photos that no record has named for long; gives how many. */
  sweepPhotos(now: Date): Promise<number>;
  /** What plans of the sync said and did of a person, the newest first. */
  personHistory(syncId: number, personKey: string): Promise<readonly PlanOfPerson[]>;
  /** Tells whoever wants to know, in the transaction it is about. */
  notify(tx: Tx, notice: Notice): Promise<void>;
};

export type Desk = DeskPeople &
  AsyncDisposable & {
    /** How people call it. */
    readonly name: string;
    /** Before a reading asks: a remote desk is read anew, with what is going to be asked of it. */
    refresh(asked: readonly DeskAsked[], signal: AbortSignal): Promise<void>;
    /** Its active records in order of their ids: of users, at these sites. */
    listRecords(target: SyncTarget, asked: RecordsAsked): Promise<readonly DeskRecord[]>;
  };

export type DeskAsked = { readonly target: SyncTarget; readonly fields: readonly string[] };

export type RecordsAsked = {
  readonly siteIds: readonly number[];
  readonly after: number;
  readonly limit: number;
};

export type RemoteDesk = AsyncDisposable & { readonly people: RemotePeople };

export type PlanOfPerson = {
  readonly planId: string;
  readonly runId: string | null;
  readonly state: string;
  readonly situation: string;
  readonly at: Date;
  readonly by: string;
  readonly notes: readonly { readonly code: string | null; readonly sentence: string }[];
  readonly changes: readonly (Pick<Change, 'kind' | 'before' | 'after' | 'because'> & {
    /** Null while nothing has become of it. */
    readonly result: string | null;
    readonly outcome: string | null;
    readonly settledAt: Date | null;
  })[];
};

export type DeskRecord = { readonly id: number; readonly name: string };

/** Writes changes of people into the hub's own desk, as part of the transaction. */
export type WritePeople = (
  tx: Tx,
  by: Writer,
  changes: readonly Change[],
  now: Date,
  known: KnownPeople,
) => Promise<ReadonlyMap<string, Outcome>>;
