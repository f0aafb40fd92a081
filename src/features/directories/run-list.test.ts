// The last report of a sync is found by an index that leads to it, however many runs came after it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { type RunPage, runRows } from './run-list.ts';

const many = 10_000;
let database: TestDatabase;

/** AD made one report, and then syncs alone; LDAP, in turn with it, makes nothing but reports. */
before(async () => {
  database = await aDatabase();
  const connectionOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
  await database.pool.query(`
    insert into connections (id, kind, name, lab, settings, version, health, created_at, updated_at)
      values ('${connectionOf(1)}', 'ldap', 'AD', false, '{}', 1, 'unknown', now(), now()),
        ('${connectionOf(2)}', 'ldap', 'LDAP', false, '{}', 1, 'unknown', now(), now());
    insert into directory_syncs (id, connection_id, version, settings, created_at, updated_at)
      values (1, '${connectionOf(1)}', 1, '{}', now(), now()),
        (2, '${connectionOf(2)}', 1, '{}', now(), now());
    insert into sync_runs (id, sync_id, purpose, asked, state, started_by_kind, started_by_id, started_by,
        created_at)
      select ('00000000-0000-7000-8000-' || lpad((2 * n + sync_id)::text, 12, '0'))::uuid, sync_id,
        case when n = 0 or sync_id = 2 then 'drift' else 'sync' end,
        'changes', 'done', 'system', '', 'the schedule', now()
      from generate_series(0, ${many}) n, generate_series(1, 2) sync_id order by 1;`);
});

after(async () => {
  await database[Symbol.asyncDispose]();
});

/** How the database went about it. */
async function planOf(page: RunPage): Promise<string> {
  const plan = await sql<{ 'QUERY PLAN': string }>`
    explain (analyze, costs off, timing off, buffers off)
    ${runRows(database.db, 1, page)}`.execute(database.db);
  return plan.rows.map((row) => row['QUERY PLAN']).join('\n');
}

/** The report alone is read: nothing on the way to it is left out. */
async function assertLedToIt(): Promise<void> {
  for (const page of [
    { purpose: 'drift', state: 'done', limit: 1 },
    { purpose: 'drift', limit: 20 },
  ] as const) {
    const plan = await planOf(page);
    assert.match(plan, /Index Scan Backward using sync_runs_by_purpose on sync_runs/);
    assert.doesNotMatch(plan, /Rows Removed by Filter/);
  }
}

async function countRows(): Promise<void> {
  const owner = new pg.Client({ connectionString: database.ownerConnectionString.reveal() });
  await owner.connect();
  await owner.query('analyze sync_runs').finally(() => owner.end());
}

describe('The last report of a sync that ran 10,000 times since', () => {
  it('is found at once, by a database that has no statistics yet', async () => {
    await assertLedToIt();
  });

  it('is found at once, by a database that knows how many reports another sync makes', async () => {
    await countRows();

    await assertLedToIt();
  });
});
