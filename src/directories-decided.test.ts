// Decisions on disputes, made while a run reads or its plan waits: the next run obeys.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withPaper } from '#test/sync/paper-directory.ts';
import { approved, decide, disputesOf, type SyncStage, synced, users } from '#test/sync/stage.ts';

const shared = { mail: ['info@larkfield.test'] };

async function names(stage: SyncStage) {
  return (await users(stage)).map(({ name }) => name);
}

async function idOfUser({ database: { db } }: SyncStage, name: string) {
  const { id } = await db
    .selectFrom('desk_users')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return id;
}

describe('A decision on a dispute', () => {
  it('that is made while the directory is read stands, and the next sync obeys', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      paper.put(1, 'Ines Marlow', shared);
      paper.put(2, 'Maya Ridge', shared);
      await synced(stage);
      let decided = false;
      scene.bendDesk = (desk) => ({
        ...desk,
        async findBy(...asked) {
          if (!decided) await decide(stage, 'Ines Marlow', { decision: 'create' });
          decided = true;
          return desk.findBy(...asked);
        },
      });

      await synced(stage, { whole: true });

      assert.deepEqual(
        (await disputesOf(stage, true)).map(({ name, decision }) => [name, decision]),
        [
          ['Ines Marlow', 'create'],
          ['Maya Ridge', null],
        ],
      );
      const next = await synced(stage);
      assert.deepEqual([next.state, next.did], ['done', 'changes']);
      assert.deepEqual(await names(stage), ['Ines Marlow']);
    });
  });

  it('is obeyed also where it was made anew while a plan waited for a yes', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      paper.put(1, 'Ines Marlow', shared);
      paper.put(2, 'Maya Ridge', shared);
      await synced(stage);
      await decide(stage, 'Ines Marlow', { decision: 'leave-out' });
      await stage.settings({ approval: 'always' });
      paper.put(3, 'Tom Vale');
      const waits = await synced(stage);
      assert.equal(waits.state, 'planned');
      await decide(stage, 'Ines Marlow', { decision: 'create' });
      await approved(stage, waits);
      assert.deepEqual(await names(stage), ['Tom Vale']);

      await approved(stage, await synced(stage));

      assert.deepEqual(await names(stage), ['Ines Marlow', 'Tom Vale']);
    });
  });

  it('on a record that is gone is taken while the plan of that run waits', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      paper.put(1, 'Ines Marlow');
      paper.put(2, 'Maya Ridge');
      await synced(stage);
      await stage.database.pool.query("delete from desk_users where name = 'Ines Marlow'");
      await stage.settings({ approval: 'always' });
      paper.put(1, 'Ines Marlow', { title: ['Optician'] });
      paper.put(3, 'Tom Vale');
      assert.equal((await synced(stage)).state, 'planned');

      await decide(stage, 'Ines Marlow', { decision: 'create' });
      await approved(stage, await synced(stage));

      assert.deepEqual(await names(stage), ['Ines Marlow', 'Maya Ridge', 'Tom Vale']);
    });
  });

  it("on somebody who is back, and whose record is somebody else's now, is obeyed while the plan of that run waits", async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      paper.put(1, 'Ines Marlow');
      paper.put(3, 'Tom Vale');
      await synced(stage);
      paper.remove(1);
      await synced(stage);
      paper.put(2, 'Ines Ridge', { mail: ['ines@larkfield.test'] });
      await synced(stage);
      const deskId = await idOfUser(stage, 'Ines Marlow');
      await stage.settings({ approval: 'always' });
      await decide(stage, 'Ines Ridge', { decision: 'link', deskId });
      paper.put(1, 'Ines Marlow', { mail: ['marlow@larkfield.test'] });
      paper.put(3, 'Tom Vale', { title: ['Optician'] });
      assert.equal((await synced(stage)).state, 'planned');
      assert.deepEqual(
        (await disputesOf(stage)).map(({ name, code }) => [name, code]),
        [
          ['Ines Marlow', 'sync.several-entries'],
          ['Ines Ridge', 'sync.several-entries'],
        ],
      );
      await decide(stage, 'Ines Marlow', { decision: 'create' });
      await decide(stage, 'Ines Ridge', { decision: 'link', deskId });

      await approved(stage, await synced(stage));

      assert.deepEqual(await disputesOf(stage), []);
      assert.deepEqual(await names(stage), ['Ines Marlow', 'Ines Ridge', 'Tom Vale']);
      assert.equal(await idOfUser(stage, 'Ines Ridge'), deskId);
    });
  });

  it('that can no longer be followed is asked for anew', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      const { db } = stage.database;
      paper.put(3, 'Tom Vale');
      await synced(stage);
      paper.put(1, 'Ines Marlow', shared);
      paper.put(2, 'Maya Ridge', shared);
      await synced(stage);
      const row = { name: 'Desk Ines', site_id: 1 };
      const desk = await db
        .insertInto('desk_users')
        .values({ ...row, created_at: stage.now, updated_at: stage.now })
        .returning('id')
        .executeTakeFirstOrThrow();
      await decide(stage, 'Ines Marlow', { decision: 'link', deskId: desk.id });
      await db.deleteFrom('desk_users').where('id', '=', desk.id).execute();

      await synced(stage);

      assert.deepEqual(
        (await disputesOf(stage)).map(({ name, code }) => [name, code]),
        [
          ['Ines Marlow', 'sync.desk-record-gone'],
          ['Maya Ridge', 'sync.several-entries'],
        ],
      );
    });
  });
});
