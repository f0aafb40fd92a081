// Tells living workers from dead ones: each pool of workers holds a lock for as long as it lives,
// and looks twice a second whether a lock has fallen free while jobs still carry its pool's name.
// (Left to itself, graphile-worker gives a dead worker's job to another after four hours.)
import pg from 'pg';
import { newId } from '#lib/ids.ts';
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import { locks } from './locks.ts';

export type WorkerLock = AsyncDisposable & {
  /** What the pool's jobs are locked by. */
  readonly poolId: string;
};

export type WorkerLockOptions = {
  readonly connectionString: Secret;
  readonly log: Log;
  /** The lock is lost while the process lives: others take its jobs, so it must end at once. */
  readonly onLost: (because: string) => void;
};

const lookEveryMs = 500;
/** A server that does not answer for so long counts as lost; it may have given our jobs away. */
const answerLimitMs = 10_000;

export async function takeWorkerLock(options: WorkerLockOptions): Promise<WorkerLock> {
  const client = new pg.Client({
    connectionString: options.connectionString.reveal(),
    application_name: 'sundog worker lock',
    connectionTimeoutMillis: answerLimitMs,
    query_timeout: answerLimitMs,
    keepAlive: true,
  });
  const watch = watching(client, options);
  await client.connect();
  // Over TCP the server must notice a machine that vanished without a word (tcp(7)).
  await client.query('set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2');
  await client.query('set tcp_keepalives_count = 3');
  const poolId = `sundog-${newId()}`;
  await client.query('select pg_advisory_lock($1, hashtext($2))', [locks.workerPool, poolId]);
  await freeDeadPools(client, poolId, options.log);
  watch.begin(poolId);
  return {
    poolId,
    async [Symbol.asyncDispose]() {
      watch.end();
      await client.end();
    },
  };
}

function watching(client: pg.Client, { log, onLost }: WorkerLockOptions) {
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  function lose(because: string): void {
    if (over) return;
    over = true;
    clearTimeout(timer);
    onLost(because);
  }
  client.on('error', (error) => lose(error.message));
  client.on('end', () => lose('the connection that holds it ended'));
  async function look(poolId: string): Promise<void> {
    try {
      await freeDeadPools(client, poolId, log);
      if (!over) timer = setTimeout(look, lookEveryMs, poolId);
    } catch (error) {
      lose(error instanceof Error ? error.message : String(error));
    }
  }
  return {
    begin(poolId: string): void {
      if (!over) timer = setTimeout(look, lookEveryMs, poolId);
    },
    end(): void {
      over = true;
      clearTimeout(timer);
    },
  };
}

/**
 * Frees the jobs of pools whose lock nobody holds. One statement: the locks it tries are its
 * transaction's, so a pool that has just begun is never mistaken for a dead one. A worker that is
 * stopped but alive keeps its connection, its lock and its job.
 */
async function freeDeadPools(client: pg.Client, poolId: string, log: Log): Promise<void> {
  const { rows } = await client.query<{ dead: string[] }>(
    `with named as (
       select locked_by as id from graphile_worker._private_jobs where locked_by is not null
       union select locked_by from graphile_worker._private_job_queues where locked_by is not null
     ), dead as materialized (
       select array_agg(id) as ids from named
        where id <> $2 and pg_try_advisory_xact_lock($1, hashtext(id))
     )
     select ids as dead, graphile_worker.force_unlock_workers(ids),
       pg_notify('jobs:insert', '{"count":99}')
       from dead where ids is not null`,
    [locks.workerPool, poolId],
  );
  for (const { dead } of rows) log.warn('Jobs of a dead worker were freed', { workers: dead });
}
