// Starting a rotation: another key seals from the moment this commits, and what it did not seal is gone through.
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { Clock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import { keysBell, ring } from '#store/bell.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { type KeyRing, lockKeys } from '#store/master-key.ts';
import { enqueue } from '#store/queue.ts';
import { totalOf } from '#store/reseal.ts';
import type { Rotation } from './model.ts';
import { findRunning, getRotation, readOld } from './queries.ts';

export type KeyPorts = { readonly db: Db; readonly keys: KeyRing; readonly clock: Clock };

export const resealTask = 'keys.reseal';

/**
 * `rotate` changes to a new key, one that was given or, where the hub keeps the file itself, one it makes;
 * `update` only brings up to date what is old. One that runs already is gone on with.
 */
export async function startRotation(
  ports: KeyPorts,
  actor: Actor,
  how: 'rotate' | 'update',
): Promise<Rotation> {
  refuseImpersonated(actor);
  const rotation = await inTransaction(ports.db, async (tx) => {
    await lockKeys(tx);
    const running = await findRunning(tx);
    if (running === undefined) return begin(ports, tx, actor, how);
    await enqueue(tx, { task: resealTask, payload: {}, key: resealTask });
    return running;
  });
  await ports.keys.refresh();
  return rotation;
}

async function begin(
  ports: KeyPorts,
  tx: Tx,
  actor: Actor,
  how: 'rotate' | 'update',
): Promise<Rotation> {
  const now = ports.clock();
  const before = await currentKey(tx);
  const next = await ports.keys.prepareNext(tx, { make: how === 'rotate' });
  const toKey = next?.id ?? before;
  if (next !== undefined) {
    await tx.updateTable('master_keys').set({ state: 'old' }).where('id', '=', before).execute();
    await tx
      .insertInto('master_keys')
      .values({ id: next.id, state: 'current', since: now })
      .execute();
    await ports.keys.sealCanary(tx, next);
    await ring(tx, keysBell);
  }
  const total = totalOf(await readOld(tx, toKey));
  const id = newId(now);
  await tx
    .insertInto('key_rotations')
    .values({
      id,
      state: 'running',
      from_key: before,
      to_key: toKey,
      started_at: now,
      started_by: actor.name,
      total,
    })
    .execute();
  await enqueue(tx, { task: resealTask, payload: {}, key: resealTask });
  const subject = { kind: 'master key', id: toKey, name: toKey };
  const because = `${total} values are to be brought up to date`;
  await audit(tx, [
    {
      actor,
      action: 'master-key.rotation-started',
      subject,
      field: 'master key',
      before,
      after: toKey,
      outcome: 'done',
      because,
    },
  ]);
  return getRotation(tx, id);
}

async function currentKey(tx: Tx): Promise<string> {
  const { id } = await tx
    .selectFrom('master_keys')
    .select('id')
    .where('state', '=', 'current')
    .executeTakeFirstOrThrow();
  return id;
}
