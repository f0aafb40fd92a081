// A bell between processes: whoever rings it is heard by all of them, over LISTEN and NOTIFY.
import { sql } from 'kysely';
import pg from 'pg';
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import type { Db, Tx } from './db.ts';

/** Rung when a password, session, token, key, application or agent changed what someone may do. */
export const accessBell = 'sundog_access';

/** Rung when another master key seals, or one was retired. */
export const keysBell = 'sundog_keys';

export type BellOptions = {
  readonly connectionString: Secret;
  readonly name: string;
  readonly log: Log;
  /** Called at each ring, and when a connection was lost or made: rings may have been missed. */
  readonly onRing: () => void;
  /** Whether rings are heard; while they are not, what was remembered must not be relied upon. */
  readonly onHearing: (hearing: boolean) => void;
};

const limits = { reconnectMs: 1_000, connectMs: 15_000 } as const;

/** Heard when the transaction commits, and never when it does not. */
export async function ring(db: Db | Tx, name: string): Promise<void> {
  await sql`select pg_notify(${name}, '')`.execute(db);
}

/** Listens from when it returns until it is disposed; a lost connection is made again for ever. */
export async function hearBell(options: BellOptions): Promise<AsyncDisposable> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let disposed = false;

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: options.connectionString.reveal(),
      application_name: `sundog ${options.name}`,
      connectionTimeoutMillis: limits.connectMs,
      keepAlive: true,
    });
    next.on('error', (error) => lost(next, error));
    next.on('end', () => lost(next));
    next.on('notification', options.onRing);
    await next.connect();
    await next.query(`listen ${next.escapeIdentifier(options.name)}`);
    if (disposed) return void (await next.end());
    client = next;
    options.onRing();
    options.onHearing(true);
  }

  function lost(which: pg.Client, error?: Error): void {
    if (disposed || client !== which) return;
    client = undefined;
    options.onHearing(false);
    options.onRing();
    options.log.warn('The connection that hears of changes was lost', { error });
    again();
  }

  function again(): void {
    if (disposed) return;
    timer = setTimeout(() => connect().catch(again), limits.reconnectMs);
  }

  await connect();
  return {
    async [Symbol.asyncDispose]() {
      disposed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}
