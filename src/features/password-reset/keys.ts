// The pepper of the answers and the keys that follow from it: sealed in the database, made when first needed.
import { hkdfSync, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { newId } from '#lib/ids.ts';
import { Secret } from '#lib/secret.ts';
import { type Db, inTransaction } from '#store/db.ts';
import { locks } from '#store/locks.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Sealing } from '#store/sealing.ts';

export type Pepper = { readonly id: string; readonly key: Buffer };

export type ResetKeys = {
  /** What new answers are hashed with. */
  newest(): Promise<Pepper>;
  /** What an answer was hashed with. */
  pepper(id: string): Promise<Pepper>;
  /** For choosing questions, for digests of logins and for known browsers; stays the same for ever. */
  key(purpose: 'questions' | 'logins' | 'browsers'): Promise<Buffer>;
};

export function openResetKeys(ports: { readonly db: Db; readonly sealing: Sealing }): ResetKeys {
  let known: Promise<readonly Pepper[]> | undefined;
  const all = () => {
    known ??= readOrMake(ports).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  const derived = new Map<string, Buffer>();
  return {
    newest: async () => last(await all()),
    async pepper(id) {
      const found = (await all()).find((pepper) => pepper.id === id);
      if (found !== undefined) return found;
      // Another process has made a newer one.
      known = undefined;
      return (await all()).find((pepper) => pepper.id === id) ?? last([]);
    },
    async key(purpose) {
      const kept = derived.get(purpose);
      if (kept !== undefined) return kept;
      const [first] = await all();
      const key = derive(first ?? last([]), purpose);
      derived.set(purpose, key);
      return key;
    },
  };
}

async function readOrMake({
  db,
  sealing,
}: {
  readonly db: Db;
  readonly sealing: Sealing;
}): Promise<readonly Pepper[]> {
  const read = async () => {
    const rows = await db.selectFrom('reset_peppers').selectAll().orderBy('id').execute();
    return rows.map((row) => ({
      id: row.id,
      key: Buffer.from(sealing.unseal(placeOf(row.id), row.sealed_pepper).reveal(), 'base64'),
    }));
  };
  const found = await read();
  if (found.length > 0) return found;
  await inTransaction(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${locks.resetPepper})`.execute(tx);
    const there = await tx.selectFrom('reset_peppers').select('id').limit(1).executeTakeFirst();
    if (there !== undefined) return;
    const id = newId();
    const pepper = new Secret(randomBytes(32).toString('base64'));
    await tx
      .insertInto('reset_peppers')
      .values({ id, sealed_pepper: sealing.seal(placeOf(id), pepper) })
      .execute();
  });
  return read();
}

function placeOf(id: string) {
  return sealedPlace({ table: 'reset_peppers', column: 'sealed_pepper' }, id);
}

function derive({ key }: Pepper, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `sundog password reset ${purpose}`, 32));
}

function last(peppers: readonly Pepper[]): Pepper {
  const pepper = peppers.at(-1);
  if (pepper === undefined) throw new Error('A pepper that an answer names is gone.');
  return pepper;
}
