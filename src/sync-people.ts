// Composes what the undo of a sync's run looks at: the desk's people, and whom the sync has paired them with.
import { refuse } from '#domain/problem.ts';
import { ownDeskId } from '#domain/sync/settings.ts';
import type { PeopleOfSync } from '#features/automation/ports.ts';
import { deskPeopleOfTheHub } from '#features/desk/people/queries.ts';
import { pairedRecords } from '#features/directories/paired.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';

/** Where the run wrote is told by its plan's changes: the sync may have another desk by now. */
export async function openPeopleOfSync(
  db: Db,
  clock: Clock,
  planId: string,
): Promise<PeopleOfSync> {
  const { title, sync_id, desk_connection_id, client_id } = await db
    .selectFrom('plans')
    .innerJoin('directory_syncs', 'directory_syncs.id', 'plans.sync_id')
    .select(['plans.title', 'directory_syncs.id as sync_id', 'directory_syncs.desk_connection_id'])
    .select('directory_syncs.client_id')
    .where('plans.id', '=', planId)
    .executeTakeFirstOrThrow();
  const elsewhere = await db
    .selectFrom('plan_changes')
    .select('change_id')
    .where('plan_id', '=', planId)
    .where('connection_id', '!=', ownDeskId)
    .limit(1)
    .executeTakeFirst();
  if (elsewhere !== undefined) refuse('run.remote-desk', { title });
  const { find } = deskPeopleOfTheHub(db, clock, client_id);
  // With another desk it has paired people with that one's records, whose numbers mean others here.
  const isOurs = desk_connection_id === null;
  return {
    find,
    recordsOf: async (target, entryIds) =>
      isOurs ? pairedRecords(db, sync_id, target, entryIds) : new Map(),
  };
}
