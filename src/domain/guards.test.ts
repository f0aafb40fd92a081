import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '#test/property.ts';
import { GuardLimits, isStopped, type Judged, judge, needsApproval } from './guards.ts';
import type { GuardVerdict } from './plan.ts';
import type { SourceFacts } from './record.ts';
import { noTotals } from './totals.ts';

const limits = GuardLimits.parse({});
const facts: SourceFacts = {
  records: 38,
  complete: true,
  digest: 'd',
  columns: ['employee', 'inactive', 'site'],
  asked: 'q',
};

describe('A guard that counts', () => {
  it('says what is a part of the accounts as a share of them, and nothing else', () => {
    const totals = { ...noTotals, creations: 1, groupRemovals: 4 };
    const lastDay = { ...noTotals, groupRemovals: 2 };

    const sentences = (['creations', 'groupRemovals'] as const).map(
      (name) => verdictOf(name, { totals, lastDay }).sentence,
    );

    assert.deepEqual(sentences, [
      '1 account created beside 38 that are known; the limit is 10 or 10 %.',
      '4 group memberships removed and 2 more in the last 24 hours for 38 accounts, 16 % together; the limit is 3 or 5 %.',
    ]);
  });
});

describe('The guard of disables', () => {
  it('passes up to three of a small company, with its arithmetic', () => {
    assert.deepEqual(verdictOf('disables', { totals: { ...noTotals, disables: 2 } }), {
      name: 'disables',
      verdict: 'pass',
      sentence: '2 of 38 accounts disabled, 5 %; the limit is 3 or 5 %.',
    });
  });

  it('stops the fourth of a small company', () => {
    const { verdict } = verdictOf('disables', { totals: { ...noTotals, disables: 4 } });

    assert.equal(verdict, 'stop');
  });

  it('stops above five percent of a large one, and shows that it is above', () => {
    const totals = { ...noTotals, disables: 501 };

    const { verdict, sentence } = verdictOf('disables', { totals, accounts: 10_000 });

    assert.equal(verdict, 'stop');
    assert.match(sentence, /^501 of 10000 accounts disabled, 5.1 %;/);
  });

  it('adds up what was disabled in the last 24 hours', () => {
    const totals = { ...noTotals, disables: 2 };
    const lastDay = { ...noTotals, disables: 2 };

    assert.deepEqual(verdictOf('disables', { totals, lastDay }), {
      name: 'disables',
      verdict: 'stop',
      sentence:
        '2 of 38 accounts disabled and 2 more in the last 24 hours, 11 % together; the limit is 3 or 5 %.',
    });
  });

  it('passes a plan that disables nobody, whatever happened before', () => {
    const lastDay = { ...noTotals, disables: 30 };

    assert.equal(verdictOf('disables', { lastDay }).verdict, 'pass');
  });
});

describe('The guard of creations', () => {
  it('asks for a yes by hand when there are many, and stops nothing', () => {
    const totals = { ...noTotals, creations: 500 };

    assert.equal(verdictOf('creations', { totals }).verdict, 'review');
  });
});

describe('The guard of the source', () => {
  const cases: readonly (readonly [
    string,
    string,
    Partial<SourceFacts>,
    GuardVerdict['verdict'],
    RegExp,
  ])[] = [
    [
      'stops when it answered in part',
      'source-complete',
      { complete: false },
      'stop',
      /only in part/,
    ],
    [
      'stops when it is empty and was not',
      'source-size',
      { records: 0 },
      'stop',
      /0 people where it had 38/,
    ],
    [
      'stops when a good part of it is missing',
      'source-size',
      { records: 20 },
      'stop',
      /47 % fewer/,
    ],
    ['passes when a few are missing', 'source-size', { records: 36 }, 'pass', /5 % fewer/],
    ['passes when it grew', 'source-size', { records: 60 }, 'pass', /has 60 people; it had 38/],
    [
      'stops when a column is gone',
      'source-shape',
      { columns: ['employee', 'site'] },
      'stop',
      /no longer has inactive/,
    ],
    [
      'passes when a column is new',
      'source-shape',
      { columns: [...facts.columns, 'x'] },
      'pass',
      /is there/,
    ],
    [
      'asks for a yes when it is asked otherwise',
      'source-question',
      { asked: 'p' },
      'review',
      /another way/,
    ],
  ];
  for (const [title, name, changed, verdict, sentence] of cases) {
    it(title, () => {
      const judged = verdictOf(name, { source: { ...facts, ...changed } });

      assert.equal(judged.verdict, verdict);
      assert.match(judged.sentence, sentence);
    });
  }

  it('stops when it is read with fewer rights and something is taken away', () => {
    const totals = { ...noTotals, disables: 1 };
    const lastSource = { ...facts, rights: ['read:customers', 'admin'] };
    const source = { ...facts, rights: ['read:customers'] };

    const { verdict, sentence } = verdictOf('source-question', { totals, source, lastSource });

    assert.equal(verdict, 'stop');
    assert.match(sentence, /without admin/);
  });
});

describe('A plan', () => {
  it('of a first run is approved by hand, whatever the automation says', () => {
    const verdicts = judge(judged({ firstRun: true }));

    assert.equal(needsApproval('first-run', verdicts), true);
    assert.equal(needsApproval('first-run', judge(judged({}))), false);
    assert.equal(needsApproval('always', judge(judged({}))), true);
  });

  it('of the sample of the lab runs at once, unless another guard speaks up', () => {
    const many = { ...noTotals, creations: 500 };

    assert.equal(needsApproval('never', judge(judged({ firstRun: true }))), false);
    assert.equal(needsApproval('never', judge(judged({ totals: many }))), true);
  });

  it('is for review when many people are missing from the source', () => {
    assert.equal(verdictOf('gone', { gone: 3 }).verdict, 'pass');
    assert.equal(verdictOf('gone', { gone: 4 }).verdict, 'review');
  });

  it('tells how much was left out because it is protected', () => {
    const { verdict, sentence } = verdictOf('protected', { protectedLeftOut: 1 });

    assert.equal(verdict, 'pass');
    assert.match(sentence, /1 change left out/);
  });

  it('is judged no milder when it takes more away, or more was taken before', () => {
    const count = fc.nat({ max: 200 });
    const some = fc.record({
      disables: count,
      deletes: count,
      groupRemovals: count,
      keyAttributes: count,
      creations: count,
      gone: count,
      lost: count,
    });
    fc.assert(
      fc.property(some, some, fc.integer({ min: 0, max: 3000 }), (less, more, accounts) => {
        const judgedBy = (add: Partial<typeof less>, before: typeof less) => {
          const sum = (name: keyof typeof less) => less[name] + (add[name] ?? 0);
          return judge(
            judged({
              totals: { ...noTotals, ...less, disables: sum('disables'), deletes: sum('deletes') },
              lastDay: { ...noTotals, ...before },
              accounts,
              gone: sum('gone'),
              source: { ...facts, records: 4000 - sum('lost') },
              lastSource: { ...facts, records: 4000 },
            }),
          );
        };

        const mild = judgedBy({}, { ...less, disables: 0, deletes: 0 });
        const strict = judgedBy(more, less);

        for (const [at, { verdict }] of mild.entries()) {
          assert.ok(rank(strict[at]?.verdict) >= rank(verdict));
        }
        if (isStopped(mild)) assert.ok(isStopped(strict));
      }),
    );
  });
});

function judged(given: Partial<Judged>): Judged {
  return {
    totals: noTotals,
    limits,
    source: facts,
    lastSource: facts,
    lastDay: noTotals,
    accounts: 38,
    gone: 0,
    protectedLeftOut: 0,
    firstRun: false,
    ...given,
  };
}

function verdictOf(name: string, given: Partial<Judged>): GuardVerdict {
  const verdict = judge(judged(given)).find((one) => one.name === name);
  assert.ok(verdict);
  return verdict;
}

function rank(verdict: GuardVerdict['verdict'] | undefined): number {
  return ['pass', 'review', 'stop'].indexOf(verdict ?? 'pass');
}
