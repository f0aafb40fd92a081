import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainLetters } from './plain-letters.ts';

describe('Plain letters', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Siobhán', 'Siobhan'],
    ['Łucja', 'Lucja'],
    ['Sørensen', 'Sorensen'],
    ['Falcão', 'Falcao'],
    ['Groß', 'Gross'],
    ['Þórunn Æðelstan', 'Thorunn Aedelstan'],
    ['Đorđe', 'Dorde'],
    ['O’Sullivan', "O'Sullivan"],
    ['Jean-Luc', 'Jean-Luc'],
    ['Лариса', 'Лариса'],
  ];
  for (const [name, plain] of cases) {
    it(`of ${name} are ${plain}`, () => {
      assert.equal(plainLetters(name), plain);
    });
  }

  it('are the same for both ways of writing an accent', () => {
    assert.equal(plainLetters('Siobh\u0061\u0301n'), plainLetters('Siobh\u00e1n'));
  });
});
