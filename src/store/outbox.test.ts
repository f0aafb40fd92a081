// Letters leave when their transaction is kept, and somebody sees those that cannot.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Problem } from '#domain/problem.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { inTransaction } from './db.ts';
import {
  type Deliverer,
  listDeadLetters,
  outboxTask,
  post,
  reviveLetter,
  Undeliverable,
} from './outbox.ts';

describe('A letter of the outbox', () => {
  let database: TestDatabase;
  before(async () => {
    database = await aDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  /** Does what a worker would do with the letter's job, now. */
  async function work(key: string, deliver: Deliverer): Promise<void> {
    const { id } = await database.db
      .selectFrom('outbox')
      .select('id')
      .where('key', '=', key)
      .executeTakeFirstOrThrow();
    const { signal } = new AbortController();
    const running = { signal, attempt: 1, attemptsMax: 50, log: silentLog };
    await outboxTask(database.db, { test: deliver }).run({ id }, running);
  }

  function letterOf(key: string) {
    return database.db
      .selectFrom('outbox')
      .select(['state', 'attempts', 'problem', 'due_at'])
      .where('key', '=', key)
      .executeTakeFirst();
  }

  async function dueNow(): Promise<void> {
    await database.db
      .updateTable('outbox')
      .set({ due_at: new Date(0) })
      .execute();
  }

  it('is not there when its transaction is rolled back', async () => {
    const failing = inTransaction(database.db, async (tx) => {
      await post(tx, { kind: 'test', key: 'rolled back', payload: {} });
      throw new Error('changed our mind');
    });

    await assert.rejects(failing);
    assert.equal(await letterOf('rolled back'), undefined);
  });

  it('takes no secret along', async () => {
    const payload = { password: new Secret('hidden') };

    await assert.rejects(post(database.db, { kind: 'test', key: 'secret', payload }), TypeError);
  });

  it('posted twice is delivered once', async () => {
    await post(database.db, { kind: 'test', key: 'twice', payload: 1 });
    await post(database.db, { kind: 'test', key: 'twice', payload: 2 });
    const got: unknown[] = [];

    await work('twice', async (payload) => void got.push(payload));
    await work('twice', async (payload) => void got.push(payload));

    assert.deepEqual(got, [1]);
    assert.equal((await letterOf('twice'))?.state, 'delivered');
  });

  it('is tried again later when it fails, with a sentence that says what happened', async () => {
    await post(database.db, { kind: 'test', key: 'fails once', payload: {} });

    await work('fails once', async () => {
      throw new Problem('record.unknown', { kind: 'ticket', id: 9 });
    });

    const letter = await letterOf('fails once');
    assert.equal(letter?.state, 'waiting');
    assert.equal(
      letter.problem,
      'There is no ticket with the id 9, or none that you may see; list them to find the right id.',
    );
    assert.ok(letter.due_at > new Date());
  });

  it('tells the deliverer of a second attempt when the hub died after the first', async () => {
    await post(database.db, { kind: 'test', key: 'crash', payload: {} });
    const arrived: string[] = [];
    const attempts: number[] = [];
    // The deliverer looks before it sends again, as a ticket's connector does.
    const deliver: Deliverer = async (_payload, { attempt, key }) => {
      attempts.push(attempt);
      if (attempt > 1 && arrived.includes(key)) return;
      arrived.push(key);
    };
    const crash: Deliverer = async (payload, about) => {
      await deliver(payload, about);
      // What a kill would leave: the count of attempts is written, the mark is not.
      await new Promise(() => {});
    };

    void work('crash', crash);
    while (arrived.length === 0) await new Promise((wake) => setTimeout(wake, 5));
    await work('crash', deliver);

    assert.deepEqual(attempts, [1, 2]);
    assert.deepEqual(arrived, ['crash']);
    assert.equal((await letterOf('crash'))?.state, 'delivered');
  });

  it('is dead, and seen to be, when it failed too often', async () => {
    await post(database.db, { kind: 'test', key: 'dead', payload: {} });
    let count = 0;

    while ((await letterOf('dead'))?.state === 'waiting' && count < 100) {
      count += 1;
      await dueNow();
      await work('dead', async () => {
        throw new Error('with something hidden');
      });
    }

    const [dead] = await listDeadLetters(database.db, 10);
    assert.equal(count, 12);
    assert.equal(dead?.key, 'dead');
    assert.equal(dead.problem, 'It could not be delivered; the log says why.');
  });

  it('is dead at once when no further attempt can help, and can be revived', async () => {
    await post(database.db, { kind: 'test', key: 'revived', payload: {} });
    await work('revived', async () => {
      throw new Undeliverable('The ticket 12 was deleted.');
    });
    const [dead] = await listDeadLetters(database.db, 1);
    assert.equal(dead?.problem, 'The ticket 12 was deleted.');

    await reviveLetter(database.db, dead.id);
    await work('revived', async () => {});

    assert.equal((await letterOf('revived'))?.state, 'delivered');
    await assert.rejects(reviveLetter(database.db, dead.id), { code: 'record.unknown' });
  });

  it('of a line waits for the one before it, and not for a dead one', async () => {
    for (const key of ['line 1', 'line 2', 'line 3']) {
      await post(database.db, { kind: 'test', key, payload: key, line: 'ticket 5' });
    }
    const got: unknown[] = [];
    const failFirst: Deliverer = async (payload) => {
      if (payload === 'line 1') throw new Error('not yet');
      got.push(payload);
    };

    await work('line 2', failFirst);
    assert.equal(got.length, 0, 'the second overtook the first');
    await dueNow();
    await work('line 2', async (payload) => {
      if (payload === 'line 1') throw new Undeliverable('Never.');
      got.push(payload);
    });
    await work('line 3', async (payload) => void got.push(payload));

    assert.deepEqual(got, ['line 2', 'line 3']);
  });
});
