// An undo in a remote Halo from its plan to its end: whose it must be, how large it may be, and what breaks off in between.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { approvePlan } from '#features/automation/approve.ts';
import { makeClients } from '#test/servers/clients.ts';
import { addOne, type RemoteScene, remoteScenes, usersOfRemote } from '#test/sync/remote-stage.ts';
import { approved, type RunRow, rosa, synced } from '#test/sync/stage.ts';
import { applied, asked, refusal, twoRuns, undoOf, undoPlans } from '#test/sync/undo-runs.ts';

const withScene = remoteScenes();

describe('Undoing what a client’s own sync wrote into a remote Halo', () => {
  it('asks nothing of a Halo that is another client’s by now, and does nothing of a plan from before', async () => {
    await withScene(async (scene) => {
      const { db } = scene.stage.database;
      await makeClients(db, [5, 7]);
      const give = (client_id: number) =>
        db.updateTable('connections').set({ client_id }).where('kind', '=', 'halo').execute();
      await db.updateTable('directory_syncs').set({ client_id: 5 }).execute();
      await give(5);
      const { change } = await twoRuns(scene);
      const run = await change();
      const early = await undoOf(scene, run);
      await give(7);
      const before = scene.halo.asked.length;

      await assert.rejects(undoOf(scene, run), refusal('directory-sync.foreign-desk'));
      const outcomes = await applied(scene, early);

      const foreign = 'failed directory-sync.foreign-desk';
      assert.deepEqual(outcomes, [foreign, foreign]);
      assert.equal(scene.halo.asked.length, before);
      assert.equal(await undoPlans(scene), 1);
    });
  });
});

describe('Undoing a large run that wrote into a remote Halo', () => {
  /** Everybody of a first sync, who report to the first of them; gives its run. */
  async function large(scene: RemoteScene, count: number): Promise<RunRow> {
    const { directory } = scene;
    const manager = await addOne(directory, 'Person 000', 'p0@larkfield.test');
    for (let at = 1; at < count; at += 1) {
      const name = `Person ${String(at).padStart(3, '0')}`;
      await addOne(directory, name, `p${at}@larkfield.test`, { manager });
    }
    const run = await synced(scene.stage);
    return run.state === 'planned' ? approved(scene.stage, run) : run;
  }

  async function active(scene: RemoteScene): Promise<number> {
    return (await usersOfRemote(scene)).filter(({ inactive }) => !inactive).length;
  }

  it('reads the lists of that Halo, is stopped by a guard, and is done whole by override', async () => {
    await withScene(async (scene) => {
      const run = await large(scene, 120);
      const [gone] = await usersOfRemote(scene);
      await scene.halo.server.delete(`/api/Users/${gone?.id}`);
      const one = asked(scene, 'GET', /Users\/\d+$/);
      const lists = asked(scene, 'GET', /Users$/);

      const plan = await undoOf(scene, run);

      assert.equal(plan.changeCount, 119);
      assert.equal(asked(scene, 'GET', /Users\/\d+$/), one);
      assert.equal(asked(scene, 'GET', /Users$/), lists + 1);
      const yes = { hash: plan.hash, comment: '' };
      const unforced = approvePlan(scene.stage.automation, plan.id, yes, rosa);
      await assert.rejects(unforced, refusal('plan.stopped'));
      const outcomes = await applied(scene, plan);
      assert.deepEqual([outcomes.length, new Set(outcomes)], [119, new Set(['done'])]);
      assert.equal(await active(scene), 0);
    });
  });

  it('goes on where it was after a crash between the request and its outcome', async () => {
    await withScene(async (scene) => {
      const plan = await undoOf(scene, await large(scene, 120));
      const people = await usersOfRemote(scene);
      let saves = 0;
      scene.bend = (desk) => ({
        ...desk,
        [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
        people: {
          ...desk.people,
          async save(target, records) {
            saves += 1;
            const saved = await desk.people.save(target, records);
            // After Halo has done it, before anybody writes it down.
            if (saves === 2) throw Object.assign(new Error('killed'), { code: '57P01' });
            return saved;
          },
        },
      });

      const outcomes = await applied(scene, plan);

      // What Halo had done by then is found as it should be, and asked for no second time.
      const counts = Map.groupBy(outcomes, (one) => one);
      assert.deepEqual([counts.get('done')?.length, counts.get('skipped')?.length], [70, 50]);
      assert.equal(saves, 3);
      assert.equal(await active(scene), 0);
      assert.deepEqual(
        (await usersOfRemote(scene)).map(({ id }) => id),
        people.map(({ id }) => id),
      );
    });
  });

  it('is tried again where that Halo takes no more for now in the middle of it', async () => {
    await withScene(async (scene) => {
      const plan = await undoOf(scene, await large(scene, 120));
      let posts = 0;
      let sets = 0;
      scene.onApply = () => {
        sets += 1;
      };
      scene.halo.gate = ({ method }) => {
        if (method !== 'POST') return undefined;
        posts += 1;
        return sets === 1 && posts >= 2 ? { status: 429 } : undefined;
      };

      const outcomes = await applied(scene, plan);

      assert.ok(sets > 1, 'the set was tried again');
      assert.deepEqual([outcomes.length, new Set(outcomes)], [120, new Set(['done'])]);
      assert.equal(await active(scene), 0);
    });
  });
});
