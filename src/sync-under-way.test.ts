// Between the start of a sync's run and its first set, with a real database: nobody works on it yet.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '#domain/problem.ts';
import { rejectSyncPlans } from '#features/automation/supersede.ts';
import { changeSync, deleteSync } from '#features/directories/commands.ts';
import { cancelSync } from '#features/directories/runs.ts';
import { newId } from '#lib/ids.ts';
import { outcomesOf, rosa } from '#test/automation/stage.ts';
import {
  anUpdate,
  aPerson,
  aSyncPlan,
  aSyncStage,
  newPeople,
  type SyncStage,
} from '#test/automation/sync-stage.ts';

describe("A sync's run that was started and has not written yet", () => {
  it('keeps the sync and its desk as they are', async () => {
    await using stage = await aSyncStage();
    const { id } = await aSyncPlan(stage, newPeople(1));
    const halo = await aHalo(stage);
    await stage.plans.start(id, rosa);

    await assert.rejects(
      changeSync(stage.ports, rosa, stage.syncId, { deskConnectionId: halo }),
      refusal('directory-sync.busy'),
    );
    await assert.rejects(
      deleteSync(stage.ports, rosa, stage.syncId),
      refusal('directory-sync.busy'),
    );
    const renamed = await changeSync(stage.ports, rosa, stage.syncId, { active: false });
    assert.equal(renamed.deskConnectionId, null);
  });

  it('is left undone when the sync is cancelled, and says by whom', async () => {
    await using stage = await aSyncStage();
    const { id } = await aSyncPlan(stage, [aPerson(1, [anUpdate(1)])]);
    const ofSync = await plannedRun(stage, id);
    const { runId } = await stage.plans.start(id, rosa);

    await cancelSync(
      { ...stage.ports, plans: stage.plans, rejectPlans: rejectSyncPlans },
      ofSync,
      rosa,
    );

    const outcomes = await outcomesOf(stage, runId);
    assert.deepEqual(
      outcomes.map(({ result, because }) => [result, because]),
      [['skipped', 'Rosa Almeida cancelled it.']],
    );
  });
});

const refusal = (code: string) => (error: unknown) =>
  error instanceof Problem && error.code === code;

async function aHalo({ ports: { db, clock } }: SyncStage): Promise<string> {
  const now = clock();
  const id = newId(now);
  await db
    .insertInto('connections')
    .values({
      ...{ id, kind: 'halo', name: 'Halo of Larkfield', lab: false, settings: '{}', version: 1 },
      ...{ health: 'unknown', created_at: now, updated_at: now },
    })
    .execute();
  return id;
}

/** The sync's own run, whose reading made the plan. */
async function plannedRun(
  { ports: { db, clock }, syncId }: SyncStage,
  planId: string,
): Promise<string> {
  const now = clock();
  const id = newId(now);
  await db
    .insertInto('sync_runs')
    .values({
      ...{ id, sync_id: syncId, purpose: 'sync', asked: 'whole', did: 'whole', state: 'planned' },
      ...{ plan_id: planId, created_at: now, read_at: now },
      ...{ started_by_kind: rosa.kind, started_by_id: rosa.id, started_by: rosa.name },
    })
    .execute();
  return id;
}
