// Attempts at one run of a sync: one that broke off has ended before the next begins.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { ScannedDirectory } from '#features/directories/ports.ts';
import { withPaper } from '#test/sync/paper-directory.ts';
import { approved, synced, users } from '#test/sync/stage.ts';

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
