// Rows by COPY within a transaction: every value arrives as it was, and a refused row takes only its statement along.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { aDatabase } from '#test/servers/database.ts';
import { copyIn } from './copy-in.ts';

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
