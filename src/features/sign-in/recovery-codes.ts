// Ten codes on paper: each signs in once, where the app or the passkey is lost.
import { randomBytes } from 'node:crypto';
import type { PersonId } from '#domain/ports/people.ts';
import { Secret } from '#lib/secret.ts';
import { fastHash } from '#lib/tokens.ts';
import type { Db, Tx } from '#store/db.ts';

export const recoveryCodesMade = 10;

/** Crockford's: no letter that is taken for another. Five bits each, sixteen of them: 80 bits. */
const letters = '0123456789abcdefghjkmnpqrstvwxyz';
const lettersOfCode = 16;

/** Ten new ones, shown this once; those before are good no more. */
export async function makeRecoveryCodes(
  tx: Tx,
  owner: PersonId,
  now: Date,
): Promise<readonly Secret[]> {
  const codes = Array.from({ length: recoveryCodesMade }, newCode);
  await forgetRecoveryCodes(tx, owner);
  await tx
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ ...of(owner), hash: hashOf(code), made_at: now })))
    .execute();
  return codes.map((code) => new Secret(code.replaceAll(/(.{4})(?=.)/g, '$1-')));
}

/** One statement: of two that show the same code at the same moment one is first. */
export async function takeRecoveryCode(tx: Tx, owner: PersonId, given: string): Promise<boolean> {
  const gone = await tx
    .deleteFrom('recovery_codes')
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .where('hash', '=', hashOf(plain(given)))
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

export async function forgetRecoveryCodes(tx: Db | Tx, owner: PersonId): Promise<void> {
  await tx
    .deleteFrom('recovery_codes')
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .execute();
}

/** However it was typed. */
function plain(given: string): string {
  const text = given.toLowerCase().replaceAll(/[^0-9a-z]/g, '');
  return text.replaceAll('o', '0').replaceAll(/[il]/g, '1');
}

function newCode(): string {
  return Array.from(randomBytes(lettersOfCode), (byte) => letters.charAt(byte % 32)).join('');
}

/** Random, so there is nothing to guess: a fast hash will do (RULES.md, The hub itself). */
function hashOf(code: string): Buffer {
  return fastHash(`recovery code ${code}`);
}

function of({ kind, id }: PersonId) {
  return { owner_kind: kind, owner_id: id };
}
