// A database is brought up to date once, completely or not at all, and never by an older program.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { type Migration, migrate, needsMigration, readMigrations } from './migrate.ts';

describe('A migration', () => {
  let database: TestDatabase;
  before(async () => {
    database = await aDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  function aMigration(name: string, sql: string): Migration {
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  }

  function apply(more: readonly Migration[]) {
    const migrations = [...readMigrations(), ...more];
    return migrate(database.ownerConnectionString, { hub: database.connectionString, migrations });
  }

  async function exists(table: string): Promise<boolean> {
    const { rows } = await database.pool.query('select to_regclass($1) is not null as found', [
      table,
    ]);
    return rows[0].found;
  }

  it('is applied once, though two processes start at the same moment', async () => {
    const more = [
      aMigration('9001-optics.sql', 'create table optics (id int); select pg_sleep(0.2)'),
    ];

    const results = await Promise.all([apply(more), apply(more)]);

    assert.deepEqual(
      results.flatMap(({ applied }) => applied),
      ['9001-optics.sql'],
    );
  });

  it('that fails leaves nothing of itself, keeps those before it, and says its name', async () => {
    const first = aMigration('9002-lenses.sql', 'create table lenses (id int)');
    const second = aMigration('9003-half.sql', 'create table half (id int); select 1 / 0');
    const optics = aMigration(
      '9001-optics.sql',
      'create table optics (id int); select pg_sleep(0.2)',
    );

    await assert.rejects(apply([optics, first, second]), {
      code: 'store.migration-failed',
      message: 'The migration 9003-half.sql failed and was rolled back: division by zero.',
    });

    assert.equal(await exists('lenses'), true);
    assert.equal(await exists('half'), false);
  });

  it('that this program does not know stops it: the database is a newer one', async () => {
    await assert.rejects(apply([]), { code: 'store.schema-newer', message: /9001-optics\.sql/ });
    await assert.rejects(needsMigration(database.pool), { code: 'store.schema-newer' });
  });

  it('that was altered after it was applied stops it', async () => {
    const optics = aMigration('9001-optics.sql', 'create table optics (id bigint)');
    const lenses = aMigration('9002-lenses.sql', 'create table lenses (id int)');

    await assert.rejects(apply([optics, lenses]), { code: 'store.migration-changed' });
  });
});

describe("The hub's own role", () => {
  let database: TestDatabase;
  before(async () => {
    database = await aDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  const forbidden: readonly (readonly [string, string])[] = [
    ['make a table', 'create table stray (id int)'],
    ['drop a table', 'drop table outbox'],
    ['switch a trigger off', 'alter table audit_entries disable trigger all'],
    ['rewrite which migrations were applied', 'delete from schema_migrations'],
    ['change an audit entry', "update audit_entries set action = 'a.b'"],
    ['delete an audit entry', 'delete from audit_entries'],
    ['empty the audit trail', 'truncate audit_entries cascade'],
    ['destroy an audit text', 'delete from audit_texts'],
  ];
  for (const [deed, statement] of forbidden) {
    it(`may not ${deed}`, async () => {
      await assert.rejects(database.pool.query(statement), { code: '42501' });
    });
  }
});
