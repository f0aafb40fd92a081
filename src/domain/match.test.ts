import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  accounts,
  aDefinition,
  ad,
  aRow,
  everyone,
  guid,
  halo,
  noon,
  type Row,
  sourceOf,
} from '#test/planning/larkfield.ts';
import fc from '#test/property.ts';
import type { Account } from './account.ts';
import type { Link } from './link.ts';
import { type Known, knowingLinks } from './looking.ts';
import { type Match, matchRecords } from './match.ts';

describe('A record', () => {
  it('is new when no rule finds an account', () => {
    const [match] = matched([{ id: 39 }], []);

    assert.equal(match?.situation, 'new');
  });

  it('is linked when one rule finds one account, letter case aside', () => {
    const account = anAccount(1, { mail: ['Ines.Marlow@Larkfield.test'] });

    const [match] = matched([{ id: 39, email: 'ines.marlow@larkfield.test' }], [account]);

    assert.equal(match?.account, account);
    assert.match(match?.sentence ?? '', /^mail of CN=.* is ines.marlow@larkfield.test, as email/);
  });

  it('is linked by its link even when no rule would find it', () => {
    const account = anAccount(1, {});

    const [match] = matched([{ id: 39 }], [account], [aLink('39', 1)]);

    assert.equal(match?.situation, 'linked');
    assert.equal(match?.account, account);
  });

  it('is disputed when two accounts match, be it by one rule', () => {
    const both = [anAccount(1, { mail: ['a@b.test'] }), anAccount(2, { mail: ['a@b.test'] })];

    const [match] = matched([{ id: 39, email: 'a@b.test' }], both);

    assert.equal(match?.code, 'match.several-accounts');
  });

  it('is disputed when two rules find different accounts', () => {
    const both = [anAccount(1, { mail: ['a@b.test'] }), anAccount(2, { employeeID: ['39'] })];

    const [match] = matched([{ id: 39, email: 'a@b.test' }], both);

    assert.equal(match?.code, 'match.several-accounts');
    assert.match(match?.sentence ?? '', /may be CN=1,.* \(by mail\) and CN=2,.* \(by employeeID\)/);
  });

  it('is disputed together with another that matches the same account', () => {
    const account = anAccount(1, { mail: ['a@b.test'] });

    const matches = matched(
      [
        { id: 1, email: 'a@b.test' },
        { id: 2, email: 'A@B.test' },
      ],
      [account],
    );

    assert.deepEqual(
      matches.map(({ code }) => code),
      ['match.several-records', 'match.several-records'],
    );
  });

  it('is disputed when the account is linked to somebody else, who keeps it', () => {
    const account = anAccount(1, { mail: ['a@b.test'] });

    const matches = matched([{ id: 1 }, { id: 2, email: 'a@b.test' }], [account], [aLink('1', 1)]);

    assert.deepEqual(
      matches.map(({ situation, code }) => [situation, code]),
      [
        ['linked', undefined],
        ['disputed', 'match.account-linked'],
      ],
    );
  });

  it('is disputed when its linked account is no longer in the directory', () => {
    const [match] = matched([{ id: 39 }], [], [aLink('39', 1)]);

    assert.equal(match?.code, 'account.vanished');
  });

  it('that was refused is disputed and not gone', () => {
    const matches = matched([{ id: 39 }, { id: 39 }], [], [aLink('39', 1)]);

    assert.deepEqual(
      matches.map(({ situation, code }) => [situation, code]),
      [['disputed', 'record.duplicate']],
    );
  });
});

describe('A linked person', () => {
  it('is gone, and no more than that, when the source has them no longer', () => {
    const [match] = matched([], [anAccount(1, {})], [aLink('39', 1)]);

    assert.equal(match?.situation, 'gone');
    assert.match(match?.sentence ?? '', /absence alone disables nobody/);
  });
});

describe('Matching', () => {
  it('is the same whatever the order of records and accounts', () => {
    const known = withAccounts(accounts, []);
    const expected = matchRecords(aDefinition(), sourceOf(everyone), known, noon);
    const whole = { minLength: everyone.length };
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...everyone], whole),
        fc.shuffledSubarray([...accounts], { minLength: accounts.length }),
        (rows, shuffled) => {
          const matches = matchRecords(
            aDefinition(),
            sourceOf(rows),
            withAccounts(shuffled, []),
            noon,
          );

          assert.deepEqual(matches, expected);
        },
      ),
    );
  });

  it('never gives one account to two records', () => {
    const row = fc.record({
      id: fc.integer({ min: 1, max: 8 }),
      email: fc.constantFrom(null, 'a@b.test', 'c@d.test', 'e@f.test'),
    });
    const account = fc.record({
      employeeID: fc.subarray(['1', '2', '3'], { maxLength: 1 }),
      mail: fc.subarray(['a@b.test', 'c@d.test', 'e@f.test'], { maxLength: 2 }),
    });
    fc.assert(
      fc.property(
        fc.array(row),
        fc.array(account),
        fc.subarray([1, 2, 3, 4]),
        (rows, given, linked) => {
          const all = given.map((attributes, at) => anAccount(at, attributes));
          const links = linked.map((number) => aLink(String(number), number - 1));

          const ids = matched(rows, all, links).flatMap(({ account: one }) => one?.id ?? []);

          assert.equal(new Set(ids).size, ids.length);
        },
      ),
    );
  });
});

function matched(
  rows: readonly Row[],
  all: readonly Account[],
  links: readonly Link[] = [],
): Match[] {
  return matchRecords(aDefinition(), sourceOf(rows.map(aRow)), withAccounts(all, links), noon);
}

function withAccounts(all: readonly Account[], links: readonly Link[]): Known {
  return { ...knowingLinks(links), accounts: new Map(all.map((account) => [account.id, account])) };
}

function anAccount(number: number, attributes: Account['attributes']): Account {
  const dn = `CN=${number},OU=People,DC=test`;
  return { id: guid(number), dn, enabled: true, attributes, groupIds: [] };
}

function aLink(personKey: string, number: number): Link {
  return {
    sourceConnectionId: halo,
    personKey,
    personName: `Person ${personKey}`,
    directoryConnectionId: ad,
    accountId: guid(number),
    origin: 'source',
    lastSeen: noon,
  };
}
