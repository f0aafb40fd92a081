// Applies a run's changes to a chunk of its people: nobody by two workers at a time, and the people of a
// chunk side by side. What is paid for each job, read and written for each is paid once for all of them.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '#store/db.ts';
import { enqueue, type Task, task } from '#store/queue.ts';
import { type ApplyPorts, applyPerson } from './apply-person.ts';
import { bookOf } from './book.ts';
import { endRun } from './end-run.ts';
import { applyPeopleTask, type Chunk, jobOf } from './start-run.ts';
import { findPeople } from './work.ts';

/** While another worker is at the same person, this one comes back. */
const busyRetryMs = 500;
/** Who is due so soon after the first of a chunk is waited for, so that the chunk comes back as one. */
const togetherMs = 1_000;

type ChunkPorts = Omit<ApplyPorts, 'book'>;

export function applyPeopleTaskOf(ports: ChunkPorts): Task {
  return task({
    name: applyPeopleTask,
    payload: z.object({ runId: z.uuid(), personKeys: z.array(z.string()).min(1) }),
    run: (chunk, { signal }) => applyPeople(ports, chunk, signal),
  });
}

async function applyPeople(ports: ChunkPorts, chunk: Chunk, signal: AbortSignal): Promise<void> {
  // One client for the locks and the work: however many workers, none waits for another's second client.
  await ports.db.connection().execute(async (db) => {
    const taken = await takePeople(db, chunk.personKeys);
    try {
      const due = await work({ ...ports, db }, { ...chunk, personKeys: taken }, signal);
      if (taken.length < chunk.personKeys.length) {
        due.push(new Date(ports.clock().getTime() + busyRetryMs));
      }
      const runAt = dueTogether(due);
      if (runAt !== undefined) await enqueue(db, { ...jobOf(chunk), runAt });
    } finally {
      await releasePeople(db, taken);
    }
  });
}

/** When those who have to wait are due again. */
async function work(ports: ChunkPorts, chunk: Chunk, signal: AbortSignal): Promise<Date[]> {
  const found = await findPeople(ports.db, chunk.runId, chunk.personKeys);
  if (found === undefined) return [];
  const { run, people } = found;
  const book = bookOf(ports.db, run, ports.clock);
  // The client and the locks are theirs until the last of them has ended, however the others did.
  const ended = await Promise.allSettled(
    people.map((steps) => applyPerson({ ...ports, book }, run, steps, signal)),
  );
  await endRun(ports, run);
  return ended.flatMap((one) => {
    if (one.status === 'fulfilled') return one.value ?? [];
    // Whoever was interrupted is the next worker's, and at once: it is no failure of the job.
    if (signal.aborted) return ports.clock();
    throw one.reason;
  });
}

function dueTogether(due: readonly Date[]): Date | undefined {
  const sorted = due.toSorted((one, other) => +one - +other);
  const [first] = sorted;
  return first && sorted.findLast((at) => at.getTime() - first.getTime() <= togetherMs);
}

/** Those whom no other worker is at. Held by the session, so that it falls with the process that held it. */
async function takePeople(db: Db, personKeys: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string; taken: boolean }>`
    select key, pg_try_advisory_lock(hashtextextended(${lockName} || key, 0)) as taken
    from unnest(${personKeys}::text[]) as key`.execute(db);
  return rows.filter(({ taken }) => taken).map(({ key }) => key);
}

async function releasePeople(db: Db, personKeys: readonly string[]): Promise<void> {
  await sql`select pg_advisory_unlock(hashtextextended(${lockName} || key, 0))
    from unnest(${personKeys}::text[]) as key`.execute(db);
}

const lockName = 'sundog person ';
