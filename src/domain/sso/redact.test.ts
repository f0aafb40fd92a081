// What the tracer shows of a value.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redact } from './redact.ts';

describe('A redacted value', () => {
  for (const [value, shown] of [
    ['maya.ortega@larkfield.test', 'may…@larkfield.test'],
    ['mo@larkfield.test', 'm…@larkfield.test'],
    ['0a1b2c3d4e', '0a1…'],
    ['abc', 'a…'],
    ['x', '…'],
    ['', '…'],
    ['@only', '@o…'],
    ['🦊🦊🦊🦊', '🦊🦊…'],
  ] as const) {
    it(`of ${JSON.stringify(value)} is ${JSON.stringify(shown)}`, () => {
      assert.equal(redact(value), shown);
    });
  }
});
