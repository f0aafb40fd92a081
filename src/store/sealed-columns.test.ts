// The list of sealed columns: complete, and true to the database.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { sealedColumns } from './sealed-columns.ts';

type Found = { readonly table: string; readonly column: string; readonly keys: readonly string[] };

describe('The list of sealed columns', () => {
  let found: readonly Found[];
  let database: TestDatabase;
  before(async () => {
    database = await aDatabase();
    const { rows } = await database.pool.query<Found>(binaryColumns);
    found = rows;
  });
  after(() => database[Symbol.asyncDispose]());

  it('names every column of the database that is called sealed', () => {
    const sealed = found.filter(({ column }) => /^sealed(_|$)/.test(column));

    const missing = sealed
      .map(({ table, column }) => `${table}.${column}`)
      .filter((name) => !sealedColumns.some((one) => `${one.table}.${one.column}` === name));

    assert.deepEqual(missing, [], 'add them to src/store/sealed-columns.ts');
    assert.ok(sealed.length > 0);
  });

  it('names only columns there are, each with the primary key of its table', () => {
    const inDatabase = new Map(found.map((one) => [`${one.table}.${one.column}`, one.keys]));

    for (const { table, column, keys } of sealedColumns) {
      assert.deepEqual(inDatabase.get(`${table}.${column}`), keys, `${table}.${column}`);
    }
  });

  it('names none twice', () => {
    const names = sealedColumns.map(({ table, column }) => `${table}.${column}`);

    assert.equal(new Set(names).size, names.length);
  });
});

const binaryColumns = `
  select c.relname as "table", a.attname as "column",
    (select json_agg(k.attname order by array_position(i.indkey::smallint[], k.attnum))
      from pg_index i join pg_attribute k on k.attrelid = c.oid and k.attnum = any(i.indkey)
      where i.indrelid = c.oid and i.indisprimary) as keys
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and a.atttypid = 'bytea'::regtype`;
