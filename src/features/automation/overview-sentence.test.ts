import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConnectionHealth, overviewSentence } from './overview-sentence.ts';

const at = '2026-11-20T08:00:00.000Z';
const halo: ConnectionHealth = { name: 'Halo', healthy: true, checkedAt: at };
const directory: ConnectionHealth = { name: 'AD', healthy: true, checkedAt: at };
const broken = { healthy: false };
const untried = { healthy: false, checkedAt: null };

describe('The first line of the overview', () => {
  const lines: readonly (readonly [string, readonly ConnectionHealth[]])[] = [
    ['There is no connection yet.', []],
    ['The one connection is healthy.', [halo]],
    ['All 2 connections are healthy.', [halo, directory]],
    ['1 connection was not tried yet.', [halo, { ...directory, ...untried }]],
    [
      'AD does not answer as it should.',
      [
        { ...halo, ...untried },
        { ...directory, ...broken },
      ],
    ],
    [
      'Halo and AD do not answer as they should.',
      [
        { ...halo, ...broken },
        { ...directory, ...broken },
      ],
    ],
  ];
  for (const [line, connections] of lines) {
    it(`says "${line}"`, () => {
      const sentence = overviewSentence({ connections, waitingPlans: 0, failedRuns: [] });

      assert.equal(sentence, `${line} No plan waits for you.`);
    });
  }

  it('names the first of the runs that failed', () => {
    const failedRuns = ['the mailbox of Ines Marlow was not ready', 'another'];

    const sentence = overviewSentence({ connections: [halo], waitingPlans: 2, failedRuns });

    assert.match(sentence, /2 plans wait for you\. 2 runs failed in the last day: the mailbox/);
  });
});
