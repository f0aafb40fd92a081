// Looks after connections: each is tried now and then, and a change for better or worse is told once.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { ProbeResult, Reached } from '#domain/connection.ts';
import type { Notice } from '#domain/notice.ts';
import { VaultRefusal } from '#domain/ports/vault.ts';
import type { Clock } from '#lib/clock.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import { newId } from '#lib/ids.ts';
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { enqueue, type Task, task } from '#store/queue.ts';
import type { Sealing } from '#store/sealing.ts';
import type { ConnectionRules } from './commands.ts';
import { allowanceOf, type Connection, type Health, needsSecret } from './model.ts';
import { getConnection } from './queries.ts';
import { type SecretKeeper, secretSource } from './secrets.ts';

export type ProbeTarget = {
  readonly reached: Reached;
  readonly secret: Secret | null;
  readonly allowance: Allowance;
};

export type HealthPorts = {
  readonly db: Db;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: ConnectionRules;
  readonly keeper: SecretKeeper;
  /** Tries the system without changing anything in it; names the stage that failed. */
  readonly probe: (target: ProbeTarget, signal: AbortSignal) => Promise<ProbeResult>;
  /** Posts the notice in the transaction of what it tells. */
  readonly notify: (tx: Tx, notice: Notice) => Promise<void>;
};

export const healthLimits = {
  probeMs: 30_000,
  everyMs: 5 * 60_000,
  /** A refused password is tried rarely: a directory locks accounts that are knocked at too often. */
  everyMsAfterRefusal: 60 * 60_000,
  dueMax: 500,
} as const;

/** Tries the connection now and records what came of it. */
export async function testConnection(
  ports: HealthPorts,
  id: string,
  actor: Pick<Actor, 'clientId'> = {},
): Promise<{ readonly result: ProbeResult; readonly checkedAt: Date; readonly name: string }> {
  const connection = await getConnection(ports.db, actor, id);
  const result = await probe(ports, connection);
  const checkedAt = ports.clock();
  await inTransaction(ports.db, (tx) => record(ports, tx, connection, result, checkedAt));
  return { result, checkedAt, name: connection.name };
}

/** The same, by hand and with an entry in the audit trail. */
export async function testByHand(ports: HealthPorts, actor: Actor, id: string) {
  const tested = await testConnection(ports, id, actor);
  await audit(ports.db, [
    {
      actor,
      action: 'connection.tested',
      subject: { kind: 'connection', id, name: tested.name },
      outcome: tested.result.ok ? 'done' : 'failed',
      because: tested.result.sentence,
    },
  ]);
  return tested;
}

const tickName = 'connections.check-due';
const checkName = 'connections.check';

export function connectionTasks(ports: HealthPorts): Task[] {
  return [
    task({
      name: tickName,
      payload: z.looseObject({}),
      cron: '* * * * *',
      run: async () => {
        const now = ports.clock();
        await inTransaction(ports.db, async (tx) => {
          for (const id of await dueConnections(tx, now)) {
            const job = { task: checkName, payload: { id }, key: `${checkName}:${id}` };
            await enqueue(tx, { ...job, maxAttempts: 1 });
          }
        });
      },
    }),
    task({
      name: checkName,
      payload: z.object({ id: z.uuid() }),
      run: async ({ id }) => {
        const known = await ports.db
          .selectFrom('connections')
          .select('id')
          .where('id', '=', id)
          .executeTakeFirst();
        if (known !== undefined) await testConnection(ports, id);
      },
    }),
  ];
}

async function dueConnections(tx: Tx, now: Date): Promise<readonly string[]> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  const rows = await tx
    .selectFrom('connections')
    .select('id')
    .where((row) =>
      row.or([
        row('checked_at', 'is', null),
        row.and([
          row('checked_at', '<=', before(healthLimits.everyMs)),
          row('health_stage', 'is distinct from', 'credentials'),
        ]),
        row('checked_at', '<=', before(healthLimits.everyMsAfterRefusal)),
      ]),
    )
    .orderBy('checked_at', (order) => order.asc().nullsFirst())
    .limit(healthLimits.dueMax)
    .execute();
  return rows.map(({ id }) => id);
}

async function probe(ports: HealthPorts, connection: Connection): Promise<ProbeResult> {
  const { reached, name } = connection;
  if (needsSecret(reached) && !connection.hasSecret) {
    return {
      ok: false,
      stage: 'credentials',
      code: 'connection.no-secret',
      sentence: `No secret is stored for "${name}"; enter it (a change of host, port, TLS or address clears it).`,
    };
  }
  const source = secretSource(ports, connection);
  const allowance = allowanceOf(connection, ports.rules);
  const signal = AbortSignal.timeout(healthLimits.probeMs);
  try {
    const secret = (await source?.current()) ?? null;
    const result = await ports.probe({ reached, secret, allowance }, signal);
    if (result.ok || result.stage !== 'credentials' || secret === null) return result;
    // Refused: the vault may have a newer one than is remembered.
    const newer = await source?.renewed(secret);
    if (newer === undefined) return result;
    return await ports.probe({ reached, secret: newer, allowance }, signal);
  } catch (error) {
    if (error instanceof VaultRefusal) {
      const { code, message } = error;
      const sentence = `The secret of "${name}" is kept in a key vault and could not be had: ${message}`;
      return { ok: false, stage: 'secret', code, sentence };
    }
    ports.log.error('Trying a connection failed', { connection: connection.id, error });
    return {
      ok: false,
      stage: 'answer',
      code: 'connection.untested',
      sentence: `"${name}" could not be tried; the hub's log says why.`,
    };
  }
}

/** Told is each break and each recovery, once. A connection that never worked has not broken. */
async function record(
  ports: HealthPorts,
  tx: Tx,
  tested: Connection,
  result: ProbeResult,
  checkedAt: Date,
): Promise<void> {
  const row = await tx
    .selectFrom('connections')
    .select(['health', 'version', 'broken_since'])
    .where('id', '=', tested.id)
    .forUpdate()
    .executeTakeFirst();
  // Deleted or changed while it was tried: the result is about something that is no more.
  if (row === undefined || row.version !== tested.version) return;
  const state: Health['state'] = result.ok ? 'healthy' : 'broken';
  const broke = !result.ok && row.health === 'healthy';
  const recovered = result.ok && row.broken_since !== null;
  await tx
    .updateTable('connections')
    .set({
      health: state,
      health_stage: result.ok ? null : result.stage,
      health_code: result.ok ? null : result.code,
      health_sentence: result.sentence,
      checked_at: checkedAt,
      ...(broke ? { broken_since: checkedAt } : {}),
      ...(recovered ? { broken_since: null } : {}),
    })
    .where('id', '=', tested.id)
    .execute();
  if (broke || recovered) await ports.notify(tx, noticeOf(tested, result));
}

function noticeOf({ id, name, clientId }: Connection, result: ProbeResult): Notice {
  const event = result.ok ? 'connection.recovered' : 'connection.broke';
  return {
    event,
    key: `${event}:${id}:${newId()}`,
    clientId,
    title: result.ok ? `Connection works again: ${name}` : `Connection broken: ${name}`,
    sentence: result.sentence,
    path: `/connections/${id}`,
  };
}
