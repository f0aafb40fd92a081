// Which questions are asked: a subset that stays the same for a person and a day, also for people there are not.
import { createHmac } from 'node:crypto';
import { answersMax, answersMin } from './answers.ts';

/** Of those enrolled so many are asked at a time. */
export const askedCount = 3;

/** By a keyed hash of each: nobody without the key can tell or choose the order. */
function ranked(key: Buffer, about: string, ids: readonly number[]): number[] {
  return ids
    .map((id) => ({ id, rank: createHmac('sha256', key).update(`${about}\0${id}`).digest('hex') }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .map(({ id }) => id);
}

/** The questions of one day (UTC): asking again, or typing the login otherwise, brings no others. */
export function questionsOfDay(
  key: Buffer,
  who: string,
  enrolled: readonly number[],
  now: Date,
): number[] {
  const day = now.toISOString().slice(0, 10);
  return ranked(key, `asked\0${who}\0${day}`, enrolled).slice(0, askedCount);
}

/**
 * What somebody who has enrolled nothing seems to have enrolled, for ever: were it chosen anew each
 * day from the whole catalogue, a week of asking would tell who is not there.
 */
export function seeminglyEnrolled(
  key: Buffer,
  who: string,
  catalogue: readonly number[],
): number[] {
  const byte = createHmac('sha256', key).update(`how many\0${who}`).digest().readUInt8(0);
  const count = answersMin + (byte % (answersMax - answersMin + 1));
  return ranked(key, `enrolled\0${who}`, catalogue).slice(0, count);
}

/** One spelling for LARKFIELD\jsmith, jsmith and jsmith@larkfield.test. */
export function plainLogin(login: string): string {
  const lower = login.normalize('NFKC').trim().toLowerCase();
  const name = lower.slice(lower.lastIndexOf('\\') + 1);
  const at = name.indexOf('@');
  return (at > 0 ? name.slice(0, at) : name).slice(0, 254);
}
