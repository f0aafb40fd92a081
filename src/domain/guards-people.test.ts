// The guards that count, of a service desk's people: a sync's changes are spelt in the desk's own words.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Change } from './change.ts';
import { judgeAmounts } from './guards.ts';
import { SyncLimits } from './sync/settings.ts';
import { addUp, noTotals, type Totals } from './totals.ts';

const limits = SyncLimits.parse({});

describe('The changes of a sync', () => {
  it('count as changes of a key where people are found by the field', () => {
    const totals = addUp(noTotals, [
      update({ email: ['a@larkfield.test'] }),
      update({ fax: ['1'] }),
    ]);

    assert.equal(totals.updates, 2);
    assert.equal(totals.keyAttributes, 1);
  });

  it('count as moves where site, role or name differ', () => {
    const totals = addUp(noTotals, [update({ siteId: ['12'] }), update({ title: ['Optician'] })]);

    assert.equal(totals.moves, 1);
    assert.equal(totals.keyAttributes, 0);
  });

  it('are judged in the words of people, moves among them', () => {
    assert.deepEqual(verdictsOf({ moves: 4, updates: 4 })[3], {
      name: 'moves',
      verdict: 'stop',
      sentence: '4 of 38 people with a changed site, role or name, 11 %; the limit is 3 or 5 %.',
    });
    assert.equal(verdictsOf({ moves: 3, updates: 3 })[3]?.verdict, 'pass');
    assert.equal(verdictsOf({ disables: 4 })[1]?.verdict, 'stop');
  });
});

describe('A change of a directory', () => {
  it('is no move, and no key where only the desk has such a field', () => {
    const change = { ...update({ name: ['Ines Marlow'], login: ['x'] }), action: 'modify-account' };

    const totals = addUp(noTotals, [change]);

    assert.equal(totals.moves + totals.keyAttributes, 0);
  });
});

function verdictsOf(given: Partial<Totals>) {
  const totals = { ...noTotals, ...given };
  return judgeAmounts({ totals, limits, lastDay: noTotals, accounts: 38, of: 'people' });
}

function update(after: Change['after']): Change {
  return {
    id: 'user:1:update',
    personKey: 'user:1',
    personName: 'Ines Marlow',
    step: 0,
    action: 'sync-user',
    kind: 'update',
    connectionId: '00000000-0000-4000-8000-00000000de5c',
    system: 'Service desk',
    target: { kind: 'existing', id: 'user:12', name: 'Ines Marlow' },
    before: {},
    after,
    fallbacks: [],
    because: ['The directory says so'],
    reversible: true,
    needs: [],
  };
}
