// The store as a whole: what is written together is kept together.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { theHub } from '#domain/actor.ts';
import { silentLog } from '#lib/log.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { audit } from './audit.ts';
import { inTransaction } from './db.ts';
import { outboxTask, post } from './outbox.ts';
import { enqueue, startWorkers, task } from './queue.ts';

describe('The store', () => {
  let database: TestDatabase;
  before(async () => {
    database = await aDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  it('runs a job and delivers a letter that were written in one transaction', async () => {
    const done = Promise.withResolvers<number>();
    const told = Promise.withResolvers<unknown>();
    const count = task({
      name: 'test.count',
      payload: z.object({ by: z.int() }),
      run: async ({ by }) => done.resolve(by),
    });
    const outbox = outboxTask(database.db, { note: async (payload) => told.resolve(payload) });
    await using _ = await startWorkers(database, [count, outbox], {
      concurrency: 2,
      log: silentLog,
    });

    await inTransaction(database.db, async (tx) => {
      await enqueue(tx, { task: 'test.count', payload: { by: 3 } });
      await post(tx, { kind: 'note', key: 'note-1', payload: { text: 'hello' } });
      await post(tx, { kind: 'note', key: 'note-1', payload: { text: 'again' } });
    });

    assert.equal(await done.promise, 3);
    assert.deepEqual(await told.promise, { text: 'hello' });
  });

  it('keeps neither the audit entry nor the job of a transaction that failed', async () => {
    const failing = inTransaction(database.db, async (tx) => {
      await audit(tx, [
        {
          actor: theHub,
          action: 'account.disabled',
          subject: { kind: 'account', id: '1', name: 'Ines Marlow' },
          outcome: 'done',
        },
      ]);
      throw new Error('changed our mind');
    });

    await assert.rejects(failing, /changed our mind/);
    assert.deepEqual(await database.db.selectFrom('audit_entries').selectAll().execute(), []);
  });
});
