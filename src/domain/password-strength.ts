// What makes a password that somebody chose too weak: its length and what people try first, no rules of composition.
import type { Secret } from '#lib/secret.ts';

/** One spelling for what looks the same (NIST SP 800-63B-4 §3.1.1.2 recommends NFKC or NFKD). */
export function passwordSpelling(password: Secret): string {
  return password.reveal().normalize('NFKC');
}

export const passwordLengths = { min: 15, minWithSecondFactor: 8, max: 1_024 } as const;

/**
 * What makes a chosen password too weak, or nothing. Length and guesses, no rules of composition
 * (NIST SP 800-63B-4 §3.1.1.2; security.md, statement 29).
 */
export function weakness(
  password: Secret,
  about: { readonly names: readonly string[]; readonly hasSecondFactor: boolean },
): string | undefined {
  const text = passwordSpelling(password);
  const characters = [...text].length;
  const min = about.hasSecondFactor ? passwordLengths.minWithSecondFactor : passwordLengths.min;
  if (characters < min) return `it needs at least ${min} characters; a few words will do`;
  if (characters > passwordLengths.max) return `it has more than ${passwordLengths.max} characters`;
  const plain = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  if (isRepeated(plain) || isRun(plain)) return 'it repeats itself or counts up';
  const rest = [...commonParts, ...about.names.map((name) => name.toLowerCase())]
    .flatMap((part) => part.split(/[^\p{L}\p{N}]+/u))
    .filter((part) => part.length >= 3)
    .sort((one, other) => other.length - one.length)
    .reduce((left, part) => left.replaceAll(part, ''), plain);
  // What is left once words everybody tries first are taken out.
  if (rest.replaceAll(/\d/g, '').length < 4) return 'it is made of what people try first';
  return undefined;
}

/** The parts that lists of leaked passwords are made of; whole lists are the breach check's work. */
const commonParts = [
  'password passwort passwd passphrase secret letmein welcome login logon signin access admin',
  'administrator root user guest test testing default changeme change temp temporary sundog halo',
  'haloitsm halopsa service servicedesk helpdesk support company office summer winter spring autumn',
  'qwertyuiop qwerty qwertz azerty asdfghjkl asdfgh zxcvbnm iloveyou monkey dragon football baseball',
  'sunshine princess master shadow superman batman trustno abc123 abcdef january february march april',
  'june july august september october november december monday tuesday wednesday thursday friday',
];

function isRepeated(text: string): boolean {
  return /^(.{1,6}?)\1+.{0,5}$/u.test(text);
}

function isRun(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0));
  return steps.filter((step) => Math.abs(step) <= 1).length > steps.length * 0.8;
}
