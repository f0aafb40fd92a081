// Ends a reading: the guards judge the whole, the plan is shown or begun, and an empty one is the end of the run.
import { needsApproval } from '#domain/guards.ts';
import { Problem, refuse } from '#domain/problem.ts';
import { judgeSync, stopsOfSource } from '#domain/sync/guards.ts';
import { askedDigest } from '#domain/sync/rules.ts';
import { counted, listed } from '#domain/words.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { keepDisputes } from './disputes-of-run.ts';
import { endRun } from './end-run.ts';
import { findOrphans } from './orphans.ts';
import type { SyncPorts } from './ports.ts';
import { type Reading, report } from './reading.ts';
import { RunFacts } from './run-facts.ts';
import { endReading, findUnbegun, lastWhole, Stopped, supersede } from './run-rows.ts';
import type { PlanSink } from './sinks.ts';

export type HowRead = {
  readonly did: 'whole' | 'changes';
  readonly wholeBecause: string | null;
  readonly bookmark: string | null;
  /** How many people were paired before. */
  readonly linked: number;
};

export async function endRead(reading: Reading, how: HowRead, plan: PlanSink): Promise<void> {
  const { ports, sync, settingsDigest, tally } = reading;
  await report(reading, true);
  const last = lastFacts(await lastWhole(ports.db, sync.id));
  const facts = factsOf(reading, how, last);
  const past = await ports.plans.past(sync.id, settingsDigest);
  const administrators = {
    deactivated: tally.administrators.size,
    active: tally.administrators.size === 0 ? undefined : await reading.desk.countAdministrators(),
  };
  const people = Math.max(how.linked, how.did === 'whole' ? tally.read : 0);
  const guards = judgeSync({
    ...{ totals: tally.totals, limits: sync.settings.limits, did: how.did, source: facts.source },
    attributes: reading.rules.flatMap(({ attributes }) => attributes),
    ...{ lastSource: last?.source, lastDay: past.lastDay, people, administrators },
    ...{ goneToReview: tally.goneToReview, serviceAccounts: tally.serviceAccounts },
    firstRun: past.firstRun,
  });
  const changes = plan.changes();
  // There is nothing that a person could say yes to, and what was read is not to be believed.
  const stopping = changes === 0 ? stopsOfSource(guards, reading.override) : [];
  if (stopping.length > 0) {
    const names = listed(stopping.map(({ name }) => name));
    const reason = stopping.map((guard) => guard.sentence).join(' ');
    refuse('sync.stopped', { reason, guards: names });
  }
  const sentence = sentenceOf(reading);
  const approval = needsApproval(sync.settings.approval, guards);
  const end = {
    ...{ sentence, source: facts.source, guards, accounts: people, needsApproval: approval },
  };
  await plan.finish(end, (tx, planId) =>
    stand(tx, reading, how, { facts, planId, sentence, changes }),
  );
}

/**
 * Begins the plan of a run that was read, where it needs no yes: also where the worker that read was killed before it
 * came to that. Twice does no harm.
 */
export async function goOn(
  { db, plans }: Pick<SyncPorts, 'db' | 'plans'>,
  runId: string,
): Promise<void> {
  const run = await findUnbegun(db, runId);
  if (run === undefined) return;
  try {
    await plans.start(run.planId, run.actor);
  } catch (error) {
    // Somebody rejected it or changed the settings in the meantime: that is their right.
    if (!(error instanceof Problem)) throw error;
  }
}

/**
 * What was found stands, and older plans end, in the transaction in which the newer plan appears: nobody ever finds
 * both waiting, or neither. Rows are held in the order of whoever cancels a run and of whoever starts a plan.
 */
async function stand(
  tx: Tx,
  { ports, sync, runId: id, attempt, settingsDigest }: Reading,
  { did, wholeBecause, bookmark }: HowRead,
  what: {
    readonly facts: RunFacts;
    readonly planId: string | null;
    readonly sentence: string;
    readonly changes: number;
  },
): Promise<void> {
  const now = ports.clock();
  const { facts, planId, sentence, changes } = what;
  const state = changes === 0 ? ('done' as const) : ('planned' as const);
  const ended = await endReading(
    tx,
    { id, attempt },
    { state, did, wholeBecause, settingsDigest, bookmark, facts, planId, sentence, now },
  );
  if (!ended) throw new Stopped();
  await supersede(tx, sync.id, id, now);
  const newer = 'A newer read of the directory took its place.';
  await ports.rejectPlans(tx, sync.id, { but: planId }, newer, now);
  await keepDisputes(tx, sync.id, id, now);
  if (changes === 0) await endRun(tx, { syncId: sync.id, runId: id, how: 'applied', now });
}

export async function endDrift(reading: Reading, how: HowRead): Promise<void> {
  const { ports, runId: id, attempt, settingsDigest } = reading;
  const orphans = await findOrphans(reading);
  await report(reading, true);
  const facts = factsOf(reading, how, undefined);
  const now = ports.clock();
  const sentence = `${sentenceOf(reading)} ${counted(orphans, 'record')} of the desk without an entry.`;
  await inTransaction(ports.db, async (tx) => {
    await tx.deleteFrom('sync_seen').where('sync_run_id', '=', id).execute();
    await endReading(
      tx,
      { id, attempt },
      {
        ...{ state: 'done', did: how.did, wholeBecause: null, settingsDigest, bookmark: null },
        ...{ facts, planId: null, sentence, now },
      },
    );
  });
}

function factsOf(
  { tally, rules, sync }: Reading,
  { did }: HowRead,
  last: RunFacts | undefined,
): RunFacts {
  const asked = rules.flatMap(({ attributes }) => attributes);
  // Entries that did not change were not decoded: what they have is what they had.
  const unread = tally.changed < tally.read || did === 'changes';
  const kept = unread ? (last?.source.columns ?? []).filter((name) => asked.includes(name)) : [];
  return {
    source: {
      ...{ records: tally.read, complete: true, digest: tally.digest.toString('hex') },
      columns: [...new Set([...tally.columns, ...kept])].toSorted(),
      asked: askedDigest(sync),
    },
    places: sync.settings.places.map(({ id }) => id),
    ...{ created: tally.totals.creations, disabled: tally.totals.disables },
  };
}

function lastFacts(last: { readonly facts: unknown } | undefined): RunFacts | undefined {
  if (last === undefined) return undefined;
  return RunFacts.safeParse(last.facts).data;
}

function sentenceOf({ tally: { read, totals } }: Reading): string {
  const parts = [
    [totals.creations, 'created'],
    [totals.updates, 'changed'],
    [totals.enables, 'made active'],
    [totals.disables, 'deactivated'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const people = `${counted(read, 'entry', 'entries')} read`;
  return told.length === 0 ? `${people}, nothing to change.` : `${people}: ${listed(told)}.`;
}
