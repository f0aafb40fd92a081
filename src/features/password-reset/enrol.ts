// What somebody does while they enrol: answers, an app, an outside address. Each is told to its owner.

import { takeAttempt } from '#store/attempts.ts';
import { audit } from '#store/audit.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { faultIn, type GivenAnswer } from './answers.ts';
import { isCode, newCode } from './codes.ts';
import { asOwner, type Enrolling, entryOf } from './enrolments.ts';
import { tiers, times, triesOfCode } from './limits.ts';
import { codePlace, postAddressCode, type Telling, tellOwner } from './mails.ts';
import { faultOfAddress, maskedAddress, plainAddress } from './outside-address.ts';
import { addressOf, namesOf } from './person.ts';
import type { SelfServicePorts } from './ports.ts';
import { offeredQuestions } from './questions.ts';

/** Takes all answers in the place of those before, or says why not. */
export async function saveAnswers(
  ports: SelfServicePorts,
  { id, person }: Enrolling,
  given: readonly { readonly questionId: number; readonly answer: string }[],
): Promise<string | undefined> {
  const { db, clock, hashing } = ports;
  const offered = new Map((await offeredQuestions(db)).map((one) => [one.id, one.name]));
  const answers: GivenAnswer[] = given.map((one) => ({
    ...one,
    question: offered.get(one.questionId) ?? '',
  }));
  if (answers.some(({ question }) => question === '')) return 'choose the questions from the list';
  const fault = faultIn(answers, namesOf(person));
  if (fault !== undefined) return fault;
  const kept = await Promise.all(
    answers.map(({ questionId, answer }) => hashing.keep(questionId, answer)),
  );
  const now = clock();
  await inTransaction(db, async (tx) => {
    await tx.deleteFrom('security_answers').where('user_id', '=', person.id).execute();
    await tx
      .insertInto('security_answers')
      .values(
        kept.map((answer, index) => ({
          user_id: person.id,
          slot: index + 1,
          question_id: answer.questionId,
          spelling: answer.spelling,
          pepper_id: answer.pepperId,
          hash: answer.hash,
          given_at: now,
        })),
      )
      .execute();
    await tx
      .updateTable('reset_enrolments')
      .set({ questions_at: now })
      .where('id', '=', id)
      .execute();
    await note(tx, ports, { id, person }, 'questions', `${kept.length} questions`);
  });
  return undefined;
}

/** The app's first code makes it count. */
export async function confirmApp(
  ports: SelfServicePorts,
  { id, person }: Enrolling,
  code: string,
): Promise<boolean> {
  const { db, clock } = ports;
  // Six digits and no other secret: an enrolment is no place to guess at them.
  if (!(await takeAttempt(db, { tier: tiers.links, who: `app ${id}` }, clock()))) return false;
  const owner = { kind: 'user', id: person.id, name: person.name } as const;
  if (!(await ports.factors.confirm(owner, code, asOwner(person)))) return false;
  await inTransaction(db, (tx) =>
    note(tx, ports, { id, person }, 'factor', 'an authenticator app'),
  );
  return true;
}

/** Mails a code to an address outside, or says why not. */
export async function nameAddress(
  ports: SelfServicePorts,
  { id, person }: Enrolling,
  given: string,
): Promise<string | undefined> {
  const { db, clock, sealing } = ports;
  const address = plainAddress(given);
  const fault = faultOfAddress(address, person);
  if (fault !== undefined) return fault;
  const now = clock();
  const attempt = { tier: tiers.codes, who: `enrolment of user ${person.id}` };
  if (!(await takeAttempt(db, attempt, now))) return 'several codes were sent; wait an hour';
  await inTransaction(db, async (tx) => {
    await tx
      .updateTable('reset_enrolments')
      .set({
        address,
        sealed_code: sealing.seal(codePlace('reset_enrolments', id), newCode()),
        code_ends_at: new Date(now.getTime() + times.codeMs),
        code_tries: 0,
      })
      .where('id', '=', id)
      .execute();
    await postAddressCode(tx, id, now);
  });
  return undefined;
}

/** The code makes the address its owner's; the one before is told of it too. */
export async function confirmAddress(
  ports: SelfServicePorts,
  { id, person }: Enrolling,
  given: string,
): Promise<boolean> {
  const { db, clock, sealing } = ports;
  const now = clock();
  // Counted first, in one statement: a thousand tries at once are still five.
  const row = await db
    .updateTable('reset_enrolments')
    .set((is) => ({ code_tries: is('code_tries', '+', 1) }))
    .where('id', '=', id)
    .where('code_ends_at', '>', now)
    .where('code_tries', '<', triesOfCode)
    .returning(['address', 'sealed_code'])
    .executeTakeFirst();
  if (row?.sealed_code == null || row.address === null) return false;
  const { address } = row;
  const code = sealing.unseal(codePlace('reset_enrolments', id), row.sealed_code);
  if (!isCode(code, given)) return false;
  return inTransaction(db, async (tx) => {
    const taken = await tx
      .updateTable('reset_enrolments')
      .set({ address: null, sealed_code: null, code_ends_at: null })
      .where('id', '=', id)
      .where('sealed_code', 'is not', null)
      .executeTakeFirst();
    if (taken.numUpdatedRows === 0n) return false;
    const before = await addressOf(tx, person.id);
    if (before?.address === address) return true;
    await tx
      .insertInto('reset_addresses')
      .values({ user_id: person.id, address, changed_at: now })
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet({ address, changed_at: now }),
      )
      .execute();
    const also = before === undefined ? [] : [before.address];
    await note(tx, ports, { id, person }, 'address', maskedAddress(address), also);
    return true;
  });
}

async function note(
  tx: Tx,
  { clock }: SelfServicePorts,
  { id, person }: Pick<Enrolling, 'id' | 'person'>,
  telling: Extract<Telling, 'questions' | 'factor' | 'address'>,
  after: string,
  also: readonly string[] = [],
): Promise<void> {
  const now = clock();
  await audit(tx, [
    { ...entryOf(person, asOwner(person), 'self-service.enrolled'), field: telling, after },
  ]);
  await tellOwner(tx, { telling, key: `${id}:${now.getTime()}`, person, now, also });
  if (telling !== 'factor') return;
  await tx.updateTable('reset_enrolments').set({ app_at: now }).where('id', '=', id).execute();
}
