// A request to reset: made for whoever is named, known or not, bound to one browser, over after twenty minutes.
import { createHmac } from 'node:crypto';
import { refuse } from '#domain/problem.ts';
import { newId } from '#lib/ids.ts';
import { networkOf } from '#lib/network.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import { takeAttempt } from '#store/attempts.ts';
import { type Db, inTransaction } from '#store/db.ts';
import { plainLogin, questionsOfDay, seeminglyEnrolled } from './choose-questions.ts';
import { newCode } from './codes.ts';
import { tiers, times } from './limits.ts';
import { codePlace, postCode } from './mails.ts';
import {
  type Enrolment,
  enrolmentOf,
  findPerson,
  hasAnswers,
  type Named,
  type Person,
} from './person.ts';
import type { SelfServicePorts } from './ports.ts';
import { offeredQuestions } from './questions.ts';
import { requireOn } from './settings.ts';

export type Factor = 'app' | 'mail';

export type ResetRequest = {
  readonly id: string;
  readonly userId: number | null;
  /** Whether the user may reset and has what it takes: known in here alone. */
  readonly may: boolean;
  /** For counting tries of who is unknown. */
  readonly who: string;
  readonly factor: Factor;
  readonly questions: readonly number[];
  readonly state: 'asked' | 'proven' | 'started' | 'done' | 'refused' | 'failed' | 'over';
  readonly wanted: 'reset' | 'unlock' | null;
  readonly sentence: string | null;
};

/** Whoever asks too much is told so, whomever they ask about. */
export async function takeShared(db: Db, ip: string, now: Date): Promise<void> {
  const address = { tier: tiers.address, who: networkOf(ip) };
  const overall = { tier: tiers.overall, who: 'everybody' };
  const open = (await takeAttempt(db, address, now)) && (await takeAttempt(db, overall, now));
  if (!open) refuse('self-service.too-many');
}

export type LookedUp = {
  readonly person: Person | undefined;
  readonly enrolment: Enrolment;
  readonly hasApp: boolean;
  readonly questions: readonly number[];
};

/** The same questions to the database and the same number of answers, whoever is named. */
export async function lookUp(
  ports: SelfServicePorts,
  named: Named,
  now: Date,
  clientId?: number,
): Promise<LookedUp> {
  const { db, keys, factors } = ports;
  const person = await findPerson(db, named, clientId);
  const userId = person?.id ?? -1;
  const enrolment = await enrolmentOf(db, userId, now);
  const hasApp = await factors.has({ kind: 'user', id: userId });
  const key = await keys.key('questions');
  const name = named.login ?? named.email ?? named.distinguishedName ?? named.premiseName ?? '';
  const who = person === undefined ? `login ${plainLogin(name)}` : `user ${person.id}`;
  const offered = (await offeredQuestions(db)).map(({ id }) => id);
  const seeming = seeminglyEnrolled(key, who, offered);
  const real = enrolment.answers.map(({ questionId }) => questionId);
  const enrolled = hasAnswers(enrolment) ? real : seeming;
  return { person, enrolment, hasApp, questions: questionsOfDay(key, who, enrolled, now) };
}

/** Makes the request; the token is the browser's cookie. A code is mailed where there is whom to. */
export async function ask(
  ports: SelfServicePorts,
  asked: { readonly login: string; readonly factor: Factor; readonly ip: string },
): Promise<string> {
  const { db, clock, sealing, keys } = ports;
  const now = clock();
  await requireOn(db);
  await takeShared(db, asked.ip, now);
  const found = await lookUp(ports, { login: asked.login }, now);
  const { person, enrolment, hasApp, questions } = found;
  const hasFactor = asked.factor === 'app' ? hasApp : enrolment.address !== undefined;
  const may = person?.barred === null && hasAnswers(enrolment) && hasFactor;
  const mails =
    asked.factor === 'mail' &&
    (await takeAttempt(db, { tier: tiers.codes, who: whoIs(person, asked.login) }, now));
  const id = newId();
  const token = newToken().reveal();
  const digest = await digestOf(keys, asked.login);
  // Made and sealed for everybody; only for who may does it leave.
  const code = sealing.seal(codePlace('reset_requests', id), newCode());
  const sends = may && mails;
  await inTransaction(db, async (tx) => {
    await tx
      .insertInto('reset_requests')
      .values({
        id,
        browser_hash: fastHash(token),
        user_id: person?.id ?? null,
        may,
        login_digest: digest,
        factor: asked.factor,
        questions: [...questions],
        sealed_code: sends ? code : null,
        code_ends_at: sends ? new Date(now.getTime() + times.codeMs) : null,
        address: asked.ip,
        made_at: now,
        ends_at: new Date(now.getTime() + times.requestMs),
      })
      .execute();
    if (sends) await postCode(tx, id);
  });
  return token;
}

function whoIs(person: Person | undefined, login: string): string {
  return person === undefined ? `login ${plainLogin(login)}` : `user ${person.id}`;
}

/** Logins are personal, and people type passwords into the wrong field: only a keyed digest is kept. */
async function digestOf(keys: SelfServicePorts['keys'], login: string): Promise<Buffer> {
  return createHmac('sha256', await keys.key('logins'))
    .update(plainLogin(login))
    .digest();
}

export async function findRequest(
  { db, clock }: SelfServicePorts,
  token: string | undefined,
): Promise<ResetRequest | undefined> {
  if (token === undefined) return undefined;
  const row = await db
    .selectFrom('reset_requests')
    .selectAll()
    .where('browser_hash', '=', fastHash(token))
    .where('ends_at', '>', clock())
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    userId: row.user_id,
    may: row.may,
    who: row.user_id === null ? `login ${row.login_digest.toString('hex')}` : `user ${row.user_id}`,
    factor: row.factor,
    questions: row.questions,
    state: row.state,
    wanted: row.wanted,
    sentence: row.sentence,
  };
}
