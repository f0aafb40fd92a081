// Composes what the undo of a sync's run looks at: the desk's people, and whom the sync has paired them with.
import { ownDeskId } from '#domain/sync/settings.ts';
import type { PeopleOfSync } from '#features/automation/ports.ts';
import { pairedRecords } from '#features/directories/paired.ts';
import { findTaken } from '#features/directories/people-rows.ts';
import { type DeskPorts, openDesk } from './directories.ts';

/**
 * Where the run wrote is told by its plan's changes: the sync may have another desk by now. Nobody has read a remote
 * Halo for this, so that it is asked itself.
 */
export async function openPeopleOfSync(ports: DeskPorts, planId: string): Promise<PeopleOfSync> {
  const { db } = ports;
  const plan = await db
    .selectFrom('plans')
    .innerJoin('directory_syncs', 'directory_syncs.id', 'plans.sync_id')
    .select(['directory_syncs.id as sync_id', 'directory_syncs.desk_connection_id'])
    .select('directory_syncs.client_id')
    .where('plans.id', '=', planId)
    .executeTakeFirstOrThrow();
  const elsewhere = await db
    .selectFrom('plan_changes')
    .select('connection_id')
    .where('plan_id', '=', planId)
    .where('connection_id', '!=', ownDeskId)
    .limit(1)
    .executeTakeFirst();
  const deskConnectionId = elsewhere?.connection_id ?? null;
  const desk = await openDesk(ports, { deskConnectionId, clientId: plan.client_id });
  // With another desk it has paired people with that one's records, whose numbers mean others here.
  const isOurs = plan.desk_connection_id === deskConnectionId;
  return {
    desk: desk.name,
    find: desk.find,
    async holdersOf(target, recordIds) {
      const taken = await findTaken(db, { deskConnectionId }, target, recordIds);
      return new Map(
        [...taken].flatMap(([id, { entryId, isGone }]) => (isGone ? [] : [[id, entryId] as const])),
      );
    },
    recordsOf: async (target, entryIds) =>
      isOurs ? pairedRecords(db, plan.sync_id, target, entryIds) : new Map(),
    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  };
}
