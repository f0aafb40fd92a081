// Kill -9 a worker 200 times and cut the wire 50 times while 20,000 people are synced, and count what it left.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Interrupted, interruptedSync } from '#test/faults/interrupted-sync.ts';
import { aFolder } from '#test/servers/hub.ts';
import { randomFrom } from './random.ts';
import type { Bench, Row } from './row.ts';

const people = Number(process.env.SUNDOG_BENCH_PEOPLE ?? 20_000);
const kills = Number(process.env.SUNDOG_BENCH_KILLS ?? 200);
const cuts = Number(process.env.SUNDOG_BENCH_CUTS ?? 50);
const seed = Number(process.env.SUNDOG_BENCH_SEED ?? 20_261_122);

export const directoryFaults: Bench = {
  name: 'directory-faults',
  async run() {
    const folder = aFolder();
    try {
      const asked = { people, kills, cuts, random: randomFrom(seed) };
      const found = await interruptedSync(join(folder, 'data'), asked);
      console.log(`  ${JSON.stringify(found)}`);
      return rowsOf(found);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function rowsOf(found: Interrupted): Row[] {
  const { wrongUsers, wronglyInactive, wronglyActive, wrongLinks } = found;
  const untold =
    found.openOutcomes + found.doubledEntries + Math.abs(found.createdEntries - people);
  const none = (name: string, value: number) => row(name, value, 'none', value === 0);
  const half = Math.ceil((kills + cuts) / 2);
  return [
    row(
      ...([
        `Kills of a worker while ${people} people are synced`,
        found.kills,
        `${kills}`,
      ] as const),
      found.kills === kills,
    ),
    row('Connections to the directory that were cut', found.severed, 'some', found.severed > 0),
    row(
      ...([
        'Kills and cuts while a sync was under way',
        found.underWay,
        `at least ${half}`,
      ] as const),
      found.underWay >= half,
    ),
    row('People who changed between the syncs', found.changed, 'some', found.changed > 0),
    row('People who left between the syncs', found.left, 'some', found.left > 0),
    none('Users not as the directory says, doubled or missing', wrongUsers),
    none('People deactivated who should not be', wronglyInactive),
    none('People who left and are active', wronglyActive),
    none('People the sync knows otherwise than as one record', wrongLinks),
    none('Outcomes open, audit entries missing or doubled', untold),
    none('Changes that an undisturbed sync still finds', found.stillToChange),
  ];
}

function row(name: string, value: number, goal: string, ok: boolean): Row {
  const nothing = { reference: null, referenceValue: null, ratio: null };
  return { issue: 5, name, value, unit: '', ...nothing, goal, ok };
}
