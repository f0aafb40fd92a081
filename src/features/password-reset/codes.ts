// Codes that travel by mail: made evenly, compared in one time, and links that can be typed.
import { randomInt } from 'node:crypto';
import { Secret } from '#lib/secret.ts';
import { fastHash, isSameText } from '#lib/tokens.ts';
import { codeDigits } from './limits.ts';

export function newCode(): Secret {
  return new Secret(String(randomInt(10 ** codeDigits)).padStart(codeDigits, '0'));
}

/** Compares also where there is no code, and with what a person makes of it: 1234 5678. */
export function isCode(code: Secret | undefined, given: string): boolean {
  const same = isSameText(code?.reveal() ?? 'no code at all', given.replaceAll(/[\s-]/g, ''));
  return code !== undefined && same;
}

const letters = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Four groups of five that are not mistaken for each other: 99 bits. */
export function newLinkCode(): Secret {
  const group = () =>
    Array.from({ length: 5 }, () => letters.charAt(randomInt(letters.length))).join('');
  return new Secret([group(), group(), group(), group()].join('-'));
}

export function hashOfLink(code: string): Buffer {
  return fastHash(code.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}
