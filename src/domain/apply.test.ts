import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accounts, aDefinition, everyone, noon, sourceOf } from '#test/planning/larkfield.ts';
import { larkfield, planWith } from '#test/planning/model-directory.ts';
import fc from '#test/property.ts';
import type { Account } from './account.ts';
import { accountToCreate, decide, sameValues } from './apply.ts';
import type { Change } from './change.ts';

const { changes } = planWith(larkfield(), aDefinition(), sourceOf(everyone), noon);

describe('An update', () => {
  const change = changeOf('update', 'Clara Whitcombe');
  const account = accountOf('Clara Whitcombe');

  it('is written while everything is as the plan saw it', () => {
    assert.deepEqual(decide(change, account), {
      do: 'write',
      before: change.before,
      after: change.after,
    });
  });

  it('is skipped when everything is already so', () => {
    const done = { ...account, attributes: { ...account.attributes, ...change.after } };

    assert.equal(decide(change, done).do, 'skip');
  });

  it('is written for the rest when a part is already so', () => {
    const half = {
      ...account,
      attributes: { ...account.attributes, title: ['Supplier Quality Manager'] },
    };

    const decision = decide(change, half);

    assert.deepEqual(decision.do === 'write' ? Object.keys(decision.after) : [], [
      'department',
      'physicalDeliveryOfficeName',
    ]);
  });

  it('is a conflict when somebody else changed it since', () => {
    const other = { ...account, attributes: { ...account.attributes, title: ['Meddler'] } };

    assert.deepEqual(decide(change, other), {
      do: 'conflict',
      because: 'title was changed since the plan was made',
    });
  });

  it('is a conflict when the account is gone', () => {
    assert.match(JSON.stringify(decide(change, undefined)), /no longer in AD Larkfield/);
  });
});

describe('A disable', () => {
  it('is written once', () => {
    const change = changeOf('disable', 'Owen Pryce');
    const account = accountOf('Owen Pryce');

    assert.equal(decide(change, account).do, 'write');
    assert.equal(decide(change, { ...account, enabled: false }).do, 'skip');
  });
});

describe('A membership', () => {
  it('is written once', () => {
    const change = changeOf('add-member', 'Clara Whitcombe');
    const account = accountOf('Clara Whitcombe');
    const member = { ...account, groupIds: [...account.groupIds, change.group?.id ?? ''] };

    assert.equal(decide(change, account).do, 'write');
    assert.equal(decide(change, member).do, 'skip');
  });
});

describe('A creation', () => {
  const change = changes.find(
    ({ kind, after }) => kind === 'create' && after.cn?.[0] === 'Ines Marlow',
  );

  it('is made with the planned names, and with the fallback names after', () => {
    assert.ok(change);
    const planned = accountToCreate(change, 0);
    const fallback = accountToCreate(change, 1);

    assert.equal(planned?.dn, 'CN=Ines Marlow,OU=Porto,OU=People,DC=ad,DC=larkfield,DC=test');
    assert.equal(planned?.enabled, true);
    assert.equal('enabled' in (planned?.attributes ?? {}), false);
    assert.equal(fallback?.dn, 'CN=Ines Marlow 2,OU=Porto,OU=People,DC=ad,DC=larkfield,DC=test');
    assert.deepEqual(fallback?.attributes.description, ['Made for i.marlow2']);
    assert.deepEqual(fallback?.attributes.department, ['Quality']);
  });

  it('is not made with names that do not stand in the plan', () => {
    assert.ok(change);
    assert.equal(accountToCreate(change, change.fallbacks.length + 1), undefined);
  });
});

describe('Values', () => {
  it('are the same in whatever order a directory keeps them', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (one, other) => {
        assert.equal(sameValues(one, one.toReversed()), true);
        assert.equal(
          sameValues(one, other),
          JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted()),
        );
      }),
    );
    assert.equal(sameValues(undefined, []), true);
  });
});

function changeOf(kind: Change['kind'], name: string): Change {
  const found = changes.find((change) => change.kind === kind && change.personName === name);
  assert.ok(found);
  return found;
}

function accountOf(name: string): Account {
  const found = accounts.find(({ attributes }) => attributes.displayName?.[0] === name);
  assert.ok(found);
  return found;
}
