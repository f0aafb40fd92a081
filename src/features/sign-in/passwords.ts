// Passwords: hashed with Argon2id, compared at the same cost whether there is one or not.
import { hash, verify } from '@node-rs/argon2';
import { passwordSpelling } from '#domain/password-strength.ts';
import { queueOfTurns } from '#domain/turns.ts';
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
    hash: (password) => turns(() => hash(passwordSpelling(password), argon2id)),
    fits: (known, password) =>
      turns(async () => {
        const same = await verify(known ?? fitsNothing, passwordSpelling(password));
        return known !== undefined && same;
      }),
  };
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
