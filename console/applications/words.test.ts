// What the page of API applications says first.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstLine } from './words.ts';

const on = { enabled: true };
const off = { enabled: false };

describe('The page of API applications begins with', () => {
  for (const [applications, sentence] of [
    [[], 'No program may call the hub yet.'],
    [[on], '1 program may call the hub.'],
    [[on, on, off], '2 programs may call the hub; 1 is disabled.'],
    [[off, off], 'No program may call the hub; 2 are disabled.'],
  ] as const) {
    it(sentence, () => {
      assert.equal(firstLine(applications), sentence);
    });
  }
});
