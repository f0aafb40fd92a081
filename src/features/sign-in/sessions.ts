// Sessions of browsers: begun by signing in, proven by a cookie, ended by either side at any time.
//
//   (signed in) -> must change -> live -> ended      ended: logout, idle, too old, person disabled
import { createHash } from 'node:crypto';
import { callingFrom } from '#domain/actor.ts';
import { newId } from '#lib/ids.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import { audit } from '#store/audit.ts';
import { accessBell, ring } from '#store/bell.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { about, actorOf, findPerson, type People, type Person } from './people.ts';
import {
  deleteSession,
  deleteSessionsOf,
  findSession,
  insertSession,
  noteSeen,
  type Owner,
  type Session,
} from './queries.ts';

/** OWASP ASVS 5.0 7.3: a session ends when it rests and when it is old. */
export const sessionLimits = { idleMs: 60 * 60_000, lifeMs: 12 * 60 * 60_000 } as const;

/** Being seen is noted so often and no oftener: reading must not write at every request. */
const noteSeenMs = 60_000;

export type SignedIn = {
  readonly session: Session;
  readonly person: Person;
  readonly csrfToken: string;
};

export type Browser = { readonly ip: string; readonly userAgent: string };

/** Begins a session under a new id; the token is the cookie's value and is kept as a hash alone. */
export async function beginSession(
  db: Db | Tx,
  person: Person,
  browser: Browser,
  now: Date,
): Promise<Secret> {
  const token = newToken();
  const id = newId(now);
  await insertSession(db, {
    hash: fastHash(token.reveal()),
    id,
    owner: { kind: person.kind, id: person.id },
    address: browser.ip,
    browser: browser.userAgent.slice(0, 300),
    startedAt: now,
    seenAt: now,
    endsAt: new Date(now.getTime() + sessionLimits.lifeMs),
  });
  await audit(db, [
    {
      actor: callingFrom(actorOf(person), browser.ip),
      action: 'session.started',
      subject: about(person),
      outcome: 'done',
    },
  ]);
  return token;
}

/** Who is signed in with this cookie: looked up, found enabled, and noted as seen. */
export async function findSignedIn(
  ports: People & { readonly db: Db },
  token: string,
  now: Date,
): Promise<SignedIn | undefined> {
  const hash = fastHash(token);
  const session = await findSession(ports.db, hash, now, sessionLimits.idleMs);
  if (session === undefined) return undefined;
  const person = await findPerson(ports, session.owner);
  if (person === undefined || !person.enabled) return undefined;
  if (now.getTime() - session.seenAt.getTime() > noteSeenMs) await noteSeen(ports.db, hash, now);
  return { session, person, csrfToken: csrfTokenOf(token) };
}

/** Follows from the cookie, so that nothing is kept; nobody can make it who has not the cookie. */
export function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`csrf\0${token}`).digest('base64url');
}

export async function endSession(db: Db, token: string, person: Person, ip: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (!(await deleteSession(tx, fastHash(token)))) return;
    await audit(tx, [
      {
        actor: callingFrom(actorOf(person), ip),
        action: 'session.ended',
        subject: about(person),
        outcome: 'done',
      },
    ]);
    await ring(tx, accessBell);
  });
}

/** Ends whatever somebody has open in browsers; part of the caller's transaction. */
export async function endSessionsOf(tx: Db | Tx, owner: Owner): Promise<void> {
  await deleteSessionsOf(tx, owner);
  await ring(tx, accessBell);
}
