// Managers of people of a directory: who they are when names change, and only some entries are read.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applySet } from '#features/directories/apply.ts';
import { idOf, type PaperScene, withPaper } from '#test/sync/paper-directory.ts';
import { approved, decide, type SyncStage, synced, users } from '#test/sync/stage.ts';

async function managers(stage: SyncStage) {
  const all = await users(stage);
  const nameOf = (id: number | null) => all.find((one) => one.id === id)?.name ?? null;
  return all.map(({ name, manager_id: id }) => [name, nameOf(id)]);
}

/** As a directory does that keeps references: the entry says the new name, and nobody is told that it changed. */
function quietly({ paper }: PaperScene, number: number, manager: string) {
  const entry = paper.entries.get(idOf(number));
  assert.ok(entry !== undefined);
  const attributes = { ...entry.attributes, manager: [manager] };
  paper.entries.set(entry.id, { ...entry, attributes });
}

describe('A manager whose name has signs that are escaped', () => {
  for (const [how, manager] of [
    ['in hexadecimal', 'cn=Ines \\2B Marlow\\2C Dr.,ou=People,dc=ad,dc=larkfield,dc=test'],
    ['in quotes', 'CN="Ines + Marlow, Dr.", OU=People, DC=ad, DC=larkfield, DC=test'],
    ['by another sign between', 'CN=Ines \\+ Marlow\\, Dr.;OU=People;DC=ad;DC=larkfield;DC=test'],
  ] as const) {
    it(`is found by their reports who spell it ${how}, also when neither is read anew`, async () => {
      await withPaper(async ({ paper, stage }) => {
        const named = { displayName: ['Ines Marlow'], mail: ['ines@larkfield.test'] };
        paper.put(1, 'Ines \\+ Marlow\\, Dr.', named);
        paper.put(2, 'Maya Ridge', { manager: [manager] });
        await synced(stage);
        assert.deepEqual((await managers(stage))[1], ['Maya Ridge', 'Ines Marlow']);

        paper.put(2, 'Maya Ridge', { manager: [manager], title: ['Optician'] });
        paper.put(3, 'Tom Vale', { manager: [manager] });
        const run = await synced(stage);

        assert.equal(run.did, 'changes');
        assert.deepEqual((await managers(stage)).slice(1), [
          ['Maya Ridge', 'Ines Marlow'],
          ['Tom Vale', 'Ines Marlow'],
        ]);
      });
    });
  }
});

describe('A manager who is renamed', () => {
  for (const [when, between] of [
    ['at once', false],
    ['by a later sync', true],
  ] as const) {
    it(`keeps their reports, also where somebody else has the old name ${when}`, async () => {
      await withPaper(async (scene) => {
        const { paper, stage } = scene;
        const ines = paper.put(1, 'Ines Marlow');
        paper.put(2, 'Maya Ridge', { manager: [ines] });
        await synced(stage);

        quietly(scene, 2, paper.put(1, 'Ines Brook', { mail: ['brook@larkfield.test'] }));
        if (between) assert.equal((await synced(stage)).did, 'changes');
        paper.put(3, 'Ines Marlow', { mail: ['marlow@larkfield.test'] });
        const run = await synced(stage);

        assert.deepEqual([run.state, run.did], ['done', 'changes'], run.sentence);
        assert.deepEqual(await managers(stage), [
          ['Ines Brook', null],
          ['Ines Marlow', null],
          ['Maya Ridge', 'Ines Brook'],
        ]);
        await synced(stage, { whole: true });
        assert.deepEqual((await managers(stage))[2], ['Maya Ridge', 'Ines Brook']);
      });
    });
  }

  it('keeps their reports where another has the old name now, however few are written at a time', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      scene.apply = async (ports, set) => {
        for (const change of set.changes) await applySet(ports, { ...set, changes: [change] });
      };
      const ines = paper.put(1, 'Ines Marlow');
      const maya = paper.put(2, 'Maya Ridge');
      paper.put(3, 'Tom Vale');
      paper.put(4, 'Ana Prior', { manager: [maya] });
      paper.put(5, 'Rui Brook', { manager: [ines] });
      await synced(stage);
      const married = { displayName: ['Maya Marlow'], mail: ['maya@larkfield.test'] };

      paper.put(3, 'Tom Vale', { title: ['Optician'], manager: [ines] });
      quietly(scene, 4, paper.put(2, 'Ines Marlow', married));
      quietly(scene, 5, paper.put(1, 'Ines Brook', { mail: ['brook@larkfield.test'] }));
      const run = await synced(stage);
      assert.deepEqual([run.state, run.did], ['done', 'changes'], run.sentence);
      paper.remove(1);
      paper.put(9, 'Ines Brook', { displayName: ['Ines Hill'], mail: ['hill@larkfield.test'] });
      await synced(stage);

      assert.deepEqual(await managers(stage), [
        ['Ana Prior', 'Maya Marlow'],
        ['Ines Brook', null],
        ['Ines Hill', null],
        ['Maya Marlow', null],
        ['Rui Brook', 'Ines Hill'],
        ['Tom Vale', 'Maya Marlow'],
      ]);
    });
  });

  it('is found by those who come to report to them afterwards', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      paper.put(1, 'Ines Marlow');
      paper.put(2, 'Maya Ridge');
      await synced(stage);
      const renamed = paper.put(1, 'Ines Brook');
      await synced(stage);
      paper.put(2, 'Maya Ridge', { manager: [renamed] });

      await synced(stage);

      assert.deepEqual((await managers(stage))[1], ['Maya Ridge', 'Ines Brook']);
    });
  });
});

describe('A manager who has a record because a person decided so', () => {
  it('has their reports, of whom the directory says nothing more', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      const shared = { mail: ['info@larkfield.test'] };
      paper.put(2, 'Maya Ridge', { manager: [paper.put(1, 'Ines Marlow', shared)] });
      paper.put(3, 'Tom Vale', shared);
      await synced(stage);
      await decide(stage, 'Ines Marlow', { decision: 'create' });

      const run = await synced(stage);

      assert.deepEqual([run.state, run.did], ['done', 'changes'], run.sentence);
      assert.deepEqual(await managers(stage), [
        ['Ines Marlow', null],
        ['Maya Ridge', 'Ines Marlow'],
      ]);
    });
  });

  it('has them back where their record was gone, also while the plan of that run waits', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      const ines = paper.put(1, 'Ines Marlow');
      paper.put(2, 'Maya Ridge', { manager: [ines] });
      await synced(stage);
      await stage.database.pool.query("delete from desk_users where name = 'Ines Marlow'");
      await stage.settings({ approval: 'always' });
      paper.put(1, 'Ines Marlow', { title: ['Optician'] });
      paper.put(3, 'Tom Vale');
      assert.equal((await synced(stage)).state, 'planned');
      await decide(stage, 'Ines Marlow', { decision: 'create' });

      await approved(stage, await synced(stage));

      assert.deepEqual(await managers(stage), [
        ['Ines Marlow', null],
        ['Maya Ridge', 'Ines Marlow'],
        ['Tom Vale', null],
      ]);
    });
  });
});
