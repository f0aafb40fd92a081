// The SQL of requests to act as somebody else, from asking to the end.
import { type Selectable, sql } from 'kysely';
import type { Person, PersonId } from '#domain/ports/people.ts';
import type { Db, Tx } from '#store/db.ts';
import type { ImpersonationRequests } from '#store/tables.ts';

export type Request = {
  readonly id: number;
  readonly by: { readonly id: number; readonly name: string };
  readonly target: PersonId & { readonly name: string };
  readonly reason: string;
  readonly requestedAt: Date;
  readonly usedAt: Date | null;
  readonly endsAt: Date | null;
  readonly endedAt: Date | null;
  readonly endedBecause: string | null;
};

export async function insertRequest(
  tx: Tx,
  request: {
    readonly by: Person;
    readonly target: Person;
    readonly reason: string;
    readonly sessionId: string | undefined;
    readonly tokenHash: Buffer;
    readonly now: Date;
    readonly expiresAt: Date;
  },
): Promise<number> {
  const { by, target, now } = request;
  const row = await tx
    .insertInto('impersonation_requests')
    .values({
      requestor_id: by.id,
      requestor_name: by.name,
      target_kind: target.kind,
      target_id: target.id,
      target_name: target.name,
      reason: request.reason,
      session_id: request.sessionId ?? null,
      token_hash: request.tokenHash,
      requested_at: now,
      expires_at: request.expiresAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export type OwnToken = {
  readonly tokenHash: Buffer;
  readonly agentId: number;
  readonly sessionId: string;
  readonly now: Date;
};

/** The request whose token this is, while it may be used in this browser session. */
export async function findUsable(db: Db, own: OwnToken): Promise<Request | undefined> {
  const row = await db
    .selectFrom('impersonation_requests')
    .selectAll()
    .where((is) => is.and(usable(own)))
    .executeTakeFirst();
  return row && requestOf(row);
}

/** Uses the token: of a hundred at one moment one does. */
export async function useToken(tx: Tx, own: OwnToken): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('impersonation_requests')
    .set({ used_at: own.now })
    .where((is) => is.and(usable(own)))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function usable({ tokenHash, agentId, sessionId, now }: OwnToken) {
  return [
    sql<boolean>`token_hash = ${tokenHash}`,
    sql<boolean>`used_at is null`,
    sql<boolean>`expires_at > ${now}`,
    sql<boolean>`requestor_id = ${agentId}`,
    sql<boolean>`(session_id is null or session_id = ${sessionId})`,
  ];
}

export async function findByToken(db: Db | Tx, tokenHash: Buffer): Promise<Request | undefined> {
  const row = await db
    .selectFrom('impersonation_requests')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
  return row && requestOf(row);
}

export async function noteBeginning(
  tx: Tx,
  id: number,
  began: { readonly endsAt: Date; readonly told: boolean },
): Promise<void> {
  const set = { ends_at: began.endsAt, told: began.told };
  await tx.updateTable('impersonation_requests').set(set).where('id', '=', id).execute();
}

export type RequestFilter = {
  /** Those that somebody acted as, and may know of. */
  readonly toldTo?: PersonId;
  /** Of users of this client alone. */
  readonly clientId?: number;
  readonly before?: number | undefined;
  readonly limit: number;
};

/** The newest first; tokens that nobody used stand in the audit trail alone. */
export async function listRequests(
  db: Db,
  { toldTo, clientId, before, limit }: RequestFilter,
): Promise<readonly Request[]> {
  let query = db
    .selectFrom('impersonation_requests')
    .selectAll()
    .where('used_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(limit);
  if (before !== undefined) query = query.where('id', '<', before);
  if (toldTo !== undefined) {
    const { kind, id } = toldTo;
    query = query.where('told', '=', true);
    query = query.where('target_kind', '=', kind).where('target_id', '=', id);
  }
  if (clientId !== undefined) {
    query = query
      .where('target_kind', '=', 'user')
      .where('target_id', 'in', (select) =>
        select
          .selectFrom('desk_users as u')
          .innerJoin('desk_sites as s', 's.id', 'u.site_id')
          .select('u.id')
          .where('s.client_id', '=', clientId),
      );
  }
  return (await query.execute()).map(requestOf);
}

export function requestOf(row: Selectable<ImpersonationRequests>): Request {
  return {
    id: row.id,
    by: { id: row.requestor_id, name: row.requestor_name },
    target: { kind: row.target_kind, id: row.target_id, name: row.target_name },
    reason: row.reason,
    requestedAt: row.requested_at,
    usedAt: row.used_at,
    endsAt: row.ends_at,
    endedAt: row.ended_at,
    endedBecause: row.ended_because,
  };
}
