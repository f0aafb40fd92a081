// What is told of the people of a sync: the trace of one of them, and where directory and desk differ.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listDrift } from '#features/directories/run-list.ts';
import { explainPerson } from '#features/directories/trace.ts';
import { labScenes } from '#test/sync/lab-scene.ts';
import { withPaper } from '#test/sync/paper-directory.ts';
import { fields, rosa, synced, users } from '#test/sync/stage.ts';

const withScene = labScenes();

describe('The trace of a person', () => {
  it('says what was done to them and why, and what is known of them', async () => {
    await withScene(async (scene) => {
      const { stage, directory, add } = scene;
      const [ana = ''] = await add('Ana One');
      await synced(stage);
      await directory.set(ana, 'title', ['Optician']);
      await synced(stage);
      const [{ entry_id: entryId } = { entry_id: '' }] = await stage.database.db
        .selectFrom('sync_people')
        .select('entry_id')
        .execute();

      const { person, place, plans } = await explainPerson(
        stage.ports,
        stage.syncId,
        { target: 'user', entryId },
        rosa,
      );

      assert.deepEqual([person?.name, person?.state, place?.name], ['Ana One', 'linked', 'People']);
      assert.deepEqual(
        plans.map(({ changes }) =>
          changes.map(({ kind, result, because }) => [kind, result, because[0]]),
        ),
        [[['update', 'done', 'Changed in the directory.']], [['create', 'done', 'New in People.']]],
      );
    });
  });
});

describe('A drift report', () => {
  it('finds nothing of whom a sync has just made, though the directory has only their whole names', async () => {
    const parts = [
      { id: 15, target: 'user', from: 'givenName', to: 'firstName' },
      { id: 16, target: 'user', from: 'sn', to: 'surname' },
    ];
    await withPaper(
      async ({ paper, stage }) => {
        paper.put(1, 'Ines Maria Marlow');
        paper.put(2, 'Maya', { sn: ['Ridge'] });
        paper.put(3, 'Theo');
        await synced(stage);

        const report = await synced(stage, { purpose: 'drift', whole: true });

        assert.deepEqual(await listDrift(stage.database.db, report.id, { limit: 10 }, rosa), []);
      },
      { settings: { fields: [...fields, ...parts] } },
    );
  });

  it('tells what differs on both sides, and changes nothing', async () => {
    await withScene(async (scene) => {
      const { stage, add } = scene;
      await add('Ana One');
      await synced(stage);
      const { db } = stage.database;
      const now = new Date();
      await db
        .updateTable('desk_users')
        .set({ title: 'Changed by hand' })
        .where('name', '=', 'Ana One')
        .execute();
      await db
        .insertInto('desk_users')
        .values({ name: 'Zoe Orphan', site_id: 1, created_at: now, updated_at: now })
        .execute();

      const report = await synced(stage, { purpose: 'drift' });

      const rows = await listDrift(db, report.id, { limit: 10 }, rosa);
      assert.deepEqual(
        rows.map(({ name, kind }) => [name, kind]),
        [
          ['Ana One', 'update'],
          ['Zoe Orphan', 'orphan'],
        ],
      );
      assert.equal((await users(stage))[0]?.title, 'Changed by hand');
      assert.equal(report.plan_id, null);
    });
  });
});
