// Decides whether a name and password are somebody's, without telling which of them was wrong.
import { callingFrom, nobody } from '#domain/actor.ts';
import type { People, Person } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import { networkOf } from '#lib/network.ts';
import type { Secret } from '#lib/secret.ts';
import {
  type Attempt,
  forgetAttempts,
  giveBackAttempt,
  secondsClosed,
  type Tier,
  takeAttempt,
} from '#store/attempts.ts';
import { audit } from '#store/audit.ts';
import type { Db } from '#store/db.ts';
import type { Passwords } from './passwords.ts';
import { about, findPersonByLogin } from './people.ts';
import { findCredential } from './queries.ts';

const minuteMs = 60_000;

/** Three tiers: guessing at one person from one place, at one person from many, at many from one. */
export const signInTiers = {
  pair: { name: 'sign-in.pair', triesMax: 5, windowMs: 15 * minuteMs },
  login: { name: 'sign-in.login', triesMax: 50, windowMs: 60 * minuteMs },
  address: { name: 'sign-in.address', triesMax: 100, windowMs: 15 * minuteMs },
} as const satisfies Record<string, Tier>;

export type LoginPorts = People & {
  readonly db: Db;
  readonly passwords: Passwords;
};

export type Login = {
  readonly login: string;
  readonly password: Secret;
  readonly ip: string;
  /** Where it is known already whose password it must be. */
  readonly person?: Person;
};

export type CheckedLogin = { readonly person: Person; readonly mustChange: boolean };

/**
 * The person whose name and password these are, or nothing: for an unknown name, a wrong password,
 * a disabled person and a closed account alike, after the same work (security.md, statement 25).
 * Refuses with 429 what comes from an address that has tried too much.
 */
export async function checkLogin(
  ports: LoginPorts,
  given: Login,
  now: Date,
): Promise<CheckedLogin | undefined> {
  const { db } = ports;
  const login = plainLogin(given.login);
  const place = networkOf(given.ip);
  const attempts = {
    pair: { tier: signInTiers.pair, who: `${login}\0${place}` },
    login: { tier: signInTiers.login, who: login },
    address: { tier: signInTiers.address, who: place },
  } satisfies Record<string, Attempt>;
  if (!(await takeAttempt(db, attempts.address, now))) {
    const seconds = Math.max(1, await secondsClosed(db, attempts.address, now));
    refuse('sign-in.too-many', { seconds });
  }
  const pairOpen = await takeAttempt(db, attempts.pair, now);
  const loginOpen = await takeAttempt(db, attempts.login, now);
  const person = given.person ?? (await findPersonByLogin(ports, login));
  const credential = await findCredential(db, person ?? nobodyAtAll);
  const fits = await ports.passwords.fits(credential?.passwordHash, given.password);
  const open = pairOpen && loginOpen;
  if (person !== undefined && credential !== undefined && fits && open && person.enabled) {
    await forgetAttempts(db, attempts.pair);
    await giveBackAttempt(db, attempts.login);
    await giveBackAttempt(db, attempts.address);
    return { person, mustChange: credential.mustChange };
  }
  if (open) await auditRefusal(db, person, given.ip);
  return undefined;
}

/** Has no credential; looked up all the same. */
const nobodyAtAll = { kind: 'agent', id: -1 } as const;

/** A name that nobody bears is not written down: people type passwords into the wrong field. */
async function auditRefusal(db: Db, person: Person | undefined, ip: string): Promise<void> {
  const subject =
    person === undefined
      ? { kind: 'agent', id: 'unknown', name: 'an unknown name' }
      : about(person);
  await audit(db, [
    {
      actor: callingFrom(nobody, ip),
      action: 'sign-in.refused',
      subject,
      outcome: 'refused',
      ...(person?.kind === 'agent' ? { agentId: person.id } : {}),
      ...(person?.kind === 'user' ? { userId: person.id } : {}),
    },
  ]);
}

function plainLogin(login: string): string {
  return login.normalize('NFKC').trim().toLowerCase().slice(0, 254);
}
