// A client's own sync from end to end: it sees, names and changes that client's users, and nobody else's.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { approvePlan } from '#features/automation/approve.ts';
import { startRun } from '#features/automation/start-run.ts';
import { planUndoOf } from '#features/automation/undo.ts';
import { listDrift } from '#features/directories/run-list.ts';
import { ended } from '#test/automation/stage.ts';
import { makeClients } from '#test/servers/clients.ts';
import { type Scene as LabScene, labScenes } from '#test/sync/lab-scene.ts';
import { approved, decide, disputesOf, rosa, synced, users } from '#test/sync/stage.ts';

const inTheLab = labScenes();

type Scene = LabScene & {
  /** A user of the desk, as somebody else made them. */
  record(id: number, name: string, siteId: number, more?: Record<string, string>): Promise<void>;
  move(id: number, siteId: number): Promise<void>;
};

const [ours, theirs] = [15, 17] as const;

/** A sync of client 5, whose site is 15; client 7 has the site 17. */
function withScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  return inTheLab(async (scene) => {
    const { directory, stage } = scene;
    const { db } = stage.database;
    const dates = { created_at: new Date(), updated_at: new Date() };
    await makeClients(db, [5, 7]);
    await db
      .insertInto('desk_sites')
      .values([
        { id: ours, client_id: 5, name: 'Porto', ...dates },
        { id: theirs, client_id: 7, name: 'Bristol', ...dates },
      ])
      .execute();
    await db.updateTable('directory_syncs').set({ client_id: 5 }).execute();
    const place = { id: 1, name: 'People', target: 'user', dn: directory.container, siteId: ours };
    await stage.settings({ places: [place] });
    await work(
      Object.assign(scene, {
        async record(id: number, name: string, siteId: number, more: Record<string, string> = {}) {
          const row = { id, name, site_id: siteId, ...dates, ...more };
          await db.insertInto('desk_users').values(row).execute();
        },
        async move(id: number, siteId: number) {
          const users = db.updateTable('desk_users');
          await users.set({ site_id: siteId }).where('id', '=', id).execute();
        },
      }),
    );
  });
}

const email = 'ines@larkfield.test';

async function told({ stage }: Scene) {
  const all = await users(stage);
  return all.map(({ name, site_id, title, inactive }) => [name, site_id, title, inactive]);
}

async function outcomes({ stage }: Scene, runId: string) {
  const rows = await stage.database.db
    .selectFrom('outcomes')
    .select(['result', 'code'])
    .where('run_id', '=', runId)
    .execute();
  return rows.map(({ result, code }) => [result, code]);
}

/** Somebody paired with their record, whose title has just been changed by the sync; gives the record. */
async function paired(scene: Scene, title = 'Optician'): Promise<{ dn: string; id: number }> {
  const { directory, stage } = scene;
  const dn = await directory.addUser('Ines Marlow', { displayName: 'Ines Marlow', mail: email });
  await synced(stage);
  await directory.set(dn, 'title', [title]);
  return { dn, id: (await users(stage))[0]?.id ?? 0 };
}

describe("A client's own sync", () => {
  it('takes nobody of another client for its own, whatever address the directory says', async () => {
    await withScene(async (scene) => {
      const { directory, stage, record } = scene;
      await record(700, 'Rui Castanho', theirs, { email, title: 'Director' });
      await directory.addUser('Ines Marlow', { displayName: 'Ines Marlow', mail: email });

      const run = await synced(stage);

      assert.equal(run.state, 'done', run.sentence);
      assert.deepEqual(await told(scene), [
        ['Ines Marlow', ours, null, false],
        ['Rui Castanho', theirs, 'Director', false],
      ]);
    });
  });

  it('leaves whom another client has by now: neither changed nor deactivated', async () => {
    await withScene(async (scene) => {
      const { directory, stage, move } = scene;
      const tomas = { displayName: 'Tomas Reis', mail: 'tomas@larkfield.test', title: 'Clerk' };
      await directory.addUser('Tomas Reis', tomas);
      const { dn, id } = await paired(scene);
      await move(id, theirs);
      await synced(stage);
      assert.deepEqual(
        (await disputesOf(stage)).map(({ code }) => code),
        ['sync.desk-record-gone'],
      );

      await directory.administrator.del(dn);
      const gone = await synced(stage, { whole: true });

      assert.deepEqual([gone.state, gone.plan_id], ['done', null], gone.sentence);
      assert.deepEqual(await told(scene), [
        ['Ines Marlow', theirs, null, false],
        ['Tomas Reis', ours, 'Clerk', false],
      ]);
    });
  });

  it('does nothing of its plan to whoever went to another client before it was approved', async () => {
    await withScene(async (scene) => {
      const { directory, stage, move } = scene;
      const { dn, id } = await paired(scene);
      await directory.set(dn, 'userAccountControl', ['546']);
      await stage.settings({ approval: 'always' });
      const planned = await synced(stage);
      assert.equal(planned.state, 'planned', planned.sentence);
      await move(id, theirs);

      const { apply_run_id: runId } = await approved(stage, planned);

      assert.deepEqual(await told(scene), [['Ines Marlow', theirs, null, false]]);
      assert.deepEqual(await outcomes(scene, runId ?? ''), [
        ['failed', 'record.out-of-reach'],
        ['failed', 'record.out-of-reach'],
      ]);
    });
  });

  it('puts nobody at a site that went to another client', async () => {
    await withScene(async (scene) => {
      const { directory, stage } = scene;
      await directory.addUser('Ines Marlow', { displayName: 'Ines Marlow', mail: email });
      const { db } = stage.database;
      await db.updateTable('desk_sites').set({ client_id: 7 }).where('id', '=', ours).execute();

      const { apply_run_id: runId } = await synced(stage);

      assert.deepEqual(await outcomes(scene, runId ?? ''), [['failed', 'record.out-of-reach']]);
      assert.deepEqual(await told(scene), []);
    });
  });

  it('shows its own as candidates alone, and links to no other', async () => {
    await withScene(async (scene) => {
      const { directory, stage, record } = scene;
      await record(500, 'Maya Ridge', ours, { email });
      await record(501, 'Ines Marlow', ours, { email });
      await record(700, 'Rui Castanho', theirs, { email });
      await directory.addUser('Ines Marlow', { displayName: 'Ines Marlow', mail: email });
      await synced(stage);

      const [dispute] = await disputesOf(stage);
      const link = (deskId: number) => decide(stage, 'Ines Marlow', { decision: 'link', deskId });

      assert.deepEqual(
        dispute?.candidates.map(({ deskId }) => deskId),
        [500, 501],
      );
      assert.doesNotMatch(dispute?.sentence ?? '', /Rui/);
      await assert.rejects(link(700), /700 cannot be linked: the desk has none/);
      await link(501);
    });
  });

  it('gives new users nothing of a template of another client', async () => {
    await withScene(async (scene) => {
      const { directory, stage, record } = scene;
      await record(500, 'Template of Porto', ours, { title: 'Clerk' });
      await record(700, 'Template of Bristol', theirs, { title: 'Director' });
      await directory.addUser('Ines Marlow', { displayName: 'Ines Marlow', mail: email });
      const place = { id: 1, name: 'People', target: 'user', dn: directory.container };
      // What the directory fills is the directory's, also where it says nothing: the title is not mapped here.
      const fields = [{ id: 11, target: 'user', from: 'displayName', to: 'name' }];
      await stage.settings({ newUserTemplateId: 700, places: [place], fields });

      await synced(stage, { whole: true });
      const made = (await told(scene)).filter(([name]) => name === 'Ines Marlow');
      await stage.settings({ newUserTemplateId: 500 });
      await synced(stage, { whole: true });

      assert.deepEqual(made, []);
      assert.deepEqual((await told(scene))[0], ['Ines Marlow', ours, 'Clerk', false]);
    });
  });

  it('tells of no records of another client that nobody of the directory has', async () => {
    await withScene(async (scene) => {
      const { stage, record } = scene;
      await record(500, 'Maya Ridge', ours);
      await record(700, 'Rui Castanho', theirs);
      const { db } = stage.database;
      const orphans = async () => {
        const { id } = await synced(stage, { purpose: 'drift' });
        const rows = await listDrift(db, id, { limit: 10 }, rosa);
        return rows.map(({ name }) => name);
      };

      const before = await orphans();
      await db.updateTable('desk_sites').set({ client_id: 7 }).where('id', '=', ours).execute();

      assert.deepEqual(before, ['Maya Ridge']);
      assert.deepEqual(await orphans(), []);
    });
  });

  it('takes nothing back from whoever went to another client since', async () => {
    await withScene(async (scene) => {
      const { stage, move } = scene;
      const { id } = await paired(scene);
      const { apply_run_id: runId } = await synced(stage);
      const asked = () => planUndoOf(stage.automation, runId ?? '', rosa);
      await move(id, theirs);
      const late = await asked();
      await move(id, ours);
      const early = await asked();
      await move(id, theirs);

      await approvePlan(stage.automation, early.id, { hash: early.hash, comment: '' }, rosa);
      const undo = await startRun(stage.automation, early.id, rosa);
      await ended(stage, undo.runId);

      assert.equal(late.changeCount, 0);
      assert.deepEqual(await outcomes(scene, undo.runId), [['failed', 'record.out-of-reach']]);
      assert.deepEqual(await told(scene), [['Ines Marlow', theirs, 'Optician', false]]);
    });
  });
});
