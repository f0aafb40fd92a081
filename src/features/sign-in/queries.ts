// The SQL of passwords and sessions.
import type { Db, Tx } from '#store/db.ts';

export type Owner = { readonly kind: 'agent' | 'user'; readonly id: number };

export type Credential = { readonly passwordHash: string; readonly mustChange: boolean };

export type Session = {
  readonly id: string;
  readonly owner: Owner;
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly endsAt: Date;
  readonly mustChange: boolean;
};

export async function findCredential(db: Db | Tx, owner: Owner): Promise<Credential | undefined> {
  const row = await db
    .selectFrom('credentials')
    .select(['password_hash', 'must_change'])
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .executeTakeFirst();
  return row && { passwordHash: row.password_hash, mustChange: row.must_change };
}

export async function putCredential(
  db: Db | Tx,
  owner: Owner,
  credential: Credential,
  now: Date,
): Promise<void> {
  const row = {
    password_hash: credential.passwordHash,
    must_change: credential.mustChange,
    changed_at: now,
  };
  await db
    .insertInto('credentials')
    .values({ owner_kind: owner.kind, owner_id: owner.id, ...row })
    .onConflict((conflict) => conflict.columns(['owner_kind', 'owner_id']).doUpdateSet(row))
    .execute();
}

export async function anyCredential(db: Db | Tx): Promise<boolean> {
  const row = await db.selectFrom('credentials').select('owner_id').limit(1).executeTakeFirst();
  return row !== undefined;
}

export async function insertSession(
  db: Db | Tx,
  session: Omit<Session, 'mustChange'> & {
    readonly hash: Buffer;
    readonly address: string;
    readonly browser: string;
  },
): Promise<void> {
  await db
    .insertInto('sessions')
    .values({
      hash: session.hash,
      id: session.id,
      owner_kind: session.owner.kind,
      owner_id: session.owner.id,
      address: session.address,
      browser: session.browser,
      started_at: session.startedAt,
      seen_at: session.seenAt,
      ends_at: session.endsAt,
    })
    .execute();
}

/** A session that has neither ended nor been idle too long. */
export async function findSession(
  db: Db,
  hash: Buffer,
  now: Date,
  idleMs: number,
): Promise<Session | undefined> {
  const row = await db
    .selectFrom('sessions')
    .leftJoin('credentials', (join) =>
      join
        .onRef('credentials.owner_kind', '=', 'sessions.owner_kind')
        .onRef('credentials.owner_id', '=', 'sessions.owner_id'),
    )
    .selectAll('sessions')
    .select('must_change')
    .where('hash', '=', hash)
    .where('ends_at', '>', now)
    .where('seen_at', '>', new Date(now.getTime() - idleMs))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    owner: { kind: row.owner_kind, id: row.owner_id },
    startedAt: row.started_at,
    seenAt: row.seen_at,
    endsAt: row.ends_at,
    mustChange: row.must_change ?? false,
  };
}

export async function noteSeen(db: Db, hash: Buffer, now: Date): Promise<void> {
  await db.updateTable('sessions').set({ seen_at: now }).where('hash', '=', hash).execute();
}

export async function deleteSession(db: Db | Tx, hash: Buffer): Promise<boolean> {
  const gone = await db.deleteFrom('sessions').where('hash', '=', hash).executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

export async function deleteSessionsOf(db: Db | Tx, owner: Owner): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .execute();
}

/** Deletes what has ended, a bounded number at a time; true while there is more. */
export async function deleteEnded(
  db: Db,
  now: Date,
  idleMs: number,
  rowsMax: number,
): Promise<boolean> {
  const idleSince = new Date(now.getTime() - idleMs);
  const ended = db
    .selectFrom('sessions')
    .select('hash')
    .where((is) => is.or([is('ends_at', '<', now), is('seen_at', '<', idleSince)]))
    .limit(rowsMax);
  const sessions = await db.deleteFrom('sessions').where('hash', 'in', ended).executeTakeFirst();
  const over = db.selectFrom('attempts').select('key').where('ends_at', '<', now).limit(rowsMax);
  const attempts = await db.deleteFrom('attempts').where('key', 'in', over).executeTakeFirst();
  const full = (rows: bigint) => Number(rows) === rowsMax;
  return full(sessions.numDeletedRows) || full(attempts.numDeletedRows);
}
