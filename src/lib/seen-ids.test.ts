import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '#test/property.ts';
import { seen, seenIds } from './seen-ids.ts';

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
        const [kept, known] = [seenIds(), new Set<string>()];
        for (const one of ids) {
          assert.equal(kept.add(one), !known.has(one.toString('hex')));
          known.add(one.toString('hex'));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('keeps apart what was seen in passing and what was seen to stay, until it passed', () => {
    const kept = seenIds();
    const ids = Array.from({ length: 5_000 }, (_, n) => Buffer.alloc(16, `${n}`.padStart(16)));
    for (const id of ids) assert.equal(kept.add(id, seen.passing), true);
    const [one, another, ...rest] = ids;
    assert.ok(one !== undefined && another !== undefined);

    assert.equal(kept.add(one, seen.passing), false);
    assert.equal(kept.add(one, seen.staying), true);
    assert.equal(kept.add(one, seen.staying), false);
    assert.equal(kept.add(one, seen.passing), false);

    kept.pass();

    assert.equal(kept.add(another, seen.passing), true);
    assert.equal(kept.add(another, seen.passing), false);
    for (const id of rest) assert.equal(kept.add(id, seen.staying), false);
    for (const id of rest) assert.equal(kept.add(id, seen.passing), true);
  });

  it('says nothing any more once it was let go', () => {
    const kept = seenIds();
    for (let n = 0; n < 5_000; n += 1) kept.add(Buffer.alloc(16, `${n}`));
    kept[Symbol.dispose]();

    assert.throws(() => kept.add(Buffer.alloc(16, 'x')), TypeError);
  });

  it('is quick with ids that are numbered, a hundred thousand of them', () => {
    for (const at of [0, 4, 8, 12]) {
      const kept = seenIds();
      const id = Buffer.alloc(16, 7);
      const begun = process.cpuUsage();
      for (let n = 0; n < 100_000; n += 1) {
        id.writeUInt32BE(n, at);
        assert.ok(kept.add(id));
      }
      assert.ok(process.cpuUsage(begun).user < 2_000_000, `numbered at ${at}`);
    }
  });
});
