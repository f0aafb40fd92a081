import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '#test/property.ts';
import { seenIds } from './seen-ids.ts';

describe('What remembers ids', () => {
  it('knows each that it was given, and no other', () => {
    const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => Buffer.from(octets));
    const near = fc.nat({ max: 300 }).map((n) => {
      const octets = Buffer.alloc(16);
      octets.writeUInt16BE(n, n % 14);
      return octets;
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(id, near), { maxLength: 3_000 }), (ids) => {
        const [seen, known] = [seenIds(), new Set<string>()];
        for (const one of ids) {
          assert.equal(seen.add(one), !known.has(one.toString('hex')));
          known.add(one.toString('hex'));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('says nothing any more once it was let go', () => {
    const seen = seenIds();
    for (let n = 0; n < 5_000; n += 1) seen.add(Buffer.alloc(16, `${n}`));
    seen[Symbol.dispose]();

    assert.throws(() => seen.add(Buffer.alloc(16, 'x')), TypeError);
  });

  it('is quick with ids that are numbered, a hundred thousand of them', () => {
    for (const at of [0, 4, 8, 12]) {
      const seen = seenIds();
      const id = Buffer.alloc(16, 7);
      const begun = process.cpuUsage();
      for (let n = 0; n < 100_000; n += 1) {
        id.writeUInt32BE(n, at);
        assert.ok(seen.add(id));
      }
      assert.ok(process.cpuUsage(begun).user < 2_000_000, `numbered at ${at}`);
    }
  });
});
