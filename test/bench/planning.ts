// Planning 10,000 records against 10,000 accounts, beside a bare join of two maps over the same people.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';

const Measured = z.object({
  changes: z.int(),
  milliseconds: z.number(),
  megabytes: z.number(),
});

const goal = { milliseconds: 2000, megabytes: 300 };
const runs = 3;

export const planning = {
  name: 'planning',
  async run() {
    const planned = best('planning');
    const bare = best('bare');
    const reference = 'bare join of two maps';
    return [
      {
        issue: 2,
        name: 'Planning 10,000 records against 10,000 accounts',
        value: planned.milliseconds,
        unit: 'ms',
        reference,
        referenceValue: bare.milliseconds,
        ratio: planned.milliseconds / bare.milliseconds,
        goal: `under ${goal.milliseconds} ms`,
        ok: planned.milliseconds < goal.milliseconds,
      },
      {
        issue: 2,
        name: 'Memory of planning 10,000 records, the whole process at its peak',
        value: planned.megabytes,
        unit: 'MB',
        reference,
        referenceValue: bare.megabytes,
        ratio: planned.megabytes / bare.megabytes,
        goal: `under ${goal.megabytes} MB`,
        ok: planned.megabytes < goal.megabytes,
      },
    ];
  },
};

/** The best of a few runs: other work on the machine only ever adds time. */
function best(which: 'planning' | 'bare') {
  const measured = Array.from({ length: runs }, () => run(which));
  return {
    milliseconds: Math.min(...measured.map(({ milliseconds }) => milliseconds)),
    megabytes: Math.max(...measured.map(({ megabytes }) => megabytes)),
  };
}

function run(which: 'planning' | 'bare') {
  const script = join(import.meta.dirname, 'planning-run.ts');
  const text = execFileSync(process.execPath, [script, which], { encoding: 'utf8' });
  return Measured.parse(JSON.parse(text));
}
