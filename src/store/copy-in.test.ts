// Rows by COPY within a transaction: every value arrives as it was, and a refused row takes only its statement along.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { type CopiedValue, copyIn, streamIn } from './copy-in.ts';

const odd = ['a\tb', 'line\nnext\r\n', 'back\\slash \\N', 'Łucja — “O’Sullivan” 🙂', '', '\\.'];
const columns = ['id', 'name', 'site_id', 'title', 'inactive', 'extra', 'created_at', 'updated_at'];
const now = new Date('2026-03-04T05:06:07.890Z');

function rowOf(id: number, name: string, title: string | null) {
  return [id, name, 1, title, id % 2 === 0, { says: title, nested: [1, null] }, now, now];
}

describe('Rows that are copied in', () => {
  it('arrive as they were, whatever stands in them', async () => {
    await using database = await aDatabase();
    const rows = odd.map((text, at) => rowOf(at + 10, `Person ${text}`, text));

    await database.db
      .transaction()
      .execute((tx) => copyIn(tx, 'desk_users', columns, [...rows, rowOf(99, 'Null', null)]));

    const found = await database.db
      .selectFrom('desk_users')
      .select(['name', 'title', 'inactive', 'extra', 'created_at'])
      .where('id', '>=', 10)
      .orderBy('id')
      .execute();
    assert.deepEqual(
      found,
      [...odd, null].map((title, at) => ({
        name: title === null ? 'Null' : `Person ${title}`,
        title,
        inactive: title !== null && at % 2 === 0,
        extra: { says: title, nested: [1, null] },
        created_at: now,
      })),
    );
  });

  it('that are refused leave the transaction to go on behind a savepoint', async () => {
    await using database = await aDatabase();

    await database.db.transaction().execute(async (tx) => {
      await copyIn(tx, 'desk_users', columns, [rowOf(10, 'Before', null)]);
      await sql`savepoint here`.execute(tx);
      const twice = [rowOf(11, 'One', null), rowOf(10, 'Other', null)];
      await assert.rejects(copyIn(tx, 'desk_users', columns, twice), { code: '23505' });
      await sql`rollback to savepoint here`.execute(tx);
      await copyIn(tx, 'desk_users', columns, [rowOf(12, 'After', null)]);
    });

    const { rows } = await database.pool.query(
      'select id from desk_users where id > 9 order by id',
    );
    assert.deepEqual(rows, [{ id: 10 }, { id: 12 }]);
  });

  it('are gone when the transaction is', async () => {
    await using database = await aDatabase();

    const work = database.db.transaction().execute(async (tx) => {
      await copyIn(tx, 'desk_users', columns, [rowOf(10, 'Gone', null)]);
      throw new Error('no');
    });

    await assert.rejects(work, /no/);
    const { rows } = await database.pool.query('select id from desk_users where id > 9');
    assert.deepEqual(rows, []);
  });
});

type Rows = Iterable<readonly CopiedValue[]>;

const ways = {
  'by themselves': ({ pool }: TestDatabase, rows: Rows) =>
    streamIn(pool, 'desk_users', columns, rows),
  'in a transaction': ({ db }: TestDatabase, rows: Rows) =>
    db.transaction().execute((tx) => copyIn(tx, 'desk_users', columns, rows)),
};

for (const [how, copy] of Object.entries(ways)) {
  describe(`Many rows copied ${how}`, () => {
    it('arrive whole, however long each is', async () => {
      await using database = await aDatabase();
      const lengths = [
        1,
        65_000,
        65_531,
        300_000,
        2,
        ...Array.from({ length: 500 }, (_, at) => at),
      ];
      const titles = lengths.map((length) => 'Łń🙂z'.repeat(length / 5).padEnd(length, 'é'));

      await copy(
        database,
        titles.map((title, at) => rowOf(at + 10, 'Long', title)),
      );

      const { rows } = await database.pool.query(
        'select title from desk_users where id > 9 order by id',
      );
      assert.deepEqual(
        rows.map(({ title }) => title),
        titles,
      );
    });

    it('are taken as the database takes them', async () => {
      await using database = await aDatabase();
      const other = await database.pool.connect();
      await other.query('begin');
      await other.query(
        `insert into desk_users (id, name, site_id, inactive, created_at, updated_at)
          values (10, 'First', 1, false, now(), now())`,
      );
      const title = 'x'.repeat(10_000);
      let taken = 0;
      const rows = function* () {
        for (let id = 10; id < 5_010; id += 1) {
          taken += 1;
          yield rowOf(id, 'Many', title);
        }
      };

      const copied = copy(database, rows());
      // The first waits for what becomes of the other's: the database reads no further.
      await sleep(500);
      const whileItWaits = taken;
      await other.query('rollback');
      other.release();
      await copied;

      assert.ok(whileItWaits > 0 && whileItWaits < 500, `${whileItWaits} of 5000 rows were taken`);
      assert.equal(taken, 5_000);
      assert.equal(await countOf(database), 5_000);
    });

    it("are all forgotten where one cannot be made, and the failure is that one's", async () => {
      await using database = await aDatabase();
      const rows = function* () {
        for (let id = 10; id < 1_000; id += 1) yield rowOf(id, 'Many', 'x'.repeat(1_000));
        throw new RangeError('no more');
      };

      await assert.rejects(copy(database, rows()), { name: 'RangeError', message: 'no more' });

      assert.equal(await countOf(database), 0);
      await copy(database, [rowOf(10, 'After', null)]);
      assert.equal(await countOf(database), 1);
    });

    it('are taken no further where one is refused, and the connection goes on', async () => {
      await using database = await aDatabase();
      let ended = false;
      let taken = 0;
      const rows = function* () {
        try {
          for (let id = 10; id < 20_000; id += 1) {
            taken += 1;
            yield rowOf(id === 11 ? 10 : id, 'Many', 'x'.repeat(5_000));
          }
        } finally {
          ended = true;
        }
      };

      await assert.rejects(copy(database, rows()), { code: '23505' });

      assert.ok(ended && taken < 10_000, `${taken} of 20000 rows were taken`);
      for (let id = 10; id < 15; id += 1) await copy(database, [rowOf(id, 'After', null)]);
      assert.equal(await countOf(database), 5);
    });

    it('may be none', async () => {
      await using database = await aDatabase();

      await copy(database, []);

      assert.equal(await countOf(database), 0);
    });
  });
}

async function countOf({ pool }: TestDatabase): Promise<number> {
  const { rows } = await pool.query('select count(*)::int as count from desk_users where id > 9');
  return rows[0].count;
}
