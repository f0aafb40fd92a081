// Kill -9 whoever rotates the master key, sets passwords and shows them, and see what is left.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killedRotation } from './killed-rotation.ts';

const kills = Number(process.env.SUNDOG_TEST_KILLS ?? 10);

describe('A hub that is killed while it rotates its master key', () => {
  it('loses no password, shows none unrecorded, and retires every old key in the end', async () => {
    const result = await killedRotation({ kills, random: Math.random });

    const { lost, wrong, unrecorded, left } = result;
    assert.deepEqual(
      { lost, wrong, unrecorded, left },
      { lost: 0, wrong: 0, unrecorded: 0, left: 0 },
      JSON.stringify(result),
    );
    assert.ok(result.rotations > 0 && result.shown > 0 && result.set > 0, JSON.stringify(result));
  });
});
