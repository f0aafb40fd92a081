// What one can do with the runs of a sync: start one, cancel it, look at what it did.
import { type Actor, refuseImpersonated, theHub } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { SourceOverride } from '#domain/sync/guards.ts';
import { listed } from '#domain/words.ts';
import { errorCode } from '#lib/errors.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import { ring } from '#store/bell.ts';
import { type Db, inTransaction, json } from '#store/db.ts';
import { enqueue } from '#store/queue.ts';
import { progressBell, stopBell } from './bells.ts';
import type { SyncPorts } from './ports.ts';
import { endFruitless, lastWhole } from './run-rows.ts';
import { getSyncState } from './syncs.ts';

export const syncTask = 'directories.sync';

/** A killed worker costs an attempt, and its run is no worse for it. */
const attemptsMax = 1_000;

export type StartSync = {
  readonly whole: boolean;
  readonly purpose: 'sync' | 'drift';
  readonly override?: SourceOverride | undefined;
};

export async function startSync(
  { db, clock }: Pick<SyncPorts, 'db' | 'clock'>,
  syncId: number,
  { whole, purpose, override }: StartSync,
  actor: Actor,
): Promise<{ readonly runId: string }> {
  refuseImpersonated(actor);
  const now = clock();
  const runId = newId(now);
  const sync = await getSyncState(db, syncId, actor);
  const { name } = sync.settings;
  if (sync.settings.places.length === 0) refuse('sync.no-places', { name });
  await inTransaction(db, async (tx) => {
    const expected = await lastWhole(tx, syncId);
    await tx
      .insertInto('sync_runs')
      .values({
        ...{ id: runId, sync_id: syncId, purpose, state: 'queued', created_at: now },
        asked: whole || purpose === 'drift' ? 'whole' : 'changes',
        expected_count: expected?.read ?? null,
        override: override === undefined ? null : json(override),
        ...{ started_by_kind: actor.kind, started_by_id: actor.id, started_by: actor.name },
      })
      .execute();
    await enqueue(tx, {
      ...{ task: syncTask, payload: { runId }, key: `sync:${runId}`, maxAttempts: attemptsMax },
    });
    const subject = { kind: 'directory sync', id: String(syncId), name };
    const { clientId } = sync;
    await audit(tx, [
      {
        ...{ actor, action: 'directory-sync.started', subject, outcome: 'done', clientId },
        ...(override && { after: listed(override.guards), because: override.reason }),
      },
    ]);
    await ring(tx, progressBell);
  }).catch((error: unknown) => {
    // Held by a unique index: of two who start at once, over all processes, one is told.
    if (errorCode(error) === '23505') refuse('sync.running', { name }, error);
    throw error;
  });
  return { runId };
}

/** Stops at once: what is applied stays applied, all else is as if it had not begun. */
export async function cancelSync(
  { db, clock, plans, rejectPlans }: Pick<SyncPorts, 'db' | 'clock' | 'plans' | 'rejectPlans'>,
  runId: string,
  actor: Actor,
): Promise<void> {
  refuseImpersonated(actor);
  const run = await db
    .selectFrom('sync_runs')
    .select('sync_id')
    .where('id', '=', runId)
    .executeTakeFirst();
  if (run === undefined) refuse('record.unknown', { kind: 'run of a directory sync', id: runId });
  const sync = await getSyncState(db, run.sync_id, actor);
  const sentence = `${actor.name} cancelled it.`;
  const now = clock();
  const planId = await inTransaction(db, async (tx) => {
    const { state, plan_id } = await tx
      .updateTable('sync_runs')
      .set({ cancel_asked_by: actor.name })
      .where('id', '=', runId)
      .returning(['state', 'plan_id'])
      .executeTakeFirstOrThrow();
    if (state !== 'applying') {
      const end = { state: 'cancelled' as const, code: 'sync.cancelled', sentence, now };
      if (!(await endFruitless(tx, runId, end))) refuse('sync.ended');
    }
    const subject = { kind: 'directory sync', id: String(sync.id), name: sync.settings.name };
    const { clientId } = sync;
    await audit(tx, [
      { actor, action: 'directory-sync.cancelled', subject, outcome: 'done', clientId },
    ]);
    if (plan_id !== null) await rejectPlans(tx, sync.id, { only: plan_id }, sentence, now);
    await ring(tx, stopBell);
    return plan_id;
  });
  // Also one that has not begun: its sets would find the sync's run ended, and not know by whom.
  const applies = planId === null ? undefined : await runOf(db, planId);
  if (applies === undefined) await plans.sweep(sync.id);
  else await plans.cancel(applies, sentence, actor);
}

async function runOf(db: Db, planId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('runs')
    .select('id')
    .where('plan_id', '=', planId)
    .executeTakeFirst();
  return row?.id;
}

/** In the hub's own name, when its schedule is due; one that is under way is enough. */
export async function startOnSchedule(
  ports: Pick<SyncPorts, 'db' | 'clock' | 'log'>,
  syncId: number,
): Promise<void> {
  const { settings } = await getSyncState(ports.db, syncId, theHub);
  const whole = settings.reads === 'whole';
  try {
    await startSync(ports, syncId, { whole, purpose: 'sync' }, theHub);
  } catch (error) {
    if (errorCode(error) !== 'sync.running' && errorCode(error) !== 'sync.no-places') throw error;
  }
}
