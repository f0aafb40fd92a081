// Ids of our own sort by when they were made.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { newId } from './ids.ts';

describe('An id', () => {
  it('is a UUID of version 7', () => {
    assert.ok(z.uuidv7().safeParse(newId()).success);
  });

  it('is never made twice, and sorts after every one made before it', () => {
    const ids = Array.from({ length: 20_000 }, () => newId());

    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(ids, ids.toSorted());
  });

  it('does not go backwards when the clock does', () => {
    const first = newId(new Date('2090-01-01'));
    const second = newId(new Date('2026-01-01'));

    assert.ok(second > first);
  });
});
