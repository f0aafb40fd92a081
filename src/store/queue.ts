// Jobs: work that follows from what was committed, done once by one of any number of workers.
import { type JobHelpers, run, type TaskList } from 'graphile-worker';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Log } from '#lib/log.ts';
import { type Db, openPool, type Tx } from './db.ts';
import { refuseSecrets } from './plain.ts';
import { queueLogger } from './queue-logger.ts';
import type { Store } from './store.ts';

export type Job = {
  /** The name of the task. */
  readonly task: string;
  /** Plain JSON without secrets; it stands in the database as it is. */
  readonly payload: unknown;
  /** A job waiting under the same key is replaced. */
  readonly key?: string;
  readonly runAt?: Date;
  readonly maxAttempts?: number;
  /** Jobs of one queue run one after the other. */
  readonly queue?: string;
};

export type Running = {
  /** Aborted when the worker is asked to stop. */
  readonly signal: AbortSignal;
  /** Counted from 1. A crash costs one: above 1, look before you act again. */
  readonly attempt: number;
  readonly attemptsMax: number;
};

export type Task = {
  readonly name: string;
  readonly payload: z.ZodType;
  run(payload: unknown, running: Running): Promise<void>;
};

/** Gives a task's function the type of its payload; what was enqueued is parsed before it runs. */
export function task<P extends z.ZodType>(table: {
  readonly name: string;
  readonly payload: P;
  run(payload: z.output<P>, running: Running): Promise<void>;
}): Task {
  return {
    name: table.name,
    payload: table.payload,
    run: (payload, running) => table.run(table.payload.parse(payload), running),
  };
}

const attemptsMaxDefault = 10;

/** Part of the caller's transaction: rolled back, the job was never there. */
export async function enqueue(db: Db | Tx, job: Job): Promise<void> {
  refuseSecrets(job.payload);
  await sql`select 1 from graphile_worker.add_job(
    identifier => ${job.task},
    payload => ${JSON.stringify(job.payload)}::json,
    queue_name => ${job.queue ?? null},
    run_at => ${job.runAt ?? null}::timestamptz,
    max_attempts => ${job.maxAttempts ?? attemptsMaxDefault}::int,
    job_key => ${job.key ?? null}
  )`.execute(db);
}

export type WorkerOptions = {
  readonly concurrency: number;
  readonly log: Log;
};

export async function startWorkers(
  store: Pick<Store, 'connectionString'>,
  tasks: readonly Task[],
  options: WorkerOptions,
): Promise<AsyncDisposable> {
  const pool = openPool({
    connectionString: store.connectionString,
    name: 'sundog worker',
    connectionsMax: options.concurrency + 3,
    log: options.log,
  });
  const runner = await run({
    pgPool: pool,
    taskList: taskList(tasks),
    concurrency: options.concurrency,
    noHandleSignals: true,
    pollInterval: 1_000,
    logger: queueLogger(options.log),
  });
  return {
    async [Symbol.asyncDispose]() {
      await runner.stop();
      await pool.end();
    },
  };
}

function taskList(tasks: readonly Task[]): TaskList {
  return Object.fromEntries(
    tasks.map((each) => [
      each.name,
      async (payload: unknown, helpers: JobHelpers) => {
        await each.run(payload, {
          signal: helpers.abortSignal ?? new AbortController().signal,
          attempt: helpers.job.attempts,
          attemptsMax: helpers.job.max_attempts,
        });
      },
    ]),
  );
}
