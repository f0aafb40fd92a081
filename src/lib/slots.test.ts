import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { slots } from './slots.ts';

describe('Work in slots', () => {
  it('never runs more at once than there are slots, and runs all in order', async () => {
    const two = slots(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const work = (n: number) => async () => {
      order.push(n);
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return n;
    };

    const results = await Promise.all([1, 2, 3, 4, 5].map((n) => two.run(work(n))));

    assert.deepEqual([results, order, most], [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 2]);
  });

  it('gives a slot back when the work fails', async () => {
    const one = slots(1);

    await assert.rejects(one.run(() => Promise.reject(new Error('no'))));

    assert.equal(await one.run(async () => 'yes'), 'yes');
  });

  it('lets nobody in who was called off, and calls off who waits in line', async () => {
    const one = slots(1);
    const busy = Promise.withResolvers<string>();
    const first = one.run(() => busy.promise);
    const calledOff = new AbortController();
    const waiting = one.run(async () => 'never', calledOff.signal);
    const after = one.run(async () => 'after');

    calledOff.abort(new Error('called off'));
    busy.resolve('first');

    await assert.rejects(waiting, /called off/);
    await assert.rejects(
      one.run(async () => 'never', calledOff.signal),
      /called off/,
    );
    assert.deepEqual(await Promise.all([first, after]), ['first', 'after']);
  });
});
