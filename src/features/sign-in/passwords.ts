// Passwords: hashed with Argon2id, compared at the same cost whether there is one or not.
import { hash, verify } from '@node-rs/argon2';
import { refuse } from '#domain/problem.ts';
import { Secret } from '#lib/secret.ts';

/** OWASP's least for Argon2id. The package's enum is empty under type stripping: 2 is Argon2id. */
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const limits = {
  /** Each takes 19 MB and a core for some 20 ms: no more at once than leaves the hub alive. */
  atOnce: 2,
  waitingMax: 200,
} as const;

export type Passwords = {
  hash(password: Secret): Promise<string>;
  /** With no hash it compares with one that nothing fits, and takes as long. */
  fits(hash: string | undefined, password: Secret): Promise<boolean>;
};

export async function openPasswords(): Promise<Passwords> {
  const turns = queueOfTurns(limits.atOnce, limits.waitingMax);
  const fitsNothing = await hash(crypto.randomUUID(), argon2id);
  return {
    hash: (password) => turns(() => hash(spelling(password), argon2id)),
    fits: (known, password) =>
      turns(async () => {
        const same = await verify(known ?? fitsNothing, spelling(password));
        return known !== undefined && same;
      }),
  };
}

/** One spelling for what looks the same (NIST SP 800-63B-4 §3.1.1.2 recommends NFKC or NFKD). */
function spelling(password: Secret): string {
  return password.reveal().normalize('NFKC');
}

function queueOfTurns(atOnce: number, waitingMax: number) {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (busy >= atOnce) {
      if (waiting.length >= waitingMax) refuse('hub.busy', { seconds: 5 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      busy += 1;
    }
    try {
      return await work();
    } finally {
      // The turn passes to the next who waits, or ends.
      const next = waiting.shift();
      if (next === undefined) busy -= 1;
      else next();
    }
  };
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
  const text = spelling(password);
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

/** Five groups of four letters and digits that are not mistaken for each other: 98 bits. */
export function inventPassword(): Secret {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const groups = Array.from({ length: 5 }, () =>
    Array.from({ length: 4 }, () => letters.charAt(evenly(letters.length))).join(''),
  );
  return new Secret(groups.join('-'));
}

/** Evenly below the bound: bytes beyond its last whole multiple are thrown away. */
function evenly(bound: number): number {
  const fair = 256 - (256 % bound);
  for (;;) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < fair) return byte % bound;
  }
}
