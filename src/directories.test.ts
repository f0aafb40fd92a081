// Directory sync from end to end: a real directory, a real database, and the hub's own desk.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getRun } from '#features/directories/run-list.ts';
import { active, labScenes, type Scene, six } from '#test/sync/lab-scene.ts';
import { approved, decide, disputesOf, guardsOf, rosa, synced, users } from '#test/sync/stage.ts';

const withScene = labScenes();

/** Those that stop it. */
async function guards({ stage }: Scene, planId: string | null) {
  const plan = await stage.database.db
    .selectFrom('plans')
    .select('guards')
    .where('id', '=', planId)
    .executeTakeFirstOrThrow();
  return guardsOf(plan.guards)
    .filter(({ verdict }) => verdict === 'stop')
    .map(({ name }) => name);
}

describe('A sync of a directory', () => {
  it('makes users of people, follows them when they are renamed and moved, and deactivates leavers', async () => {
    await withScene(async ({ directory, stage }) => {
      const boss = await directory.addUser('Ines Marlow', {
        displayName: 'Ines Marlow',
        mail: 'ines@larkfield.test',
      });
      const maya = await directory.addUser('Maya Ridge', {
        ...{
          displayName: 'Maya Ridge',
          mail: 'maya@larkfield.test',
          title: 'Optician',
          manager: boss,
        },
      });

      const first = await synced(stage);
      assert.equal(first.state, 'done', first.sentence);
      const made = await users(stage);
      assert.deepEqual(
        made.map(({ name, email, title }) => [name, email, title]),
        [
          ['Ines Marlow', 'ines@larkfield.test', null],
          ['Maya Ridge', 'maya@larkfield.test', 'Optician'],
        ],
      );
      assert.equal(made[1]?.manager_id, made[0]?.id);

      await directory.administrator.modifyDN(maya, 'CN=Maya Quince');
      const renamed = maya.replace('Maya Ridge', 'Maya Quince');
      await directory.set(renamed, 'displayName', ['Maya Quince']);
      const second = await synced(stage);
      assert.equal(second.state, 'done', second.sentence);
      assert.deepEqual(
        (await users(stage)).map(({ id, name }) => [id, name]),
        [
          [made[0]?.id, 'Ines Marlow'],
          [made[1]?.id, 'Maya Quince'],
        ],
      );

      // This directory does not show who was deleted.
      await directory.administrator.del(renamed);
      const third = await synced(stage, { whole: true });
      assert.equal(third.state, 'done', third.sentence);
      assert.deepEqual(
        (await users(stage)).map(({ name, inactive }) => [name, inactive]),
        [
          ['Ines Marlow', false],
          ['Maya Quince', true],
        ],
      );
      assert.equal((await synced(stage)).planned_count, 0);
      assert.equal((await synced(stage, { whole: true })).changed_count, 0);
    });
  });
});

describe('A guard', () => {
  it('stops a sync that would deactivate many, until a person overrides it by name', async () => {
    await withScene(async (scene) => {
      const { stage, directory, add } = scene;
      const dns = await add(...six);
      await synced(stage);
      for (const dn of dns.slice(1)) await directory.administrator.del(dn);

      const stopped = await synced(stage, { whole: true });
      assert.equal(stopped.state, 'planned');
      assert.deepEqual(await guards(scene, stopped.plan_id), ['disables', 'source-size']);
      assert.deepEqual(await active(scene), six);
      assert.equal((await getRun(stage.ports.db, stopped.id, rosa)).stopped, true);

      const done = await approved(stage, stopped);
      assert.equal(done.state, 'done', done.sentence);
      assert.equal((await getRun(stage.ports.db, stopped.id, rosa)).stopped, false);
      assert.deepEqual(await active(scene), ['Ana One']);
    });
  });

  it('stops a filter that finds nobody any more', async () => {
    await withScene(async (scene) => {
      const { stage, directory, add } = scene;
      await add(...six);
      await synced(stage);
      const place = { id: 1, name: 'People', target: 'user', dn: directory.container, siteId: 1 };
      await stage.settings({ places: [{ ...place, filter: '(title=Nobody)' }] });

      const stopped = await synced(stage);

      assert.deepEqual(await guards(scene, stopped.plan_id), [
        ...['disables', 'source-size', 'source-shape', 'source-question'],
      ]);
      assert.deepEqual(await active(scene), six);
    });
  });
});

describe('Somebody who leaves', () => {
  it('is deactivated when disabled or moved out, and the same user when they come back', async () => {
    await withScene(async (scene) => {
      const { stage, directory, add } = scene;
      const [ana = '', bea = ''] = await add('Ana One', 'Bea Two');
      await synced(stage);
      const ids = (await users(stage)).map(({ id }) => id);
      await directory.set(ana, 'userAccountControl', ['546']);
      const elsewhere = bea.replace(directory.container, directory.groups);
      await directory.administrator.modifyDN(bea, elsewhere);
      await synced(stage);
      assert.deepEqual(await active(scene), []);

      await directory.set(ana, 'userAccountControl', ['544']);
      await directory.administrator.modifyDN(elsewhere, bea);
      await synced(stage);

      assert.deepEqual(await active(scene), ['Ana One', 'Bea Two']);
      assert.deepEqual(
        (await users(stage)).map(({ id }) => id),
        ids,
      );
    });
  });
});

describe('A dispute', () => {
  it('keeps two with one address out of the desk until a person decides, who is obeyed', async () => {
    await withScene(async (scene) => {
      const { stage, directory } = scene;
      for (const name of ['Ana One', 'Ana Two', 'Ana Three']) await scene.add(name);
      await synced(stage);
      const disputes = await disputesOf(stage);

      assert.deepEqual(await active(scene), []);
      assert.deepEqual(
        disputes.map(({ name, code }) => [name, code]),
        [
          ['Ana One', 'sync.several-entries'],
          ['Ana Three', 'sync.several-entries'],
          ['Ana Two', 'sync.several-entries'],
        ],
      );
      await decide(stage, 'Ana One', { decision: 'create' });
      await decide(stage, 'Ana Two', { decision: 'leave-out' });
      await synced(stage);
      await synced(stage, { whole: true });

      assert.deepEqual(await active(scene), ['Ana One']);
      const left = await disputesOf(stage);
      assert.deepEqual(
        left.map(({ name, code }) => [name, code]),
        [['Ana Three', 'sync.taken']],
      );
      assert.ok(directory.container.length > 0);
    });
  });
});
