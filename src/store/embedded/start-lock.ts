// Locks on a data folder: one process at a time may make, start, join or stop its database, and
// whoever uses it says so. They are kernel file locks, which Node offers only through SQLite: they end
// with their process, however it dies, so none can be stale, and they hold across containers, where
// process numbers mean nothing.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '#domain/problem.ts';

const waitMs = 25;

/** How long a process that lost the database takes to notice. */
const noticeLimitMs = 3_000;

/** Takes the start lock, runs the work, gives the lock back. */
export async function withStartLock<T>(
  folder: string,
  limitMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const lock = openLock(folder, 'database.lock');
  try {
    if (!(await isTakenWithin(lock, limitMs))) refuse('store.start-lock', { folder });
    return await work();
  } finally {
    lock.close();
  }
}

/**
 * Says that this process uses the database, until `close`. Two servers on one folder would destroy it;
 * PostgreSQL's own check knows the processes of its own container only.
 */
export function markUse(folder: string): { close(): void } {
  const lock = openLock(folder, 'database.users');
  // A read transaction holds a shared lock for as long as it is open.
  lock.exec('begin; select count(*) from sqlite_schema');
  return lock;
}

/** Asked under the start lock when no server was found: then nobody may be using one. */
export async function refuseUnseenUsers(folder: string): Promise<void> {
  const lock = openLock(folder, 'database.users');
  try {
    if (!(await isTakenWithin(lock, noticeLimitMs))) refuse('store.used-elsewhere', { folder });
  } finally {
    lock.close();
  }
}

function openLock(folder: string, name: string): DatabaseSync {
  return new DatabaseSync(join(folder, name), { timeout: 0 });
}

async function isTakenWithin(lock: DatabaseSync, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (!isTaken(lock)) {
    if (performance.now() > until) return false;
    await sleep(waitMs);
  }
  return true;
}

function isTaken(lock: DatabaseSync): boolean {
  try {
    // In memory, so that no journal file is made beside it.
    lock.exec('pragma journal_mode = memory; begin exclusive');
    return true;
  } catch (error) {
    if (error instanceof Error && /locked|busy/.test(error.message)) return false;
    throw error;
  }
}
