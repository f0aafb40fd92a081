// Passwords in the lab's directory: read as unicodePwd carries them, judged by the domain's policy, kept as scrypt hashes.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { deny } from './refusals.ts';
import { type Entry, firstOf, headOf, type Tree } from './tree.ts';
import { dateOfFileTime, millisecondsOf } from './values.ts';

const derive = promisify<string, Buffer, number, { N: number }, Buffer>(scrypt);

/** Cheap on purpose: the lab holds no real password and should not slow a demonstration. */
const cost = { N: 1_024 };

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, 32, cost);
  return `${salt.toString('hex')}:${hash.toString('hex')}`;
}

export async function isPassword(password: string, hashed: string | undefined): Promise<boolean> {
  const [salt = '', hash = ''] = (hashed ?? '').split(':');
  const wanted = Buffer.from(hash, 'hex');
  const derived = await derive(password, Buffer.from(salt, 'hex'), 32, cost);
  return wanted.length === derived.length && timingSafeEqual(wanted, derived);
}

/** unicodePwd carries the password in quotes, in UTF-16LE (MS-ADTS §3.1.1.3.1.5). */
export function readUnicodePwd(wire: Buffer): string {
  const text = wire.length % 2 === 0 ? wire.toString('utf16le') : '';
  const quoted = /^"([\s\S]*)"$/.exec(text);
  return quoted?.[1] ?? deny('password-malformed');
}

export type Policy = {
  readonly lengthMin: number;
  readonly history: number;
  /** So long a password must be kept before it may be changed again. */
  readonly ageMinMs: number;
};

export function policyOf(tree: Tree): Policy {
  const head = headOf(tree);
  const number = (attribute: string, otherwise: number) =>
    head === undefined ? otherwise : Number(firstOf(head, attribute) ?? otherwise);
  return {
    lengthMin: number('minPwdLength', 7),
    history: number('pwdHistoryLength', 0),
    ageMinMs: millisecondsOf(String(number('minPwdAge', 0))),
  };
}

/** Whether the password is too young to be changed; one that must be changed never is. */
export function isTooYoung(entry: Entry, { ageMinMs }: Policy, now: Date): boolean {
  const set = firstOf(entry, 'pwdLastSet') ?? '0';
  return set !== '0' && now.getTime() - dateOfFileTime(set).getTime() < ageMinMs;
}

export type Names = { readonly logon: string; readonly display: string };

/** Long enough, three of five kinds of characters, and not made of the account's own names. */
export function isAcceptable(password: string, policy: Policy, names: Names): boolean {
  if (password.length < policy.lengthMin || password.length > 256) return false;
  if (kinds.filter((kind) => kind.test(password)).length < 3) return false;
  const lower = password.toLowerCase();
  const parts = names.display.split(/[\s,.\-_#]+/).filter((part) => part.length >= 3);
  const logon = names.logon.length >= 3 ? [names.logon] : [];
  return [...logon, ...parts].every((part) => !lower.includes(part.toLowerCase()));
}

export function namesOf(entry: Pick<Entry, 'values'>): Names {
  return {
    logon: entry.values.sAMAccountName?.[0] ?? '',
    display: entry.values.displayName?.[0] ?? '',
  };
}

/** Whether the password was used before, the present one included. */
export async function isRemembered(
  password: string,
  { passwords }: Entry,
  history: number,
): Promise<boolean> {
  for (const hashed of passwords.slice(0, history)) {
    if (await isPassword(password, hashed)) return true;
  }
  return false;
}

const kinds = [/\p{Lu}/u, /\p{Ll}/u, /\d/, /[^\p{L}\p{N}]/u, /\p{Lo}/u];
