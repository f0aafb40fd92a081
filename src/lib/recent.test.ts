// What is remembered for a moment, and forgotten in time.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recent } from './recent.ts';

describe('What was found recently', () => {
  it('is not looked up again, until it is too old', async () => {
    const { known, clock, look, looks } = aRecent();

    await known.get('a', look);
    clock.now = 2_999;
    await known.get('a', look);
    clock.now = 3_000;
    await known.get('a', look);

    assert.equal(looks.count, 2);
  });

  it('is looked up again once it was forgotten', async () => {
    const { known, look, looks } = aRecent();
    await known.get('a', look);

    known.forget();

    await known.get('a', look);
    assert.equal(looks.count, 2);
  });

  it('is not remembered when it was forgotten while being looked up', async () => {
    const { known, look, looks } = aRecent();

    await known.get('a', async () => {
      known.forget();
      return 'from before';
    });

    assert.equal(await known.get('a', look), 'found');
    assert.equal(looks.count, 1);
  });

  it('is not relied upon while changes may go unheard', async () => {
    const { known, clock, look, looks } = aRecent();
    await known.get('a', look);

    clock.trusted = false;

    await known.get('a', look);
    await known.get('a', look);
    assert.equal(looks.count, 3);
  });

  it('was nothing: then it is looked up every time', async () => {
    const { known, looks } = aRecent();
    const nothing = async () => {
      looks.count += 1;
      return undefined;
    };

    await known.get('a', nothing);
    await known.get('a', nothing);

    assert.equal(looks.count, 2);
  });

  it('makes room for what is newer', async () => {
    const { known, look, looks } = aRecent();
    for (const key of ['a', 'b', 'c']) await known.get(key, look);

    await known.get('a', look);

    assert.equal(looks.count, 4);
  });
});

function aRecent() {
  const clock = { now: 0, trusted: true };
  const looks = { count: 0 };
  const known = recent<string>({
    forMs: 3_000,
    keptMax: 2,
    trusted: () => clock.trusted,
    nowMs: () => clock.now,
  });
  const look = async () => {
    looks.count += 1;
    return 'found';
  };
  return { known, clock, look, looks };
}
