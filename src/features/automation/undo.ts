// Undo makes a plan that takes a run back; it is guarded, approved and applied like any other.
import type { Account } from '#domain/account.ts';
import type { Actor } from '#domain/actor.ts';
import { judge } from '#domain/guards.ts';
import { refuse } from '#domain/problem.ts';
import { planSentence } from '#domain/sentences.ts';
import type { Planned } from '#domain/subject.ts';
import { addUp, noTotals } from '#domain/totals.ts';
import { accountsToUndo, type DoneChange, groupOfUndone, planUndo } from '#domain/undo.ts';
import { loadAutomation } from './automations.ts';
import { lastDayMs } from './counted.ts';
import { ChangeDocument, FactsDocument } from './documents.ts';
import { doneSince } from './history.ts';
import { orUnreadable } from './look.ts';
import type { MadePlan } from './plan.ts';
import type { PlannedFor } from './plan-rows.ts';
import type { LookPorts } from './ports.ts';
import { findUndo } from './start-run.ts';
import { storePlan } from './store-plan.ts';
import { planUndoOfSync } from './undo-sync.ts';

export async function planUndoOf(ports: LookPorts, runId: string, actor: Actor): Promise<MadePlan> {
  const run = await getRun(ports, runId, actor);
  if (run.finished_at === null) refuse('run.unfinished');
  const undo = await findUndo(ports.db, runId);
  if (undo !== undefined) refuse('run.undone', { runId: undo });
  if (run.sync_id !== null) {
    return planUndoOfSync(ports, { id: runId, planId: run.plan_id, syncId: run.sync_id }, actor);
  }
  if (run.automation_id === null) refuse('run.not-undoable', { title: run.title });
  const { definition, digest } = await loadAutomation(ports, run.automation_id, actor);
  const { automation } = definition;
  const done = await listDone(ports, runId);
  const accounts = await lookAgain(ports, automation.directoryConnectionId, done);
  const { changes, notes } = planUndo(done, accounts);
  const source = FactsDocument.parse(run.source);
  const now = ports.clock();
  const since = new Date(now.getTime() - lastDayMs);
  const shared = Math.max(accounts.size, source.records);
  const guards = judge({
    totals: addUp(noTotals, changes),
    limits: automation.guards,
    source,
    lastSource: undefined,
    lastDay: await doneSince(ports.db, automation.directoryConnectionId, since),
    accounts: shared,
    gone: 0,
    protectedLeftOut: 0,
    firstRun: false,
  });
  const stored = await storePlan(
    ports,
    {
      of: { kind: 'automation', id: automation.id, version: automation.version },
      digest,
      title: `Undo of ${run.title}`,
      clientId: automation.clientId,
      sentence: planSentence(addUp(noTotals, changes), 'other'),
      undoesRunId: runId,
      personKey: null,
      sourceConnectionId: run.source_connection_id,
      source,
      guards,
      accounts: shared,
      // Whoever asks for an undo has not yet read what it does.
      needsApproval: true,
      people: peopleOf({ changes, notes }),
      links: [],
      record: () => undefined,
    },
    actor,
  );
  return { ...stored, needsApproval: true };
}

async function getRun({ db }: LookPorts, runId: string, actor: Actor) {
  let query = db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .select(['runs.finished_at', 'plans.automation_id', 'plans.title', 'plans.source'])
    .select(['runs.plan_id', 'plans.sync_id'])
    .select('plans.source_connection_id')
    .where('runs.id', '=', runId);
  if (actor.clientId !== undefined) query = query.where('runs.client_id', '=', actor.clientId);
  const run = await query.executeTakeFirst();
  return run ?? refuse('record.unknown', { kind: 'run', id: runId });
}

async function listDone({ db }: LookPorts, runId: string): Promise<DoneChange[]> {
  const rows = await db
    .selectFrom('outcomes')
    .innerJoin('runs', 'runs.id', 'outcomes.run_id')
    .innerJoin('plan_changes', (join) =>
      join
        .onRef('plan_changes.plan_id', '=', 'runs.plan_id')
        .onRef('plan_changes.change_id', '=', 'outcomes.change_id'),
    )
    .select(['document', 'target_id'])
    .where('outcomes.run_id', '=', runId)
    .where('outcomes.result', '=', 'done')
    .orderBy('outcomes.position')
    .execute();
  return rows.map(({ document, target_id }) => ({
    change: ChangeDocument.parse(document),
    outcome: { result: 'done', ...(target_id === null ? {} : { targetId: target_id }) },
  }));
}

/** The accounts as they are now, with every attribute the run wrote. */
async function lookAgain(
  ports: LookPorts,
  connectionId: string,
  done: readonly DoneChange[],
): Promise<ReadonlyMap<string, Account>> {
  const ids = accountsToUndo(done);
  if (ids.length === 0) return new Map();
  const attributes = new Set(done.flatMap(({ change }) => Object.keys(change.after)));
  const look = async () => {
    await using directory = await ports.openDirectory(connectionId);
    return await directory.findAccounts(ids, [...attributes]);
  };
  const name = done[0]?.change.system ?? 'The directory';
  return orUnreadable(name, look());
}

function peopleOf({ changes, notes }: Planned): PlannedFor[] {
  const keys = new Set([...changes, ...notes].map(({ personKey }) => personKey));
  const changesBy = Map.groupBy(changes, ({ personKey }) => personKey);
  const notesBy = Map.groupBy(notes, ({ personKey }) => personKey);
  return [...keys].toSorted().map((key) => {
    const theirs = changesBy.get(key) ?? [];
    const said = notesBy.get(key) ?? [];
    return {
      key,
      name: theirs[0]?.personName ?? said[0]?.personName ?? key,
      situation: 'linked',
      group: groupOfUndone(theirs, said),
      changes: theirs,
      notes: said,
    };
  });
}
