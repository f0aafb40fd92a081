// A run that wrote into a remote Halo is taken back: from what was recorded, and from what stands in that Halo now.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { Problem } from '#domain/problem.ts';
import { startRun } from '#features/automation/start-run.ts';
import { newId } from '#lib/ids.ts';
import {
  addOne,
  placeIn,
  type RemoteScene,
  remoteScenes,
  usersOfRemote,
} from '#test/sync/remote-stage.ts';
import { fields, rosa, synced } from '#test/sync/stage.ts';
import { applied, asked, refusal, twoRuns, undoOf, undoPlans } from '#test/sync/undo-runs.ts';

const withScene = remoteScenes();

async function idsOf(scene: RemoteScene) {
  const all = await usersOfRemote(scene);
  return new Map(all.map(({ name, id }) => [name, id]));
}

async function notesOf({ stage }: RemoteScene, planId: string) {
  const rows = await stage.database.db
    .selectFrom('plan_people')
    .select([
      'person_name',
      sql<string[]>`array(select jsonb_array_elements(notes) ->> 'code')`.as('codes'),
    ])
    .where('plan_id', '=', planId)
    .orderBy('person_name')
    .execute();
  return rows.flatMap(({ person_name: name, codes }) => codes.map((code) => [name, code]));
}

/** Name, title, the address of the manager, and whether they may still sign in. */
async function told(scene: RemoteScene) {
  const all = await usersOfRemote(scene);
  const whole = await Promise.all(
    all.map(({ id }) => scene.halo.server.get(`/api/Users/${id}?includedetails=true`)),
  );
  return whole.map(({ body }) => [
    body.name,
    body.title,
    body.manager_email?.split('@')[0] ?? null,
    body.inactive ? 'inactive' : 'active',
  ]);
}

function known({ stage }: RemoteScene) {
  return stage.database.db
    .selectFrom('sync_people')
    .select(['name', 'state', 'desk_id', 'due', 'digest'])
    .orderBy('name')
    .execute();
}

describe('Undoing a run that wrote into a remote Halo', () => {
  it('waits for a yes, deactivates whom it created, and gives everybody else back what they had', async () => {
    await withScene(async (scene) => {
      const { directory, stage } = scene;
      const { change, tomas } = await twoRuns(scene);
      await addOne(directory, 'Ana Novais', 'ana@larkfield.test', { title: 'Clerk' });
      await directory.set(tomas, 'userAccountControl', ['546']);
      const run = await change();
      assert.deepEqual(await told(scene), [
        ['Ana Novais', 'Clerk', null, 'active'],
        ['Ines Marlow', 'Director', null, 'active'],
        ['Maya Ridge', 'Buyer', 'tomas', 'active'],
        ['Tomas Reis', 'Clerk', null, 'inactive'],
      ]);
      const before = await known(scene);
      const posts = asked(scene, 'POST', /Users/);

      const plan = await undoOf(scene, run);
      await assert.rejects(startRun(stage.automation, plan.id, rosa), refusal('plan.unapproved'));
      const unasked = asked(scene, 'POST', /Users/);
      const outcomes = await applied(scene, plan);

      assert.equal(unasked, posts);
      assert.deepEqual(new Set(outcomes), new Set(['done']));
      assert.deepEqual(await told(scene), [
        ['Ana Novais', 'Clerk', null, 'inactive'],
        ['Ines Marlow', 'Director', null, 'active'],
        ['Maya Ridge', 'Optician', 'ines', 'active'],
        ['Tomas Reis', 'Clerk', null, 'active'],
      ]);
      assert.deepEqual(await notesOf(scene, plan.id), [['Ana Novais', 'undo.person-created']]);
      assert.deepEqual(await known(scene), before);
      await assert.rejects(undoOf(scene, run), refusal('run.undone'));
    });
  });

  it('leaves what the sync knows of them as it was, so that other settings bring everybody back', async () => {
    await withScene(async (scene) => {
      const { stage } = scene;
      const { change } = await twoRuns(scene);
      await applied(scene, await undoOf(scene, await change()));
      await stage.settings({
        fields: [...fields, { id: 15, target: 'user', from: 'st', to: 'notes' }],
      });

      const next = await synced(stage);

      assert.equal(next.state, 'done', next.sentence);
      const maya = (await told(scene)).find(([name]) => name === 'Maya Ridge');
      assert.deepEqual(maya, ['Maya Ridge', 'Buyer', 'tomas', 'active']);
    });
  });

  it('leaves what somebody changed in that Halo since, whoever is gone there, and what was put right already', async () => {
    await withScene(async (scene) => {
      const { directory, halo } = scene;
      const { change, ines, tomas, maya } = await twoRuns(scene);
      await directory.set(maya, 'manager', []);
      await directory.set(ines, 'title', ['Head of lenses']);
      await directory.set(tomas, 'title', ['Head of frames']);
      await addOne(directory, 'Ana Novais', 'ana@larkfield.test', { title: 'Clerk' });
      const run = await change();
      const ids = await idsOf(scene);
      // Nothing of this is read by a sync before the undo is asked for.
      const { server } = halo;
      await server.post('/api/Users', { id: ids.get('Maya Ridge'), title: 'Driver' });
      const mayas = { id: ids.get('Maya Ridge'), manager_email: 'nobody@elsewhere.test' };
      await server.post('/api/Users', mayas);
      await server.post('/api/Users', { id: ids.get('Ines Marlow'), title: 'Director' });
      await server.delete(`/api/Users/${ids.get('Tomas Reis')}`);
      await server.post('/api/Users', { id: ids.get('Ana Novais'), inactive: true });

      const plan = await undoOf(scene, run);

      assert.equal(plan.changeCount, 0);
      assert.deepEqual(await notesOf(scene, plan.id), [
        ['Ana Novais', 'undo.person-created'],
        ['Maya Ridge', 'undo.changed-since'],
        ['Maya Ridge', 'undo.changed-since'],
        ['Tomas Reis', 'undo.record-gone'],
      ]);
    });
  });

  it('names whose record there is somebody else’s by now, and leaves it alone', async () => {
    await withScene(async (scene) => {
      const { change } = await twoRuns(scene);
      const run = await change();
      // As where a person decided so.
      await scene.stage.database.db
        .updateTable('sync_people')
        .set({ entry_id: newId() })
        .where('name', '=', 'Maya Ridge')
        .execute();

      const plan = await undoOf(scene, run);

      assert.equal(plan.changeCount, 0);
      assert.deepEqual(await notesOf(scene, plan.id), [['Maya Ridge', 'undo.record-anothers']]);
    });
  });

  it('touches nobody whom somebody changed between the plan and its yes', async () => {
    await withScene(async (scene) => {
      const { change } = await twoRuns(scene);
      const run = await change();
      const plan = await undoOf(scene, run);
      const ids = await idsOf(scene);
      await scene.halo.server.post('/api/Users', { id: ids.get('Maya Ridge'), title: 'Driver' });

      const outcomes = await applied(scene, plan);

      assert.deepEqual(outcomes, ['conflict', 'done']);
      const maya = (await told(scene)).find(([name]) => name === 'Maya Ridge');
      assert.deepEqual(maya, ['Maya Ridge', 'Driver', 'ines', 'active']);
    });
  });

  it('gives agents back the roles they had', async () => {
    await withScene(async (scene) => {
      const { directory, halo, stage } = scene;
      const roles: string[] = [];
      for (const name of ['Lens desk', 'Frames desk']) {
        const { body } = await halo.server.post('/api/Roles', { name });
        roles.push(body.id);
      }
      const [lenses, frames] = roles;
      const asAgents = (roleId = '') =>
        stage.settings({
          places: [placeIn(directory, halo, { target: 'agent', siteId: null, roleIds: [roleId] })],
          fields: fields.map((field) => ({ ...field, target: 'agent' })),
        });
      await asAgents(lenses);
      await addOne(directory, 'Ines Marlow', 'ines@larkfield.test');
      assert.equal((await synced(stage)).state, 'done');
      await asAgents(frames);
      const run = await synced(stage);
      const rolesNow = async () => {
        const { body } = await halo.server.get('/api/Agent?includedisabled=true');
        const { id } = body.find(({ name }: { name: string }) => name === 'Ines Marlow');
        const { body: agent } = await halo.server.get(`/api/Agent/${id}?includedetails=true`);
        return agent.roles
          .map((one: { id: string }) => one.id)
          .filter((one: string) => roles.includes(one));
      };
      assert.deepEqual(await rolesNow(), [frames]);

      const outcomes = await applied(scene, await undoOf(scene, run));

      assert.deepEqual(outcomes, ['done']);
      assert.deepEqual(await rolesNow(), [lenses]);
    });
  });

  for (const [what, fault, because] of [
    ['is down', 'reset', /127\.0\.0\.1/],
    ['refuses', { status: 403 }, /does not allow/],
    ['fails', { status: 500 }, /500/],
  ] as const) {
    it(`says so in a sentence and leaves no plan where that Halo ${what}`, async () => {
      await withScene(async (scene) => {
        const { change } = await twoRuns(scene);
        const run = await change();
        scene.halo.gate = () => fault;

        await assert.rejects(undoOf(scene, run), (error) => {
          assert.ok(refusal('source.unreadable')(error), String(error));
          assert.ok(error instanceof Problem);
          assert.match(error.message, /^Remote Halo could not be read completely/);
          assert.match(error.message, because);
          return true;
        });

        assert.equal(await undoPlans(scene), 0);
        scene.halo.gate = () => undefined;
        assert.deepEqual(await applied(scene, await undoOf(scene, run)), ['done', 'done']);
      });
    });
  }
});
