// Directory sync from end to end: a real directory, a real database, and the hub's own desk.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { BookmarkRefused } from '#domain/ports/directory-changes.ts';
import { listPlans } from '#features/automation/plan-view.ts';
import { decideDispute, listDisputes } from '#features/directories/disputes.ts';
import { performSync } from '#features/directories/perform.ts';
import type { ScannedDirectory } from '#features/directories/ports.ts';
import { getRun, listDrift } from '#features/directories/run-list.ts';
import { cancelSync, startSync } from '#features/directories/runs.ts';
import { startDue } from '#features/directories/schedule.ts';
import { explainPerson } from '#features/directories/trace.ts';
import { addressOf, aStage, type Stage } from '#test/contracts/directory-stage.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import {
  approved,
  aSyncStage,
  guardsOf,
  rosa,
  type SyncStage,
  synced,
  until,
  users,
} from '#test/sync/stage.ts';

let server: LabDirectoryServer;

before(async () => {
  server = await labDirectory();
});

after(async () => {
  await server[Symbol.asyncDispose]();
});

type Scene = {
  readonly directory: Stage;
  readonly stage: SyncStage;
  /** What happens to a directory as it is opened. */
  bend: (scanned: ScannedDirectory) => ScannedDirectory;
  add(...names: readonly string[]): Promise<readonly string[]>;
};

const fields = [
  { id: 11, target: 'user', from: 'displayName', to: 'name' },
  { id: 12, target: 'user', from: 'mail', to: 'email' },
  { id: 13, target: 'user', from: 'title', to: 'title' },
  { id: 14, target: 'user', from: 'manager', to: 'manager' },
];

async function withScene(
  work: (scene: Scene) => Promise<void>,
  { working = true }: { readonly working?: boolean } = {},
): Promise<void> {
  await using directory = await aStage(server, openLdapDirectory);
  const bending = { bend: (scanned: ScannedDirectory) => scanned };
  await using stage = await aSyncStage({
    open: async () =>
      bending.bend(await openLdapScanner(addressOf(server), server.service.password)),
    settings: {
      places: [{ id: 1, name: 'People', target: 'user', dn: directory.container, siteId: 1 }],
      fields,
    },
  });
  const scene = Object.assign(bending, {
    ...{ directory, stage },
    add: (...names: readonly string[]) =>
      Promise.all(
        names.map((name) => directory.addUser(name, { displayName: name, mail: mailOf(name) })),
      ),
  });
  await using _ = working ? await stage.work() : { [Symbol.asyncDispose]: async () => {} };
  await work(scene);
}

function mailOf(name: string): string {
  return `${name.split(' ')[0]?.toLowerCase()}@larkfield.test`;
}

async function active({ stage }: Scene): Promise<string[]> {
  return (await users(stage)).filter(({ inactive }) => !inactive).map(({ name }) => name);
}

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

const six = ['Ana One', 'Bea Two', 'Cid Three', 'Dov Four', 'Eva Five', 'Fin Six'];

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

describe('A whole read', () => {
  it('plans nobody whose entry is as it was, and says why it was made', async () => {
    await withScene(async ({ stage, add }) => {
      await add('Ana One', 'Bea Two');
      const first = await synced(stage);
      const again = await synced(stage, { whole: true });

      assert.match(first.whole_because ?? '', /no bookmark/);
      assert.deepEqual(
        [again.did, again.whole_because, again.read_count, again.changed_count, again.plan_id],
        ['whole', null, 2, 0, null],
      );
    });
  });

  it('is made where the directory does not take the bookmark, and where the settings changed', async () => {
    await withScene(async (scene) => {
      const { stage, add } = scene;
      await add('Ana One');
      await synced(stage);
      scene.bend = (scanned) => ({
        ...scanned,
        since: () => Promise.reject(new BookmarkRefused('It is too old.')),
      });
      const refused = await synced(stage);
      scene.bend = (scanned) => scanned;
      await stage.settings({ fields: fields.slice(0, 2) });
      const changed = await synced(stage);

      assert.match(refused.whole_because ?? '', /did not take the bookmark: It is too old/);
      assert.match(changed.whole_because ?? '', /settings changed/);
    });
  });

  it('takes names and managers of any length', async () => {
    await withScene(async (scene) => {
      const { stage, add } = scene;
      await add('Ana One', 'Bea Two');
      const long = `CN=${randomBytes(6_000).toString('hex')},OU=People`;
      scene.bend = (scanned) => ({
        ...scanned,
        readScanned: async (...asked) =>
          (await scanned.readScanned(...asked)).map((entry) => ({
            ...{ ...entry, dn: `${entry.dn},${long}` },
            attributes: { ...entry.attributes, manager: [long] },
          })),
      });

      const run = await synced(stage, { whole: true });

      assert.equal(run.state, 'done', run.sentence);
      assert.deepEqual(await active(scene), ['Ana One', 'Bea Two']);
      assert.equal((await synced(stage, { whole: true })).planned_count, 0);
    });
  });

  it('that loses a page changes nothing, and is told of once', async () => {
    await withScene(async (scene) => {
      const { stage, add } = scene;
      await add(...six);
      await synced(stage);
      scene.bend = (scanned) => ({
        ...scanned,
        async *scan(...asked) {
          for await (const page of scanned.scan(...asked)) {
            yield { ...page, entries: page.entries.slice(0, 1) };
            throw new DirectoryRefusal('read.incomplete', 'The line was cut.', false);
          }
        },
      });
      const first = await synced(stage, { whole: true });
      await synced(stage, { whole: true });

      assert.deepEqual([first.state, first.code], ['failed', 'read.incomplete']);
      assert.deepEqual(await active(scene), six);
      assert.deepEqual(
        stage.notices.map(({ event }) => event),
        ['run.failed'],
      );
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
      const disputes = await listDisputes(stage.ports.db, stage.syncId, { limit: 10 }, rosa);

      assert.deepEqual(await active(scene), []);
      assert.deepEqual(disputes.map(({ name, code }) => [name, code]).toSorted(), [
        ['Ana One', 'sync.several-entries'],
        ['Ana Three', 'sync.several-entries'],
        ['Ana Two', 'sync.several-entries'],
      ]);
      const idOf = (name: string) => disputes.find((one) => one.name === name)?.id ?? '';
      await decideDispute(stage.ports, idOf('Ana One'), { decision: 'create' }, rosa);
      await decideDispute(stage.ports, idOf('Ana Two'), { decision: 'leave-out' }, rosa);
      await synced(stage);
      await synced(stage, { whole: true });

      assert.deepEqual(await active(scene), ['Ana One']);
      const left = await listDisputes(stage.ports.db, stage.syncId, { limit: 10 }, rosa);
      assert.deepEqual(
        left.map(({ name, code }) => [name, code]),
        [['Ana Three', 'sync.taken']],
      );
      assert.ok(directory.container.length > 0);
    });
  });
});

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

describe('A run', () => {
  it('is one at a time for each sync, and begins when a worker has time', async () => {
    await withScene(
      async ({ stage, add }) => {
        await add('Ana One');
        const ask = () =>
          startSync(stage.ports, stage.syncId, { whole: false, purpose: 'sync' }, rosa);
        const asked = await Promise.allSettled([ask(), ask(), ask()]);

        const [begun, ...more] = asked.flatMap((one) =>
          one.status === 'fulfilled' ? [one.value.runId] : [],
        );
        assert.equal(more.length, 0);
        assert.ok(
          asked.some((one) => one.status === 'rejected' && one.reason.code === 'sync.running'),
        );
        await using _one = await stage.work();
        await using _two = await stage.work();
        assert.equal((await until(stage, begun ?? '', ['done'])).read_count, 1);
      },
      { working: false },
    );
  });

  it('that another worker took up is written by that one alone', async () => {
    await withScene(
      async (scene) => {
        const { stage, add } = scene;
        await add('Ana One', 'Bea Two');
        const { runId } = await startSync(
          stage.ports,
          stage.syncId,
          { whole: true, purpose: 'sync' },
          rosa,
        );
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
      const { runId } = await startSync(
        stage.ports,
        stage.syncId,
        { whole: true, purpose: 'sync' },
        rosa,
      );
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
      const { automation, database } = stage;
      const waiting = async () => {
        const filter = { waiting: true };
        const asked = [database.db, rosa, automation.clock(), { limit: 10 }, filter] as const;
        return (await listPlans(...asked)).items.map(({ id }) => id);
      };
      await add('Ana One');
      const older = await synced(stage);
      await add('Bea Two');
      // What the database shows to others while the older plan is turned down.
      const meanwhile: string[] = [];
      const { rejectPlans } = stage.ports;
      Object.assign(stage.ports, {
        async rejectPlans(...told: Parameters<typeof rejectPlans>) {
          await rejectPlans(...told);
          meanwhile.push((await stage.run(older.id)).state, ...(await waiting()));
        },
      });
      const newer = await synced(stage);

      assert.deepEqual(meanwhile, ['planned', newer.plan_id, older.plan_id]);
      assert.deepEqual([older.state, newer.state], ['planned', 'planned']);
      assert.equal((await stage.run(older.id)).state, 'cancelled');
      assert.deepEqual(await waiting(), [newer.plan_id]);
      await assert.rejects(approved(stage, older), { code: 'plan.decided' });
      const done = await approved(stage, newer);
      assert.equal(done.state, 'done');
      assert.deepEqual(await active(scene), ['Ana One', 'Bea Two']);

      await add('Cid Three');
      const cancelled = await synced(stage);
      await cancelSync(stage.ports, cancelled.id, rosa);
      assert.deepEqual(await waiting(), []);
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
