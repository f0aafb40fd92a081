// Whoever reports to somebody who was renamed is found by an index that leads to them, however many were read.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { aDatabase } from '#test/servers/database.ts';
import { following } from './follow-names.ts';

const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('Six hundred renamed managers among three thousand who were read, without statistics', () => {
  it('are followed by their reports, each looked up by themselves, and but once', async () => {
    await using database = await aDatabase();
    const { db, pool } = database;
    const id = `('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid`;
    await pool.query(`
      insert into connections (id, kind, name, lab, settings, version, health, created_at, updated_at)
        values ('${idOf(1)}', 'ldap', 'AD', false, '{}', 1, 'unknown', now(), now());
      insert into directory_syncs (id, connection_id, version, settings, created_at, updated_at)
        values (1, '${idOf(1)}', 1, '{}', now(), now());
      insert into sync_runs (id, sync_id, purpose, asked, state, started_by_kind, started_by_id,
          started_by, created_at)
        values ('${idOf(1)}', 1, 'sync', 'whole', 'planned', 'agent', '1', 'Rosa Almeida', now());
      insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id,
          manager_dn)
        select 1, 'user', ${id}, '\\x00', 'CN=' || n, '', 1, 'linked', n, 'CN=' || n / 2
        from generate_series(1, 6000) n;
      insert into sync_seen (sync_run_id, target, entry_id, digest, dn, name, place_id, state)
        select '${idOf(1)}', 'user', ${id}, '\\x00',
          -- Each fifth has the name that another had.
          'CN=' || case when n % 5 = 0 then n + 5 else n end, '', 1, 'linked'
        from generate_series(1, 3000) n`);
    const explained = () =>
      sql<{ 'QUERY PLAN': string }>`
        explain (analyze, costs off, timing off, buffers off, summary off)
        ${following(1, idOf(1))}`.execute(db);

    const plan = await explained();
    await explained();

    const lines = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    assert.doesNotMatch(lines, /Rows Removed by Join Filter|Seq Scan/);
    const { rows } = await pool.query<{ entry: string; manager_dn: string }>(`
      select right(entry_id::text, 4) as entry, manager_dn from sync_people
      where manager_dn <> 'CN=' || right(entry_id::text, 4)::integer / 2 order by entry_id`);
    // Of those who were not read, who reports to one of the renamed.
    assert.equal(rows.length, 600);
    assert.ok(
      rows.every(({ entry, manager_dn }) => `CN=${Math.floor(+entry / 2) + 5}` === manager_dn),
    );
  });
});
