// The SQL of passkeys, of what they were asked to sign, and of what else a person has beside a password.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { PersonId } from '#domain/ports/people.ts';
import { fastHash } from '#lib/tokens.ts';
import type { Db, Tx } from '#store/db.ts';

export type Passkey = {
  readonly id: string;
  readonly owner: PersonId;
  readonly name: string;
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly transports: readonly string[];
  readonly backedUp: boolean;
  readonly madeAt: Date;
  readonly lastUsedAt: Date | null;
};

export type FactorsOf = {
  readonly app: boolean;
  readonly passkeys: number;
  readonly recoveryCodes: number;
};

/** What somebody has proven to have. */
export async function factorsOf(db: Db | Tx, { kind, id }: PersonId): Promise<FactorsOf> {
  const { rows } = await sql<FactorsOf>`select
    exists (select from totp_factors
      where owner_kind = ${kind} and owner_id = ${id} and state = 'live') as app,
    (select count(*) from passkeys where owner_kind = ${kind} and owner_id = ${id}) as passkeys,
    (select count(*) from recovery_codes
      where owner_kind = ${kind} and owner_id = ${id}) as "recoveryCodes"`.execute(db);
  return rows[0] ?? { app: false, passkeys: 0, recoveryCodes: 0 };
}

/** What the passkeys of an owner know them by; made with the first. */
export async function handleOf(db: Db | Tx, { kind, id }: PersonId): Promise<Buffer> {
  const row = await db
    .insertInto('passkey_owners')
    .values({ owner_kind: kind, owner_id: id, handle: randomBytes(32) })
    // Nothing changes; the row that is there is given back.
    .onConflict((conflict) =>
      conflict.columns(['owner_kind', 'owner_id']).doUpdateSet({ owner_id: id }),
    )
    .returning('handle')
    .executeTakeFirstOrThrow();
  return row.handle;
}

export async function listPasskeys(db: Db | Tx, owner: PersonId): Promise<readonly Passkey[]> {
  const rows = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .orderBy('made_at')
    .orderBy('id')
    .execute();
  return rows.map(passkeyOf);
}

export async function findPasskey(
  db: Db,
  credentialId: Buffer,
): Promise<(Passkey & { readonly handle: Buffer }) | undefined> {
  const row = await db
    .selectFrom('passkeys')
    .innerJoin('passkey_owners', (join) =>
      join
        .onRef('passkey_owners.owner_kind', '=', 'passkeys.owner_kind')
        .onRef('passkey_owners.owner_id', '=', 'passkeys.owner_id'),
    )
    .selectAll('passkeys')
    .select('handle')
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
  return row && { ...passkeyOf(row), handle: row.handle };
}

/**
 * Notes a use. False where the counter did not grow although it counts (WebAuthn §6.1.1): there is a copy.
 * One statement: of a key and its copy at the same moment one is first.
 */
export async function noteUse(
  tx: Tx,
  id: string,
  used: { readonly counter: number; readonly backedUp: boolean },
  now: Date,
): Promise<boolean> {
  const { counter, backedUp: backed_up } = used;
  const { numUpdatedRows } = await tx
    .updateTable('passkeys')
    .set({ counter, backed_up, last_used_at: now })
    .where('id', '=', id)
    .where((is) =>
      is.or([
        is('counter', '<', counter),
        is.and([is('counter', '=', 0), is(is.val(counter), '=', 0)]),
      ]),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export type Purpose = 'enrol' | 'sign-in' | 'second-factor';

export async function keepChallenge(
  db: Db,
  given: {
    readonly challenge: string;
    readonly purpose: Purpose;
    /** The cookie or session it was given to. */
    readonly holder: string;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await db
    .insertInto('passkey_challenges')
    .values({
      hash: fastHash(given.challenge),
      purpose: given.purpose,
      holder_hash: fastHash(given.holder),
      expires_at: given.expiresAt,
    })
    .execute();
}

/** Used up by being shown, whoever shows it; good for its holder and purpose alone. */
export async function takeChallenge(
  db: Db,
  given: { readonly challenge: string; readonly purpose: Purpose; readonly holder: string },
  now: Date,
): Promise<boolean> {
  const row = await db
    .deleteFrom('passkey_challenges')
    .where('hash', '=', fastHash(given.challenge))
    .returning(['purpose', 'holder_hash', 'expires_at'])
    .executeTakeFirst();
  if (row === undefined || row.expires_at <= now || row.purpose !== given.purpose) return false;
  return row.holder_hash.equals(fastHash(given.holder));
}

function passkeyOf(row: {
  id: string;
  owner_kind: string;
  owner_id: number;
  name: string;
  credential_id: Buffer;
  public_key: Buffer;
  transports: string[];
  backed_up: boolean;
  made_at: Date;
  last_used_at: Date | null;
}): Passkey {
  return {
    id: row.id,
    owner: { kind: row.owner_kind === 'agent' ? 'agent' : 'user', id: row.owner_id },
    name: row.name,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    transports: row.transports,
    backedUp: row.backed_up,
    madeAt: row.made_at,
    lastUsedAt: row.last_used_at,
  };
}
