// Guards of a sync whose reading changes nobody: what is not to be believed is not remembered either.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceOverride } from '#domain/sync/guards.ts';
import { type PaperScene, withPaper } from '#test/sync/paper-directory.ts';
import { fields, synced, users } from '#test/sync/stage.ts';

const names = ['Ines Marlow', 'Maya Ridge', 'Tom Vale', 'Ana Prior', 'Rui Brook', 'Eva Stone'];
const settings = { leavers: { gone: 'review' } };

async function known({ stage: { database, syncId } }: PaperScene) {
  const { db } = database;
  const people = await db.selectFrom('sync_people').select(['state', 'name']).execute();
  const sync = await db
    .selectFrom('directory_syncs')
    .select(['bookmark', 'last_whole_at', 'last_error'])
    .where('id', '=', syncId)
    .executeTakeFirstOrThrow();
  return { states: people.map(({ state }) => state), ...sync };
}

describe('A guard that stops a sync which changes nobody', () => {
  it('has it fail, and nothing is remembered of what it read', async () => {
    await withPaper(
      async (scene) => {
        const { paper, stage } = scene;
        for (const [at, name] of names.entries()) paper.put(at + 1, name);
        assert.equal((await synced(stage)).state, 'done');
        const before = await known(scene);
        scene.bend = (scanned) => ({
          ...scanned,
          async *scan() {
            yield { entries: [], references: [] };
          },
          readByIds: async () => [],
        });

        const run = await synced(stage, { whole: true });

        assert.deepEqual([run.state, run.code], ['failed', 'sync.stopped'], run.sentence);
        assert.match(
          run.sentence,
          /^The directory has 0 people where it had 6.* Nothing was to be/,
        );
        assert.deepEqual(await known(scene), { ...before, last_error: run.sentence });
        const seen = await stage.database.db.selectFrom('sync_seen').selectAll().execute();
        const plans = await stage.database.db
          .selectFrom('plans')
          .select('state')
          .where('state', '<>', 'applied')
          .execute();
        assert.deepEqual([seen, plans], [[], []]);
        scene.bend = (scanned) => scanned;
        const next = await synced(stage, { whole: true });
        assert.deepEqual([next.state, next.changed_count], ['done', 0]);
        assert.equal((await users(stage)).filter(({ inactive }) => inactive).length, 0);
      },
      { settings },
    );
  });
});

describe('Somebody who is told that a sync stopped', () => {
  it('passes over a guard of what was read by its name, once, with the reason on record', async () => {
    await withPaper(
      async ({ paper, stage }) => {
        const { db } = stage.database;
        for (const [at, name] of names.entries()) paper.put(at + 1, name);
        assert.equal((await synced(stage)).state, 'done');
        for (const id of [1, 2, 3, 4]) paper.remove(id);
        const reason = 'Those who left long ago were deleted.';
        const override = (...guards: SourceOverride['guards']) => ({
          ...{ whole: true, override: { guards, reason } },
        });

        const stopped = await synced(stage, { whole: true });
        const another = await synced(stage, override('source-shape'));
        const passed = await synced(stage, override('source-size'));
        paper.remove(5);
        const next = await synced(stage, { whole: true });

        assert.match(stopped.sentence, /override of source-size and the reason/);
        assert.deepEqual(
          [stopped, another, passed, next].map(({ state, code }) => [state, code]),
          [
            ['failed', 'sync.stopped'],
            ['failed', 'sync.stopped'],
            ['done', null],
            ['done', null],
          ],
        );
        const people = await db.selectFrom('sync_people').select('state').execute();
        assert.equal(people.filter(({ state }) => state === 'gone').length, 5);
        const recorded = await db
          .selectFrom('audit_entries')
          .innerJoin('audit_texts', 'audit_texts.entry_id', 'audit_entries.id')
          .select(['after', 'because'])
          .where('action', '=', 'directory-sync.started')
          .where('because', 'is not', null)
          .orderBy('audit_entries.at')
          .execute();
        assert.deepEqual(recorded, [
          { after: 'source-shape', because: reason },
          { after: 'source-size', because: reason },
        ]);
      },
      { settings },
    );
  });
});

describe('A mapping', () => {
  it('may be taken away or spelt in other letters, and no guard thinks that it was hidden', async () => {
    await withPaper(async ({ paper, stage }) => {
      for (const [at, name] of names.entries()) paper.put(at + 1, name, { title: ['Optician'] });
      await synced(stage);
      const [name, mail] = fields;

      await stage.settings({ fields: [name, { ...mail, from: 'MAIL' }] });
      const run = await synced(stage);

      assert.deepEqual([run.state, run.did], ['done', 'whole'], run.sentence);
      assert.equal((await users(stage))[0]?.email, 'ana@larkfield.test');
    });
  });
});
