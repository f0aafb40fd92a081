// What was left undone of a sync, cancelled or refused as a whole, is planned again by the next.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writePeople } from '#features/desk/people/write.ts';
import { applySet } from '#features/directories/apply.ts';
import { getRun } from '#features/directories/run-list.ts';
import { cancelSync } from '#features/directories/runs.ts';
import { labScenes, type Scene } from '#test/sync/lab-scene.ts';
import { begun, rosa, type SyncStage, synced, until, users } from '#test/sync/stage.ts';

const withScene = labScenes();

async function larkfield({ directory }: Scene): Promise<{ readonly maya: string }> {
  const add = (name: string, attributes: Readonly<Record<string, string>> = {}) =>
    directory.addUser(name, { displayName: name, ...attributes });
  const ines = await add('Ines Marlow');
  return { maya: await add('Maya Ridge', { manager: ines }) };
}

/** Cancels a run as soon as the desk is at a change of that step, which then is not kept. */
async function cancelledAt(scene: Scene, step: number) {
  const { stage } = scene;
  const writing = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  scene.write = async (...asked) => {
    if (asked[2].some((change) => change.step === step)) {
      writing.resolve();
      await released.promise;
    }
    return writePeople(...asked);
  };
  const runId = await begun(stage);
  await writing.promise;
  await cancelSync(stage.ports, runId, rosa);
  released.resolve();
  const run = await until(stage, runId, ['done', 'failed', 'cancelled']);
  scene.write = writePeople;
  return run;
}

async function bookmarkOf({ database: { db }, syncId }: SyncStage): Promise<string | null> {
  const row = await db
    .selectFrom('directory_syncs')
    .select('bookmark')
    .where('id', '=', syncId)
    .executeTakeFirstOrThrow();
  return row.bookmark;
}

async function told(stage: SyncStage) {
  const all = await users(stage);
  const nameOf = (id: number | null) => all.find((one) => one.id === id)?.name ?? null;
  return all.map(({ name, title, manager_id }) => [name, title, nameOf(manager_id)]);
}

describe('A sync that is cancelled while it is applied', () => {
  it('keeps what was done, and the next finds what was not: a manager as well', async () => {
    await withScene(async (scene) => {
      const { stage } = scene;
      await larkfield(scene);

      const run = await cancelledAt(scene, 1);

      assert.deepEqual([run.state, run.cancel_asked_by], ['cancelled', 'Rosa Almeida']);
      assert.equal((await getRun(stage.ports.db, run.id, rosa)).applied, 2, 'of three changes');
      assert.equal(await bookmarkOf(stage), null);
      assert.deepEqual(await told(stage), [
        ['Ines Marlow', null, null],
        ['Maya Ridge', null, null],
      ]);
      const next = await synced(stage);
      assert.deepEqual([next.state, next.did], ['done', 'whole']);
      assert.deepEqual(await told(stage), [
        ['Ines Marlow', null, null],
        ['Maya Ridge', null, 'Ines Marlow'],
      ]);
      assert.equal((await synced(stage, { whole: true })).changed_count, 0);
    });
  });

  it('does not move its bookmark on, so that the changes are told once more', async () => {
    await withScene(async (scene) => {
      const { stage, directory } = scene;
      const { maya } = await larkfield(scene);
      await synced(stage);
      const bookmark = await bookmarkOf(stage);
      await directory.set(maya, 'title', ['Optician']);
      await directory.set(maya, 'manager', []);

      const run = await cancelledAt(scene, 0);

      assert.deepEqual([run.state, run.did], ['cancelled', 'changes']);
      assert.equal(await bookmarkOf(stage), bookmark);
      assert.equal((await told(stage))[1]?.[1], null);
      const seen = await stage.database.db.selectFrom('sync_seen').selectAll().execute();
      assert.deepEqual(seen, []);
      const next = await synced(stage);
      assert.deepEqual([next.state, next.did], ['done', 'changes']);
      assert.deepEqual((await told(stage))[1], ['Maya Ridge', 'Optician', null]);
      assert.notEqual(await bookmarkOf(stage), bookmark);
    });
  });
});

describe('A manager that could not be written', () => {
  it('is planned again by the next sync of changes, also where the whole set was refused', async () => {
    await withScene(async (scene) => {
      const { stage } = scene;
      await larkfield(scene);
      scene.write = async (...asked) => {
        if (asked[2].some(({ step }) => step === 1)) throw new Error('the desk is not well');
        return writePeople(...asked);
      };
      await synced(stage);
      assert.equal((await told(stage))[1]?.[2], null);
      scene.write = writePeople;

      const next = await synced(stage);

      assert.deepEqual([next.state, next.did, next.planned_count], ['done', 'changes', 1]);
      assert.equal((await told(stage))[1]?.[2], 'Ines Marlow');
      assert.equal((await synced(stage)).planned_count, 0);
    });
  });
});

describe('Somebody of whom one change was made and another was not', () => {
  it('is planned again by the next sync of changes, where they were made one after the other', async () => {
    await withScene(async (scene) => {
      const { stage, directory } = scene;
      const { maya } = await larkfield(scene);
      await synced(stage);
      await directory.set(maya, 'title', ['Optician']);
      await directory.set(maya, 'userAccountControl', ['546']);
      // As a remote desk does, whose requests hold so many changes each.
      scene.apply = async (ports, set) => {
        for (const change of set.changes) await applySet(ports, { ...set, changes: [change] });
      };
      scene.write = async (...asked) => {
        const [change] = asked[2];
        if (change?.kind !== 'disable') return writePeople(...asked);
        const because = 'The desk is not well.';
        const refused = {
          result: 'failed',
          code: 'desk.unwell',
          because,
          retryable: false,
        } as const;
        return new Map([[change.id, refused]]);
      };
      const first = await synced(stage);
      assert.deepEqual([first.did, (await told(stage))[1]?.[1]], ['changes', 'Optician']);
      scene.write = writePeople;

      const next = await synced(stage);

      assert.deepEqual([next.did, next.planned_count], ['changes', 1]);
      const away = (await users(stage)).filter(({ inactive }) => inactive);
      assert.deepEqual(
        away.map(({ name }) => name),
        ['Maya Ridge'],
      );
      assert.equal((await synced(stage)).planned_count, 0);
    });
  });
});
