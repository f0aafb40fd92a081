// Attempts at one run of a sync: what one that broke off, was taken over or gave way still wants to write.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { performSync } from '#features/directories/perform.ts';
import type { ScannedDirectory } from '#features/directories/ports.ts';
import { type PaperScene, withPaper } from '#test/sync/paper-directory.ts';
import { approved, begun, synced, until, users } from '#test/sync/stage.ts';

describe('An attempt at reading a directory that breaks off', () => {
  it('has put by what it was at before the next begins', async () => {
    await withPaper(async (scene) => {
      const { paper, stage } = scene;
      for (let number = 1; number <= 1_200; number += 1) paper.put(number, `P${number} Ridge`);
      paper.pageSize = 1_000;
      const events: string[] = [];
      scene.bend = (scanned) => {
        events.push('begins');
        return events.length === 1 ? breakingOff(scanned) : scanned;
      };
      // Longer than it takes to dial anew.
      let delayMs = 1_500;
      scene.bendDesk = (desk) => ({
        ...desk,
        async findBy(...asked) {
          const waitsMs = delayMs;
          delayMs = 0;
          await sleep(waitsMs);
          if (waitsMs > 0) events.push('its batch is planned');
          return desk.findBy(...asked);
        },
      });

      const run = await approved(stage, await synced(stage));

      assert.deepEqual(events, ['begins', 'its batch is planned', 'begins']);
      assert.deepEqual([run.state, run.read_count], ['done', 1_200], run.sentence);
      assert.equal((await users(stage)).length, 1_200);
    });
  });
});

/** Holds the next batch that is planned until it is let go. */
function holding(scene: PaperScene) {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isFirst = true;
  scene.bendDesk = (desk) => ({
    ...desk,
    async findBy(...asked) {
      if (isFirst) {
        isFirst = false;
        held.resolve();
        await released.promise;
      }
      return desk.findBy(...asked);
    },
  });
  return { held: held.promise, release: () => released.resolve() };
}

function seen({ stage }: PaperScene) {
  return stage.database.db.selectFrom('sync_seen').select(['sync_run_id', 'name']).execute();
}

describe('A worker that was believed dead', () => {
  it('puts nothing into the attempt of who took the run over', async () => {
    await withPaper(
      async (scene) => {
        const { paper, stage } = scene;
        paper.put(1, 'Ines Marlow');
        const runId = await begun(stage, { whole: true });
        const perform = () => performSync(stage.ports, runId, new AbortController().signal);
        const one = holding(scene);
        const dead = perform();
        await one.held;
        const other = holding(scene);
        const alive = perform();
        await other.held;
        one.release();
        await dead;
        const ofTheDead = await seen(scene);
        other.release();
        await alive;

        const run = await stage.run(runId);
        assert.deepEqual(ofTheDead, []);
        assert.deepEqual([run.state, run.attempt], ['planned', 2], run.sentence);
        assert.deepEqual(
          (await seen(scene)).map(({ name }) => name),
          ['Ines Marlow'],
        );
      },
      { working: false },
    );
  });
});

describe('A worker that is killed as soon as its plan stands', () => {
  it('is followed by another, which begins the plan, for it needs no yes', async () => {
    await withPaper(
      async (scene) => {
        const { paper, stage } = scene;
        paper.put(1, 'Ines Marlow');
        const runId = await begun(stage, { whole: true });
        const killed = new AbortController();
        const start = async () => {
          killed.abort(new Error('killed'));
          throw new Error('killed');
        };
        const plans = { ...stage.ports.plans, start };
        await assert.rejects(
          performSync({ ...stage.ports, plans }, runId, killed.signal),
          /killed/,
        );
        assert.equal((await stage.run(runId)).state, 'planned');

        await using _ = await stage.work();

        assert.equal((await until(stage, runId, ['done', 'failed'])).state, 'done');
        assert.equal((await users(stage)).length, 1);
      },
      { working: false },
    );
  });
});

describe('A reading that gives way to a plan that is applied', () => {
  it('leaves nothing behind, also of the batch that it was at', async () => {
    await withPaper(
      async (scene) => {
        const { paper, stage } = scene;
        paper.put(1, 'Ines Marlow');
        const waits = await synced(stage);
        const batch = holding(scene);
        const ended = Promise.withResolvers<void>();
        scene.bend = (scanned) => ({
          ...scanned,
          [Symbol.asyncDispose]: async () => ended.resolve(),
        });
        const runId = await begun(stage, { whole: true });
        await batch.held;

        assert.equal((await approved(stage, waits)).state, 'done');
        batch.release();
        await ended.promise;

        const run = await stage.run(runId);
        assert.deepEqual([run.state, run.code], ['cancelled', 'sync.superseded']);
        assert.deepEqual(await seen(scene), []);
      },
      { settings: { approval: 'always' } },
    );
  });
});

/** After its first page. */
function breakingOff(scanned: ScannedDirectory): ScannedDirectory {
  return {
    ...scanned,
    async *scan(...asked) {
      for await (const page of scanned.scan(...asked)) {
        yield page;
        throw new DirectoryRefusal('directory.unreachable', 'The line was cut.', true);
      }
    },
  };
}
