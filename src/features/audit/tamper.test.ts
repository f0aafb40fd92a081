// Whoever owns the database can write anything into it; verification finds it and names the first number.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { anyTamper, aTamperStage, type TamperStage } from '#test/faults/audit-tampers.ts';
import fc from '#test/property.ts';

/** The benchmark does a thousand. */
const tampers = 150;

describe('An audit trail that somebody bent', () => {
  let stage: TamperStage;
  before(async () => {
    stage = await aTamperStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  it('holds while nobody does, with an entry whose texts were destroyed by the rules', async () => {
    const verdict = await stage.verify();

    assert.deepEqual([verdict.bad, verdict.count, verdict.checkpoints], [null, 60, 4]);
  });

  it('is found out whatever was changed, and the first number named', async () => {
    await fc.assert(
      fc.asyncProperty(anyTamper, async (tamper) => {
        const { verdict, expected } = await stage.attempt(tamper);
        assert.equal(verdict.bad?.seq, expected, verdict.bad?.sentence ?? 'it was not found');
      }),
      { numRuns: tampers },
    );
  });

  it('is found out too where a link stands far beyond the others', async () => {
    const tamper = { how: 'link far beyond', at: 9, other: 1, random: 0 } as const;

    const { verdict, expected } = await stage.attempt(tamper);

    assert.equal(verdict.bad?.seq, expected);
  });

  it('holds again when it is as it was', async () => {
    assert.equal((await stage.verify()).ok, true);
  });
});
