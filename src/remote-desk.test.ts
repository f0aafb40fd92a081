// Directory sync into a remote Halo from end to end: a directory, two hubs, and everything that can happen between.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cancelRun } from '#features/automation/cancel-run.ts';
import { NotesDocument } from '#features/automation/documents.ts';
import { listDrift } from '#features/directories/run-list.ts';
import { sweep } from '#features/directories/sweep.ts';
import { newId } from '#lib/ids.ts';
import {
  addOne,
  placeIn,
  type RemoteScene,
  type RemoteUser,
  remoteScenes,
  usersOfRemote,
} from '#test/sync/remote-stage.ts';
import {
  approved,
  begun,
  decide,
  disputesOf,
  fields,
  type RunRow,
  rosa,
  synced,
  until,
} from '#test/sync/stage.ts';

const withScene = remoteScenes();

/** So many people, each with an address of their own. */
async function addMany({ directory }: RemoteScene, count: number): Promise<readonly string[]> {
  const dns: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const name = `Person ${String(at).padStart(3, '0')}`;
    dns.push(await addOne(directory, name, `p${at}@larkfield.test`));
  }
  return dns;
}

async function linked({ stage }: RemoteScene): Promise<number> {
  const people = await stage.database.db
    .selectFrom('sync_people')
    .select('desk_id')
    .where('state', '=', 'linked')
    .execute();
  return new Set(people.map(({ desk_id: id }) => id)).size;
}

/** Many at once are approved by hand. */
async function applied({ stage }: RemoteScene): Promise<RunRow> {
  const run = await synced(stage);
  return run.state === 'planned' ? approved(stage, run) : run;
}

function outcomes({ stage }: RemoteScene) {
  return stage.database.db
    .selectFrom('outcomes')
    .select(['result', 'code', 'because'])
    .orderBy('position')
    .execute();
}

async function quiet({ stage }: RemoteScene): Promise<void> {
  const again = await synced(stage, { whole: true });
  assert.deepEqual([again.state, again.planned_count], ['done', 0], again.sentence);
  await stage.settings({
    fields: [...fields, { id: 15, target: 'user', from: 'st', to: 'notes' }],
  });
  const anew = await synced(stage, { whole: true });
  assert.deepEqual([anew.state, anew.planned_count], ['done', 0], anew.sentence);
}

describe('A sync into a remote Halo', () => {
  it('makes its users, follows them and their managers, deactivates leavers, and then rests', async () => {
    await withScene(async (scene) => {
      const { directory, halo, stage } = scene;
      const boss = await addOne(directory, 'Ines Marlow', 'ines@larkfield.test');
      const more = { title: 'Optician', manager: boss };
      const maya = await addOne(directory, 'Maya Ridge', 'maya@larkfield.test', more);
      // Were Maya the only one with a title, her going would look like one that may no longer be read.
      await addOne(directory, 'Tomas Reis', 'tomas@larkfield.test', more);
      const first = await synced(stage);
      assert.equal(first.state, 'done', first.sentence);
      const made = await usersOfRemote(scene);
      const whole = await halo.server.get(`/api/Users/${made[1]?.id}?includedetails=true`);
      assert.deepEqual(
        [made.map(({ name }) => name), whole.body.title, whole.body.manager_email],
        [['Ines Marlow', 'Maya Ridge', 'Tomas Reis'], 'Optician', 'ines@larkfield.test'],
      );

      await directory.set(maya, 'displayName', ['Maya Quince']);
      assert.equal((await synced(stage)).state, 'done');
      assert.deepEqual(
        (await usersOfRemote(scene)).map(({ id, name }) => [id, name]),
        [
          [made[0]?.id, 'Ines Marlow'],
          [made[1]?.id, 'Maya Quince'],
          [made[2]?.id, 'Tomas Reis'],
        ],
      );

      // This directory does not show who was deleted.
      await directory.administrator.del(maya);
      assert.equal((await synced(stage, { whole: true })).state, 'done');
      assert.deepEqual(
        (await usersOfRemote(scene)).map(({ inactive }) => inactive),
        [false, true, false],
      );
      await quiet(scene);
    });
  });

  it('leaves it to a person whose record somebody has, and obeys', async () => {
    await withScene(async (scene) => {
      const { directory, halo, stage } = scene;
      const site_id = halo.server.larkfield.bristol;
      const emailaddress = 'ana@larkfield.test';
      const wanted = [];
      for (const name of ['Ana One', 'Ana Two']) {
        const { body } = await halo.server.post('/api/Users', { name, site_id, emailaddress });
        wanted.push(body.id);
      }
      await addOne(directory, 'Ana Three', emailaddress);
      await synced(stage);
      const [dispute] = await disputesOf(stage);
      assert.equal(dispute?.code, 'sync.several-in-desk');

      const link = (deskId: number) => decide(stage, 'Ana Three', { decision: 'link', deskId });
      await assert.rejects(link(99_999), /99999 cannot be linked: the desk has none/);
      halo.gate = () => ({ status: 403 });
      await assert.rejects(link(wanted[1]), /cannot be looked at in Remote Halo: .*does not allow/);
      halo.gate = () => undefined;
      await link(wanted[1]);
      assert.equal((await synced(stage)).state, 'done');

      assert.deepEqual(
        (await usersOfRemote(scene)).map(({ id, name }) => [id, name]),
        [
          [wanted[0], 'Ana One'],
          [wanted[1], 'Ana Three'],
        ],
      );
    });
  });

  it('reads its lists once, and tells of records that nobody of the directory has', async () => {
    await withScene(async (scene) => {
      const { directory, halo, stage } = scene;
      await addOne(directory, 'Ana One', 'ana@larkfield.test');
      await synced(stage);
      const { bristol: site_id, porto } = halo.server.larkfield;
      await halo.server.post('/api/Users', { name: 'Zoe Orphan', site_id });
      await halo.server.post('/api/Users', { name: 'Zoe Elsewhere', site_id: porto });
      await halo.server.post('/api/Users', { name: 'Zoe Away', site_id, inactive: true });
      const before = halo.asked.filter(({ path }) => path === '/api/Users').length;

      const report = await synced(stage, { purpose: 'drift' });

      const rows = await listDrift(stage.database.db, report.id, { limit: 10 }, rosa);
      assert.deepEqual(
        rows.map(({ name, kind }) => [name, kind]),
        [['Zoe Orphan', 'orphan']],
      );
      assert.equal(halo.asked.filter(({ path }) => path === '/api/Users').length, before + 1);
    });
  });

  it('says in the plan what a remote Halo cannot take, and fails at nothing', async () => {
    await withScene(async (scene) => {
      const { directory, halo, stage } = scene;
      const ana = await addOne(directory, 'Ana One', 'ana@larkfield.test');
      const bea = await addOne(directory, 'Bea Two', 'bea@larkfield.test');
      await directory.set(ana, 'comment', [Buffer.from('ffd8ffe000', 'hex').toString('base64')]);
      const board = { id: 2, name: 'Board', target: 'cab-member', dn: bea, siteId: null };
      const photo = { id: 16, target: 'user', from: 'comment', to: 'photo' };
      await stage.settings({
        places: [placeIn(directory, halo), placeIn(directory, halo, board)],
        fields: [...fields, photo],
      });

      const run = await synced(stage);

      const people = await stage.database.db
        .selectFrom('plan_people')
        .select(['person_name', 'notes'])
        .orderBy('person_name')
        .execute();
      assert.deepEqual(
        people.flatMap(({ person_name: name, notes }) =>
          NotesDocument.parse(notes).map(({ code }) => [name, code]),
        ),
        [
          ['Ana One', 'sync.remote-photo'],
          ['Bea Two', 'sync.remote-board'],
        ],
      );
      assert.deepEqual(
        [run.state, (await outcomes(scene)).map(({ result }) => result)],
        ['done', ['done', 'done']],
      );
    });
  });
});

describe('A set of changes for a remote Halo', () => {
  for (const [what, fault] of [
    ['takes no more for now', { status: 429 }],
    ['fails', { status: 500 }],
    ['is gone', 'reset'],
    ['answers nobody', 'lost'],
  ] as const) {
    it(`is made once and whole when Halo ${what} in the middle of it`, async () => {
      await withScene(async (scene) => {
        const { halo } = scene;
        await addMany(scene, 120);
        let sets = 0;
        let posts = 0;
        scene.onApply = () => {
          sets += 1;
        };
        halo.gate = ({ method }) => {
          if (method !== 'POST')
            return sets === 1 && posts >= 2 && fault === 'reset' ? fault : undefined;
          posts += 1;
          return sets === 1 && posts >= 2 ? fault : undefined;
        };

        const run = await applied(scene);

        assert.equal(run.state, 'done', run.sentence);
        assert.ok(sets > 1, 'the set was tried again');
        assert.equal((await usersOfRemote(scene)).length, 120);
        assert.equal(await linked(scene), 120);
        assert.deepEqual(
          new Set((await outcomes(scene)).map(({ result }) => result)),
          new Set(['done']),
        );
        await quiet(scene);
      });
    });
  }

  it('goes on where it was after a crash, and neither loses nor doubles anybody', async () => {
    await withScene(async (scene) => {
      await addMany(scene, 120);
      let saves = 0;
      scene.bend = (desk) => ({
        ...desk,
        [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
        people: {
          ...desk.people,
          async save(target, records) {
            saves += 1;
            const saved = await desk.people.save(target, records);
            // After Halo has made them, before anybody writes it down.
            if (saves === 2) throw Object.assign(new Error('killed'), { code: '57P01' });
            return saved;
          },
        },
      });

      const run = await applied(scene);

      assert.equal(run.state, 'done', run.sentence);
      assert.equal((await usersOfRemote(scene)).length, 120);
      assert.equal(await linked(scene), 120);
      await quiet(scene);
    });
  });

  it('that Halo lets nobody make fails in a sentence, and the next sync makes it', async () => {
    await withScene(async (scene) => {
      const { halo } = scene;
      await addMany(scene, 60);
      let posts = 0;
      halo.gate = ({ method }) => {
        if (method !== 'POST') return undefined;
        posts += 1;
        return posts >= 2 ? { status: 401 } : undefined;
      };
      await applied(scene);
      const refused = (await outcomes(scene)).filter(({ result }) => result === 'failed');
      assert.deepEqual([refused.length, refused[0]?.code], [10, 'credentials.refused']);
      assert.match(refused[0]?.because ?? '', /refuses a token/);
      assert.equal((await usersOfRemote(scene)).length, 50);

      halo.gate = () => undefined;
      const mended = await applied(scene);

      assert.equal(mended.state, 'done', mended.sentence);
      assert.equal((await usersOfRemote(scene)).length, 60);
      await quiet(scene);
    });
  });

  it('that is cancelled in the middle keeps whom Halo made, also the nameless', async () => {
    await withScene(async (scene) => {
      const { directory, stage } = scene;
      for (const name of ['Ana One', 'Bea Two'])
        await directory.addUser(name, { displayName: name });
      let saves = 0;
      scene.bend = (desk) => ({
        ...desk,
        [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
        people: {
          ...desk.people,
          async save(target, records) {
            const saved = await desk.people.save(target, records);
            saves += 1;
            const open = await stage.database.db.selectFrom('runs').select('id').execute();
            for (const { id } of saves === 1 ? open : []) {
              await cancelRun(stage.automation, id, 'Rosa cancelled it.', rosa);
            }
            return saved;
          },
        },
      });
      const runId = await begun(stage, { whole: true });
      assert.equal((await until(stage, runId, ['cancelled', 'done'])).state, 'cancelled');
      const deadline = Date.now() + 10_000;
      while ((await linked(scene)) < 2 && Date.now() < deadline) {
        await new Promise((wake) => setTimeout(wake, 20));
      }

      await synced(stage);

      const { body } = await scene.halo.server.get('/api/Users?count=1000');
      const names = body.users.map(({ name }: RemoteUser) => name);
      assert.deepEqual(names.filter((name: string) => /^(Ana|Bea)/.test(name)).toSorted(), [
        'Ana One',
        'Bea Two',
      ]);
    });
  });
});

describe('A reading for a remote Halo', () => {
  for (const [status, code] of [
    [401, 'credentials.refused'],
    [403, 'rights.missing'],
    [500, 'application.failed'],
  ] as const) {
    it(`that Halo answers with ${status} ends in a sentence and plans nothing`, async () => {
      await withScene(async (scene) => {
        const { directory, halo, stage } = scene;
        await addOne(directory, 'Ana One', 'ana@larkfield.test');
        halo.gate = () => ({ status });

        const run = await synced(stage);

        assert.deepEqual([run.state, run.code, run.plan_id], ['failed', code, null]);
        assert.match(run.sentence, /127\.0\.0\.1/);
      });
    });
  }
});

describe('The hourly sweep', () => {
  it('forgets intents of long ago, and keeps those of runs that are open', async () => {
    await withScene(async ({ directory, stage }) => {
      await addOne(directory, 'Ana One', 'ana@larkfield.test');
      await synced(stage);
      const { db } = stage.database;
      const { desk_connection_id: connection } = await db
        .selectFrom('directory_syncs')
        .select('desk_connection_id')
        .executeTakeFirstOrThrow();
      const long = new Date(Date.now() - 40 * 86_400_000);
      const row = { change_id: 'x', connection_id: connection ?? '' };
      await db
        .insertInto('sync_desk_intents')
        .values({ ...row, run_id: newId(), asked_at: long })
        .execute();
      const [open] = await db
        .updateTable('runs')
        .set({ finished_at: null })
        .returning('id')
        .execute();
      await db
        .insertInto('sync_desk_intents')
        .values({ ...row, run_id: open?.id ?? '', asked_at: long })
        .execute();

      await sweep(stage.ports);

      const left = await db
        .selectFrom('sync_desk_intents')
        .select(['run_id', 'change_id'])
        .execute();
      assert.deepEqual(new Set(left.map(({ run_id: id }) => id)), new Set([open?.id]));
      assert.equal(left.length, 2);
    });
  });
});
