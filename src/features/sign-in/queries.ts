// The SQL of passwords and sessions.
import { sql } from 'kysely';
import type { PersonId } from '#domain/ports/people.ts';
import type { Db, Tx } from '#store/db.ts';
import { knownForMs } from './known-browsers.ts';

export type Credential = { readonly passwordHash: string; readonly mustChange: boolean };

export type Session = {
  readonly id: string;
  readonly owner: PersonId;
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly endsAt: Date;
  readonly mustChange: boolean;
  /** Set where somebody acts as the owner: whose own session it hangs on, and why. */
  readonly impersonation: Impersonation | undefined;
};

export type Impersonation = {
  readonly id: number;
  readonly by: PersonId;
  readonly reason: string;
};

export async function findCredential(
  db: Db | Tx,
  owner: PersonId,
): Promise<Credential | undefined> {
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
  owner: PersonId,
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

export type NewSession = {
  readonly hash: Buffer;
  readonly id: string;
  readonly owner: PersonId;
  readonly address: string;
  readonly browser: string;
  readonly startedAt: Date;
  readonly endsAt: Date;
  readonly impersonation?: {
    readonly id: number;
    readonly reason: string;
    /** The session of the one who acts: this one ends with it. */
    readonly parent: Buffer;
  };
};

export async function insertSession(db: Db | Tx, session: NewSession): Promise<void> {
  const { owner, impersonation } = session;
  await sql`/* kept: insert-session */
    insert into sessions (hash, id, owner_kind, owner_id, address, browser, started_at, seen_at,
      ends_at, parent, impersonation_id, reason)
    values (${session.hash}, ${session.id}, ${owner.kind}, ${owner.id}, ${session.address},
      ${session.browser}, ${session.startedAt}, ${session.startedAt}, ${session.endsAt},
      ${impersonation?.parent ?? null}, ${impersonation?.id ?? null},
      ${impersonation?.reason ?? null})`.execute(db);
}

type SessionRow = {
  readonly id: string;
  readonly owner_kind: PersonId['kind'];
  readonly owner_id: number;
  readonly started_at: Date;
  readonly seen_at: Date;
  readonly ends_at: Date;
  readonly impersonation_id: number | null;
  readonly reason: string | null;
  readonly must_change: boolean | null;
  readonly by_kind: PersonId['kind'] | null;
  readonly by_id: number | null;
  readonly vouched_by: number | null;
};

/** A session that has neither ended nor been idle too long, and neither has the one it hangs on. */
export async function findSession(
  db: Db,
  hash: Buffer,
  now: Date,
  idleMs: number,
): Promise<Session | undefined> {
  const idleSince = new Date(now.getTime() - idleMs);
  // Asked at every request that nothing is remembered for: its text is not built anew, nor its plan made.
  const { rows } = await sql<SessionRow>`/* kept: find-session */
    select own.id, own.owner_kind, own.owner_id, own.started_at, own.seen_at, own.ends_at,
      own.impersonation_id, own.reason, must_change, parent.owner_kind as by_kind,
      parent.owner_id as by_id, application_id as vouched_by
    from sessions own
    left join sessions parent on parent.hash = own.parent
    left join credentials c on c.owner_kind = own.owner_kind and c.owner_id = own.owner_id
    left join sso_sessions on session_hash = own.hash
    where own.hash = ${hash} and own.ends_at > ${now} and own.seen_at > ${idleSince}
      and (own.parent is null or (parent.ends_at > ${now} and parent.seen_at > ${idleSince}))`.execute(
    db,
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { impersonation_id: id, by_kind: kind, by_id: byId, reason } = row;
  const impersonation =
    id === null || kind === null || byId === null || reason === null
      ? undefined
      : { id, by: { kind, id: byId }, reason };
  return {
    id: row.id,
    owner: { kind: row.owner_kind, id: row.owner_id },
    startedAt: row.started_at,
    seenAt: row.seen_at,
    endsAt: row.ends_at,
    // Whom somebody acts as, or another system vouches for, need not choose the password they have here.
    mustChange:
      (row.must_change ?? false) && impersonation === undefined && row.vouched_by === null,
    impersonation,
  };
}

export async function noteSeen(db: Db, hash: Buffer, now: Date): Promise<void> {
  // The person behind it is seen with it.
  await sql`update sessions set seen_at = ${now}
    where hash = ${hash} or hash = (select parent from sessions where hash = ${hash})`.execute(db);
}

export async function deleteSession(db: Db | Tx, hash: Buffer): Promise<boolean> {
  const gone = await db.deleteFrom('sessions').where('hash', '=', hash).executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

/** The live ones, the last seen first; those in which somebody else acts as the owner are not theirs. */
export async function listSessionsOf(db: Db, owner: PersonId, now: Date, idleMs: number) {
  const rows = await db
    .selectFrom('sessions')
    .select(['id', 'started_at', 'seen_at', 'ends_at', 'address', 'browser'])
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .where('parent', 'is', null)
    .where('ends_at', '>', now)
    .where('seen_at', '>', new Date(now.getTime() - idleMs))
    .orderBy('seen_at', 'desc')
    .limit(200)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    endsAt: row.ends_at,
    address: row.address,
    browser: row.browser,
  }));
}

export async function deleteSessionById(tx: Tx, owner: PersonId, id: string): Promise<boolean> {
  const gone = await tx
    .deleteFrom('sessions')
    .where('id', '=', id)
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .where('parent', 'is', null)
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

/** All but this one; of a program's, which has none, all. Those in which somebody acts as them stay. */
export async function deleteOtherSessions(
  tx: Tx,
  owner: PersonId,
  id: string | undefined,
): Promise<number> {
  let others = tx
    .deleteFrom('sessions')
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .where('parent', 'is', null);
  if (id !== undefined) others = others.where('id', '!=', id);
  return Number((await others.executeTakeFirst()).numDeletedRows);
}

/** Deletes the session that one hangs on, and so both. */
export async function deleteParent(db: Db | Tx, hash: Buffer): Promise<boolean> {
  const gone = await db
    .deleteFrom('sessions')
    .where('hash', '=', (select) =>
      select.selectFrom('sessions as own').select('own.parent').where('own.hash', '=', hash),
    )
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

export async function deleteSessionsOf(db: Db | Tx, owner: PersonId): Promise<void> {
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
  // Bounded by how many sign in: what is under way, asked of a passkey, or a browser nobody uses.
  await db.deleteFrom('sign_ins_under_way').where('expires_at', '<', now).execute();
  await db.deleteFrom('passkey_challenges').where('expires_at', '<', now).execute();
  const known = new Date(now.getTime() - knownForMs);
  await db.deleteFrom('known_browsers').where('seen_at', '<', known).execute();
  const full = (rows: bigint) => Number(rows) === rowsMax;
  return full(sessions.numDeletedRows) || full(attempts.numDeletedRows);
}
