// A sync as its work knows it, read from the database; every function takes it first.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { type Sync, SyncSettings } from '#domain/sync/settings.ts';
import type { Db, Tx } from '#store/db.ts';

export type SyncState = Sync & {
  readonly active: boolean;
  readonly bookmark: string | null;
  /** Of the settings the bookmark and the digests belong to. */
  readonly readDigest: string | null;
  readonly peopleCount: number;
  readonly lastWholeAt: Date | null;
  readonly lastError: string | null;
};

/** One that the actor may see; refused as unknown where not. */
export async function getSyncState(
  db: Db | Tx,
  id: number,
  actor: Pick<Actor, 'clientId'>,
): Promise<SyncState> {
  const row = await db
    .selectFrom('directory_syncs')
    .select(['id', 'connection_id', 'desk_connection_id', 'client_id', 'version', 'settings'])
    .select(['active', 'bookmark', 'read_digest', 'people_count', 'last_whole_at', 'last_error'])
    .where('id', '=', id)
    .$if(actor.clientId !== undefined, (query) =>
      query.where('client_id', '=', actor.clientId ?? null),
    )
    .executeTakeFirst();
  if (row === undefined) refuse('record.unknown', { kind: 'directory sync', id });
  return {
    ...{ id: row.id, connectionId: row.connection_id, deskConnectionId: row.desk_connection_id },
    ...{ clientId: row.client_id, version: row.version },
    ...{ settings: SyncSettings.parse(row.settings), active: row.active },
    ...{ bookmark: row.bookmark, readDigest: row.read_digest, peopleCount: row.people_count },
    ...{ lastWholeAt: row.last_whole_at, lastError: row.last_error },
  };
}
