// Whom a sync knows is found by an index that leads to them, also right after the first of its runs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { aDatabase } from '#test/servers/database.ts';
import { findTaken, knownRows } from './people-rows.ts';

const many = 20_000;
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const thousand = Array.from({ length: 1_000 }, (_, at) => idOf(at + 1));

describe('Twenty thousand people of whom the database has no statistics', () => {
  it('are looked up one by one, and not all of them for each thousand', async () => {
    await using database = await aDatabase();
    const { db, pool } = database;
    await pool.query(`
      insert into connections (id, kind, name, lab, settings, version, health, created_at, updated_at)
        values ('${idOf(1)}', 'ldap', 'AD', false, '{}', 1, 'unknown', now(), now());
      insert into directory_syncs (id, connection_id, version, settings, created_at, updated_at)
        values (1, '${idOf(1)}', 1, '{}', now(), now());
      insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id)
        select 1, 'user', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '\\x00',
          'CN=' || n, '', 1, 'linked', n from generate_series(1, ${many}) n`);

    const plan = await sql<{ 'QUERY PLAN': string }>`
      explain (analyze, costs off, timing off, buffers off)
      ${knownRows(1, 'user', thousand)}`.execute(db);

    const lines = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    assert.doesNotMatch(lines, /Rows Removed by Filter/);
    assert.match(lines, /Index Cond: .*entry_id = ANY/);
    const taken = await findTaken(db, { deskConnectionId: null }, 'user', [3, many + 1]);
    assert.deepEqual([...taken], [[3, { entryId: idOf(3), isGone: false }]]);
  });
});
