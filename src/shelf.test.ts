// The specification of the shelf: what is shared, what is closed and when.
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { shelf } from './shelf.ts';

describe('A thing on the shelf', () => {
  it('is opened once for all who take it', () => {
    const { things, take } = aShelf();

    const [one, other] = [take('halo', 1), take('halo', 1)];

    assert.equal(one.thing, other.thing);
    assert.deepEqual(
      things.map(({ name }) => name),
      ['halo 1'],
    );
  });

  it('stays open for a while after the last gave it back', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { things, take } = aShelf();

    const one = take('halo', 1);
    await one.giveBack();
    mock.timers.tick(999);
    assert.equal(take('halo', 1).thing, one.thing);
    mock.timers.tick(5_000);
    const openInUse = things[0]?.closed;
    await take('halo', 1).giveBack();
    mock.timers.reset();

    assert.equal(openInUse, 0);
  });

  it('is closed when nobody took it for long enough', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { things, take } = aShelf();

    await take('halo', 1).giveBack();
    mock.timers.tick(1_000);
    mock.timers.reset();

    assert.equal(things[0]?.closed, 1);
  });

  it('of an older version is closed once the last who uses it is done', async () => {
    const { things, take } = aShelf();
    const old = take('halo', 1);

    const young = take('halo', 2);
    const whileInUse = things[0]?.closed;
    await old.giveBack();
    await old.giveBack();

    assert.notEqual(young.thing, old.thing);
    assert.equal(whileInUse, 0);
    assert.equal(things[0]?.closed, 1);
    assert.equal(things[1]?.closed, 0);
  });

  it('is closed with the shelf', async () => {
    const { things, take, all } = aShelf();
    await take('halo', 1).giveBack();
    take('desk', 1);

    await all[Symbol.asyncDispose]();

    assert.deepEqual(
      things.map(({ closed }) => closed),
      [1, 1],
    );
  });
});

function aShelf() {
  const things: { name: string; closed: number }[] = [];
  const all = shelf<AsyncDisposable>(1_000);
  const take = (id: string, version: number) =>
    all.take(id, version, () => {
      const thing = { name: `${id} ${version}`, closed: 0 };
      things.push(thing);
      return {
        async [Symbol.asyncDispose]() {
          thing.closed += 1;
        },
      };
    });
  return { things, take, all };
}
