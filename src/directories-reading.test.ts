// Whole reads of a directory: when they are made, and what they come to where the directory is long or breaks off.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { BookmarkRefused } from '#domain/ports/directory-changes.ts';
import { active, labScenes, six } from '#test/sync/lab-scene.ts';
import { withPaper } from '#test/sync/paper-directory.ts';
import { fields, synced, users } from '#test/sync/stage.ts';

const withScene = labScenes();

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

  it('stands where its directory cannot be closed in peace, and its plan is applied', async () => {
    await withPaper(async (scene) => {
      scene.bend = (scanned) => ({
        ...scanned,
        [Symbol.asyncDispose]: () =>
          Promise.reject(new DirectoryRefusal('directory.refused', 'The line went.', false)),
      });
      scene.paper.put(1, 'Ines Marlow');
      const run = await synced(scene.stage);

      assert.deepEqual([run.state, run.code], ['done', null]);
      assert.deepEqual(
        (await users(scene.stage)).map(({ name }) => name),
        ['Ines Marlow'],
      );
    });
  });

  const spans = [
    {
      when: 'the set hours after the last, where the directory does not show who was deleted',
      settings: { deletionsSoughtEveryHours: 3 },
      ...{ hours: 3, seesDeletions: false },
      because: /does not show every deletion.* 3 hours ago/,
    },
    {
      when: 'the set days after the last, also where the directory shows who was deleted',
      settings: { wholeReadEveryDays: 2 },
      ...{ hours: 48, seesDeletions: true },
      because: /more than 2 days ago/,
    },
  ];
  for (const { when, settings, hours, seesDeletions, because } of spans) {
    it(`is made ${when}, and finds who is missing`, async () => {
      await withPaper(
        async (scene) => {
          const { paper, stage } = scene;
          // Somebody is taken away, and the changes say nothing of it.
          scene.bend = (scanned) => ({
            ...scanned,
            since: async (...asked) => ({
              ...(await scanned.since(...asked)),
              ...{ deleted: new Set<string>(), seesDeletions },
            }),
          });
          paper.put(1, 'Ines Marlow');
          paper.put(2, 'Maya Ridge');
          await synced(stage);
          paper.remove(1);
          const inactive = async () => (await users(stage)).map((one) => one.inactive);
          const pass = (more: number) => {
            stage.now = new Date(stage.now.getTime() + more * 3_600_000);
          };

          pass(hours - 1);
          const early = await synced(stage);
          const before = await inactive();
          pass(2);
          const late = await synced(stage);

          assert.deepEqual([early.state, early.did, before], ['done', 'changes', [false, false]]);
          assert.deepEqual([late.state, late.did], ['done', 'whole'], late.sentence);
          assert.match(late.whole_because ?? '', because);
          assert.deepEqual(await inactive(), [true, false]);
        },
        { settings },
      );
    });
  }

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
