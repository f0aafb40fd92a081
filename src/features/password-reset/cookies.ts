// The cookies of self-service: of an enrolment, of a reset, and of a browser its owner has used before.
import { createHmac, randomBytes } from 'node:crypto';
import type { FormCookie } from '#http/own-form.ts';
import { isSameText } from '#lib/tokens.ts';
import type { ResetKeys } from './keys.ts';
import { times } from './limits.ts';

type Secure = { readonly publicUrl: URL };

function isSecure({ publicUrl }: Secure): boolean {
  return publicUrl.protocol === 'https:';
}

export function enrolCookie(ports: Secure): FormCookie {
  const maxAgeSeconds = times.enrolmentMs / 1000;
  return { name: 'sundog_enrol', secure: isSecure(ports), maxAgeSeconds };
}

export function resetCookie(ports: Secure): FormCookie {
  return { name: 'sundog_reset', secure: isSecure(ports), maxAgeSeconds: times.requestMs / 1000 };
}

export function knownCookie(ports: Secure): FormCookie {
  return { name: 'sundog_known', secure: isSecure(ports), maxAgeSeconds: 365 * 86_400 };
}

/** Hexadecimal digits of each half: 128 bits. */
const half = 32;

/**
 * The mark of a browser in which this user has enrolled or reset before: it has tries of its own, so
 * that a stranger who uses up the others does not keep the owner out. It is good for nothing else,
 * and tells nobody whose it is: half of it is chance, half of it proof.
 */
export async function knownMark(keys: ResetKeys, userId: number): Promise<string> {
  const nonce = randomBytes(16).toString('hex');
  return markOf(await keys.key('browsers'), userId, nonce);
}

export async function isKnownMark(
  keys: ResetKeys,
  userId: number,
  mark: string | undefined,
): Promise<boolean> {
  const nonce = (mark ?? '').slice(0, half);
  const wanted = markOf(await keys.key('browsers'), userId, nonce);
  return isSameText(wanted, mark ?? '');
}

function markOf(key: Buffer, userId: number, nonce: string): string {
  const mac = createHmac('sha256', key).update(`${userId}\0${nonce}`).digest('hex').slice(0, half);
  return `${nonce}${mac}`;
}
