// Whom a sync knows is found by an index that leads to them, also right after the first of its runs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { aDatabase } from '#test/servers/database.ts';
import { reportingOf } from './managers.ts';
import { findTaken, knownRows, seenWith } from './people-rows.ts';
import { moving } from './remember.ts';

const many = 20_000;
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const thousand = Array.from({ length: 1_000 }, (_, at) => idOf(at + 1));

const aRun = `
  insert into sync_runs (id, sync_id, purpose, asked, state, started_by_kind, started_by_id,
      started_by, created_at)
    values ('${idOf(1)}', 1, 'sync', 'whole', 'reading', 'agent', '1', 'Rosa Almeida', now())`;

const aSync = `
  insert into connections (id, kind, name, lab, settings, version, health, created_at, updated_at)
    values ('${idOf(1)}', 'ldap', 'AD', false, '{}', 1, 'unknown', now(), now());
  insert into directory_syncs (id, connection_id, version, settings, created_at, updated_at)
    values (1, '${idOf(1)}', 1, '{}', now(), now())`;

describe('Twenty thousand people of whom the database has no statistics', () => {
  it('are looked up one by one, and not all of them for each thousand', async () => {
    await using database = await aDatabase();
    const { db, pool } = database;
    await pool.query(`
      ${aSync};
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

  it('are looked up by their record too, of those a reading saw', async () => {
    await using database = await aDatabase();
    const { db, pool } = database;
    await pool.query(`
      ${aSync};
      ${aRun};
      insert into sync_seen (sync_run_id, target, entry_id, digest, dn, name, place_id, state, desk_id)
        select '${idOf(1)}', 'user', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
          '\\x00', 'CN=' || n, '', 1, case when n = 7 then 'gone' else 'linked' end, n
        from generate_series(1, ${many}) n`);
    const records = Array.from({ length: 1_000 }, (_, at) => many - 500 + at);

    const plan = await sql<{ 'QUERY PLAN': string }>`
      explain (analyze, costs off, timing off, buffers off)
      ${seenWith(idOf(1), 'user', records)}`.execute(db);

    const lines = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    assert.doesNotMatch(lines, /Rows Removed by Filter/);
    assert.match(lines, /Index Scan using sync_seen_desk/);
    const { rows } = await seenWith(idOf(1), 'user', [6, 7, many, many + 1]).execute(db);
    assert.deepEqual(
      rows.map(({ desk_id }) => desk_id),
      [6, many],
    );
  });

  it('become known a thousand at a time: nobody else of the reading is looked at for them', async () => {
    await using database = await aDatabase();
    const { db, pool } = database;
    await pool.query(`
      ${aSync};
      ${aRun};
      insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id)
        select 1, 'user', ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, '\\x00',
          'CN=' || n, '', 1, 'gone', n from generate_series(1, ${many}) n;
      insert into sync_seen (sync_run_id, target, entry_id, digest, dn, name, place_id, state, joins)
        select '${idOf(1)}', 'user', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
          '\\x00', 'CN=' || n, '', 1, 'linked', true from generate_series(1, ${many}) n`);
    const made = thousand.map((id, at) => ({
      ...{ target: 'user', entry_id: id, desk_id: at === 0 ? 7 : many + at, due: at === 1 },
    }));

    const plan = await sql<{ 'QUERY PLAN': string }>`
      explain (analyze, costs off, timing off, buffers off)
      ${moving(1, idOf(1), made)}`.execute(db);

    const lines = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    assert.doesNotMatch(lines, /(Seq|Bitmap Heap) Scan on sync_/);
    assert.match(lines, /Index Cond: .*sync_run_id = .* AND \(entry_id = w.entry_id\)/);
    const { rows } = await pool.query<{
      known: number;
      due: number;
      left: number;
      held: number[];
    }>(`
      select count(*) filter (where state = 'linked')::integer as known,
        count(*) filter (where due)::integer as due,
        array_agg(desk_id) filter (where desk_id < 9) as held,
        (select count(*)::integer from sync_seen) as left
      from sync_people`);
    const others = [1, 2, 3, 4, 5, 6, 8];
    assert.deepEqual(
      rows.map(({ held, ...counts }) => ({ ...counts, held: held.toSorted() })),
      [{ known: 1_000, due: 1, left: many - 1_000, held: [...others, 7].toSorted() }],
    );
  });

  it('are looked up one by one as managers, by their names in lower or upper case', async () => {
    await using database = await aDatabase();
    const { pool } = database;
    await pool.query(`
      ${aSync};
      ${aRun};
      insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id)
        select 1, 'user', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '\\x00',
          'CN=' || n, '', 1, 'linked', n from generate_series(1, ${many}) n;
      insert into sync_seen (sync_run_id, target, entry_id, digest, dn, name, place_id, state, manager_dn)
        select '${idOf(1)}', 'user', ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid,
          '\\x00', 'CN=new ' || n, '', 1, 'linked', 'cn=' || n from generate_series(1, 100) n`);
    const client = await pool.connect();
    await using _ = { [Symbol.asyncDispose]: async () => client.release(true) };
    await client.query('begin; set local enable_hashjoin = off; set local enable_mergejoin = off');
    await client.query('set local enable_seqscan = off');
    const asked = [idOf(1), 'user', 1];

    const { rows: plan } = await client.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, costs off, timing off, buffers off) ${reportingOf('changes')}`,
      asked,
    );

    const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
    assert.match(lines, / sync_people_dn .*rows=1.00 loops=100\)/);
    assert.doesNotMatch(lines, /Seq Scan on sync_people/);
    await client.query(reportingOf('changes'), asked);
    const { rows } = await client.query<{ manager_desk: number }>('fetch 200 from reporting');
    const found = rows.map((row) => row.manager_desk).toSorted((a, b) => a - b);
    assert.deepEqual(
      found,
      Array.from({ length: 100 }, (_, at) => at + 1),
    );
  });
});
