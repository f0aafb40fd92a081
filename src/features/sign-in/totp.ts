// One-time codes by time (RFC 6238 over RFC 4226): HMAC-SHA-1, six digits, thirty seconds, as every app has them.
import { createHmac, randomBytes } from 'node:crypto';
import { isSameText } from '#lib/tokens.ts';

const stepSeconds = 30;
const digits = 6;
/** RFC 4226 §4 R6 recommends 160 bits. */
const secretBytes = 20;
/** Steps before and after the present one: clocks differ, and typing takes time (RFC 6238 §5.2). */
const window = 1;

export function newTotpSecret(): Buffer {
  return randomBytes(secretBytes);
}

export function stepAt(now: Date): number {
  return Math.floor(now.getTime() / 1000 / stepSeconds);
}

export function totpCode(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  // RFC 4226 §5.3, dynamic truncation.
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7f_ff_ff_ff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/**
 * The step whose code this is, or nothing. Every step of the window is compared, whichever fits, so
 * that the time tells nothing.
 */
export function stepOf(secret: Buffer, code: string, now: Date): number | undefined {
  const given = code.replaceAll(/\s/g, '');
  const present = stepAt(now);
  let found: number | undefined;
  for (let step = present - window; step <= present + window; step += 1) {
    if (isSameText(totpCode(secret, step), given)) found = step;
  }
  return found;
}

/** RFC 4648 §6, without padding, as apps take it. */
export function base32(bytes: Buffer): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => letters.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('');
}

/** The link of the QR code (Google's Key URI format, which every app reads). */
export function totpLink(secret: Buffer, label: string): string {
  const issuer = 'Sundog';
  const name = encodeURIComponent(`${issuer}:${label}`);
  return `otpauth://totp/${name}?secret=${base32(secret)}&issuer=${issuer}&digits=${digits}&period=${stepSeconds}`;
}
