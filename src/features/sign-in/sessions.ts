// Sessions of browsers: begun by signing in, proven by a cookie, ended by either side at any time.
//
//   (signed in) -> must change -> live -> ended      ended: logout, idle, too old, person disabled
import { createHash } from 'node:crypto';
import { callingFrom } from '#domain/actor.ts';
import type { People, Person, PersonId } from '#domain/ports/people.ts';
import { newId } from '#lib/ids.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { accessBell, ring } from '#store/bell.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { about, actorOf, findPerson } from './people.ts';
import {
  deleteParent,
  deleteSession,
  deleteSessionsOf,
  findSession,
  insertSession,
  noteSeen,
  type Session,
} from './queries.ts';
import { endUnderWayOf } from './under-way.ts';

/** OWASP ASVS 5.0 7.3: a session ends when it rests and when it is old. */
export const sessionLimits = { idleMs: 60 * 60_000, lifeMs: 12 * 60 * 60_000 } as const;

/** Being seen is noted so often and no oftener: reading must not write at every request. */
const noteSeenMs = 60_000;

export type SignedIn = {
  readonly session: Session;
  readonly person: Person;
  /** Who acts as the person, where somebody does. */
  readonly behind: Person | undefined;
  readonly csrfToken: string;
};

export type Browser = { readonly ip: string; readonly userAgent: string };

export type SessionPorts = People & {
  readonly db: Db;
  readonly impersonation: ImpersonationRules;
};

export type ImpersonationRules = {
  /** Whether `by` may still act as `target`: asked at every request, before anything else. */
  readonly mayAct: (by: Person, target: Person) => Promise<boolean>;
  /** In the transaction that ends its session. */
  readonly noteEnd: (
    tx: Tx,
    id: number,
    because: string,
    address: string | undefined,
  ) => Promise<void>;
};

/** Begins a session under a new id; the token is the cookie's value and is kept as a hash alone. */
export async function beginSession(
  db: Db,
  person: Person,
  browser: Browser,
  now: Date,
  because?: string,
): Promise<Secret> {
  const endsAt = new Date(now.getTime() + sessionLimits.lifeMs);
  const how = because === undefined ? {} : { because };
  const given = { person, browser, endsAt, ...how };
  const { token } = await inTransaction(db, (tx) => begin(tx, given, now));
  return token;
}

/**
 * The same as a part of the caller's transaction; `because` tells how they proved who they are. `endsBy`: it
 * lasts no longer than that, where it would.
 */
export function beginSessionIn(
  tx: Tx,
  given: {
    readonly person: Person;
    readonly browser: Browser;
    readonly because: string;
    readonly endsBy?: Date | undefined;
  },
  now: Date,
): Promise<{ readonly token: Secret }> {
  const latest = now.getTime() + sessionLimits.lifeMs;
  const endsAt = new Date(Math.min(latest, given.endsBy?.getTime() ?? latest));
  return begin(tx, { ...given, endsAt }, now);
}

export type Impersonating = {
  readonly id: number;
  readonly by: Person;
  readonly target: Person;
  readonly reason: string;
  /** The cookie of the one who acts, whose session this one hangs on. */
  readonly ownToken: string;
  readonly browser: Browser;
  readonly endsAt: Date;
};

/** Begins a session of the target for somebody else, under an id of its own. */
export function beginImpersonated(tx: Tx, given: Impersonating, now: Date) {
  const { id, reason, by, target: person, browser, endsAt } = given;
  const impersonation = { id, reason, parent: fastHash(given.ownToken) };
  return begin(tx, { person, behind: by, browser, endsAt, impersonation }, now);
}

async function begin(
  db: Db | Tx,
  given: {
    readonly person: Person;
    readonly behind?: Person | undefined;
    readonly browser: Browser;
    readonly endsAt: Date;
    readonly impersonation?: {
      readonly id: number;
      readonly reason: string;
      readonly parent: Buffer;
    };
    readonly because?: string;
  },
  now: Date,
): Promise<{ readonly token: Secret; readonly entries: readonly string[] }> {
  const { person, behind, browser, endsAt, impersonation } = given;
  const token = newToken();
  await insertSession(db, {
    hash: fastHash(token.reveal()),
    id: newId(now),
    owner: { kind: person.kind, id: person.id },
    address: browser.ip,
    browser: browser.userAgent.slice(0, 300),
    startedAt: now,
    endsAt,
    ...(impersonation === undefined ? {} : { impersonation }),
  });
  const because = given.because ?? impersonation?.reason;
  const entry = entryOf({ person, behind }, 'session.started', browser.ip, because);
  return { token, entries: await audit(db, [entry]) };
}

/** Who is signed in with this cookie: looked up, found enabled, and noted as seen. */
export async function findSignedIn(
  ports: SessionPorts,
  token: string,
  now: Date,
): Promise<SignedIn | undefined> {
  const hash = fastHash(token);
  const session = await findSession(ports.db, hash, now, sessionLimits.idleMs);
  if (session === undefined) return undefined;
  const person = await findPerson(ports, session.owner);
  if (person === undefined || !person.enabled) return undefined;
  const { impersonation } = session;
  const behind = impersonation && (await findPerson(ports, impersonation.by));
  if (impersonation !== undefined) {
    if (behind === undefined) return undefined;
    if (!(await ports.impersonation.mayAct(behind, person))) {
      const because = 'the right to act as them was taken away';
      await endImpersonated(ports, hash, { session, person, behind }, because);
      return undefined;
    }
  }
  if (now.getTime() - session.seenAt.getTime() > noteSeenMs) await noteSeen(ports.db, hash, now);
  return { session, person, behind, csrfToken: csrfTokenOf(token) };
}

/** Follows from the cookie, so that nothing is kept; nobody can make it who has not the cookie. */
export function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`csrf\0${token}`).digest('base64url');
}

type Who = { readonly person: Person; readonly behind: Person | undefined };
type Open = Who & { readonly session: Session };

/** Signs out. Who acts as somebody else signs out as themselves too. */
export async function endSession(
  { db, impersonation }: SessionPorts,
  token: string,
  who: Open,
  ip: string,
): Promise<void> {
  const { behind, session } = who;
  await inTransaction(db, async (tx) => {
    const hash = fastHash(token);
    if (session.impersonation !== undefined) {
      await impersonation.noteEnd(tx, session.impersonation.id, 'they signed out', ip);
    }
    const own = behind !== undefined && (await deleteParent(tx, hash));
    if (!own && !(await deleteSession(tx, hash))) return;
    await audit(tx, [
      entryOf(who, 'session.ended', ip),
      ...(own ? [entryOf({ person: behind, behind: undefined }, 'session.ended', ip)] : []),
    ]);
    await ring(tx, accessBell);
  });
}

/** Ends acting as somebody else, and leaves the own session as it is. */
export async function endImpersonated(
  { db, impersonation }: SessionPorts,
  hash: Buffer,
  who: Open,
  because: string,
  ip?: string,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { id } = who.session.impersonation ?? {};
    if (id !== undefined) await impersonation.noteEnd(tx, id, because, ip);
    if (!(await deleteSession(tx, hash))) return;
    await audit(tx, [entryOf(who, 'session.ended', ip, because)]);
    await ring(tx, accessBell);
  });
}

/** Ends whatever somebody has open in browsers; part of the caller's transaction. */
export async function endSessionsOf(tx: Db | Tx, owner: PersonId): Promise<void> {
  await deleteSessionsOf(tx, owner);
  await endUnderWayOf(tx, owner);
  await ring(tx, accessBell);
}

function entryOf(
  { person, behind }: Who,
  action: string,
  ip: string | undefined,
  because?: string,
): AuditEntry {
  const actor = actorOf(person, behind);
  return {
    actor: ip === undefined ? actor : callingFrom(actor, ip),
    action,
    subject: about(person),
    outcome: 'done',
    ...(because === undefined ? {} : { because }),
  };
}
