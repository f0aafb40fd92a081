// Second factors of agents and users: made, proven by their first code, taken once, removed.
//
//   (begin) -> waiting --first code--> live -> removed or replaced by the next that is proven
import type { Actor } from '#domain/actor.ts';
import type { FactorOwner, SecondFactor } from '#domain/ports/second-factor.ts';
import type { Clock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import { Secret } from '#lib/secret.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Place, Sealing } from '#store/sealing.ts';
import { base32, newTotpSecret, stepOf, totpLink } from './totp.ts';

export type FactorPorts = {
  /** Within a transaction, what is done is a part of it. */
  readonly db: Db | Tx;
  readonly sealing: Sealing;
  readonly clock: Clock;
};

/** Compared with where there is no factor, so that it takes as long. */
const fitsNothing = newTotpSecret();

export function secondFactors(ports: FactorPorts): SecondFactor {
  return {
    has: async (owner) => (await find(ports.db, owner, 'live')) !== undefined,
    begin: (owner, label) => begin(ports, owner, label),
    forgetWaiting: (owner) => forgetWaiting(ports.db, owner),
    confirm: (owner, code, by) => confirm(ports, owner, code, by),
    take: (owner, code) => take(ports, owner, code),
    remove: (owner, by) => remove(ports.db, owner, by),
  };
}

async function begin({ db, sealing, clock }: FactorPorts, owner: FactorOwner, label: string) {
  const id = newId();
  const made = newTotpSecret();
  await db
    .insertInto('totp_factors')
    .values({
      id,
      owner_kind: owner.kind,
      owner_id: owner.id,
      state: 'waiting',
      sealed_secret: sealing.seal(placeOf(id), new Secret(made.toString('base64'))),
      made_at: clock(),
    })
    // Shown again while it waits: an app that has scanned it already keeps working.
    .onConflict((conflict) => conflict.columns(['owner_kind', 'owner_id', 'state']).doNothing())
    .execute();
  const waiting = await find(db, owner, 'waiting');
  if (waiting === undefined) throw new Error('The factor just made is gone.');
  const secret = unseal(sealing, waiting);
  return { link: new Secret(totpLink(secret, label)), letters: new Secret(base32(secret)) };
}

async function forgetWaiting(db: Db | Tx, owner: FactorOwner): Promise<void> {
  await db
    .deleteFrom('totp_factors')
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .where('state', '=', 'waiting')
    .execute();
}

async function confirm(
  { db, sealing, clock }: FactorPorts,
  owner: FactorOwner,
  code: string,
  by: Actor,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const waiting = await find(tx, owner, 'waiting');
    if (waiting === undefined) return false;
    const step = stepOf(unseal(sealing, waiting), code, clock());
    if (step === undefined) return false;
    await tx
      .deleteFrom('totp_factors')
      .where('owner_kind', '=', owner.kind)
      .where('owner_id', '=', owner.id)
      .where('state', '=', 'live')
      .execute();
    const { numUpdatedRows } = await tx
      .updateTable('totp_factors')
      .set({ state: 'live', last_step: step })
      .where('id', '=', waiting.id)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await audit(tx, [entry(owner, by, 'second-factor.confirmed')]);
    return true;
  });
}

async function take(
  { db, sealing, clock }: FactorPorts,
  owner: FactorOwner | undefined,
  code: string,
): Promise<boolean> {
  const live = await find(db, owner ?? { kind: 'user', id: -1 }, 'live');
  const secret = live === undefined ? fitsNothing : unseal(sealing, live);
  const step = stepOf(secret, code, clock()) ?? 0;
  // One statement: of two that show the same code at the same moment one is first (RFC 6238 §5.2).
  const { numUpdatedRows } = await db
    .updateTable('totp_factors')
    .set({ last_step: step })
    .where('id', '=', live?.id ?? newId())
    .where('last_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function remove(db: Db | Tx, owner: FactorOwner, by: Actor): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const gone = await tx
      .deleteFrom('totp_factors')
      .where('owner_kind', '=', owner.kind)
      .where('owner_id', '=', owner.id)
      .executeTakeFirst();
    if (gone.numDeletedRows === 0n) return false;
    await audit(tx, [entry(owner, by, 'second-factor.removed')]);
    return true;
  });
}

function entry({ kind, id, name = '' }: FactorOwner, actor: Actor, action: string): AuditEntry {
  return { actor, action, subject: { kind, id: String(id), name }, outcome: 'done' };
}

type Row = { readonly id: string; readonly sealed_secret: Buffer };

async function find(
  db: Db | Tx,
  owner: FactorOwner,
  state: 'waiting' | 'live',
): Promise<Row | undefined> {
  return db
    .selectFrom('totp_factors')
    .select(['id', 'sealed_secret'])
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .where('state', '=', state)
    .executeTakeFirst();
}

function unseal(sealing: Sealing, row: Row): Buffer {
  return Buffer.from(sealing.unseal(placeOf(row.id), row.sealed_secret).reveal(), 'base64');
}

function placeOf(id: string): Place {
  return sealedPlace({ table: 'totp_factors', column: 'sealed_secret' }, id);
}
