// The mails of self-service: codes and links, and what its owner is told. Posted with the deed, sent by the outbox.
import { z } from 'zod';
import { DeliveryRefusal, type Mail } from '#domain/ports/messenger.ts';
import { Problem } from '#domain/problem.ts';
import type { Secret } from '#lib/secret.ts';
import { takeAttempt } from '#store/attempts.ts';
import type { Db, Tx } from '#store/db.ts';
import { type Deliverer, post, Undeliverable } from '#store/outbox.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import { tiers, times } from './limits.ts';
import { addressOf, type Person, personById } from './person.ts';
import type { SelfServicePorts } from './ports.ts';
import { settingsOf } from './settings.ts';

export const selfServiceMailKind = 'self-service-mail';

const tellings = {
  tried: {
    subject: 'Somebody tried to reset your password',
    text: 'Somebody tried to reset the password of your account and could not show that they are you. Nothing was changed.',
  },
  proven: {
    subject: 'Your questions and second factor were answered',
    text: 'The questions and the second factor of your account were answered, to reset its password or to unlock it.',
  },
  reset: {
    subject: 'Your password was reset',
    text: 'The password of your account was just reset. Whatever you had open in the service desk was signed out. Computers that are signed in keep their Kerberos tickets until those expire, within ten hours as a rule; locking and unlocking such a computer fetches new ones.',
  },
  unlock: {
    subject: 'Your account was unlocked',
    text: 'Your account was just unlocked; its password is the same as before.',
  },
  checked: {
    subject: 'Your questions were answered',
    text: 'The security questions of your account were answered rightly in another program. Nothing was changed: for that your second factor is needed too.',
  },
  barred: {
    subject: 'Your password cannot be reset this way',
    text: 'Your questions and second factor were answered, but your account is one that cannot be reset by self-service. Nothing was changed. Please call your service desk.',
  },
  questions: {
    subject: 'Your security questions were set',
    text: 'The security questions of your account were set or changed.',
  },
  factor: {
    subject: 'Your second factor was set',
    text: 'A new authenticator app was set up for resetting your password.',
  },
  address: {
    subject: 'Your outside address was set',
    text: 'The outside address for resetting your password was set or changed. It gets codes once it has stood for 72 hours.',
  },
  removed: {
    subject: 'Your enrolment was removed',
    text: 'Your security questions and second factors were removed by the service desk. You cannot reset your password by yourself until you enrol again.',
  },
} as const;
export type Telling = keyof typeof tellings;

const ending = 'If this was not you, call your service desk at once.';

const Letter = z.discriminatedUnion('mail', [
  z.object({ mail: z.literal('code'), requestId: z.uuid() }),
  z.object({ mail: z.literal('address-code'), enrolmentId: z.uuid() }),
  z.object({ mail: z.literal('link'), enrolmentId: z.uuid() }),
  z.object({
    mail: z.literal('told'),
    telling: z.enum([
      'tried',
      'proven',
      'checked',
      'reset',
      'unlock',
      'barred',
      'questions',
      'factor',
      'address',
      'removed',
    ]),
    to: z.array(z.string()),
    name: z.string(),
    at: z.iso.datetime(),
    from: z.string().nullable(),
  }),
]);
type Letter = z.infer<typeof Letter>;

export async function postCode(tx: Tx, requestId: string): Promise<void> {
  await send(tx, `code:${requestId}`, { mail: 'code', requestId });
}

export async function postAddressCode(tx: Tx, enrolmentId: string, at: Date): Promise<void> {
  const key = `address-code:${enrolmentId}:${at.getTime()}`;
  await send(tx, key, { mail: 'address-code', enrolmentId });
}

export async function postLink(tx: Tx, enrolmentId: string): Promise<void> {
  await send(tx, `link:${enrolmentId}`, { mail: 'link', enrolmentId });
}

export type Told = {
  readonly telling: Telling;
  /** Unique to what happened. */
  readonly key: string;
  readonly person: Person;
  readonly now: Date;
  /** Where it came from. */
  readonly from?: string | undefined;
  /** Also to these: an address that has just been replaced. */
  readonly also?: readonly string[];
};

/** Tells the owner at their mailbox and at the outside address they have proven. */
export async function tellOwner(tx: Tx, told: Told): Promise<void> {
  const { telling, key, person, now, from = null, also = [] } = told;
  const outside = await addressOf(tx, person.id);
  const all = [person.email, outside?.address, ...also].filter(
    (one) => z.email().safeParse(one).success,
  );
  const to = [...new Set(all.map(String))];
  if (to.length === 0) return;
  const { name } = person;
  await send(tx, `told:${telling}:${key}`, {
    mail: 'told',
    telling,
    to,
    name,
    at: now.toISOString(),
    from,
  });
}

/** As above, but so that a stranger's tries do not fill the owner's mailbox. */
export async function tellOfTry(tx: Tx, told: Told): Promise<void> {
  const attempt = { tier: tiers.told, who: `user ${told.person.id}` };
  if (await takeAttempt(tx, attempt, told.now)) await tellOwner(tx, told);
}

function send(tx: Tx, key: string, payload: Letter): Promise<void> {
  return post(tx, { kind: selfServiceMailKind, key: `self-service:${key}`, payload });
}

/** For the outbox. A code or link that is over by now is not sent any more. */
export function selfServiceDeliverer(ports: SelfServicePorts): Deliverer {
  return async (payload, { key, signal }) => {
    const mail = await mailOf(ports, Letter.parse(payload), key);
    if (mail === undefined) return;
    const { connectionId } = await settingsOf(ports.db);
    if (connectionId === null) throw new Undeliverable('No mail connection is chosen any more.');
    await using mailer = await ports.openMailer(connectionId);
    try {
      await mailer.send(mail, signal);
    } catch (error) {
      if (!(error instanceof DeliveryRefusal)) throw error;
      throw new Problem('notice.undelivered', { reason: error.message }, error);
    }
  };
}

async function mailOf(
  ports: SelfServicePorts,
  letter: Letter,
  id: string,
): Promise<Mail | undefined> {
  switch (letter.mail) {
    case 'code':
      return codeMail(ports, letter.requestId, id);
    case 'address-code':
      return addressCodeMail(ports, letter.enrolmentId, id);
    case 'link':
      return linkMail(ports, letter.enrolmentId, id);
    case 'told':
      return toldMail(ports, letter, id);
  }
}

async function codeMail(ports: SelfServicePorts, requestId: string, id: string) {
  const { db, sealing, clock } = ports;
  const row = await db
    .selectFrom('reset_requests')
    .select(['user_id', 'sealed_code', 'code_ends_at'])
    .where('id', '=', requestId)
    .where('state', '=', 'asked')
    .executeTakeFirst();
  if (row?.sealed_code == null || row.user_id === null) return undefined;
  if (row.code_ends_at === null || row.code_ends_at <= clock()) return undefined;
  const outside = await addressOf(db, row.user_id);
  if (outside === undefined) return undefined;
  const code = sealing.unseal(codePlace('reset_requests', requestId), row.sealed_code);
  const text = [
    'Somebody, you we hope, wants to reset the password of your account or to unlock it.',
    `The code is ${spaced(code)}`,
    `Type it into the page that asked for it; it is good once, for ${minutes(times.codeMs)} minutes. Nobody from the service desk will ever ask you for it. ${ending}`,
  ];
  return written(ports, id, [outside.address], 'Your code', text);
}

async function addressCodeMail(ports: SelfServicePorts, enrolmentId: string, id: string) {
  const row = await enrolmentRow(ports.db, enrolmentId);
  if (row?.sealed_code == null || row.address === null) return undefined;
  if (row.code_ends_at === null || row.code_ends_at <= ports.clock()) return undefined;
  const code = ports.sealing.unseal(codePlace('reset_enrolments', enrolmentId), row.sealed_code);
  const text = [
    'This address was named as the one that gets codes when a password is reset.',
    `The code that proves it is yours is ${spaced(code)}`,
    `It is good for ${minutes(times.codeMs)} minutes. If you do not know what this is about, do nothing: without the code the address is not used.`,
  ];
  return written(ports, id, [row.address], 'Prove that this address is yours', text);
}

async function linkMail(ports: SelfServicePorts, enrolmentId: string, id: string) {
  const row = await enrolmentRow(ports.db, enrolmentId);
  if (row?.sealed_link == null || row.link_ends_at === null) return undefined;
  if (row.link_ends_at <= ports.clock()) return undefined;
  const person = await personById(ports.db, row.user_id);
  if (person?.email == null) return undefined;
  const place = sealedPlace({ table: 'reset_enrolments', column: 'sealed_link' }, enrolmentId);
  const code = ports.sealing.unseal(place, row.sealed_link).reveal();
  // In the fragment, which no server, proxy or log ever sees.
  const link = `${below(ports.publicUrl, '/reset/enrol')}#${code}`;
  const text = [
    `${person.name}, your service desk invites you to set up resetting your own password: a few questions, and an app or an outside address for codes. It takes five minutes.`,
    link,
    `If the page asks for a code, it is ${code}. It opens once, within ${times.linkMs / 3_600_000} hours. Do not pass it on. ${ending}`,
  ];
  return written(ports, id, [person.email], 'Set up resetting your own password', text);
}

function toldMail(ports: SelfServicePorts, letter: Extract<Letter, { mail: 'told' }>, id: string) {
  const { subject, text } = tellings[letter.telling];
  const at = `${letter.at.slice(0, 16).replace('T', ' ')} UTC`;
  const when = letter.from === null ? `It was at ${at}.` : `It was at ${at}, from ${letter.from}.`;
  return written(ports, id, letter.to, subject, [`${letter.name}, ${lower(text)}`, when, ending]);
}

function written(
  { publicUrl }: SelfServicePorts,
  id: string,
  to: readonly string[],
  subject: string,
  paragraphs: readonly string[],
): Mail {
  const text = [...paragraphs, `--\nSundog at ${publicUrl.href}`].join('\n\n');
  return { id, to, subject: `[Sundog] ${subject}`, text };
}

function enrolmentRow(db: Db, id: string) {
  return db
    .selectFrom('reset_enrolments')
    .select(['user_id', 'sealed_link', 'link_ends_at', 'address', 'sealed_code', 'code_ends_at'])
    .where('id', '=', id)
    .executeTakeFirst();
}

export function codePlace(table: 'reset_requests' | 'reset_enrolments', id: string) {
  return sealedPlace({ table, column: 'sealed_code' }, id);
}

export function below(publicUrl: URL, path: string): string {
  return `${publicUrl.href.replace(/\/+$/, '')}${path}`;
}

function spaced(code: Secret): string {
  return code.reveal().replace(/^(\d{4})(\d{4})$/, '$1 $2');
}

function lower(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function minutes(ms: number): number {
  return ms / 60_000;
}
