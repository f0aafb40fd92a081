// Starts a run: checks that the plan may be applied, and hands every person to the workers.
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { chunksOf } from '#lib/chunks.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { enqueueEach, type Job } from '#store/queue.ts';
import type { Plans } from '#store/tables.ts';
import { LinkDocument } from './documents.ts';
import { announce } from './events.ts';
import { judgeAgain } from './history.ts';
import { markSeen, saveLink } from './links.ts';
import type { AutomationPorts } from './ports.ts';
import { beginStep } from './steps.ts';

export const applyPeopleTask = 'automation.apply-people';

/** People of a run who are worked on as one job. */
export type Chunk = { readonly runId: string; readonly personKeys: readonly string[] };

/** So many share what a job and its statements cost; more would have a small run done by one worker. */
const peoplePerJob = 16;

/**
 * A crash costs a job one attempt, so there must be many: what bounds the work of a change is counted
 * with its outcome.
 */
const applyAttemptsMax = 1_000;

/** Applies a plan once: the second of two at the same time is refused, by a row lock and a unique key. */
export async function startRun(
  ports: Pick<AutomationPorts, 'db' | 'clock'>,
  planId: string,
  actor: Actor,
  /** A test is carried out by who asked for it, who waits for its answer. */
  { byWorkers }: { readonly byWorkers: boolean } = { byWorkers: true },
): Promise<{ readonly runId: string }> {
  return inTransaction(ports.db, (tx) => startRunIn(tx, planId, actor, ports.clock(), byWorkers));
}

/** As part of a transaction that has more to write with it. */
export async function startRunIn(
  tx: Tx,
  planId: string,
  actor: Actor,
  now: Date,
  byWorkers: boolean,
  runId = newId(now),
): Promise<{ readonly runId: string }> {
  const plan = await lockPlan(tx, planId, actor);
  await checkStartable(tx, plan, now);
  await tx
    .insertInto('runs')
    .values({
      id: runId,
      plan_id: planId,
      client_id: plan.client_id,
      undoes_run_id: plan.undoes_run_id,
      started_at: now,
      started_by_kind: actor.kind,
      started_by_id: actor.id,
      started_by: actor.name,
    })
    .execute();
  await tx.updateTable('plans').set({ state: 'applying' }).where('id', '=', planId).execute();
  await expectOutcomes(tx, runId, plan);
  if (plan.sync_id !== null) {
    await beginStep(tx, { runId, planId }, undefined);
  } else {
    if (byWorkers) await enqueuePeople(tx, runId, planId);
    await rememberLinks(tx, planId);
  }
  const subject = { kind: 'run', id: runId, name: plan.title };
  const clientId = plan.client_id;
  await audit(tx, [{ actor, action: 'run.started', subject, outcome: 'done', runId, clientId }]);
  await announce(tx);
  return { runId };
}

async function lockPlan(tx: Tx, id: string, actor: Actor): Promise<Selectable<Plans>> {
  let query = tx.selectFrom('plans').selectAll().where('id', '=', id).forUpdate();
  if (actor.clientId !== undefined) query = query.where('client_id', '=', actor.clientId);
  const plan = await query.executeTakeFirst();
  return plan ?? refuse('record.unknown', { kind: 'plan', id });
}

async function checkStartable(tx: Tx, plan: Selectable<Plans>, now: Date): Promise<void> {
  switch (plan.state) {
    case 'applying':
    case 'applied':
      await refuseApplied(tx, plan.id);
      break;
    case 'rejected': {
      const { decided_by } = await tx
        .selectFrom('approvals')
        .select('decided_by')
        .where('plan_id', '=', plan.id)
        .executeTakeFirstOrThrow();
      refuse('plan.rejected', { name: decided_by });
    }
  }
  if (plan.change_count === 0) refuse('plan.empty');
  if (plan.expires_at <= now) refuse('plan.expired', { at: plan.expires_at.toISOString() });
  if (plan.needs_approval && plan.state !== 'approved') refuse('plan.unapproved');
  // Held by every run of a sync, also one that takes another back: its desk stays, and it is not deleted.
  const settings = plan.sync_id === null ? undefined : await holdSettings(tx, plan.sync_id);
  if (plan.undoes_run_id !== null) await checkNotUndone(tx, plan.undoes_run_id);
  else if (plan.automation_id !== null)
    await checkActive(tx, plan.automation_id, plan.automation_version);
  else if (settings !== undefined) checkSettings(settings, plan.automation_version, plan.title);
  await judgeAgain(tx, plan, now);
}

/** By which run, for whoever comes late. */
export async function refuseApplied(tx: Tx, planId: string): Promise<never> {
  const run = await tx
    .selectFrom('runs')
    .select('id')
    .where('plan_id', '=', planId)
    .executeTakeFirstOrThrow();
  refuse('plan.applied', { runId: run.id });
}

async function checkNotUndone(tx: Tx, undoesRunId: string): Promise<void> {
  // Two plans may undo the same run; the row lock lets one after the other look.
  await tx.selectFrom('runs').select('id').where('id', '=', undoesRunId).forUpdate().execute();
  const undo = await findUndo(tx, undoesRunId);
  if (undo !== undefined) refuse('run.undone', { runId: undo });
}

/** The run that took this one back, or is at it; one that failed in part may be followed by another. */
export async function findUndo(db: Db | Tx, runId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('runs')
    .select('id')
    .where('undoes_run_id', '=', runId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('outcomes')
            .select('change_id')
            .whereRef('outcomes.run_id', '=', 'runs.id')
            .where('result', 'in', ['failed', 'conflict']),
        ),
      ),
    )
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return row?.id;
}

/** An edit makes a new version, and no yes to the one before is a yes to it. The row lock lets an edit wait. */
async function checkActive(tx: Tx, automationId: string, planned: number): Promise<void> {
  const { name, state, version } = await tx
    .selectFrom('automations')
    .select(['name', 'state', 'version'])
    .where('id', '=', automationId)
    .forShare()
    .executeTakeFirstOrThrow();
  if (state !== 'active') refuse('automation.not-active', { name, state });
  if (version !== planned) refuse('plan.outdated', { name, planned, version });
}

type HeldSettings = { readonly version: number };

async function holdSettings(tx: Tx, syncId: number): Promise<HeldSettings> {
  return tx
    .selectFrom('directory_syncs')
    .select('version')
    .where('id', '=', syncId)
    .forShare()
    .executeTakeFirstOrThrow();
}

/** The same of a sync: a plan made with other settings would put people elsewhere. */
function checkSettings({ version }: HeldSettings, planned: number, name: string): void {
  if (version !== planned) refuse('plan.outdated', { name, planned, version });
}

/** One outcome for each change, set-wise: a plan may be large. */
async function expectOutcomes(tx: Tx, runId: string, plan: Selectable<Plans>): Promise<void> {
  const bySet = plan.sync_id !== null;
  await sql`
    insert into outcomes (run_id, change_id, position, person_key, kind, connection_id, step, by_set)
    select ${runId}::uuid, change_id, position, person_key, kind, connection_id, step, ${bySet}::boolean
    from plan_changes where plan_id = ${plan.id}::uuid`.execute(tx);
}

/** One job for each chunk of people, in the order of the plan. */
async function enqueuePeople(tx: Tx, runId: string, planId: string): Promise<void> {
  const people = await tx
    .selectFrom('plan_changes')
    .select('person_key')
    .where('plan_id', '=', planId)
    .groupBy('person_key')
    .orderBy((order) => order.fn.min('position'))
    .execute();
  const keys = people.map(({ person_key: key }) => key);
  await enqueueEach(
    tx,
    chunksOf(keys, peoplePerJob).map((personKeys) => jobOf({ runId, personKeys })),
  );
}

/** A chunk stays together however often it comes back, so its first person is a name for it. */
export function jobOf(chunk: Chunk): Job {
  return {
    task: applyPeopleTask,
    payload: chunk,
    key: `apply:${chunk.runId}:${chunk.personKeys[0]}`,
    maxAttempts: applyAttemptsMax,
  };
}

async function rememberLinks(tx: Tx, planId: string): Promise<void> {
  const rows = await tx
    .selectFrom('plan_links')
    .select('document')
    .where('plan_id', '=', planId)
    .execute();
  for (const { document } of rows) await saveLink(tx, LinkDocument.parse(document));
  await markSeen(tx, planId);
}
