// The proof: answers and second factor together, one verdict, the same to whoever may not as to whoever is wrong.
import { nobody } from '#domain/actor.ts';
import type { ResetStanding } from '#domain/ports/password-reset.ts';
import { networkOf } from '#lib/network.ts';
import { forgetAttempts, giveBackAttempt, takeAttempt } from '#store/attempts.ts';
import { audit } from '#store/audit.ts';
import { chained } from '#store/audit-chain.ts';
import { inTransaction } from '#store/db.ts';
import { isCode } from './codes.ts';
import { isKnownMark } from './cookies.ts';
import { asOwner, entryOf } from './enrolments.ts';
import { tiers, triesOfRequest } from './limits.ts';
import { codePlace, tellOfTry, tellOwner } from './mails.ts';
import { asResetPerson, enrolmentOf, type Person, personById } from './person.ts';
import { resetPolicy, type SelfServicePorts } from './ports.ts';
import { type ResetRequest, takeShared } from './requests.ts';

export type Proof = {
  readonly answers: ReadonlyMap<number, string>;
  readonly code: string;
  readonly ip: string;
  /** The mark of a browser its owner has used before. */
  readonly mark: string | undefined;
};

/** A directory that takes longer is asked again when the password is set. */
const lookMs = 5_000;

export async function prove(
  ports: SelfServicePorts,
  request: ResetRequest,
  proof: Proof,
): Promise<boolean> {
  const { db, clock, hashing } = ports;
  const now = clock();
  await takeShared(db, proof.ip, now);
  // Asked for whoever is nobody too: who has less to ask comes to the comparing before the others, and when
  // the hub is busy stands so much further ahead in its line that the answer leaves a step earlier.
  const found = await personById(db, request.userId ?? -1);
  const person = request.may && found?.barred === null ? found : undefined;
  const tried = await takeTry(ports, request.id, now);
  const open = (await takeOpening(ports, request, proof, now)) && tried.open;
  const factorFits = await takeFactor(ports, request, tried, open ? person : undefined, proof.code);
  const answering = {
    tier: tiers.answers,
    who: factorFits ? request.who : `nobody ${request.id}`,
  };
  const mayAnswer = await takeAttempt(db, answering, now);
  const { answers } = await enrolmentOf(db, person?.id ?? -1, now);
  const answersFit = await hashing.fit(request.questions, answers, proof.answers);
  const fits = open && factorFits && mayAnswer && answersFit;
  if (!fits || person === undefined) {
    if (tried.open) await noteTry(ports, found, proof.ip, now);
    return false;
  }
  await giveBackAttempt(db, answering);
  await forgetAttempts(db, { tier: tiers.pair, who: pairOf(request, proof.ip) });
  return accept(ports, request, person, proof.ip, now);
}

type Tried = {
  readonly open: boolean;
  readonly sealedCode: Buffer | null;
  readonly fresh: boolean;
};

/** Counted before anything is compared, in one statement: a thousand tries at once are still five. */
async function takeTry({ db }: SelfServicePorts, id: string, now: Date): Promise<Tried> {
  const row = await db
    .updateTable('reset_requests')
    .set((is) => ({ tries: is('tries', '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', 'asked')
    .where('ends_at', '>', now)
    .where('tries', '<', triesOfRequest)
    .returning(['sealed_code', 'code_ends_at'])
    .executeTakeFirst();
  const fresh = row?.code_ends_at != null && row.code_ends_at > now;
  return { open: row !== undefined, sealedCode: row?.sealed_code ?? null, fresh };
}

function pairOf(request: ResetRequest, ip: string): string {
  return `${request.who}\0${networkOf(ip)}`;
}

/** See limits.ts: a code by mail is bound to its request, an app's is not. */
async function takeOpening(
  { db, keys }: SelfServicePorts,
  request: ResetRequest,
  { ip, mark }: Proof,
  now: Date,
): Promise<boolean> {
  const isKnown = await isKnownMark(keys, request.userId ?? -1, mark);
  if (request.factor === 'mail') return true;
  if (isKnown) {
    return takeAttempt(db, { tier: tiers.browser, who: `${request.who}\0${mark}` }, now);
  }
  const pair = await takeAttempt(db, { tier: tiers.pair, who: pairOf(request, ip) }, now);
  // From an address that is closed nothing counts against the person.
  return pair && (await takeAttempt(db, { tier: tiers.person, who: request.who }, now));
}

async function takeFactor(
  { sealing, factors }: SelfServicePorts,
  request: ResetRequest,
  { sealedCode, fresh }: Tried,
  person: Person | undefined,
  given: string,
): Promise<boolean> {
  if (request.factor === 'app') {
    return factors.take(person && { kind: 'user', id: person.id }, given);
  }
  const place = codePlace('reset_requests', request.id);
  const code = sealedCode === null || !fresh ? undefined : sealing.unseal(place, sealedCode);
  return isCode(person && code, given);
}

async function noteTry(
  { db }: SelfServicePorts,
  person: Person | undefined,
  ip: string,
  now: Date,
): Promise<void> {
  const subject =
    person === undefined
      ? { kind: 'user', id: 'unknown', name: 'an unknown name' }
      : { kind: 'user', id: String(person.id), name: person.name };
  await inTransaction(db, async (tx) => {
    const action = 'self-service.refused';
    await audit(tx, [
      {
        actor: { ...nobody, address: ip },
        action,
        subject,
        outcome: 'refused',
        because: `from ${ip}`,
      },
    ]);
    if (person === undefined) return;
    const key = `${person.id}:${now.getTime()}`;
    await tellOfTry(tx, { telling: 'tried', key, person, now, from: ip });
  });
}

/** What the directory says is asked after the proof, and a no looks like a wrong answer. */
async function accept(
  ports: SelfServicePorts,
  request: ResetRequest,
  person: Person,
  ip: string,
  now: Date,
): Promise<boolean> {
  const bars = await barredThere(ports, person);
  const entries = await inTransaction(ports.db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('reset_requests')
      .set({ state: bars === undefined ? 'proven' : 'over', sealed_code: null })
      .where('id', '=', request.id)
      .where('state', '=', 'asked')
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return undefined;
    const because = bars === undefined ? `from ${ip}` : `from ${ip}: ${bars}`;
    const outcome = bars === undefined ? ('done' as const) : ('refused' as const);
    const entry = entryOf(person, asOwner(person, ip), 'self-service.proven');
    const ids = await audit(tx, [{ ...entry, outcome, because }]);
    const telling = bars === undefined ? 'proven' : 'barred';
    await tellOwner(tx, { telling, key: request.id, person, now, from: ip });
    return ids;
  });
  if (entries === undefined) return false;
  await chained(ports.db, entries);
  return bars === undefined;
}

/** Never: the person is told by mail alone. Anything else is said when the password is set. */
export const neverHere: readonly string[] = [
  'reset.privileged',
  'reset.service-account',
  'reset.another-person',
  'reset.several-accounts',
  'reset.no-account',
  'reset.no-directory',
  'reset.unlinked',
];

async function barredThere(ports: SelfServicePorts, person: Person): Promise<string | undefined> {
  const signal = AbortSignal.timeout(lookMs);
  let standing: ResetStanding;
  try {
    standing = await ports.resets.look(asResetPerson(person), resetPolicy, signal);
  } catch {
    // A directory that cannot be asked bars nobody; it is asked again before anything is written.
    return undefined;
  }
  return !standing.may && neverHere.includes(standing.code) ? standing.code : undefined;
}
