// Makes checkpoints: looks at what was added since the last one, signs it, keeps it here and outside.
import { z } from 'zod';
import type { Notice } from '#domain/notice.ts';
import type { Clock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { type Task, task } from '#store/queue.ts';
import { appendCheckpoint, type Checkpoint, signedText } from './checkpoint.ts';
import { ensureAuditKey, type KeyPorts, openSigner } from './keys.ts';
import { findUnchained, hubId } from './state.ts';
import { verifyDatabase } from './verify.ts';

export type CheckpointPorts = KeyPorts & {
  readonly connectionString: Secret;
  readonly clock: Clock;
  readonly log: Log;
  /** Where checkpoints stand outside the database. */
  readonly checkpointFile: string;
  /** Tells channels that want it: a webhook or a mailbox elsewhere keeps checkpoints too. */
  readonly notify: (tx: Tx, notice: Notice) => Promise<void>;
};

/** Undefined when there is nothing new. Nothing is signed that does not hold: that raises an alarm. */
export async function makeCheckpoint(ports: CheckpointPorts): Promise<Checkpoint | undefined> {
  const { db } = ports;
  await ensureAuditKey(ports, ports.clock());
  const tip = await db
    .selectFrom('audit_chain')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const last = await lastCheckpoint(db);
  if (tip === undefined || tip.seq === last?.seq) return undefined;
  const { bad } = await verifyDatabase(ports, { from: (last?.seq ?? 0) + 1, files: [] });
  if (bad !== null) return alarm(ports, bad);
  const { keyId: key, sign } = await openSigner(ports);
  const unsigned = {
    hub: await hubId(db),
    seq: tip.seq,
    hash: tip.hash.toString('hex'),
    at: ports.clock().toISOString(),
    key,
  };
  const signature = sign(signedText(unsigned));
  const point: Checkpoint = {
    checkpoint: 1,
    ...unsigned,
    signature: signature.toString('base64url'),
  };
  // Outside first: a line more there does no harm, a line less might.
  await appendCheckpoint(ports.checkpointFile, point);
  await inTransaction(db, (tx) => keep(ports, tx, point, tip.hash, signature));
  return point;
}

export async function lastCheckpoint(db: Db) {
  return db
    .selectFrom('audit_checkpoints')
    .select(['seq', 'at'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function keep(
  ports: CheckpointPorts,
  tx: Tx,
  point: Checkpoint,
  hash: Buffer,
  signature: Buffer,
): Promise<void> {
  const row = await tx
    .insertInto('audit_checkpoints')
    .values({
      seq: point.seq,
      hash,
      hub: point.hub,
      at: new Date(point.at),
      key_id: point.key,
      signature,
    })
    .onConflict((conflict) => conflict.column('seq').doNothing())
    .returning('seq')
    .executeTakeFirst();
  // Another process was as quick, and tells of its own.
  if (row === undefined) return;
  await ports.notify(tx, {
    event: 'audit.checkpoint',
    key: `audit.checkpoint:${point.hub}:${point.seq}`,
    clientId: null,
    title: `Audit checkpoint ${point.seq}`,
    sentence: JSON.stringify(point),
    path: '/audit',
  });
}

async function alarm(
  ports: CheckpointPorts,
  bad: { readonly seq: number; readonly sentence: string },
): Promise<undefined> {
  const sentence = `The audit trail does not hold: entry ${bad.seq}, ${bad.sentence}.`;
  ports.log.error(sentence, { seq: bad.seq });
  await inTransaction(ports.db, (tx) =>
    ports.notify(tx, {
      event: 'audit.broken',
      key: `audit.broken:${bad.seq}:${ports.clock().toISOString().slice(0, 10)}`,
      clientId: null,
      title: 'The audit trail does not hold',
      sentence,
      path: '/audit',
    }),
  );
  return undefined;
}

/** Every five minutes where something was added; entries of the last hour that nobody chained are found too. */
export function auditTasks(ports: CheckpointPorts): Task[] {
  return [
    task({
      name: 'audit.checkpoint',
      payload: z.looseObject({}),
      cron: '*/5 * * * *',
      run: async () => {
        await makeCheckpoint(ports);
        const since = newId(new Date(ports.clock().getTime() - 3_600_000));
        const lost = await findUnchained(ports.db, since);
        if (lost !== undefined) {
          await alarm(ports, { seq: lost.next, sentence: 'it was written and never chained' });
        }
      },
    }),
  ];
}
