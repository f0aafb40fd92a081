// How sign-ons are spoken of.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { factName, firstLine, outcome } from './words.ts';

const since = '2026-11-21T09:00:00.000Z';

describe('The first line of the attempts', () => {
  for (const [told, line] of [
    [
      { statuses: { 'signed-in': 40 }, checks: [] },
      'No sign-in through another system was refused in the last day.',
    ],
    [
      {
        statuses: { refused: 1 },
        checks: [{ check: 'person.domain', asks: 'The address is ours', count: 1 }],
      },
      '1 sign-in was refused in the last day; this did not hold: the address is ours.',
    ],
    [
      { statuses: { refused: 2, failed: 1 }, checks: [{ check: 'x.y', asks: null, count: 2 }] },
      '3 sign-ins were refused in the last day; most often this did not hold: x.y.',
    ],
  ] as const)
    it(`is "${line}"`, () => {
      assert.equal(firstLine({ since, statuses: told.statuses, checks: [...told.checks] }), line);
    });
});

describe('One attempt', () => {
  it('is told by what was wrong', () => {
    const result = 'The user 7 is disabled.';
    assert.equal(
      outcome({ status: 'refused', purpose: 'sign-in', result }),
      'Refused: the user 7 is disabled.',
    );
    assert.equal(
      outcome({ status: 'refused', purpose: 'test', result }),
      'The test was refused: the user 7 is disabled.',
    );
    assert.equal(outcome({ status: 'tested', purpose: 'test', result: 'Fine.' }), 'Fine.');
  });

  it('has facts with names that people read', () => {
    assert.equal(factName('matchedBy'), 'matched by');
  });
});
