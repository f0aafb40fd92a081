// The directory as its connections see it: a tree to read, and one door through which every write goes.
import type { Clock } from '#lib/clock.ts';
import { planAdd } from './add.ts';
import type { Journal } from './journal.ts';
import type { AddRequest, DeleteRequest, ModifyRequest, RenameRequest } from './messages.ts';
import { planModify } from './modify.ts';
import { planDelete, planRename } from './move.ts';
import type { Session } from './rights.ts';
import { commit, type Transaction, type Tree } from './tree.ts';
import type { Asking } from './writing.ts';

export type WriteRequest = AddRequest | ModifyRequest | RenameRequest | DeleteRequest;

export type Service = {
  readonly tree: Tree;
  readonly clock: Clock;
  /** Plans the write on the present state, makes it durable, then lets it be seen. */
  write(session: Session, controls: ReadonlySet<string>, request: WriteRequest): Promise<void>;
  /** Writes what was planned elsewhere (the seed), through the same door. */
  record(plan: (tree: Tree, now: Date) => Promise<Transaction>): Promise<void>;
};

/** Writes happen one after the other, so that each is judged on the state it changes. */
export function openService(tree: Tree, journal: Journal, clock: Clock): Service {
  let last: Promise<unknown> = Promise.resolve();
  function next<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  }
  const record: Service['record'] = (plan) =>
    next(async () => {
      const transaction = await plan(tree, clock());
      await journal.append(transaction);
      commit(tree, transaction);
    });
  return {
    tree,
    clock,
    record,
    write: (session, controls, request) =>
      record((present, now) => plan({ tree: present, session, now, controls }, request)),
  };
}

async function plan(asking: Asking, request: WriteRequest): Promise<Transaction> {
  switch (request.kind) {
    case 'add':
      return await planAdd(asking, request);
    case 'modify':
      return await planModify(asking, request);
    case 'rename':
      return planRename(asking, request);
    case 'delete':
      return planDelete(asking, request);
  }
}
