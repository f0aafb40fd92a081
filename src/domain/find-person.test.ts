import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDefinition, sourceOf } from '#test/planning/larkfield.ts';
import { findPersonKey } from './find-person.ts';
import { Problem } from './problem.ts';

const source = sourceOf([
  { id: 1, firstname: 'Ines', surname: 'Marlow' },
  { id: 2, firstname: 'Thomas', surname: 'Hale' },
  { id: 3, firstname: 'Thomas', surname: 'Hale' },
]);
const find = (asked: string) => findPersonKey(source, asked, aDefinition().automation.name);

describe('Asked for one person, Sundog', () => {
  it('finds them by key, or by a name that is theirs alone', () => {
    assert.equal(find('1'), '1');
    assert.equal(find(' ines MARLOW'), '1');
  });

  it('names the keys to choose from where several bear the name', () => {
    assert.throws(
      () => find('Thomas Hale'),
      (error) =>
        error instanceof Problem && error.code === 'person.ambiguous' && /2, 3/.test(error.message),
    );
  });

  it('takes a name that nobody bears for a key, for the explanation says so', () => {
    assert.equal(find('Nobody'), 'Nobody');
  });
});
