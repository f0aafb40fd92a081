// The second step of signing in: what is asked after the password, and whether what was given fits.
import { callingFrom, nobody } from '#domain/actor.ts';
import type { Person, PersonId } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import type { Answer, RequestHeaders } from '#http/route.ts';
import { networkOf } from '#lib/network.ts';
import { type Attempt, giveBackAttempt, type Tier, takeAttempt } from '#store/attempts.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction } from '#store/db.ts';
import { signInTiers, takeAddress } from './check-login.ts';
import { secondFactors } from './factors.ts';
import {
  browserOf,
  choose,
  goTo,
  placeOf,
  type SignInPorts,
  sessionCookies,
  signedIn,
} from './forms.ts';
import { browserTokenIn, isKnownBrowser, noteBrowser } from './known-browsers.ts';
import { factorsOf } from './passkey-queries.ts';
import { about, actorOf } from './people.ts';
import { findCredential } from './queries.ts';
import { takeRecoveryCode } from './recovery-codes.ts';
import { beginSession } from './sessions.ts';
import { mayUseLocally, readSignInSettings } from './settings.ts';
import { beginUnderWay, forgetUnderWay } from './under-way.ts';

const minuteMs = 60_000;

/**
 * A code of an app has six digits. Whoever knows the password may use up the first two on purpose; the owner
 * then still comes in from a browser of theirs, by a passkey, or by a recovery code, which nobody guesses.
 */
export const codeTiers = {
  pair: { name: 'second-factor.pair', triesMax: 5, windowMs: 15 * minuteMs },
  person: { name: 'second-factor.person', triesMax: 20, windowMs: 4 * 60 * minuteMs },
  browser: { name: 'second-factor.browser', triesMax: 10, windowMs: 60 * minuteMs },
  /** Mails that tell one person of wrong codes. */
  told: { name: 'second-factor.told', triesMax: 1, windowMs: 60 * minuteMs },
} as const satisfies Record<string, Tier>;

type From = { readonly headers: RequestHeaders; readonly ip: string; readonly back: string };

/** After the password: signed in, or on to the page of the second factor. */
export async function afterPassword(
  ports: SignInPorts,
  person: Person,
  from: From,
  now: Date,
): Promise<Answer> {
  await refuseElsewhere(ports, person);
  const { has, needs } = await secondFactorOf(ports.db, person);
  if (!has && !needs) return finishSignIn(ports, person, { ...from, how: 'a password' }, now);
  const purpose = has ? 'prove' : 'enrol';
  const owner = { kind: person.kind, id: person.id };
  const cookie = await beginUnderWay(ports.db, { owner, purpose, back: from.back }, ports, now);
  const location = '/auth/second-factor';
  return { ...goTo(location), headers: { location, 'set-cookie': cookie } };
}

export async function refuseElsewhere({ db }: SignInPorts, person: Person): Promise<void> {
  if (!(await mayUseLocally(db, person))) refuse('sign-in.elsewhere');
}

async function secondFactorOf(db: Db, person: PersonId) {
  const factors = await factorsOf(db, person);
  const has = factors.app || factors.passkeys > 0;
  const needs = person.kind === 'agent' && (await readSignInSettings(db)).agentsNeedSecondFactor;
  return { has, needs };
}

/** Whether an agent's password alone brings no token: they have a second factor, or need one. */
export async function passwordIsNotEnough(db: Db, agentId: number): Promise<boolean> {
  const { has, needs } = await secondFactorOf(db, { kind: 'agent', id: agentId });
  return has || needs;
}

/** Begins the session, and remembers the browser as one of theirs. */
export async function finishSignIn(
  ports: SignInPorts,
  person: Person,
  from: From & { readonly how: string },
  now: Date,
): Promise<Answer> {
  const { cookies, token, to } = await beginOwnSession(ports, person, from, now);
  return signedIn(ports, token, to, cookies);
}

/** The same, for a page that is shown first. */
export async function finishWithPage(
  ports: SignInPorts,
  person: Person,
  from: From & { readonly how: string; readonly page: (nonce: string, to: string) => string },
  now: Date,
): Promise<Answer> {
  const { cookies, token, to } = await beginOwnSession(ports, person, from, now);
  return {
    status: 200,
    page: (nonce) => from.page(nonce, to),
    headers: { 'set-cookie': [...sessionCookies(ports, token), ...cookies] },
  };
}

async function beginOwnSession(
  ports: SignInPorts,
  person: Person,
  { headers, ip, back, how }: From & { readonly how: string },
  now: Date,
) {
  const { db, secure } = ports;
  const mustChange = (await findCredential(db, person))?.mustChange ?? false;
  const token = await beginSession(
    db,
    person,
    browserOf(headers, ip),
    now,
    `signed in with ${how}`,
  );
  const known = { token: browserTokenIn(ports, headers), secure };
  const cookies = [await noteBrowser(db, person, known, now), forgetUnderWay(ports)];
  return { cookies, token, to: mustChange ? choose(back) : back };
}

/** With which kind of code it was proven, or nothing. Counted before it is looked at. */
export async function takeCode(
  ports: SignInPorts,
  person: Person,
  given: { readonly code: string; readonly headers: RequestHeaders; readonly ip: string },
  now: Date,
): Promise<'app' | 'recovery code' | undefined> {
  const { db } = ports;
  const isOfApp = /^\d{6}$/.test(given.code.replaceAll(/\s/g, ''));
  const place = placeOf(ports, given.headers, given.ip);
  const tries = isOfApp ? await triesOf(ports, person, place, now) : [addressOf(given.ip)];
  const [first] = tries;
  if (!isOfApp && first !== undefined) await takeAddress(db, first, now);
  const open = !isOfApp || (await takeAll(ports, tries, now));
  const fits = open && (await (isOfApp ? takeOfApp : takeRecovery)(ports, person, given));
  if (fits) {
    for (const attempt of tries) await giveBackAttempt(db, attempt);
    return isOfApp ? 'app' : 'recovery code';
  }
  if (open) await noteWrongCode(ports, person, given.ip, now);
  return undefined;
}

async function triesOf(
  { db }: SignInPorts,
  person: Person,
  { ip, browser }: { readonly ip: string; readonly browser?: string },
  now: Date,
): Promise<readonly Attempt[]> {
  const who = `${person.kind} ${person.id}`;
  if (await isKnownBrowser(db, person, browser, now)) {
    return [{ tier: codeTiers.browser, who: `${who}\0${browser}` }];
  }
  return [
    { tier: codeTiers.pair, who: `${who}\0${networkOf(ip)}` },
    { tier: codeTiers.person, who },
  ];
}

function addressOf(ip: string): Attempt {
  return { tier: signInTiers.address, who: networkOf(ip) };
}

/** Each of them, also where one is used up already. */
async function takeAll({ db }: SignInPorts, tries: readonly Attempt[], now: Date) {
  let open = true;
  for (const attempt of tries) open = (await takeAttempt(db, attempt, now)) && open;
  return open;
}

type Given = { readonly code: string; readonly ip: string };

function takeOfApp(ports: SignInPorts, person: Person, { code }: Given): Promise<boolean> {
  return secondFactors(ports).take(person, code);
}

function takeRecovery(ports: SignInPorts, person: Person, { code, ip }: Given): Promise<boolean> {
  return inTransaction(ports.db, async (tx) => {
    if (!(await takeRecoveryCode(tx, person, code))) return false;
    const left = (await factorsOf(tx, person)).recoveryCodes;
    const actor = callingFrom(actorOf(person), ip);
    const subject = about(person);
    await audit(tx, [{ actor, action: 'recovery-code.used', subject, outcome: 'done' }]);
    const sentence = `A recovery code was used to sign in as you. ${left} are left.`;
    await ports.tell(tx, { person, subject: 'A recovery code was used', sentence });
    return true;
  });
}

/** Somebody has the password: its owner should know. */
async function noteWrongCode(ports: SignInPorts, person: Person, ip: string, now: Date) {
  const { db } = ports;
  const mayTell = await takeAttempt(
    db,
    { tier: codeTiers.told, who: `${person.kind} ${person.id}` },
    now,
  );
  await inTransaction(db, async (tx) => {
    const of = person.kind === 'agent' ? { agentId: person.id } : { userId: person.id };
    await audit(tx, [
      {
        actor: callingFrom(nobody, ip),
        action: 'second-factor.refused',
        subject: about(person),
        outcome: 'refused',
        ...of,
      },
    ]);
    if (!mayTell) return;
    const sentence =
      'Somebody gave your password and a wrong code. If it was not you, choose another password.';
    await ports.tell(tx, { person, subject: 'Your password, and a wrong code', sentence });
  });
}
