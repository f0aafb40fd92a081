// The bell that all processes hear, and attempts that all processes count together.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { silentLog } from '#lib/log.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { giveBackAttempt, secondsClosed, takeAttempt } from './attempts.ts';
import { hearBell, ring } from './bell.ts';
import { inTransaction } from './db.ts';

let database: TestDatabase;

before(async () => {
  database = await aDatabase();
});

after(async () => {
  await database[Symbol.asyncDispose]();
});

describe('The bell', () => {
  it('is heard when the transaction commits, and never when it does not', async () => {
    await using bell = await aBell('committed');
    const before = bell.rings.count;

    const failed = inTransaction(database.db, async (tx) => {
      await ring(tx, 'committed');
      throw new Error('rolled back');
    });
    await assert.rejects(failed);
    await inTransaction(database.db, (tx) => ring(tx, 'committed'));

    await eventually(() => bell.rings.count === before + 1);
  });

  it('is known not to be heard while its connection is down, and heard again after', async () => {
    await using bell = await aBell('broken');
    const before = bell.rings.count;

    await endConnection('sundog broken');
    await eventually(() => !bell.rings.heard);
    await eventually(() => bell.rings.heard);
    const between = bell.rings.count;
    await ring(database.db, 'broken');

    // Rings may have been missed: losing the connection and making it again count as one each.
    assert.equal(between, before + 2);
    await eventually(() => bell.rings.count === between + 1);
  });
});

async function aBell(name: string) {
  const rings = { count: 0, heard: false };
  const bell = await hearBell({
    connectionString: database.connectionString,
    name,
    log: silentLog,
    onRing: () => {
      rings.count += 1;
    },
    onHearing: (hearing) => {
      rings.heard = hearing;
    },
  });
  return { rings, [Symbol.asyncDispose]: () => bell[Symbol.asyncDispose]() };
}

async function endConnection(name: string): Promise<void> {
  const owner = new pg.Client({ connectionString: database.ownerConnectionString.reveal() });
  await owner.connect();
  await owner.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = $1 and datname = current_database()`,
    [name],
  );
  await owner.end();
}

describe('Attempts', () => {
  const tier = { name: 'test', triesMax: 5, windowMs: 60_000 };
  const noon = new Date('2026-11-21T12:00:00Z');

  it('are as many as allowed, also when a thousand come at once', async () => {
    const attempt = { tier, who: 'a thousand' };

    const taken = await Promise.all(
      Array.from({ length: 1_000 }, () => takeAttempt(database.db, attempt, noon)),
    );

    assert.equal(taken.filter((allowed) => allowed).length, 5);
  });

  it('are allowed again when the window has passed, and not a moment before', async () => {
    const attempt = { tier, who: 'later' };
    for (let turn = 0; turn < 5; turn += 1) await takeAttempt(database.db, attempt, noon);
    const before = new Date(noon.getTime() + tier.windowMs - 1_000);
    const later = new Date(noon.getTime() + tier.windowMs);

    assert.equal(await secondsClosed(database.db, attempt, before), 1);
    assert.equal(await takeAttempt(database.db, attempt, before), false);
    assert.equal(await takeAttempt(database.db, attempt, later), true);
  });

  it('that succeeded are given back', async () => {
    const attempt = { tier, who: 'right' };

    for (let turn = 0; turn < 20; turn += 1) {
      assert.equal(await takeAttempt(database.db, attempt, noon), true);
      await giveBackAttempt(database.db, attempt);
    }
  });

  it('of one person are not those of another', async () => {
    for (let turn = 0; turn < 6; turn += 1) {
      await takeAttempt(database.db, { tier, who: 'guessed at' }, noon);
    }

    assert.equal(await takeAttempt(database.db, { tier, who: 'somebody else' }, noon), true);
  });
});

async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 250; turn += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('it did not happen');
}
