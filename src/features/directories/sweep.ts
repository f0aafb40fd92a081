// Forgets what served its time: photos that no record names, and intents of creations that were settled long ago.
import type { SyncPorts } from './ports.ts';

const keptMs = 30 * 86_400_000;

/** An intent is looked at while its run is open; afterwards it tells, for a while, what was asked for. */
export async function sweep({
  db,
  clock,
  sweepPhotos,
}: Pick<SyncPorts, 'db' | 'clock' | 'sweepPhotos'>): Promise<void> {
  const now = clock();
  await sweepPhotos(now);
  await db
    .deleteFrom('sync_desk_intents')
    .where('asked_at', '<', new Date(now.getTime() - keptMs))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('runs')
            .select('id')
            .whereRef('runs.id', '=', 'sync_desk_intents.run_id')
            .where('runs.finished_at', 'is', null),
        ),
      ),
    )
    .execute();
}
