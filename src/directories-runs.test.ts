// Runs of a sync beside each other: one at a time, each written by one worker, the newer plan before the older.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listPlans } from '#features/automation/plan-view.ts';
import { performSync } from '#features/directories/perform.ts';
import { cancelSync } from '#features/directories/runs.ts';
import { startDue } from '#features/directories/schedule.ts';
import { active, labScenes, type Scene } from '#test/sync/lab-scene.ts';
import { approved, begun, rosa, synced, until } from '#test/sync/stage.ts';

const withScene = labScenes();

/** The plans that wait for a yes. */
async function waiting({ stage: { automation, database } }: Scene) {
  const asked = [{ limit: 10 }, { waiting: true }] as const;
  const { items } = await listPlans(database.db, rosa, automation.clock(), ...asked);
  return items.map(({ id }) => id);
}

describe('A run', () => {
  it('is one at a time for each sync, and begins when a worker has time', async () => {
    await withScene(
      async ({ stage, add }) => {
        await add('Ana One');
        const asked = await Promise.allSettled([begun(stage), begun(stage), begun(stage)]);

        const [first, ...more] = asked.flatMap((one) =>
          one.status === 'fulfilled' ? [one.value] : [],
        );
        assert.equal(more.length, 0);
        assert.ok(
          asked.some((one) => one.status === 'rejected' && one.reason.code === 'sync.running'),
        );
        await using _one = await stage.work();
        await using _two = await stage.work();
        assert.equal((await until(stage, first ?? '', ['done'])).read_count, 1);
      },
      { working: false },
    );
  });

  it('that another worker took up is written by that one alone', async () => {
    await withScene(
      async (scene) => {
        const { stage, add } = scene;
        await add('Ana One', 'Bea Two');
        const runId = await begun(stage, { whole: true });
        const reading = Promise.withResolvers<void>();
        const released = Promise.withResolvers<void>();
        scene.bend = (scanned) => ({
          ...scanned,
          async *scan(...asked) {
            reading.resolve();
            await released.promise;
            yield* scanned.scan(...asked);
          },
        });
        const dead = performSync(stage.ports, runId, new AbortController().signal);
        await reading.promise;
        scene.bend = (scanned) => scanned;
        await performSync(stage.ports, runId, new AbortController().signal);
        released.resolve();
        await dead;

        const run = await stage.run(runId);
        assert.deepEqual([run.attempt, run.read_count], [2, 2]);
        await using _ = await stage.work();
        await until(stage, runId, ['done']);
        assert.deepEqual(await active(scene), ['Ana One', 'Bea Two']);
      },
      { working: false },
    );
  });

  it('that is cancelled while it reads stops at once and leaves nothing behind', async () => {
    await withScene(async (scene) => {
      const { stage, add } = scene;
      await add('Ana One');
      const reading = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      scene.bend = (scanned) => ({
        ...scanned,
        async *scan(query, signal) {
          reading.resolve();
          signal?.addEventListener('abort', () => released.resolve());
          await released.promise;
          yield* scanned.scan(query, signal);
        },
      });
      const runId = await begun(stage, { whole: true });
      await reading.promise;
      await cancelSync(stage.ports, runId, rosa);
      await released.promise;

      const run = await stage.run(runId);
      assert.deepEqual([run.state, run.cancel_asked_by], ['cancelled', 'Rosa Almeida']);
      scene.bend = (scanned) => scanned;
      assert.equal((await synced(stage)).state, 'done');
      assert.deepEqual(await active(scene), ['Ana One']);
    });
  });

  it('that waits for a yes gives way to a newer plan', async () => {
    await withScene(async (scene) => {
      const { stage, add } = scene;
      await stage.settings({ approval: 'always' });
      await add('Ana One');
      const older = await synced(stage);
      await add('Bea Two');
      // What the database shows to others while the older plan is turned down.
      const meanwhile: string[] = [];
      const { rejectPlans } = stage.ports;
      Object.assign(stage.ports, {
        async rejectPlans(...told: Parameters<typeof rejectPlans>) {
          await rejectPlans(...told);
          meanwhile.push((await stage.run(older.id)).state, ...(await waiting(scene)));
        },
      });
      const newer = await synced(stage);

      assert.deepEqual(meanwhile, ['planned', older.plan_id]);
      assert.deepEqual([older.state, newer.state], ['planned', 'planned']);
      assert.equal((await stage.run(older.id)).state, 'cancelled');
      assert.deepEqual(await waiting(scene), [newer.plan_id]);
      await assert.rejects(approved(stage, older), { code: 'plan.decided' });
      const done = await approved(stage, newer);
      assert.equal(done.state, 'done');
      assert.deepEqual(await active(scene), ['Ana One', 'Bea Two']);

      await add('Cid Three');
      const cancelled = await synced(stage);
      await cancelSync(stage.ports, cancelled.id, rosa);
      assert.deepEqual(await waiting(scene), []);
    });
  });

  it('that waits for a yes goes on waiting where the newer plan could not take its place', async () => {
    await withScene(async (scene) => {
      const { stage, add } = scene;
      await stage.settings({ approval: 'always' });
      await add('Ana One');
      const older = await synced(stage);
      await add('Bea Two');
      const cut = () => Promise.reject(new Error('The line to the database was cut.'));
      Object.assign(stage.ports, { rejectPlans: cut });
      const newer = await synced(stage);

      assert.deepEqual([newer.state, newer.plan_id], ['failed', null]);
      assert.equal((await stage.run(older.id)).state, 'planned');
      assert.deepEqual(await waiting(scene), [older.plan_id]);
    });
  });

  it('that was due in hours nobody worked is made once', async () => {
    await withScene(
      async ({ stage, add }) => {
        await add('Ana One');
        await stage.settings({ schedule: { everyMinutes: 5 } });
        const { db } = stage.database;
        await db
          .updateTable('directory_syncs')
          .set({ next_at: new Date(Date.now() - 3_600_000) })
          .execute();
        await Promise.all([startDue(stage.ports), startDue(stage.ports)]);
        await startDue(stage.ports);

        const runs = await db.selectFrom('sync_runs').select('started_by').execute();
        assert.deepEqual(runs, [{ started_by: 'Sundog' }]);
      },
      { working: false },
    );
  });
});
