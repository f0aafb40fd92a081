// One enrolment: invited by a link or begun by a session, opened in one browser, over after an hour.
//
//   invited --link's code--> opened --questions, then a factor--> done       invited, opened -> over
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { newId } from '#lib/ids.ts';
import { networkOf } from '#lib/network.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import { takeAttempt } from '#store/attempts.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import { answersMin } from './answers.ts';
import { hashOfLink, newLinkCode } from './codes.ts';
import { tiers, times } from './limits.ts';
import { postLink } from './mails.ts';
import { addressOf, isSettled, type Person, personById } from './person.ts';
import type { SelfServicePorts } from './ports.ts';
import { requireOn } from './settings.ts';

export type Enrolling = {
  readonly id: string;
  readonly person: Person;
  readonly hasQuestions: boolean;
  readonly hasApp: boolean;
  /** Set up in this very enrolment. */
  readonly hasNewApp: boolean;
  /** The outside address that is proven. */
  readonly outside: string | undefined;
  /** The outside address that waits for its code. */
  readonly waiting: string | undefined;
};

/** Mails a person the link with which they enrol by themselves. Nobody else ever sees it. */
export async function invite(
  ports: SelfServicePorts,
  personId: number,
  actor: Actor,
): Promise<Person> {
  const { db, clock, sealing } = ports;
  await requireOn(db);
  const now = clock();
  const person = await visiblePerson(db, personId, actor);
  requireMayEnrol(person);
  if (person.email === null) refuse('self-service.no-address', { person: person.name });
  if (!isSettled(person.emailChangedAt, now)) {
    refuse('self-service.fresh-address', { person: person.name });
  }
  const attempt = { tier: tiers.invitations, who: `user ${person.id}` };
  if (!(await takeAttempt(db, attempt, now))) {
    refuse('self-service.many-links', { person: person.name });
  }
  const id = newId();
  const code = newLinkCode();
  const place = sealedPlace({ table: 'reset_enrolments', column: 'sealed_link' }, id);
  await inTransaction(db, async (tx) => {
    // A newer link takes the place of the older ones.
    await tx
      .deleteFrom('reset_enrolments')
      .where('user_id', '=', person.id)
      .where('opened_at', 'is', null)
      .execute();
    await tx
      .insertInto('reset_enrolments')
      .values({
        id,
        user_id: person.id,
        invited_by: actor.name,
        link_hash: hashOfLink(code.reveal()),
        sealed_link: sealing.seal(place, code),
        link_ends_at: new Date(now.getTime() + times.linkMs),
        made_at: now,
      })
      .execute();
    await postLink(tx, id);
    await audit(tx, [entryOf(person, actor, 'self-service.invited')]);
  });
  return person;
}

export async function visiblePerson(db: Db | Tx, id: number, actor: Actor): Promise<Person> {
  const person = await personById(db, id);
  const foreign = actor.clientId !== undefined && person?.clientId !== actor.clientId;
  if (person === undefined || foreign) refuse('record.unknown', { kind: 'user', id });
  return person;
}

/** Opens the enrolment of a link, once; the token is the browser's cookie. */
export async function openByLink(
  ports: SelfServicePorts,
  code: string,
  ip: string,
): Promise<string | undefined> {
  const { db, clock } = ports;
  const now = clock();
  if (!(await takeAttempt(db, { tier: tiers.links, who: networkOf(ip) }, now))) {
    refuse('self-service.too-many');
  }
  await requireOn(db);
  const token = newToken().reveal();
  const person = await inTransaction(db, async (tx) => {
    const row = await tx
      .updateTable('reset_enrolments')
      .set({
        browser_hash: fastHash(token),
        opened_at: now,
        ends_at: new Date(now.getTime() + times.enrolmentMs),
        link_hash: null,
        sealed_link: null,
      })
      .where('link_hash', '=', hashOfLink(code))
      .where('link_ends_at', '>', now)
      .returning('user_id')
      .executeTakeFirst();
    const found = row && (await personById(tx, row.user_id));
    if (found === undefined || found.barred !== null) return undefined;
    await audit(tx, [
      { ...entryOf(found, asOwner(found, ip), 'self-service.opened'), because: `from ${ip}` },
    ]);
    return found;
  });
  if (person === undefined) return undefined;
  // What another enrolment began may have been seen by somebody else.
  await ports.factors.forgetWaiting({ kind: 'user', id: person.id });
  return token;
}

/** Opens an enrolment for somebody who is signed in and has enrolled nothing yet. */
export async function openBySession(
  ports: SelfServicePorts,
  userId: number,
  ip: string,
): Promise<string | undefined> {
  const { db, clock } = ports;
  await requireOn(db);
  const person = await personById(db, userId);
  if (person === undefined) return undefined;
  requireMayEnrol(person);
  if (await isEnrolled(ports, person.id)) return undefined;
  const now = clock();
  const token = newToken().reveal();
  await inTransaction(db, async (tx) => {
    await tx
      .insertInto('reset_enrolments')
      .values({
        id: newId(),
        user_id: person.id,
        invited_by: person.name,
        browser_hash: fastHash(token),
        opened_at: now,
        ends_at: new Date(now.getTime() + times.enrolmentMs),
        made_at: now,
      })
      .execute();
    await audit(tx, [
      { ...entryOf(person, asOwner(person, ip), 'self-service.opened'), because: `from ${ip}` },
    ]);
  });
  await ports.factors.forgetWaiting({ kind: 'user', id: person.id });
  return token;
}

/** Whether there is anything that a stranger with the person's session could take over. */
export async function isEnrolled(ports: SelfServicePorts, userId: number): Promise<boolean> {
  const answers = await answerCount(ports.db, userId);
  const address = await addressOf(ports.db, userId);
  const hasApp = await ports.factors.has({ kind: 'user', id: userId });
  return answers >= answersMin && (hasApp || address !== undefined);
}

export async function findEnrolling(
  ports: SelfServicePorts,
  token: string | undefined,
): Promise<Enrolling | undefined> {
  const { db, clock } = ports;
  if (token === undefined) return undefined;
  const row = await db
    .selectFrom('reset_enrolments')
    .select(['id', 'user_id', 'questions_at', 'app_at', 'address', 'code_ends_at'])
    .where('browser_hash', '=', fastHash(token))
    .where('ends_at', '>', clock())
    .executeTakeFirst();
  const person = row && (await personById(db, row.user_id));
  if (row === undefined || person === undefined || person.barred !== null) return undefined;
  const isWaiting = row.code_ends_at !== null && row.code_ends_at > clock();
  return {
    id: row.id,
    person,
    hasQuestions: row.questions_at !== null,
    hasApp: await ports.factors.has({ kind: 'user', id: person.id }),
    hasNewApp: row.app_at !== null,
    outside: (await addressOf(db, person.id))?.address,
    waiting: isWaiting ? (row.address ?? undefined) : undefined,
  };
}

function requireMayEnrol({ name, barred }: Person): void {
  if (barred === null) return;
  const reason =
    barred === 'agent' ? 'agents of the desk and administrators never do' : `it is ${a(barred)}`;
  refuse('self-service.barred', { person: name, reason });
}

function a(words: string): string {
  return words === 'inactive' ? 'inactive' : `a ${words}`;
}

async function answerCount(db: Db, userId: number): Promise<number> {
  const { count } = await db
    .selectFrom('security_answers')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return count;
}

/** The person themselves, as far as self-service has proof of it. */
export function asOwner({ id, name }: Person, address?: string): Actor {
  const from = address === undefined ? {} : { address };
  return { kind: 'user', id: String(id), name, permissions: new Set(), userId: id, ...from };
}

export function entryOf({ id, name }: Person, actor: Actor, action: string): AuditEntry {
  return { actor, action, subject: { kind: 'user', id: String(id), name }, outcome: 'done' };
}
