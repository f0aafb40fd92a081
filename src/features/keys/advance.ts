// Going on with a rotation: batch by batch, each in a transaction of its own, from wherever a kill left it.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { z } from 'zod';
import { theHub } from '#domain/actor.ts';
import { errorCode } from '#lib/errors.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { keysBell, ring } from '#store/bell.ts';
import { inTransaction, json, type Tx } from '#store/db.ts';
import { countSealed, isOld, resealBatch, totalOf } from '#store/reseal.ts';
import { sealedColumns } from '#store/sealed-columns.ts';
import type { Rotation } from './model.ts';
import { findRunning, getRotation } from './queries.ts';
import type { KeyPorts } from './start.ts';

const rowsAtOnce = 200;
/** Somebody else goes on with it, or somebody is changing a value right now. */
const waitMs = 100;
/** Longer than a batch, so that a writer is not kept waiting behind one who retires a key. */
const retireLockMs = 2_000;

export type Step = 'moved' | 'waits' | 'ended' | 'none';

export type Going = {
  readonly signal?: AbortSignal;
  readonly rowsAtOnce?: number;
  readonly onProgress?: (rotation: Rotation) => void;
};

/** Goes on until it has ended, whoever of several processes does the work; undefined where none runs. */
export async function finishRotation(
  ports: KeyPorts,
  { signal, onProgress, rowsAtOnce: limit = rowsAtOnce }: Going = {},
): Promise<Rotation | undefined> {
  const running = await findRunning(ports.db);
  if (running === undefined) return undefined;
  while (signal?.aborted !== true) {
    const step = await advance(ports, limit);
    const rotation = await getRotation(ports.db, running.id);
    onProgress?.(rotation);
    if (rotation.state !== 'running') {
      await ports.keys.refresh();
      await ports.keys.tidy();
      return rotation;
    }
    if (step === 'waits') await sleep(waitMs);
  }
  return getRotation(ports.db, running.id);
}

export async function advance(ports: KeyPorts, limit = rowsAtOnce): Promise<Step> {
  await ports.keys.refresh();
  try {
    return await inTransaction(ports.db, (tx) => step(ports, tx, limit));
  } catch (error) {
    // 55P03 lock_not_available: a writer still holds a key that is to be retired.
    if (errorCode(error) === '55P03') return 'waits';
    throw error;
  }
}

const At = z.object({
  id: z.string(),
  to_key: z.string(),
  resealed: z.int(),
  broken: z.int(),
  column_at: z.int(),
  after_key: z.array(z.string()).nullable(),
});
type At = z.infer<typeof At>;

async function step(ports: KeyPorts, tx: Tx, limit: number): Promise<Step> {
  const row = await tx
    .selectFrom('key_rotations')
    .selectAll()
    .where('state', '=', 'running')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (row === undefined) return (await findRunning(tx)) === undefined ? 'none' : 'waits';
  const at = At.parse(row);
  const column = sealedColumns[at.column_at];
  if (column === undefined) return endPass(ports, tx, at);
  const after = at.after_key ?? undefined;
  const batch = await resealBatch(tx, ports.keys, { column, after, limit });
  await tx
    .updateTable('key_rotations')
    .set({
      resealed: at.resealed + batch.resealed,
      broken: at.broken + batch.broken,
      column_at: batch.last === undefined ? at.column_at + 1 : at.column_at,
      after_key: batch.last === undefined ? null : json(batch.last),
    })
    .where('id', '=', at.id)
    .execute();
  return 'moved';
}

/** Ends where nothing is old any more, or only what does not open; else begins another pass. */
async function endPass(ports: KeyPorts, tx: Tx, at: At): Promise<Step> {
  const retired = await retireUnused(ports, tx);
  const old = totalOf((await countSealed(tx)).filter((one) => isOld(one, at.to_key)));
  if (old > at.broken) {
    await tx
      .updateTable('key_rotations')
      .set((row) => ({ pass: row('pass', '+', 1), column_at: 0, after_key: null, broken: 0 }))
      .where('id', '=', at.id)
      .execute();
    return 'waits';
  }
  const state = old === 0 ? 'done' : 'incomplete';
  await tx
    .updateTable('key_rotations')
    .set({ state, broken: old, ended_at: ports.clock() })
    .where('id', '=', at.id)
    .execute();
  await audit(tx, [...retired.map(retirement), ending(at, state, old)]);
  await ring(tx, keysBell);
  return 'ended';
}

/**
 * Old keys that seal nothing are retired. Their rows are taken first: whoever has written with one of them
 * commits before it is counted, and whoever would write with it afterwards is refused by the database.
 */
async function retireUnused(ports: KeyPorts, tx: Tx): Promise<readonly string[]> {
  await sql`select set_config('lock_timeout', ${`${retireLockMs}ms`}, true)`.execute(tx);
  const old = await tx
    .selectFrom('master_keys')
    .select('id')
    .where('state', '=', 'old')
    .forUpdate()
    .execute();
  const used = new Set((await countSealed(tx)).map(({ keyId }) => keyId));
  const unused = old.map(({ id }) => id).filter((id) => !used.has(id));
  if (unused.length === 0) return [];
  await tx
    .updateTable('master_keys')
    .set({ state: 'retired', retired_at: ports.clock() })
    .where('id', 'in', unused)
    .execute();
  return unused;
}

function retirement(id: string): AuditEntry {
  const subject = { kind: 'master key', id, name: id };
  return {
    actor: theHub,
    action: 'master-key.retired',
    subject,
    outcome: 'done',
    because: 'nothing is sealed with it any more',
  };
}

function ending({ to_key: id, resealed }: At, state: 'done' | 'incomplete', left: number) {
  const subject = { kind: 'master key', id, name: id };
  const because = `${resealed} values were brought up to date, ${left} do not open and were left`;
  const outcome = state === 'done' ? 'done' : 'failed';
  return {
    actor: theHub,
    action: 'master-key.rotation-ended',
    subject,
    outcome,
    because,
  } satisfies AuditEntry;
}
