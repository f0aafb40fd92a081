// One reading under way: what it reads for whom, what it has found so far, and where its plan goes.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { PersonNote, PlannedPerson } from '#domain/plan.ts';
import type { Scanned } from '#domain/ports/directory-scan.ts';
import type { SourceOverride } from '#domain/sync/guards.ts';
import type { PlannedEntry } from '#domain/sync/plan-page.ts';
import type { Rules } from '#domain/sync/rules.ts';
import { addUp, noTotals, type Totals } from '#domain/totals.ts';
import { progressBell } from './bells.ts';
import type { Desk, ScannedDirectory, SyncPorts } from './ports.ts';
import { Stopped } from './run-rows.ts';
import type { SyncState } from './syncs.ts';

/** Where planned people go: a plan of the plan path, or a report. */
export type Sink = {
  add(people: readonly PlannedPerson[]): Promise<void>;
  /** Gives what was taken out. */
  withdraw(
    people: readonly { readonly personKey: string; readonly note: PersonNote }[],
  ): Promise<Totals>;
};

export type Tally = {
  read: number;
  changed: number;
  matched: number;
  planned: number;
  notes: number;
  totals: Totals;
  goneToReview: number;
  /** Of the desk, who would be deactivated: by their keys. */
  readonly administrators: Set<string>;
  serviceAccounts: number;
  readonly references: Set<string>;
  /** Attributes that somebody has, and those that nobody was seen with yet. */
  readonly columns: Set<string>;
  /** Over every digest, in whatever order they came. */
  readonly digest: Buffer;
};

export type Reading = {
  readonly ports: SyncPorts;
  readonly runId: string;
  readonly attempt: number;
  readonly drift: boolean;
  readonly sync: SyncState;
  readonly actor: Actor;
  readonly override: SourceOverride | undefined;
  readonly rules: readonly Rules[];
  readonly settingsDigest: string;
  readonly directory: ScannedDirectory;
  readonly desk: Desk;
  readonly decided: boolean;
  readonly sink: Sink;
  readonly tally: Tally;
  /** Aborted when it is cancelled, when another took it over, and when the worker is to stop. */
  readonly signal: AbortSignal;
  readonly stop: (because: unknown) => void;
};

export function newTally(): Tally {
  return {
    ...{ read: 0, changed: 0, matched: 0, planned: 0, notes: 0, totals: noTotals },
    ...{ goneToReview: 0, serviceAccounts: 0, digest: Buffer.alloc(16) },
    ...{ references: new Set(), columns: new Set(), administrators: new Set() },
  };
}

/** Adds an entry that was read, decoded or not. */
export function countRead({ tally }: Reading, { digest }: Scanned): void {
  tally.read += 1;
  for (let at = 0; at < 16; at += 1) tally.digest[at] = (tally.digest[at] ?? 0) ^ (digest[at] ?? 0);
}

export function countPlanned({ tally }: Reading, planned: readonly PlannedEntry[]): void {
  for (const { person, seen, administrator } of planned) {
    if (seen.state === 'linked' && seen.deskId !== null) tally.matched += 1;
    if (person === undefined) continue;
    if (administrator) tally.administrators.add(person.key);
    if (person.changes.length > 0) {
      tally.planned += 1;
      tally.totals = addUp(tally.totals, person.changes);
    }
    tally.notes += person.notes.length;
    for (const { code } of person.notes) {
      if (code === 'sync.gone') tally.goneToReview += 1;
      if (code === 'sync.service-account') tally.serviceAccounts += 1;
    }
  }
}

const reportEveryMs = 250;
const lastReports = new WeakMap<Tally, number>();

/** Tells how far it is, now and then; throws when the run is no longer this reading's. */
export async function report(reading: Reading, always = false): Promise<void> {
  reading.signal.throwIfAborted();
  const { tally, runId, attempt, ports } = reading;
  const now = performance.now();
  if (!always && now - (lastReports.get(tally) ?? 0) < reportEveryMs) return;
  lastReports.set(tally, now);
  const { rows } = await sql`
    with told as (
      update sync_runs set read_count = ${tally.read}, changed_count = ${tally.changed},
        matched_count = ${tally.matched}, planned_count = ${tally.planned},
        references_seen = ${[...tally.references].slice(0, referencesMax)}::text[]
      where id = ${runId} and attempt = ${attempt} and state = 'reading' returning 1
    ) select pg_notify(${progressBell}, '') from told`.execute(ports.db);
  if (rows.length > 0) return;
  reading.stop(new Stopped());
  reading.signal.throwIfAborted();
}

const referencesMax = 50;
