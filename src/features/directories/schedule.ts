// Schedules: a sync that is due is started once, however many hours were missed and however many hubs look.
import { SyncSettings } from '#domain/sync/settings.ts';
import { nextTime, parseCron } from '#lib/cron.ts';
import { inTransaction } from '#store/db.ts';
import type { SyncPorts } from './ports.ts';
import { startOnSchedule } from './runs.ts';

export async function startDue(ports: Pick<SyncPorts, 'db' | 'clock' | 'log'>): Promise<void> {
  const { db, clock } = ports;
  const now = clock();
  const due = await db
    .selectFrom('directory_syncs')
    .select('id')
    .where('active', '=', true)
    .where('next_at', '<=', now)
    .execute();
  for (const { id } of due) if (await moveOn(ports, id, now)) await startOnSchedule(ports, id);
}

/** True for the one hub that moved it on. */
function moveOn({ db }: Pick<SyncPorts, 'db'>, id: number, now: Date): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const row = await tx
      .selectFrom('directory_syncs')
      .select('settings')
      .where('id', '=', id)
      .where('active', '=', true)
      .where('next_at', '<=', now)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (row === undefined) return false;
    const { schedule } = SyncSettings.parse(row.settings);
    await tx
      .updateTable('directory_syncs')
      .set({ next_at: nextAfter(schedule, now) })
      .where('id', '=', id)
      .execute();
    return schedule !== null;
  });
}

/** Counted from now: what was missed is not made up for. */
function nextAfter(schedule: SyncSettings['schedule'], now: Date): Date | null {
  if (schedule === null) return null;
  if ('everyMinutes' in schedule) return new Date(now.getTime() + schedule.everyMinutes * 60_000);
  const cron = parseCron(schedule.cron);
  return (cron && nextTime(cron, 'UTC', now)) ?? null;
}
