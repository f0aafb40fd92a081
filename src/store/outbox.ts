// The outbox: what must be told to the outside because something was committed here.
// A letter is posted in the transaction it belongs to and delivered at least once.
//
//   waiting --delivered--> delivered
//      |  \--failed, attempts left--> waiting (due later)
//      \--failed for good--> dead --reviveLetter--> waiting
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { publicSentence } from '#lib/errors.ts';
import { newId } from '#lib/ids.ts';
import { type Db, inTransaction, json, type Tx } from './db.ts';
import { refuseSecrets } from './plain.ts';
import { enqueue, type Running, type Task, task } from './queue.ts';

export type Letter = {
  /** Which deliverer takes it. */
  readonly kind: string;
  /** Unique for ever: posting twice is once. */
  readonly key: string;
  /** Plain JSON without secrets. */
  readonly payload: unknown;
  readonly runAt?: Date;
  /** Letters of one line are delivered one after the other, in the order they were posted. */
  readonly line?: string;
};

/** Throws to be tried again. `attempt` counts from 1: above 1, look whether it arrived already. */
export type Deliverer = (
  payload: unknown,
  about: { readonly attempt: number; readonly key: string; readonly signal: AbortSignal },
) => Promise<void>;

/** Thrown by a deliverer when no further attempt can help: the letter is dead at once. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
  readonly code = 'letter.undeliverable';
}

export const outboxTaskName = 'outbox.deliver';

/** 5 s, 15 s, 45 s ... an hour at most between two attempts: some seven hours in all. */
const attemptsMax = 12;
const firstDelayMs = 5_000;
const delayMaxMs = 3_600_000;
/** Crashes count in the queue, failures in the letter; the queue must not give up first. */
const crashesMax = 50;
/** Of one line in one go; the next job goes on. */
const lettersMax = 1_000;

export async function post(db: Db | Tx, letter: Letter): Promise<void> {
  refuseSecrets(letter.payload);
  const row = await db
    .insertInto('outbox')
    .values({
      id: newId(),
      kind: letter.kind,
      key: letter.key,
      line: letter.line ?? null,
      payload: json(letter.payload),
      ...(letter.runAt === undefined ? {} : { due_at: letter.runAt }),
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row !== undefined) await deliverLater(db, row.id, letter.line ?? null, letter.runAt);
}

/** The job that delivers. */
export function outboxTask(db: Db, deliverers: Readonly<Record<string, Deliverer>>): Task {
  return task({
    name: outboxTaskName,
    payload: z.object({ id: z.uuid() }),
    run: async ({ id }, { signal, log }) => {
      for (let count = 0; count < lettersMax && !signal.aborted; count += 1) {
        const letter = await takeNext(db, id);
        if (letter === undefined) return;
        if (letter.due_at > new Date()) return deliverLater(db, id, letter.line, letter.due_at);
        await deliver(db, letter, deliverers, { signal, log });
        if (letter.id === id) return;
      }
      await deliverLater(db, id, await lineOf(db, id));
    },
  });
}

export type DeadLetter = {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly attempts: number;
  readonly problem: string | null;
  readonly postedAt: Date;
};

/** The newest first. */
export async function listDeadLetters(db: Db, limit: number): Promise<readonly DeadLetter[]> {
  const rows = await db
    .selectFrom('outbox')
    .select(['id', 'kind', 'key', 'attempts', 'problem', 'posted_at'])
    .where('state', '=', 'dead')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ posted_at: postedAt, ...row }) => ({ ...row, postedAt }));
}

/** Gives a dead letter all its attempts again. */
export async function reviveLetter(db: Db, id: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    const row = await tx
      .updateTable('outbox')
      .set({ state: 'waiting', attempts: 0, settled_at: null, due_at: new Date() })
      .where('id', '=', id)
      .where('state', '=', 'dead')
      .returning('line')
      .executeTakeFirst();
    if (row === undefined) refuse('record.unknown', { kind: 'dead letter', id });
    await deliverLater(tx, id, row.line);
  });
}

type Taken = {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly line: string | null;
  readonly payload: unknown;
  readonly attempts: number;
  readonly due_at: Date;
};

/** The letter itself, or the first of its line that still waits: the line's order holds. */
async function takeNext(db: Db, id: string): Promise<Taken | undefined> {
  const own = await db
    .selectFrom('outbox')
    .select(['line', 'state'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (own?.state !== 'waiting') return undefined;
  return db
    .selectFrom('outbox')
    .select(['id', 'kind', 'key', 'line', 'payload', 'attempts', 'due_at'])
    .where('state', '=', 'waiting')
    .where('id', '<=', id)
    .where((row) => (own.line === null ? row('id', '=', id) : row('line', '=', own.line)))
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

async function deliver(
  db: Db,
  letter: Taken,
  deliverers: Readonly<Record<string, Deliverer>>,
  { signal, log }: Pick<Running, 'signal' | 'log'>,
): Promise<void> {
  const attempt = letter.attempts + 1;
  // Counted before the attempt: after a crash between delivery and mark, the next one knows.
  await db.updateTable('outbox').set({ attempts: attempt }).where('id', '=', letter.id).execute();
  try {
    const deliverer = deliverers[letter.kind];
    if (deliverer === undefined) throw new Error(`Nobody delivers ${letter.kind}.`);
    await deliverer(letter.payload, { attempt, key: letter.key, signal });
  } catch (error) {
    log.warn('A letter was not delivered', { kind: letter.kind, key: letter.key, attempt, error });
    await recordFailure(db, letter, attempt, error);
    return;
  }
  await db
    .updateTable('outbox')
    .set({ state: 'delivered', problem: null, settled_at: new Date() })
    .where('id', '=', letter.id)
    .execute();
}

async function recordFailure(
  db: Db,
  letter: Taken,
  attempt: number,
  error: unknown,
): Promise<void> {
  const problem = publicSentence(error) ?? 'It could not be delivered; the log says why.';
  if (error instanceof Undeliverable || attempt >= attemptsMax) {
    await db
      .updateTable('outbox')
      .set({ state: 'dead', problem, settled_at: new Date() })
      .where('id', '=', letter.id)
      .execute();
    return;
  }
  const due = new Date(Date.now() + delayMs(attempt));
  await inTransaction(db, async (tx) => {
    await tx
      .updateTable('outbox')
      .set({ problem, due_at: due })
      .where('id', '=', letter.id)
      .execute();
    await deliverLater(tx, letter.id, letter.line, due);
  });
}

function delayMs(attempt: number): number {
  const full = Math.min(firstDelayMs * 3 ** (attempt - 1), delayMaxMs);
  // Jitter, so that a thousand letters do not knock at the same moment.
  return full * (0.75 + Math.random() / 2);
}

async function lineOf(db: Db, id: string): Promise<string | null> {
  const row = await db.selectFrom('outbox').select('line').where('id', '=', id).executeTakeFirst();
  return row?.line ?? null;
}

function deliverLater(db: Db | Tx, id: string, line: string | null, runAt?: Date): Promise<void> {
  return enqueue(db, {
    task: outboxTaskName,
    payload: { id },
    key: `outbox:${id}`,
    maxAttempts: crashesMax,
    ...(runAt === undefined ? {} : { runAt }),
    // One at a time, whichever worker takes it.
    ...(line === null ? {} : { queue: `outbox:${line}` }),
  });
}
