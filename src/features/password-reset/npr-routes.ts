// /api/SecurityQuestionValidate: Halo's password reset tool asks who is enrolled and whether answers fit.
// The same deadline and the same answer for whoever is named; only a trusted application is told the truth.
import { z } from 'zod';
import { type Actor, nobody } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { oneOrMany, saved, savedAnswer } from '#http/halo/model.ts';
import { reading } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';
import { atDeadline } from '#lib/deadline.ts';
import { takeAttempt } from '#store/attempts.ts';
import { audit } from '#store/audit.ts';
import { inTransaction } from '#store/db.ts';
import { plainLogin } from './choose-questions.ts';
import { entryOf } from './enrolments.ts';
import { tiers, times } from './limits.ts';
import { tellOfTry } from './mails.ts';
import { hasAnswers, type Named } from './person.ts';
import type { SelfServicePorts } from './ports.ts';
import { findQuestions } from './questions.ts';
import { type LookedUp, lookUp, takeShared } from './requests.ts';
import { isOn } from './settings.ts';
import { NprResultWire, questionWire } from './wire.ts';

type NprResult = z.infer<typeof NprResultWire>;

const own = {
  dialect: 'halo',
  path: '/api/SecurityQuestionValidate',
  access: ['access:adpasswordreset'],
} as const;

export function nprRoutes(ports: SelfServicePorts): Route[] {
  const { askMs, proveMs } = ports.steps ?? { askMs: times.askStepMs, proveMs: times.proveStepMs };
  return [
    route({
      ...own,
      method: 'GET',
      summary: 'Which questions somebody is asked',
      query: z.object({
        windows_user: NprResultWire.shape.windows_user,
        email_address: NprResultWire.shape.email_address,
        activedirectory_dn: NprResultWire.shape.activedirectory_dn,
        onpremise_activedirectory_dn: NprResultWire.shape.onpremise_activedirectory_dn,
        hide_answers: reading.flag,
      }),
      answers: { 200: NprResultWire },
      handle: async ({ query, actor, ip }) => ({
        status: 200,
        body: await atDeadline(askMs, () => tell(ports, query, actor, ip)),
      }),
    }),
    route({
      ...own,
      method: 'POST',
      summary: 'Which questions somebody is asked, or whether their answers fit',
      body: oneOrMany(NprResultWire),
      answers: savedAnswer(NprResultWire),
      handle: async ({ body: [asked = {}, ...others], actor, ip }) => {
        if (others.length > 0) refuse('self-service.one-at-a-time');
        const answering = (asked.questions ?? []).length > 0;
        const work = () =>
          answering ? check(ports, asked, actor, ip) : tell(ports, asked, actor, ip);
        return saved([await atDeadline(answering ? proveMs : askMs, work)]);
      },
    }),
  ];
}

async function tell(
  ports: SelfServicePorts,
  asked: NprResult,
  actor: Actor,
  ip: string,
): Promise<NprResult> {
  const now = ports.clock();
  await takeShared(ports.db, `${actor.id} ${ip}`, now);
  const found = await lookUp(ports, namedIn(asked), now, actor.clientId);
  const isTrusted = await isTrustedApplication(ports, actor);
  const enrolled = isTrusted ? isEnrolled(found) && (await isOn(ports.db)) : true;
  const questions = await findQuestions(ports.db, found.questions);
  return {
    ...echo(asked),
    enrolled,
    questions: (enrolled ? found.questions : []).flatMap((id) =>
      questions.filter((question) => question.id === id).map(questionWire),
    ),
    validated: false,
  };
}

/** All questions that are asked today, and no other: answers to others do not count for them. */
async function check(
  ports: SelfServicePorts,
  asked: NprResult,
  actor: Actor,
  ip: string,
): Promise<NprResult> {
  const { db, hashing } = ports;
  const now = ports.clock();
  await takeShared(db, `${actor.id} ${ip}`, now);
  const named = namedIn(asked);
  const found = await lookUp(ports, named, now, actor.clientId);
  const { person, enrolment, questions } = found;
  const who = person === undefined ? `login ${plainLogin(nameIn(named))}` : `user ${person.id}`;
  const open = await takeAttempt(db, { tier: tiers.application, who }, now);
  const given = new Map(
    (asked.questions ?? []).map(({ id, answer }) => [id ?? 0, answer ?? ''] as const),
  );
  // Where self-service is off nobody is enrolled, and nobody could be told of a try.
  const on = await isOn(db);
  const may = on && person?.barred === null && isEnrolled(found);
  const fits = await hashing.fit(questions, may ? enrolment.answers : [], given);
  const validated = open && may && fits;
  const subject =
    person === undefined
      ? { kind: 'user', id: 'unknown', name: 'an unknown name' }
      : entryOf(person, nobody, '').subject;
  await inTransaction(db, async (tx) => {
    const action = 'self-service.checked';
    const outcome = validated ? 'done' : 'refused';
    await audit(tx, [{ actor, action, subject, outcome, because: `from ${ip}` }]);
    if (person === undefined || !on) return;
    const key = `${person.id}:${now.getTime()}`;
    await tellOfTry(tx, { telling: validated ? 'checked' : 'tried', key, person, now, from: ip });
  });
  const isTrusted = await isTrustedApplication(ports, actor);
  const enrolled = isTrusted ? on && isEnrolled(found) : true;
  return {
    ...echo(asked),
    enrolled,
    questions: (asked.questions ?? []).map(({ id, name }) => ({
      id: id ?? 0,
      name: name ?? null,
    })),
    validated,
  };
}

function isEnrolled({ person, enrolment, hasApp }: LookedUp): boolean {
  const hasFactor = hasApp || enrolment.address !== undefined;
  return person?.barred === null && hasAnswers(enrolment) && hasFactor;
}

/** Texts to compare with, whatever they hold: never a filter of LDAP or of SQL. */
function namedIn(asked: NprResult): Named {
  const text = (value: string | null | undefined) =>
    value === null || value === undefined || value.trim() === '' ? undefined : value;
  const named = {
    login: text(asked.windows_user),
    email: text(asked.email_address),
    distinguishedName: text(asked.activedirectory_dn),
    premiseName: text(asked.onpremise_activedirectory_dn),
  };
  if (Object.values(named).every((value) => value === undefined)) {
    refuse('request.invalid', {
      reason:
        'name the person in windows_user, email_address, activedirectory_dn or onpremise_activedirectory_dn',
    });
  }
  return named;
}

function nameIn({ login, email, distinguishedName, premiseName }: Named): string {
  return login ?? email ?? distinguishedName ?? premiseName ?? '';
}

/** What was asked, as it was asked: what the desk knows better is not told. Answers never come back. */
function echo(asked: NprResult) {
  return {
    windows_user: asked.windows_user ?? null,
    email_address: asked.email_address ?? null,
    activedirectory_dn: asked.activedirectory_dn ?? null,
    onpremise_activedirectory_dn: asked.onpremise_activedirectory_dn ?? null,
    hide_answers: asked.hide_answers ?? false,
  };
}

async function isTrustedApplication({ db }: SelfServicePorts, actor: Actor): Promise<boolean> {
  if (actor.kind !== 'application') return false;
  const row = await db
    .selectFrom('applications')
    .select('trusted_for_reset')
    .where('id', '=', actor.id)
    .executeTakeFirst();
  return row?.trusted_for_reset ?? false;
}
