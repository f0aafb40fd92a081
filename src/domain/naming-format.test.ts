import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMapping } from '#test/planning/larkfield.ts';
import fc from '#test/property.ts';
import { attemptsMax, NamingFormat, nameBy, nameSet } from './naming-format.ts';

const { names } = aMapping();

describe('A set of names', () => {
  it('is made by the first recipes for most people', () => {
    assert.deepEqual(nameSet(names, 0, person('Siobhán', "O'Dowd")), {
      sAMAccountName: 'siobhan.odowd',
      userPrincipalName: 'siobhan.odowd@larkfield.test',
      mail: 'siobhan.odowd@larkfield.test',
      cn: "Siobhán O'Dowd",
    });
  });

  it('goes on to the next recipes, and then counts', () => {
    const logins = [0, 1, 2, 3].map(
      (attempt) => nameSet(names, attempt, person('Thomas', 'Hale'))?.sAMAccountName,
    );

    assert.deepEqual(logins, ['thomas.hale', 't.hale', 't.hale2', 't.hale3']);
  });

  it('makes room for the counter in twenty characters', () => {
    const set = nameSet(names, 11, person('Maximilian', 'Featherstonehaugh-Cholmondeley'));

    assert.equal(set?.sAMAccountName, 'm.featherstonehaug11');
  });

  it('is empty for somebody without a name', () => {
    assert.deepEqual(nameSet(names, 0, person(null, null)), {});
  });

  it('ends somewhere', () => {
    assert.equal(nameSet(names, attemptsMax, person('Thomas', 'Hale')), undefined);
  });

  it('is legal for whatever people are called, and of no two attempts the same', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(name, name, (firstName, surname) => {
        const sets = Array.from({ length: 12 }, (_, attempt) =>
          nameSet(names, attempt, person(firstName, surname)),
        ).flatMap((set) => (set?.sAMAccountName === undefined ? [] : [set]));

        for (const set of sets) {
          assert.match(set.sAMAccountName ?? '', /^(?![.-])[\p{L}\p{N}._-]{1,20}$/u);
          assert.doesNotMatch(set.sAMAccountName ?? '', /\.$/);
          assert.match(
            set.userPrincipalName ?? '',
            /^[A-Za-z0-9_][A-Za-z0-9._-]*@larkfield\.test$/,
          );
          assert.ok((set.cn ?? '').length <= 64);
          assert.equal((set.cn ?? '').trim(), set.cn);
        }
        const counted = sets.slice(2).map(({ sAMAccountName }) => sAMAccountName);
        assert.equal(new Set(counted).size, counted.length);
      }),
    );
  });
});

describe('A recipe', () => {
  const make = (part: object, columns: Record<string, string>, format: object = {}) => {
    const parsed = NamingFormat.parse({
      recipes: [[{ kind: 'column', column: 'name', ...part }]],
      ...format,
    });
    return nameBy('cn', parsed, parsed.recipes[0] ?? [], 1, columns);
  };
  const name = { name: 'maria joão SILVA' };

  it('takes the first word, the last word or all', () => {
    assert.equal(make({ words: 'first' }, name), 'maria');
    assert.equal(make({ words: 'last' }, name), 'SILVA');
    assert.equal(make({ words: 'all' }, name), 'maria joao SILVA');
  });

  it('takes the first characters of each word', () => {
    assert.equal(make({ characters: 2 }, name, { stripSpaces: true }), 'majoSI');
  });

  it('changes letter case', () => {
    assert.equal(make({ letters: 'capitals' }, { name: "mary-ann O'NEILL" }), "Mary-Ann O'Neill");
    assert.equal(make({ letters: 'upper' }, name), 'MARIA JOAO SILVA');
  });

  it('keeps accents where it shall', () => {
    assert.equal(make({}, name, { stripAccents: false }), 'maria joão SILVA');
  });

  it('cuts at the length given', () => {
    assert.equal(make({}, name, { maxLength: 6 }), 'maria');
  });
});

function person(firstName: string | null, surname: string | null) {
  return { firstName, surname };
}
