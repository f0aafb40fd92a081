// Why something happened to a person: what the sync knows of them, what was disputed, and each plan that spoke of them.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';
import type { Db } from '#store/db.ts';
import type { SyncPorts } from './ports.ts';
import { getSyncState } from './syncs.ts';

const foundMax = 20;

/** Whom the sync knows by this: an entry's id, a record's, or the beginning of a name or DN. */
export async function findPeople(db: Db, syncId: number, text: string, actor: Actor) {
  await getSyncState(db, syncId, actor);
  const beginning = `${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  const rows = await db
    .selectFrom('sync_people')
    .select(['target', 'entry_id', 'name', 'dn', 'state', 'desk_id', 'place_id', 'due'])
    .where('sync_id', '=', syncId)
    .where((where) =>
      where.or([
        ...(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
          ? [where('entry_id', '=', text)]
          : []),
        ...(/^\d{1,9}$/.test(text) ? [where('desk_id', '=', Number(text))] : []),
        where((row) => row.fn('lower', ['name']), 'like', beginning),
        where((row) => row.fn('lower', ['dn']), 'like', beginning),
      ]),
    )
    .orderBy('name')
    .limit(foundMax)
    .execute();
  return rows.map((row) => ({
    ...{ target: row.target, entryId: row.entry_id, name: row.name, dn: row.dn },
    ...{ state: row.state, deskId: row.desk_id, placeId: row.place_id, due: row.due },
  }));
}

export async function explainPerson(
  { db, personHistory }: Pick<SyncPorts, 'db' | 'personHistory'>,
  syncId: number,
  { target, entryId }: { readonly target: SyncTarget; readonly entryId: string },
  actor: Actor,
) {
  const sync = await getSyncState(db, syncId, actor);
  const [known, dispute, plans] = await Promise.all([
    findPeople(db, syncId, entryId, actor),
    db
      .selectFrom('sync_disputes')
      .select(['id', 'code', 'sentence', 'found_at', 'decision', 'desk_id', 'decided_by'])
      .select('decided_at')
      .where('sync_id', '=', syncId)
      .where('target', '=', target)
      .where('entry_id', '=', entryId)
      .executeTakeFirst(),
    personHistory(syncId, `${target}:${entryId}`),
  ]);
  const person = known.find((one) => one.target === target);
  if (person === undefined && dispute === undefined && plans.length === 0) {
    refuse('record.unknown', { kind: 'person of this directory sync', id: entryId });
  }
  const place = sync.settings.places.find(({ id }) => id === person?.placeId);
  return { person: person ?? null, place: place ?? null, dispute: dispute ?? null, plans };
}
