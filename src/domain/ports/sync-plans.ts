// What a sync asks of the plan path: to keep a plan that is larger than memory, and to apply it.
import type { Actor } from '#domain/actor.ts';
import type { GuardVerdict, PersonNote, PlannedPerson } from '#domain/plan.ts';
import type { SourceFacts } from '#domain/record.ts';
import type { Totals } from '#domain/totals.ts';

export type SyncPlanHead = {
  readonly syncId: number;
  readonly version: number;
  readonly title: string;
  readonly clientId: number | null;
  /** The directory it read. */
  readonly sourceConnectionId: string;
  /** sha-256 over the settings: a first run is the first of just these. */
  readonly settingsDigest: string;
};

export type SyncPlanEnd = {
  readonly sentence: string;
  readonly source: SourceFacts;
  readonly guards: readonly GuardVerdict[];
  /** How many people the guards took their shares of. */
  readonly accounts: number;
  readonly needsApproval: boolean;
};

export type Withdrawn = { readonly personKey: string; readonly note?: PersonNote };

/** A plan being written: nobody sees it before it is finished. `Tx` is a transaction of the store. */
export interface SyncPlanWriter<Tx> {
  readonly id: string;
  /**
   * The next people with their changes, in the plan's order; goes to the database by COPY. Whoever comes once more
   * comes with changes of a later step alone (who they report to).
   */
  add(people: readonly PlannedPerson[]): Promise<void>;
  /**
   * People whose changes must not be made after all, for what was read later: they stay in the plan as disputed,
   * with the note where one is given. Gives what their changes came to: it is no longer to be counted.
   */
  withdraw(people: readonly Withdrawn[]): Promise<Totals>;
  /**
   * From now on it is seen, and `together` is done with it in one transaction: where that fails, nobody ever saw
   * it. The hash is planHash's, with the sync's id as text for the automation's.
   */
  finish(
    end: SyncPlanEnd,
    together?: (tx: Tx) => Promise<void>,
  ): Promise<{ readonly hash: string; readonly changeCount: number }>;
  /** Leaves nothing of it. */
  abandon(): Promise<void>;
}

/** What plans of this sync came to before, for the guards. */
export type SyncPast = {
  /** What runs of this sync did in the last 24 hours, and what they have still to do. */
  readonly lastDay: Totals;
  /** Whether no plan with just these settings was applied yet. */
  readonly firstRun: boolean;
};

/** All plans of a sync but the newest, or one alone. */
export type WhichPlans = { readonly but: string | null } | { readonly only: string };

export interface SyncPlans<Tx> {
  /** One at a time for each sync: what another left unfinished is deleted. */
  begin(head: SyncPlanHead, actor: Actor): Promise<SyncPlanWriter<Tx>>;
  /** Leaves nothing of plans of this sync whose writing broke off; `begin` does so by itself. */
  sweep(syncId: number): Promise<void>;
  past(syncId: number, settingsDigest: string): Promise<SyncPast>;
  /** Starts the run of a plan that needs no approval; refuses as `apply` does. */
  start(planId: string, actor: Actor): Promise<{ readonly runId: string }>;
  /** What is still to be done in a run is left undone: each open change is skipped with the reason. */
  cancel(runId: string, because: string, actor: Actor): Promise<void>;
}
