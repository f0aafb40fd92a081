import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDefinition, everyone, noon, sourceOf } from '#test/planning/larkfield.ts';
import { larkfield, planWith } from '#test/planning/model-directory.ts';
import { automationSentence } from './automation.ts';
import { changeSentence, duration, planSentence, runSentence } from './sentences.ts';
import { noTotals } from './totals.ts';

describe("A plan's sentence", () => {
  it('counts what would be done, and says that nothing is written', () => {
    const totals = { ...noTotals, creations: 3, updates: 1, disables: 2 };

    assert.equal(
      planSentence(totals),
      'Creates 3 accounts, changes 1 and disables 2. Nothing is written until you approve.',
    );
  });

  it('speaks of one account and one group as of one', () => {
    const totals = { ...noTotals, disables: 1, groupAdditions: 1, tells: 2 };

    assert.equal(
      planSentence(totals, 'other'),
      'Disables 1 account, adds 1 group membership and sends 2 messages.',
    );
  });

  it('says so when there is nothing to do', () => {
    assert.equal(planSentence(noTotals), 'Everything is as it should be; there is nothing to do.');
  });
});

describe("A run's sentence", () => {
  const counts = { done: 14, skipped: 1, failed: 0, waiting: 1, pending: 0 };

  it('tells what became of every change', () => {
    assert.equal(
      runSentence({ state: 'finished', counts, tookMs: 12_300, waitsUntil: '14:05' }),
      'Finished in 12 s: 14 done, 1 skipped because it was already so and 1 waits until 14:05.',
    );
  });

  it('tells what is still to do', () => {
    const running = { ...counts, skipped: 2, waiting: 0, failed: 1, pending: 7 };

    assert.equal(
      runSentence({ state: 'running', counts: running, tookMs: 500 }),
      'Running: 14 done, 2 skipped because they were already so, 1 failed and 7 still to do.',
    );
  });

  it('tells time as people do', () => {
    assert.deepEqual([850, 12_300, 180_000, 200_000].map(duration), [
      '850 ms',
      '12 s',
      '3 min',
      '3 min 20 s',
    ]);
  });
});

describe("A change's sentence", () => {
  it('names people and things', () => {
    const { changes } = planWith(larkfield(), aDefinition(), sourceOf(everyone), noon);
    const sentences = changes.map(changeSentence);

    for (const sentence of [
      'creates an account for Ines Marlow (ines.marlow)',
      "creates an account for Siobhán O'Dowd (siobhan.odowd), disabled for now",
      'changes sn and displayName of Helena Duarte-Voss',
      'disables the account of Owen Pryce',
      'adds Ines Marlow to Quality',
    ]) {
      assert.ok(sentences.includes(sentence), sentence);
    }
  });
});

describe("An automation's sentence", () => {
  it('tells what it reads and does', () => {
    assert.equal(
      automationSentence(aDefinition()),
      'Reads Halo, creates accounts, keeps attributes up to date, disables accounts when inactive is true ' +
        'and adds them to groups by 3 rules in AD Larkfield.',
    );
  });
});
