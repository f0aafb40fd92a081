// Which entries of a directory are people.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFilter } from '#lib/ldap-filter.ts';
import { peopleFilter } from './people-filter.ts';

describe('The filter of a place', () => {
  it('finds accounts of people alone, with contacts only where they are asked for', () => {
    const without = peopleFilter({ contacts: false }, { filter: '' });
    const including = peopleFilter({ contacts: true }, { filter: ' ' });

    assert.doesNotMatch(without, /contact/);
    assert.match(including, /\(objectClass=contact\)/);
  });

  it('holds for whatever filter an administrator writes, with or without its parentheses', () => {
    for (const filter of ['(department=Optics)', 'department=Optics', '(|(l=York)(l=Hull))']) {
      const written = peopleFilter({ contacts: false }, { filter });
      const read = parseFilter(written);

      assert.equal(read.kind, 'and');
    }
  });
});
