// The CPU time that the processes of one database spend, as Linux counts it; those that end meanwhile too.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type pg from 'pg';

const lookEveryMs = 50;
/** USER_HZ, which is 100 wherever Node runs. */
const tickMicroseconds = 10_000;

export type BackendCpu = { stop(): Promise<number> };

/** Counts from now; `stop` gives microseconds of all backends of the pool's database, its own among them. */
export async function backendCpu(pool: pg.Pool): Promise<BackendCpu> {
  const before = new Map<number, number>();
  const spent = new Map<number, number>();
  const look = async () => {
    const { rows } = await pool.query<{ pid: number }>(
      'select pid from pg_stat_activity where datname = current_database()',
    );
    for (const { pid } of rows) {
      const now = cpuOf(pid);
      if (now !== undefined) spent.set(pid, now);
    }
  };
  await look();
  for (const [pid, cpu] of spent) before.set(pid, cpu);
  const timer = setInterval(() => void look().catch(() => {}), lookEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await look();
      return [...spent].reduce((sum, [pid, cpu]) => sum + cpu - (before.get(pid) ?? 0), 0);
    },
  };
}

function cpuOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * tickMicroseconds;
  } catch {
    // It ended: what was seen last counts.
    return undefined;
  }
}

/** To be told beside a time by the clock: what others did to it. */
export function loadNow(): string {
  return `load ${(loadavg()[0] ?? 0).toFixed(1)}`;
}
