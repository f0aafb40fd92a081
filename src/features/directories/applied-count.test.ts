// What counting the settled changes of a run costs, however many watch.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countSeldom } from './applied-count.ts';

function aCount({ tookMs }: { readonly tookMs: number }) {
  const clock = { ms: 0 };
  const asked: string[] = [];
  const count = countSeldom(
    async (runId) => {
      asked.push(runId);
      clock.ms += tookMs;
      return asked.length;
    },
    () => clock.ms,
  );
  return { clock, asked, count };
}

describe('The settled changes of a run', () => {
  it('are counted once for all who watch it, and of each run by itself', async () => {
    const { asked, count } = aCount({ tookMs: 1 });

    const told = await Promise.all([count('a'), count('a'), count('b'), count('a')]);

    assert.deepEqual(
      [told, asked],
      [
        [1, 1, 2, 1],
        ['a', 'b'],
      ],
    );
  });

  it('are counted again after two seconds, or twenty times as long as counting took', async () => {
    for (const [tookMs, stillMs] of [
      [1, 1_999],
      [300, 5_999],
    ] as const) {
      const { clock, asked, count } = aCount({ tookMs });
      await count('a');

      clock.ms += stillMs;
      const still = await count('a');
      clock.ms += 1;
      const anew = await count('a');

      assert.deepEqual([still, anew, asked.length], [1, 2, 2]);
    }
  });

  it('are counted anew where counting failed', async () => {
    let tries = 0;
    const count = countSeldom(async () => {
      tries += 1;
      if (tries === 1) throw new Error('the database is away');
      return tries;
    });

    await assert.rejects(count('a'));

    assert.equal(await count('a'), 2);
  });
});
