// One process at a time may make, start, join or stop the database of a data folder.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '#domain/problem.ts';

const waitMs = 25;

/**
 * Takes the lock, runs the work, gives the lock back. The lock is a kernel file lock, which Node
 * offers only through SQLite: it ends with its process, however that dies, so none can be stale.
 */
export async function withStartLock<T>(
  folder: string,
  limitMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const lock = new DatabaseSync(join(folder, 'database.lock'), { timeout: 0 });
  try {
    const until = performance.now() + limitMs;
    while (!isTaken(lock)) {
      if (performance.now() > until) refuse('store.start-lock', { folder });
      await sleep(waitMs);
    }
    return await work();
  } finally {
    lock.close();
  }
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
