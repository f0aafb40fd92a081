// Kill -9 the hub at random moments of runs of 500 creations, 200 times in all, and count what it left.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type KilledRun, killedRun } from '#test/faults/killed-hub.ts';
import { aFolder } from '#test/servers/hub.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { randomFrom } from './random.ts';
import type { Bench, Row } from './row.ts';

const kills = Number(process.env.SUNDOG_BENCH_KILLS ?? 200);
const killsPerRun = 50;
const creates = 500;
const seed = Number(process.env.SUNDOG_BENCH_SEED ?? 20_261_122);

export const faults: Bench = {
  name: 'faults',
  async run() {
    const absent = withoutSamba();
    if (absent !== false) return { absent };
    const server = await samba();
    const folder = aFolder();
    const random = randomFrom(seed);
    const runs: KilledRun[] = [];
    try {
      for (let left = kills; left > 0; left -= killsPerRun) {
        const asked = { creates, kills: Math.min(left, killsPerRun), random };
        const run = await killedRun(server, join(folder, 'data'), asked);
        console.log(`  ${JSON.stringify(run)}`);
        runs.push(run);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return rowsOf(runs);
  },
};

function rowsOf(runs: readonly KilledRun[]): Row[] {
  const sum = (count: (run: KilledRun) => number) =>
    runs.reduce((total, run) => total + count(run), 0);
  const survived = sum((run) => run.kills);
  const accounts = sum((run) => run.accounts);
  const none = (name: string, value: number) => row(name, value, 'none', value === 0);
  return [
    row('Kills of the hub while accounts are created', survived, `${kills}`, survived === kills),
    row(
      'Kills between an intent and its outcome',
      sum((run) => run.inFlight),
      '',
      true,
    ),
    row(
      'Accounts found made by a hub that was killed',
      sum((run) => run.found),
      '',
      true,
    ),
    none(
      `People with two accounts or none, of ${accounts}`,
      sum((run) => run.twiceOrNever),
    ),
    none(
      'Outcomes, audit entries, links, passwords missing',
      sum((run) => run.unrecorded),
    ),
    none(
      'First passwords that do not open their account',
      sum((run) => run.wrongPasswords),
    ),
    none(
      'Secrets in a log or in a table',
      sum((run) => run.leaked),
    ),
  ];
}

function row(name: string, value: number, goal: string, ok: boolean): Row {
  const nothing = { reference: null, referenceValue: null, ratio: null };
  return { issue: 2, name, value, unit: '', ...nothing, goal, ok };
}
