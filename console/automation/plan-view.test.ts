import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChangeWire, GuardWire, PlanPersonWire } from '#features/automation/wire.ts';
import {
  approveLabel,
  changesOf,
  dangerOf,
  diffRows,
  extentOf,
  guardsInOrder,
  otherReasons,
  peopleGroups,
  targetOf,
} from './plan-view.ts';

const clara = aPerson('33', 'Clara Whitcombe', 'mover', 2);
const owen = aPerson('35', 'Owen Pryce', 'leaver', 1);
const gareth = {
  ...aPerson('37', 'Gareth Lund', 'leaver', 0),
  notes: [{ sentence: 'The account of Gareth Lund is protected.', code: 'account.protected' }],
};
const ines = aPerson('39', 'Ines Marlow', 'unchanged', 0);

const moves = aChange({
  personKey: '33',
  before: { l: ['Bristol'], title: [] },
  after: { l: ['Porto'], title: ['Supplier Quality Manager'] },
  because: ['l is Porto in Halo', 'title is Supplier Quality Manager in Halo'],
});
const joins = aChange({
  personKey: '33',
  kind: 'add-member',
  before: { memberOf: [] },
  after: { memberOf: ['Quality'] },
  because: ['Rule "By department" holds in Halo'],
});
const closes = aChange({
  personKey: '35',
  kind: 'disable',
  target: { kind: 'existing', id: 'guid', name: 'Owen Pryce' },
  before: { enabled: ['true'] },
  after: { enabled: ['false'] },
  because: ['inactive is true in Halo'],
});
const plan = {
  people: [ines, clara, gareth, owen],
  changes: [moves, joins, closes],
  changeCount: 3,
  disables: 1,
  next: null,
};

describe('The people of a plan', () => {
  it('stand by situation, and a situation without people is left out', () => {
    assert.deepEqual(named(''), [
      ['Movers', ['Clara Whitcombe']],
      ['Leavers', ['Gareth Lund', 'Owen Pryce']],
      ['Nothing to do', ['Ines Marlow']],
    ]);
  });

  it('are found by their name, in any case', () => {
    assert.deepEqual(named('pRYCE'), [['Leavers', ['Owen Pryce']]]);
  });

  it('are found by a value of a change, and by what a note says', () => {
    assert.deepEqual(named('supplier porto'), [['Movers', ['Clara Whitcombe']]]);
    assert.deepEqual(named('protected'), [['Leavers', ['Gareth Lund']]]);
  });

  it('are nobody when a word fits none', () => {
    assert.deepEqual(named('clara nothing-like-it'), []);
  });
});

describe('The changes of a person', () => {
  it('are narrowed by words that fit some of them', () => {
    assert.deepEqual(changesOf(plan, '33', 'quality by department'), [joins]);
  });

  it('are all there when the words fit the person alone', () => {
    assert.deepEqual(changesOf(plan, '33', 'clara'), [moves, joins]);
  });
});

describe('A change', () => {
  it('to a group names the group, not the person', () => {
    assert.equal(targetOf(joins), 'Quality');
    const leaves = { ...joins, kind: 'remove-member' as const, before: joins.after, after: {} };
    assert.equal(targetOf(leaves), 'Quality');
  });

  it('that tells a ticket names the ticket', () => {
    const tells = aChange({ kind: 'tell', after: { id: ['17'], webhook: ['HALO update ticket'] } });

    assert.equal(targetOf(tells), '17');
    assert.deepEqual(diffRows(tells), []);
  });

  it('shows each attribute before and after, with the reason that speaks of it', () => {
    assert.deepEqual(diffRows(moves), [
      {
        attribute: 'l',
        before: ['Bristol'],
        after: ['Porto'],
        because: ['l is Porto in Halo'],
      },
      {
        attribute: 'title',
        before: [],
        after: ['Supplier Quality Manager'],
        because: ['title is Supplier Quality Manager in Halo'],
      },
    ]);
    assert.deepEqual(otherReasons(moves), []);
  });

  it('of an account says enabled and disabled, and keeps its reason', () => {
    assert.deepEqual(diffRows(closes), [
      { attribute: 'account', before: ['enabled'], after: ['disabled'], because: [] },
    ]);
    assert.deepEqual(otherReasons(closes), ['inactive is true in Halo']);
  });
});

describe('A change of a person of the desk', () => {
  it('names fields as people do, and says active and inactive', () => {
    const change = {
      ...{ ...closes, action: 'sync-user', kind: 'update' as const, because: [] },
      ...{ before: { 'custom:Badge': ['7'] }, after: { 'custom:Badge': ['8'], siteId: ['12'] } },
    };

    assert.deepEqual(
      diffRows(change).map(({ attribute }) => attribute),
      ['Badge', 'site, by number'],
    );
    assert.deepEqual(diffRows({ ...closes, action: 'sync-user' }), [
      { attribute: 'state', before: ['active'], after: ['inactive'], because: [] },
    ]);
  });
});

describe('The guards', () => {
  it('that stop come first, then those to look at, then those that counted; the rest is folded', () => {
    const guards = [
      aGuard('quiet', 'pass', 'No account is deleted.'),
      aGuard('counts', 'pass', '2 of 40 accounts disabled.'),
      aGuard('looks', 'review', 'This is the first run.'),
      aGuard('stops', 'stop', 'Too much.'),
    ];

    const { shown, quiet } = guardsInOrder(guards);

    assert.deepEqual(
      [shown, quiet].map((some) => some.map(({ name }) => name)),
      [['stops', 'looks', 'counts'], ['quiet']],
    );
  });
});

describe('Approving', () => {
  it('asks for the number of accounts that close, and names their people', () => {
    assert.deepEqual(dangerOf(plan), {
      ...{ names: ['Owen Pryce'], count: 1, typed: '1', act: 'disable 1 account' },
      isReversible: true,
    });
    assert.equal(approveLabel(plan), 'Disable 1 account and make 2 other changes');
    assert.equal(
      approveLabel({ changes: [closes], changeCount: 1, disables: 1 }),
      'Disable 1 account',
    );
  });

  it('asks for nothing typed where no account closes', () => {
    assert.equal(dangerOf({ changes: [moves], disables: 0 }), undefined);
    assert.equal(
      approveLabel({ changes: [moves], changeCount: 1, disables: 0 }),
      'Approve and make 1 change',
    );
  });

  it('counts those too who are beyond what a large plan shows, and calls people of a desk so', () => {
    const leaves = { ...closes, action: 'sync-user' };
    const large = { changes: [leaves], changeCount: 40_000, disables: 2_500 };

    assert.deepEqual(dangerOf(large), {
      ...{ names: ['Owen Pryce'], count: 2_500, typed: '2500', act: 'deactivate 2,500 people' },
      isReversible: true,
    });
    assert.equal(approveLabel(large), 'Deactivate 2,500 people and make 37,500 other changes');
  });

  it('promises no way back where one of those shown has none, or none is shown', () => {
    const leaves = { ...closes, action: 'sync-user', reversible: false };

    const shown = [[closes, leaves], [moves]].map((changes) => dangerOf({ changes, disables: 2 }));

    assert.deepEqual(
      shown.map((danger) => danger?.isReversible),
      [false, false],
    );
  });

  it('says for how many people it is, where all of them are there to be counted', () => {
    assert.equal(extentOf(plan), '3 changes for 2 people');
    assert.equal(extentOf({ ...plan, next: '1999' }), '3 changes');
  });
});

function named(find: string) {
  return peopleGroups(plan, find).map(({ title, people }) => [
    title,
    people.map(({ name }) => name),
  ]);
}

function aPerson(
  key: string,
  name: string,
  group: PlanPersonWire['group'],
  changes: number,
): PlanPersonWire {
  return { key, name, group, changes, notes: [] };
}

function aChange(given: Partial<ChangeWire>): ChangeWire {
  return {
    id: `${given.personKey} ${given.kind}`,
    personKey: '33',
    personName: 'Clara Whitcombe',
    system: 'AD Larkfield',
    action: 'modify-account',
    kind: 'update',
    target: { kind: 'existing', id: 'guid', name: 'Clara Whitcombe' },
    before: {},
    after: {},
    fallbacks: [],
    because: [],
    reversible: true,
    irreversibleBecause: null,
    ...given,
  };
}

function aGuard(name: string, verdict: GuardWire['verdict'], sentence: string): GuardWire {
  return { name, verdict, sentence };
}
