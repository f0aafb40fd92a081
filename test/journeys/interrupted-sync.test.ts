// Kill -9 workers and cut the wire at random moments of syncs of 2,000 people: nobody is lost, doubled or deactivated.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { randomFrom } from '#test/bench/random.ts';
import { interruptedSync } from '#test/faults/interrupted-sync.ts';
import { aFolder } from '#test/servers/hub.ts';

const people = Number(process.env.SUNDOG_TEST_PEOPLE ?? 2_000);
const kills = Number(process.env.SUNDOG_TEST_KILLS ?? 10);
const cuts = 5;
const seed = Number(process.env.SUNDOG_TEST_SEED ?? 20_261_122);

describe('Syncs by two workers that are killed and cut off', () => {
  const folder = aFolder();
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('end as if nobody had interrupted them, row by row', async (test) => {
    const asked = { people, kills, cuts, random: randomFrom(seed) };

    const found = await interruptedSync(join(folder, 'data'), asked);

    test.diagnostic(JSON.stringify(found));
    const { wrongUsers, wronglyInactive, wronglyActive, wrongLinks } = found;
    assert.deepEqual(
      { wrongUsers, wronglyInactive, wronglyActive, wrongLinks },
      { wrongUsers: 0, wronglyInactive: 0, wronglyActive: 0, wrongLinks: 0 },
    );
    assert.deepEqual([found.openOutcomes, found.doubledEntries, found.stillToChange], [0, 0, 0]);
    assert.equal(found.createdEntries, people);
    assert.equal(found.kills, kills);
    for (const some of ['severed', 'changed', 'left'] as const) assert.ok(found[some] > 0, some);
    assert.ok(found.underWay >= (kills + cuts) / 2, `${found.underWay} met a run under way`);
  });
});
