// Undo of a sync's run: a plan of the same sync that takes it back, written page by page like the sync's own.
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { judgeAmounts } from '#domain/guards.ts';
import type { DeskPerson } from '#domain/ports/desk-people.ts';
import type { SyncPlanHead } from '#domain/ports/sync-plans.ts';
import { planSentence } from '#domain/sentences.ts';
import { SyncSettings, type SyncTarget, syncTargets } from '#domain/sync/settings.ts';
import { type DoneToPerson, undoPeople, wantedToUndo } from '#domain/sync/undo-people.ts';
import { addUp, noTotals, type Totals } from '#domain/totals.ts';
import type { Db } from '#store/db.ts';
import { lastDayMs } from './counted.ts';
import { ChangeDocument, FactsDocument } from './documents.ts';
import { orUnreadable } from './look.ts';
import type { MadePlan } from './plan.ts';
import type { LookPorts, PeopleOfSync } from './ports.ts';
import { doneBySyncSince } from './sync-past.ts';
import { beginSyncPlan } from './write-sync-plan.ts';

export type SyncRun = {
  readonly id: string;
  readonly planId: string;
  readonly syncId: number;
};

/** So many changes are read and taken back together; nobody has more than a few. */
const rowsPerPage = 2_000;

export async function planUndoOfSync(
  ports: LookPorts,
  run: SyncRun,
  actor: Actor,
): Promise<MadePlan> {
  const { head, source, accounts } = await headOf(ports.db, run);
  await using people = await ports.peopleOfSync(run.planId);
  const writer = await beginSyncPlan(ports, head, actor, run.id);
  try {
    let totals = noTotals;
    for await (const done of pagesOfDone(ports.db, run)) {
      const planned = undoPeople(done, await orUnreadable(people.desk, lookAgain(people, done)));
      await writer.add(planned.filter(({ changes, notes }) => changes.length + notes.length > 0));
      totals = planned.reduce((sum, { changes }) => addUp(sum, changes), totals);
    }
    const finished = await writer.finish({
      sentence: planSentence(totals, 'other', 'people'),
      ...{ source, accounts, guards: await judged(ports, run.syncId, totals, accounts) },
      // Whoever asks for an undo has not yet read what it does.
      needsApproval: true,
    });
    return { id: writer.id, ...finished, needsApproval: true };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

async function headOf(db: Db, { planId, syncId }: SyncRun) {
  const plan = await db
    .selectFrom('plans')
    .innerJoin('directory_syncs', 'directory_syncs.id', 'plans.sync_id')
    .select(['plans.title', 'plans.client_id', 'automation_version', 'definition_digest'])
    .select(['plans.source', 'plans.account_count', 'directory_syncs.connection_id'])
    .where('plans.id', '=', planId)
    .executeTakeFirstOrThrow();
  const head: SyncPlanHead = {
    ...{ syncId, version: plan.automation_version, title: `Undo of ${plan.title}` },
    ...{ clientId: plan.client_id, sourceConnectionId: plan.connection_id },
    settingsDigest: plan.definition_digest,
  };
  const source = FactsDocument.parse(plan.source);
  return { head, source, accounts: Math.max(plan.account_count, source.records) };
}

/**
 * Whole people, one after the other by their keys: everything that was done to each stands together. Right after a
 * large run the database knows nothing of its size yet, so it is given no choice of how to join.
 */
async function* pagesOfDone(db: Db, run: SyncRun): AsyncGenerator<readonly DoneToPerson[]> {
  let after = '';
  for (;;) {
    const rows = await db
      .selectFrom('outcomes')
      .select(['person_key', 'change_id', 'result', 'target_id'])
      .where('run_id', '=', run.id)
      .where('person_key', '>', after)
      .orderBy('person_key')
      .orderBy('position')
      .limit(rowsPerPage)
      .execute();
    // Somebody's changes may go on in the next page.
    const last = rows.length < rowsPerPage ? undefined : rows.at(-1)?.person_key;
    const whole = rows.filter(({ person_key }) => person_key !== last);
    const done = whole.filter(({ result }) => result === 'done');
    assert(whole.length > 0 || last === undefined, 'a person has more changes than a page');
    if (done.length > 0) yield await withChanges(db, run, done);
    if (last === undefined) return;
    after = whole.at(-1)?.person_key ?? after;
  }
}

async function withChanges(
  db: Db,
  { planId }: SyncRun,
  done: readonly { readonly change_id: string; readonly target_id: string | null }[],
): Promise<readonly DoneToPerson[]> {
  const ids = done.map(({ change_id }) => change_id);
  const targets = done.map(({ target_id }) => target_id);
  const { rows } = await sql<{ document: unknown; target_id: string | null }>`
    select one.document, told.target_id
    from unnest(${ids}::text[], ${targets}::text[]) with ordinality as told (change_id, target_id, at)
    cross join lateral (
      select document from plan_changes
      where plan_id = ${planId}::uuid and change_id = told.change_id offset 0
    ) as one order by told.at`.execute(db);
  return rows.map(doneOf);
}

function doneOf(row: { readonly document: unknown; readonly target_id: string | null }) {
  const change = ChangeDocument.parse(row.document);
  const recordId = change.target.kind === 'existing' ? change.target.id : row.target_id;
  return { change, recordId: recordId ?? undefined };
}

/** The records as they are now, with every field that the run changed. */
async function lookAgain(people: PeopleOfSync, done: readonly DoneToPerson[]) {
  const desk = new Map<string, DeskPerson>();
  const holders = new Map<string, string>();
  const records = new Map<string, number>();
  for (const target of syncTargets) {
    const theirs = done.filter(({ change }) => change.personKey.startsWith(`${target}:`));
    const { recordIds, fields, managerKeys } = wantedToUndo(theirs);
    const ids = namesAfter(target, recordIds).map(Number);
    const found = ids.length === 0 ? [] : await people.find(target, ids, fields);
    for (const person of found) desk.set(`${target}:${person.id}`, person);
    const held = ids.length === 0 ? [] : await people.holdersOf(target, ids);
    for (const [id, entryId] of held) holders.set(`${target}:${id}`, entryId);
    const entries = namesAfter(target, managerKeys);
    const managers = entries.length === 0 ? [] : await people.recordsOf(target, entries);
    for (const [entryId, id] of managers) records.set(`${target}:${entryId}`, id);
  }
  return { desk, holders, records };
}

/** Of `user:12` and the like those of one kind, by what stands after it. */
function namesAfter(target: SyncTarget, ids: readonly string[]): readonly string[] {
  return ids.flatMap((id) => (id.startsWith(`${target}:`) ? [id.slice(target.length + 1)] : []));
}

async function judged({ db, clock }: LookPorts, syncId: number, totals: Totals, accounts: number) {
  const { settings } = await db
    .selectFrom('directory_syncs')
    .select('settings')
    .where('id', '=', syncId)
    .executeTakeFirstOrThrow();
  const since = new Date(clock().getTime() - lastDayMs);
  const lastDay = await doneBySyncSince(db, syncId, since);
  const { limits } = SyncSettings.parse(settings);
  return judgeAmounts({ totals, limits, lastDay, accounts, of: 'people' });
}
