// Applies a set of a run's changes: what is open of it goes to whoever writes it, and what fails is tried again.
import { z } from 'zod';
import type { Outcome } from '#domain/outcome.ts';
import { errorCode } from '#lib/errors.ts';
import { slots } from '#lib/slots.ts';
import { inTransaction } from '#store/db.ts';
import { enqueueEach, type Job, type Task, task } from '#store/queue.ts';
import { judgeFailure, unexpectedCode } from './apply-person.ts';
import { endRun } from './end-run.ts';
import { type AutomationPorts, retryDelaysMs, type SetApplier } from './ports.ts';
import { type Settled, SettledElsewhere, settleSet } from './settle-set.ts';
import { applySetTask, endStep, jobOfSet, type SetOf } from './steps.ts';
import { blockedCode, type RunFacts } from './work.ts';
import { findMissing, findOpenRun, findSet, type OpenChange, postponeSet } from './work-set.ts';

type SetPorts = Pick<
  AutomationPorts,
  'db' | 'clock' | 'log' | 'notify' | 'appliers' | 'retryDelaysMs'
>;

/** A set fills a core and megabytes: more at once would take turns, and wait for each other in the database. */
const setsAtOnce = 2;

export function applySetTaskOf(ports: SetPorts): Task {
  const atOnce = slots(setsAtOnce);
  return task({
    name: applySetTask,
    payload: z.object({ runId: z.uuid(), step: z.int(), from: z.int(), to: z.int() }),
    run: (set, { signal }) => atOnce.run(() => applySet(ports, set, signal), signal),
  });
}

async function applySet(ports: SetPorts, set: SetOf, signal: AbortSignal): Promise<void> {
  const run = await findOpenRun(ports.db, set.runId);
  if (run === undefined) return;
  await enqueueEach(ports.db, await work(ports, run, set, signal));
  await endStep(ports.db, run, set.step);
  await endRun(ports, run);
}

/** The jobs that have to come after this one: the same again, or its halves. */
async function work(
  ports: SetPorts,
  run: RunFacts,
  set: SetOf,
  signal: AbortSignal,
): Promise<readonly Job[]> {
  const open = await findSet(ports.db, run, set);
  const now = ports.clock();
  const due = open.filter(({ until }) => until === null || until <= now);
  const untils = open.flatMap(({ until }) => (until !== null && until > now ? [until] : []));
  try {
    const free = await blockOthers(ports, run, due);
    if (free.length > 0) untils.push(...(await handOver(ports, run, free, signal)));
    return again(set, untils);
  } catch (error) {
    // Interrupted, or another was faster: what is still open then is looked at anew.
    if (signal.aborted || error instanceof SettledElsewhere)
      return [{ ...jobOfSet(set), runAt: now }];
    return await refused(ports, run, set, due, error);
  }
}

/** What needs a change that did not come about is not tried, nor what needs that; gives the others. */
async function blockOthers(
  { db, clock }: SetPorts,
  run: RunFacts,
  due: readonly OpenChange[],
): Promise<readonly OpenChange[]> {
  const needs = new Set(due.flatMap(({ change }) => change.needs));
  const missing = new Set(await findMissing(db, run.id, [...needs]));
  if (missing.size === 0) return due;
  const blocked: Settled[] = [];
  for (const { change, position } of due) {
    const lacking = change.needs.find((id) => missing.has(id));
    if (lacking === undefined) continue;
    missing.add(change.id);
    const because = `What it needs for ${change.personName} did not come about`;
    blocked.push({ position, change, outcome: { result: 'skipped', because }, code: blockedCode });
  }
  await inTransaction(db, (tx) => settleSet(tx, run, blocked, clock()));
  return due.filter(({ change }) => !missing.has(change.id));
}

/** Gives the hours at which those are due again that have to wait. */
async function handOver(
  ports: SetPorts,
  run: RunFacts,
  open: readonly OpenChange[],
  signal: AbortSignal,
): Promise<readonly Date[]> {
  const left = new Map(open.map((one) => [one.change.id, one]));
  const untils: Date[] = [];
  await applierOf(ports).apply({
    run,
    changes: open.map(({ change }) => change),
    signal,
    async settle(tx, outcomes) {
      const now = ports.clock();
      const settled = [...outcomes].map(([id, outcome]) => {
        const one = left.get(id);
        if (one === undefined) throw new TypeError(`${id} is not open in this set`);
        const { change, position } = one;
        return { position, change, outcome: orAgain(ports, one, outcome, now) };
      });
      await settleSet(tx, run, settled, now);
      for (const { change, outcome } of settled) {
        left.delete(change.id);
        if (outcome.result === 'waiting') untils.push(outcome.until);
      }
    },
  });
  const [forgotten] = left.keys();
  if (forgotten !== undefined)
    throw new TypeError(`nothing is said of what became of ${forgotten}`);
  return untils;
}

/** A refusal of one change that may pass: it waits, so many times. */
function orAgain(ports: SetPorts, one: OpenChange, outcome: Outcome, now: Date): Outcome {
  if (outcome.result !== 'failed' || !outcome.retryable) return outcome;
  const delay = (ports.retryDelaysMs ?? retryDelaysMs)[one.attempts];
  if (delay === undefined) return outcome;
  const { because } = outcome;
  return { result: 'waiting', because, until: new Date(now.getTime() + delay) };
}

/** The set as a whole was refused: what may pass is tried again, and what nobody foresaw in halves. */
async function refused(
  ports: SetPorts,
  run: RunFacts,
  set: SetOf,
  due: readonly OpenChange[],
  error: unknown,
): Promise<readonly Job[]> {
  const { code, because, retryable } = judgeFailure(error);
  if (code === unexpectedCode) {
    ports.log.error('A set of changes failed in a way nobody foresaw', { runId: run.id, error });
    const halves = halvesOf(set, due);
    if (halves.length > 0 && !mayPass(error)) return halves.map(jobOfSet);
  }
  const attempts = Math.max(0, ...due.map((one) => one.attempts));
  const delay = retryable ? (ports.retryDelaysMs ?? retryDelaysMs)[attempts] : undefined;
  const now = ports.clock();
  if (delay !== undefined) {
    const until = new Date(now.getTime() + delay);
    await postponeSet(ports.db, run.id, due, { because, until });
    return again(set, [until]);
  }
  const outcome: Outcome = { result: 'failed', code, because, retryable };
  const failed = due.map(({ change, position }) => ({ position, change, outcome }));
  await inTransaction(ports.db, (tx) => settleSet(tx, run, failed, now)).catch(ifSettled);
  return [jobOfSet(set)];
}

/** One person's change must not fail those of a thousand others. */
function halvesOf(set: SetOf, due: readonly OpenChange[]): readonly SetOf[] {
  const firsts = due.filter(({ change }, at) => change.personKey !== due[at - 1]?.change.personKey);
  const middle = firsts[Math.ceil(firsts.length / 2)];
  if (middle === undefined) return [];
  return [
    { ...set, to: middle.position - 1 },
    { ...set, from: middle.position },
  ];
}

/** The database's own words for "not now": a conflict of transactions, a connection that ended, no room. */
function mayPass(error: unknown): boolean {
  return /^(08|40|53|55|57)/.test(errorCode(error) ?? '');
}

function ifSettled(error: unknown): void {
  if (!(error instanceof SettledElsewhere)) throw error;
}

function again(set: SetOf, untils: readonly Date[]): readonly Job[] {
  const [runAt] = untils.toSorted((one, other) => +one - +other);
  return runAt === undefined ? [] : [{ ...jobOfSet(set), runAt }];
}

function applierOf({ appliers }: SetPorts): SetApplier {
  if (appliers.sync === undefined) throw new TypeError('nobody here applies the plans of a sync');
  return appliers.sync;
}
