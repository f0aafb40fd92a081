// Ends a run whose plan was applied, found empty or left undone: what was read becomes what is known.
import { sql } from 'kysely';
import { ring } from '#store/bell.ts';
import type { Tx } from '#store/db.ts';
import { progressBell } from './bells.ts';
import { followNames } from './follow-names.ts';
import { rememberRest } from './remember.ts';
import { takeTurn } from './take-turn.ts';

export async function endRun(
  tx: Tx,
  {
    syncId,
    runId,
    how,
    now,
  }: {
    readonly syncId: number;
    readonly runId: string;
    readonly how: 'applied' | 'cancelled';
    readonly now: Date;
  },
): Promise<void> {
  if (how === 'cancelled') {
    await tx.deleteFrom('sync_seen').where('sync_run_id', '=', runId).execute();
    await tx
      .updateTable('sync_runs')
      .set({ state: 'cancelled', finished_at: now })
      .where('id', '=', runId)
      .execute();
  } else {
    await takeTurn(tx, syncId);
    // Of a run that had something to apply they were followed as it began.
    await followNames(tx, { syncId, runId });
    await rememberRest(tx, { syncId, runId });
    const { did, bookmark, settings_digest, facts } = await tx
      .updateTable('sync_runs')
      .set({ state: 'done', finished_at: now })
      .where('id', '=', runId)
      .returning(['did', 'bookmark', 'settings_digest', 'facts'])
      .executeTakeFirstOrThrow();
    const whole = did === 'whole';
    const count = whole
      ? sql<number>`(select count(*)::integer from sync_people where sync_id = ${syncId} and state = 'linked')`
      : sql<number>`greatest(0, people_count + coalesce((${JSON.stringify(facts)}::jsonb ->> 'created')::integer, 0)
          - coalesce((${JSON.stringify(facts)}::jsonb ->> 'disabled')::integer, 0))`;
    await tx
      .updateTable('directory_syncs')
      .set({ bookmark, read_digest: settings_digest, people_count: count })
      .set({ last_synced_at: now, last_error: null, ...(whole ? { last_whole_at: now } : {}) })
      .where('id', '=', syncId)
      .execute();
  }
  await ring(tx, progressBell);
}
