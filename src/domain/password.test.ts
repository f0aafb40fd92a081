import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from '#test/property.ts';
import { generatePassword } from './password.ts';

describe('A generated password', () => {
  it('has twenty characters of every class, and none that is taken for another', () => {
    for (let times = 0; times < 500; times += 1) {
      const text = generatePassword(randomInt).reveal();

      assert.equal(text.length, 20);
      for (const shape of [/[A-Z]/, /[a-z]/, /[2-9]/, /[^A-Za-z0-9]/]) assert.match(text, shape);
      assert.doesNotMatch(text, /[0O1lI"'`\\<>&%\s]/);
    }
  });

  it('holds no name of the person, not even a part of one', () => {
    const pick = fc.infiniteStream(fc.nat());
    fc.assert(
      fc.property(pick, (stream) => {
        const random = (limit: number) => (stream.next().value ?? 0) % limit;

        const text = generatePassword(random, ['abc', 'Ines Marlow']).reveal().toLowerCase();

        for (const name of ['abc', 'ines', 'marlow']) assert.equal(text.includes(name), false);
      }),
    );
  });

  it('is drawn again when it happens to hold one', () => {
    const drawn = generatePassword(counting()).reveal();
    const name = drawn.slice(5, 9);

    const other = generatePassword(counting(), [name]).reveal();

    assert.notEqual(other, drawn);
    assert.equal(other.toLowerCase().includes(name.toLowerCase()), false);
  });

  it('is the same for the same randomness, and never seen when printed', () => {
    assert.equal(generatePassword(counting()).reveal(), generatePassword(counting()).reveal());
    assert.equal(`${generatePassword(counting())}`, '[secret]');
  });

  it('ends in an error when randomness is broken', () => {
    const [stuck] = generatePassword(() => 0)
      .reveal()
      .split('-');

    assert.throws(() => generatePassword(() => 0, [stuck ?? '']), /was found in 1000 tries/);
  });
});

function counting(): (limit: number) => number {
  let state = 7;
  return (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
}
