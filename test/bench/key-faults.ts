// Kill -9 whoever rotates the master key, sets passwords and shows them, 100 times, and count what it left.
import { type KilledRotation, killedRotation } from '#test/keys/killed-rotation.ts';
import { randomFrom } from './random.ts';
import type { Bench, Row } from './row.ts';

const kills = Number(process.env.SUNDOG_BENCH_KILLS ?? 100);
const seed = Number(process.env.SUNDOG_BENCH_SEED ?? 20_261_122);

export const keyFaults: Bench = {
  name: 'key-faults',
  async run() {
    const result = await killedRotation({ kills, random: randomFrom(seed) });
    console.log(`  ${JSON.stringify(result)}`);
    return rowsOf(result);
  },
};

function rowsOf(result: KilledRotation): Row[] {
  const { rotations, midway, set, shown, values } = result;
  return [
    row('Kills during key rotation, password changes and reveals', result.kills, `${kills}`, true),
    row('Kills that left a rotation begun and not ended', midway, '', true),
    row('Rotations of the master key', rotations, 'more than 1', rotations > 1),
    none(`Passwords lost or outdated, of ${values} set ${set} times`, result.lost),
    none(`Reveals that showed something else, of ${shown}`, result.wrong),
    none('Reveals without a chained entry', result.unrecorded),
    none('Values under an old key, old keys not retired or still in the file', result.left),
  ];
}

function none(name: string, value: number): Row {
  return row(name, value, 'none', value === 0);
}

function row(name: string, value: number, goal: string, ok: boolean): Row {
  const nothing = { reference: null, referenceValue: null, ratio: null };
  return { issue: 3, name, value, unit: '', ...nothing, goal, ok };
}
