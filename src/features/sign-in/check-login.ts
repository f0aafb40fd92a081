// Decides whether a name and password are somebody's, without telling which of them was wrong.
import { callingFrom, nobody } from '#domain/actor.ts';
import type { People, Person, PersonId } from '#domain/ports/people.ts';
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
import { isKnownBrowser } from './known-browsers.ts';
import type { Passwords } from './passwords.ts';
import { about, findPersonByLogin } from './people.ts';
import { findCredential } from './queries.ts';

const minuteMs = 60_000;

/**
 * Three tiers: guessing at one person from one place, at one person from many, at many from one. Those a
 * stranger can use up on purpose; so a browser in which the person has signed in before counts by itself.
 */
export const signInTiers = {
  pair: { name: 'sign-in.pair', triesMax: 5, windowMs: 15 * minuteMs },
  login: { name: 'sign-in.login', triesMax: 50, windowMs: 60 * minuteMs },
  address: { name: 'sign-in.address', triesMax: 100, windowMs: 15 * minuteMs },
  browser: { name: 'sign-in.browser', triesMax: 10, windowMs: 15 * minuteMs },
} as const satisfies Record<string, Tier>;

export type LoginPorts = People & {
  readonly db: Db;
  readonly passwords: Passwords;
};

export type Login = {
  readonly login: string;
  readonly password: Secret;
  readonly ip: string;
  /** What the browser shows of earlier sign-ins, where it does. */
  readonly browser?: string;
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
  const person = given.person ?? (await findPersonByLogin(ports, login));
  const isKnown = await isKnownBrowser(db, person ?? nobodyAtAll, given.browser, now);
  const tries = isKnown
    ? await takeOwnTries(db, person ?? nobodyAtAll, given.browser ?? '', now)
    : await takeTries(db, login, given.ip, now);
  const credential = await findCredential(db, person ?? nobodyAtAll);
  const fits = await ports.passwords.fits(credential?.passwordHash, given.password);
  if (person !== undefined && credential !== undefined && fits && tries.open && person.enabled) {
    await tries.giveBack();
    return { person, mustChange: credential.mustChange };
  }
  if (tries.open) await auditRefusal(db, person, given.ip);
  return undefined;
}

type Tries = { readonly open: boolean; readonly giveBack: () => Promise<void> };

async function takeTries(db: Db, login: string, ip: string, now: Date): Promise<Tries> {
  const place = networkOf(ip);
  const attempts = {
    pair: { tier: signInTiers.pair, who: `${login}\0${place}` },
    login: { tier: signInTiers.login, who: login },
    address: { tier: signInTiers.address, who: place },
  } satisfies Record<string, Attempt>;
  await takeAddress(db, attempts.address, now);
  const pairOpen = await takeAttempt(db, attempts.pair, now);
  const loginOpen = await takeAttempt(db, attempts.login, now);
  const giveBack = async () => {
    await forgetAttempts(db, attempts.pair);
    await giveBackAttempt(db, attempts.login);
    await giveBackAttempt(db, attempts.address);
  };
  return { open: pairOpen && loginOpen, giveBack };
}

async function takeOwnTries(
  db: Db,
  { kind, id }: PersonId,
  browser: string,
  now: Date,
): Promise<Tries> {
  const attempt = { tier: signInTiers.browser, who: `${kind} ${id}\0${browser}` };
  const open = await takeAttempt(db, attempt, now);
  return { open, giveBack: () => forgetAttempts(db, attempt) };
}

/** Refuses with 429 what comes from an address that has tried too much. */
export async function takeAddress(db: Db, attempt: Attempt, now: Date): Promise<void> {
  if (await takeAttempt(db, attempt, now)) return;
  const seconds = Math.max(1, await secondsClosed(db, attempt, now));
  refuse('sign-in.too-many', { seconds });
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
