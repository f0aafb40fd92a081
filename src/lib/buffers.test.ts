import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { letGo } from './buffers.ts';

describe('Memory that is let go', () => {
  it('is given back at once, from every view of it', () => {
    const words = new Uint32Array(1_000_000);
    const same = new Uint8Array(words.buffer);
    const before = process.memoryUsage().arrayBuffers;
    letGo(words);

    assert.deepEqual([words.length, same.length], [0, 0]);
    assert.ok(before - process.memoryUsage().arrayBuffers >= 4_000_000);
  });
});
