import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMapping, containers } from '#test/planning/larkfield.ts';
import fc from '#test/property.ts';
import { nameKey } from './looking.ts';
import { chooseNames, type NameChoice, type Newcomer } from './names.ts';

const { names } = aMapping();
const [bristol = '', porto = ''] = containers;

describe('Choosing names', () => {
  it('asks first for the first three sets, and for nothing once they are known', () => {
    const newcomers = [aNewcomer('1')];

    const asked = chooseNames(newcomers, names, { names: new Map() });
    const chosen = chooseNames(newcomers, names, { names: free(asked) });

    assert.deepEqual(asked.ask.find(({ attribute }) => attribute === 'sAMAccountName')?.values, [
      'ines.marlow',
      'i.marlow',
      'i.marlow2',
    ]);
    assert.deepEqual(chosen.ask, []);
    assert.deepEqual(chosen.chosen.get('1')?.first.sAMAccountName, ['ines.marlow']);
  });

  it('gives up a set when one of its names is taken', () => {
    const newcomers = [aNewcomer('1')];
    const known = free(chooseNames(newcomers, names, { names: new Map() }));
    known.set(nameKey({ attribute: 'mail', value: 'Ines.Marlow@larkfield.test' }), true);

    const { chosen } = chooseNames(newcomers, names, { names: known });

    assert.deepEqual(chosen.get('1')?.first.sAMAccountName, ['i.marlow']);
  });

  it('lets two people be called the same in different containers, but not log on the same', () => {
    const newcomers = [aNewcomer('1', bristol), aNewcomer('2', porto)];

    const { chosen } = settle(newcomers);

    assert.deepEqual(chosen.get('2')?.first.cn, ['Ines Marlow']);
    assert.deepEqual(chosen.get('2')?.first.sAMAccountName, ['i.marlow']);
  });

  it('lets people choose in the order of their keys, whatever order they come in', () => {
    const newcomers = ['1', '2', '3', '4', '5'].map((key) => aNewcomer(key));
    const expected = settle(newcomers);
    fc.assert(
      fc.property(fc.shuffledSubarray(newcomers, { minLength: 5 }), (shuffled) => {
        assert.deepEqual(settle(shuffled).chosen, expected.chosen);
      }),
    );
    assert.deepEqual(expected.chosen.get('1')?.first.sAMAccountName, ['ines.marlow']);
  });
});

function aNewcomer(key: string, container = porto): Newcomer {
  return { key, columns: { firstName: 'Ines', surname: 'Marlow' }, container };
}

/** Answers that every name asked for is free, until nothing is asked. */
function settle(newcomers: readonly Newcomer[]): NameChoice {
  const known = new Map<string, boolean>();
  for (let round = 0; round < 6; round += 1) {
    const choice = chooseNames(newcomers, names, { names: known });
    if (choice.ask.length === 0) return choice;
    for (const [key, taken] of free(choice)) known.set(key, taken);
  }
  throw new Error('the names did not settle');
}

function free({ ask }: NameChoice): Map<string, boolean> {
  return new Map(
    ask.flatMap((question) =>
      question.values.map((value): [string, boolean] => [nameKey({ ...question, value }), false]),
    ),
  );
}
