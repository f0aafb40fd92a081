// Jobs: work that follows from what was committed, done once by one of any number of workers.
import { EventEmitter } from 'node:events';
import {
  type CronItem,
  type JobHelpers,
  parseCronItems,
  run,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import { sql } from 'kysely';
import type { z } from 'zod';
import { publicSentence } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import { type Db, openPool, type Tx } from './db.ts';
import { refuseSecrets } from './plain.ts';
import { queueLogger } from './queue-logger.ts';
import type { Store } from './store.ts';
import { takeWorkerLock } from './worker-lock.ts';

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
  readonly log: Log;
};

export type Task = {
  readonly name: string;
  readonly payload: z.ZodType;
  /** Also runs by itself at these minutes (crontab's five fields, UTC), once however many workers. */
  readonly cron?: string | undefined;
  run(payload: unknown, running: Running): Promise<void>;
};

/** Gives a task's function the type of its payload; what was enqueued is parsed before it runs. */
export function task<P extends z.ZodType>(table: {
  readonly name: string;
  readonly payload: P;
  readonly cron?: string;
  run(payload: z.output<P>, running: Running): Promise<void>;
}): Task {
  return {
    name: table.name,
    payload: table.payload,
    cron: table.cron,
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

/** Many jobs in one statement, in the caller's transaction; in the order given. */
export async function enqueueEach(db: Db | Tx, jobs: readonly Job[]): Promise<void> {
  for (const { payload } of jobs) refuseSecrets(payload);
  const specs = jobs.map((job) => ({
    task: job.task,
    payload: job.payload,
    queue: job.queue ?? null,
    run_at: job.runAt ?? null,
    max_attempts: job.maxAttempts ?? attemptsMaxDefault,
    key: job.key ?? null,
  }));
  await sql`select count(graphile_worker.add_job(
    identifier => job.task,
    payload => job.payload,
    queue_name => job.queue,
    run_at => job.run_at,
    max_attempts => job.max_attempts,
    job_key => job.key
  )) from json_to_recordset(${JSON.stringify(specs)}::json) as job(
    task text, payload json, queue text, run_at timestamptz, max_attempts int, key text
  )`.execute(db);
}

export type WorkerOptions = {
  readonly concurrency: number;
  readonly log: Log;
  /**
   * The database no longer holds this process for alive and gives its jobs to others: it must end
   * at once. Without a callback it does.
   */
  readonly onLost?: (because: string) => void;
  /** How long running jobs may take to end when the workers are stopped. */
  readonly stopLimitMs?: number;
};

const stopLimitMsDefault = 8_000;
const pollEveryMs = 1_000;
/** Jobs done within it are struck off together. A crash meanwhile runs them again, which they bear. */
const completeWithinMs = 10;
/** A minute missed while the hub was down for no longer is made up for. */
const cronMissedMs = 180_000;

/** Works until it is disposed: then running jobs get their signal and a while to end. */
export async function startWorkers(
  store: Pick<Store, 'connectionString'>,
  tasks: readonly Task[],
  options: WorkerOptions,
): Promise<AsyncDisposable> {
  const { log } = options;
  const { connectionString } = store;
  await using held = new AsyncDisposableStack();
  // One connection listens; each job in hand needs at most one at a time for the queue itself.
  const connectionsMax = options.concurrency + 3;
  const pool = openPool({ connectionString, name: 'sundog worker', connectionsMax, log });
  held.defer(() => pool.end());
  const onLost = options.onLost ?? ((because: string) => endProcess(log, because));
  const lock = held.use(await takeWorkerLock({ connectionString, log, onLost }));
  const stopping = new AbortController();
  const events: WorkerEvents = new EventEmitter();
  events.once('pool:create', ({ workerPool }) => {
    workerPool.id = lock.poolId;
  });
  const runner = await run({
    pgPool: pool,
    taskList: taskList(tasks, log, stopping.signal),
    parsedCronItems: parseCronItems(cronItems(tasks)),
    concurrency: options.concurrency,
    noHandleSignals: true,
    pollInterval: pollEveryMs,
    preset: { worker: { completeJobBatchDelay: completeWithinMs } },
    logger: queueLogger(log),
    events,
  });
  held.defer(() => runner.stop().catch(() => {}));
  const parts = held.move();
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      // The lock goes after the jobs: nobody may begin them again while they still run here.
      const ended = parts.disposeAsync().catch((error: unknown) => {
        log.warn('The workers did not end cleanly', { error });
      });
      if (await within(ended, options.stopLimitMs ?? stopLimitMsDefault)) return;
      log.error('Jobs did not end in time; they run on until they or the process end');
    },
  };
}

function taskList(tasks: readonly Task[], log: Log, signal: AbortSignal): TaskList {
  return Object.fromEntries(
    tasks.map((each) => [
      each.name,
      (payload: unknown, { job }: JobHelpers) =>
        runTask(each, payload, {
          signal,
          attempt: job.attempts,
          attemptsMax: job.max_attempts,
          log,
        }),
    ]),
  );
}

/** The queue keeps and logs an error's message, so it gets one that quotes nothing. */
async function runTask(each: Task, payload: unknown, running: Running): Promise<void> {
  try {
    await each.run(payload, running);
  } catch (error) {
    const { attempt, attemptsMax, log, signal } = running;
    const fields = { task: each.name, attempt, attemptsMax, error };
    if (signal.aborted) log.info('A job was interrupted and will be run again', fields);
    else if (attempt < attemptsMax) log.warn('A job failed and will be tried again', fields);
    else log.error('A job failed for the last time', fields);
    throw new JobFailed(publicSentence(error) ?? 'The job failed; the log says why.');
  }
}

class JobFailed extends Error {
  override readonly name = 'JobFailed';
}

function cronItems(tasks: readonly Task[]): CronItem[] {
  const options = { backfillPeriod: cronMissedMs };
  return tasks.flatMap(({ cron, name }) =>
    cron === undefined ? [] : [{ task: name, match: cron, identifier: name, options }],
  );
}

async function within(work: Promise<void>, limitMs: number): Promise<boolean> {
  const limit = Promise.withResolvers<boolean>();
  const timer = setTimeout(limit.resolve, limitMs, false);
  const result = await Promise.race([work.then(() => true), limit.promise]);
  clearTimeout(timer);
  return result;
}

function endProcess(log: Log, because: string): never {
  log.error('The worker lost its lock and ends, for its jobs are given to others', { because });
  process.exit(1);
}
