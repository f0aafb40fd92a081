import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { batches } from './batches.ts';

const limits = { itemsMax: 3, atOnce: 1 } as const;

describe('Calls in batches', () => {
  it('share a trip when they come together or while one is under way, in order', async () => {
    const trips: number[][] = [];
    const double = batches(limits, async (items: readonly number[]) => {
      trips.push([...items]);
      await new Promise(setImmediate);
      return items.map((item) => item * 2);
    });

    const first = Promise.all([1, 2].map(double));
    await new Promise(setImmediate);
    const others = Promise.all([3, 4, 5, 6].map(double));

    assert.deepEqual(
      [await first, await others],
      [
        [2, 4],
        [6, 8, 10, 12],
      ],
    );
    assert.deepEqual(trips, [[1, 2], [3, 4, 5], [6]]);
  });

  it('fail together when the trip fails', async () => {
    const fails = batches(limits, () => Promise.reject(new Error('no')));

    const results = await Promise.allSettled([1, 2].map(fails));

    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });

  it('are made again one by one where asked, so that only the one at fault fails', async () => {
    const trips: number[][] = [];
    const picky = batches({ ...limits, againAlone: true }, async (items: readonly number[]) => {
      trips.push([...items]);
      if (items.includes(2)) throw new Error('not two');
      return items;
    });

    const results = await Promise.allSettled([1, 2, 3].map(picky));

    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(trips, [[1, 2, 3], [1], [2], [3]]);
  });
});
