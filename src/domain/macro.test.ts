import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columnsOf, fillIn, type MacroScope, readTemplate, valuesOfTemplate } from './macro.ts';

const scope: MacroScope = {
  now: new Date('2026-02-27T22:05:09Z'),
  columns: {
    firstName: 'Siobhán',
    department: 'Optics Lab',
    mobile: null,
    teams: ['Coating', 'Thin film'],
  },
  account: { sAMAccountName: ['siobhan.odowd'], proxyAddresses: ['a@b.test', 'c@b.test'] },
  environment: { domain: 'larkfield.test', department: 'never seen' },
  action: { automation: 'New starters' },
  braces: { id: '4711' },
};

describe('A macro', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['is a column first', '%department%', 'Optics Lab'],
    ['is an environment variable next', '%domain%', 'larkfield.test'],
    ['is an attribute of the account last', '%sAMAccountName%', 'siobhan.odowd'],
    [
      'reads an attribute by prefix, whatever its letter case',
      '%ad.samaccountname%',
      'siobhan.odowd',
    ],
    ['reads the environment by prefix', '%env.department%', 'never seen'],
    ['reads details of what is done', '%act.automation%', 'New starters'],
    ['writes a date', '%act.timestamp_dd-MM-yyyy%', '27-02-2026'],
    ['writes a date two days later', '%act.timestamp_yyyy-MM-dd_afterNDays_2%', '2026-03-01'],
    ['writes a time some hours before', '%act.timestamp_HH:mm:ss_beforeNHours_22%', '00:05:09'],
    [
      'finds and replaces',
      '%fx.findAndReplace(input:#%domain%#,find:test,replace:local)%',
      'larkfield.local',
    ],
    ['takes accents off', '%fx.plain(#%firstName%#)%', 'Siobhan'],
    ['changes letter case', '%fx.lower(#%department%#)%', 'optics lab'],
    ['takes the first characters', '%fx.first(#%firstName%#, 3)%', 'Sio'],
    [
      'encodes and decodes',
      '%fx.decodeURIComponent(#%fx.encodeURIComponent(#%department%#)%#)%',
      'Optics Lab',
    ],
  ];
  for (const [title, template, expected] of cases) {
    it(title, () => {
      assert.equal(fillIn(template, 'plain', scope), expected);
    });
  }

  const refused: readonly (readonly [string, string, string])[] = [
    ['is empty', '%mobile%', 'macro.empty'],
    ['names nothing there is', '%room%', 'macro.empty'],
    ['has a prefix nobody knows', '%foo.bar%', 'macro.unknown'],
    ['calls a function there is not', '%fx.eval(1)%', 'macro.unknown'],
    ['is named like a member of every object', '%fx.constructor(1)%', 'macro.unknown'],
    ['asks Microsoft 365', '%m365.userType%', 'macro.unknown'],
    ['has an interval nobody knows', '%act.timestamp_dd_nextMoon_1%', 'macro.unknown'],
    ['does not end', '%mobile', 'macro.malformed'],
  ];
  for (const [title, template, code] of refused) {
    it(`is refused when it ${title}`, () => {
      assert.throws(() => fillIn(template, 'plain', scope), { name: 'Problem', code });
    });
  }

  it('in braces is known in a request', () => {
    assert.equal(fillIn('/api/Tickets/{id}', 'url', scope), '/api/Tickets/4711');
  });

  it('does not look at members that every object has', () => {
    assert.throws(() => fillIn('%toString%', 'plain', scope), { code: 'macro.empty' });
    assert.throws(() => fillIn('%env.constructor%', 'plain', scope), { code: 'macro.empty' });
    assert.throws(() => fillIn('%act.constructor%', 'plain', scope), { code: 'macro.empty' });
  });
});

describe("A mapping row's value", () => {
  it('is a list when it is one macro of a list', () => {
    assert.deepEqual(valuesOfTemplate(readTemplate('%teams%'), scope, false), [
      'Coating',
      'Thin film',
    ]);
    assert.deepEqual(valuesOfTemplate(readTemplate('in %teams%'), scope, false), [
      'in Coating, Thin film',
    ]);
  });

  it('is nothing when it is empty and may be', () => {
    assert.deepEqual(valuesOfTemplate(readTemplate('%mobile%'), scope, true), []);
    assert.deepEqual(valuesOfTemplate(readTemplate('%mobile|%'), scope, false), []);
    assert.deepEqual(valuesOfTemplate(readTemplate('%mobile|none%'), scope, true), ['none']);
  });

  it('tells which columns it speaks of', () => {
    const template = readTemplate('%firstName% %fx.lower(#%department%#)% %ad.mail%');

    assert.deepEqual(columnsOf(template), ['firstName', 'department']);
  });
});
