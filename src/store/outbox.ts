// The outbox: what must be told to the outside because something was committed here.
// A letter is posted in the transaction it belongs to and delivered at least once.
import { z } from 'zod';
import { Problem } from '#domain/problem.ts';
import { newId } from '#lib/ids.ts';
import { type Db, json, type Tx } from './db.ts';
import { refuseSecrets } from './plain.ts';
import { enqueue, type Task, task } from './queue.ts';

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

export const outboxTaskName = 'outbox.deliver';
const attemptsMax = 12;

export async function post(db: Db | Tx, letter: Letter): Promise<void> {
  refuseSecrets(letter.payload);
  const due = letter.runAt === undefined ? {} : { due_at: letter.runAt };
  const row = await db
    .insertInto('outbox')
    .values({
      id: newId(),
      kind: letter.kind,
      key: letter.key,
      line: letter.line ?? null,
      payload: json(letter.payload),
      ...due,
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return;
  await enqueue(db, {
    task: outboxTaskName,
    payload: { id: row.id },
    key: `outbox:${row.id}`,
    maxAttempts: attemptsMax,
    ...(letter.runAt === undefined ? {} : { runAt: letter.runAt }),
    ...(letter.line === undefined ? {} : { queue: `outbox:${letter.line}` }),
  });
}

export function outboxTask(db: Db, deliverers: Readonly<Record<string, Deliverer>>): Task {
  return task({
    name: outboxTaskName,
    payload: z.object({ id: z.uuid() }),
    run: async ({ id }, { signal }) => {
      const letter = await db
        .updateTable('outbox')
        .set((row) => ({ attempts: row('attempts', '+', 1) }))
        .where('id', '=', id)
        .where('state', '=', 'waiting')
        .returning(['kind', 'key', 'payload', 'attempts'])
        .executeTakeFirst();
      if (letter === undefined) return;
      const about = { attempt: letter.attempts, key: letter.key, signal };
      try {
        const deliver = deliverers[letter.kind];
        if (deliver === undefined)
          throw new Error(`Nobody delivers letters of kind ${letter.kind}.`);
        await deliver(letter.payload, about);
      } catch (error) {
        const dead = letter.attempts >= attemptsMax;
        await settle(db, id, dead ? 'dead' : 'waiting', sentence(error));
        if (!dead) throw error;
        return;
      }
      await settle(db, id, 'delivered', null);
    },
  });
}

async function settle(
  db: Db,
  id: string,
  state: 'waiting' | 'delivered' | 'dead',
  problem: string | null,
): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ state, problem, settled_at: state === 'waiting' ? null : new Date() })
    .where('id', '=', id)
    .execute();
}

function sentence(error: unknown): string {
  return error instanceof Problem ? error.message : 'It could not be delivered; the log says why.';
}
