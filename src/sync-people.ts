// Composes what the undo of a sync looks at: the desk's people, and whom the sync has paired them with.
import { refuse } from '#domain/problem.ts';
import { SyncSettings } from '#domain/sync/settings.ts';
import type { PeopleOfSync } from '#features/automation/ports.ts';
import { deskPeopleOfTheHub } from '#features/desk/people/queries.ts';
import { pairedRecords } from '#features/directories/paired.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';

export async function openPeopleOfSync(
  db: Db,
  clock: Clock,
  syncId: number,
): Promise<PeopleOfSync> {
  const {
    desk_connection_id: remote,
    client_id: clientId,
    settings,
  } = await db
    .selectFrom('directory_syncs')
    .select(['desk_connection_id', 'client_id', 'settings'])
    .where('id', '=', syncId)
    .executeTakeFirstOrThrow();
  if (remote !== null) refuse('run.remote-desk', { title: SyncSettings.parse(settings).name });
  const { find } = deskPeopleOfTheHub(db, clock, clientId);
  return {
    find,
    recordsOf: (target, entryIds) => pairedRecords(db, syncId, target, entryIds),
  };
}
