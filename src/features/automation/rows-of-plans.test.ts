// Rows written by the thousand for one plan, run or sync: none without it, also where it is deleted meanwhile, and none after it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { newId } from '#lib/ids.ts';
import { rosa } from '#test/automation/stage.ts';
import { addAll, aSyncPlan, aSyncStage, newPeople } from '#test/automation/sync-stage.ts';

type Kind = { readonly table: string; readonly of: string; readonly insert: string };

/** What each is a row of, and two such rows of the one that is given. */
const kinds: readonly Kind[] = [
  {
    table: 'plan_changes',
    of: 'plans',
    insert: `insert into plan_changes (plan_id, position, change_id, person_key, kind, connection_id, document)
      select $1::uuid, 90 + at, 'change ' || at, 'person', 'update', gen_random_uuid(), '{}'
      from generate_series(1, 2) as at`,
  },
  {
    table: 'plan_people',
    of: 'plans',
    insert: `insert into plan_people (plan_id, position, person_key, person_name, situation, in_group, change_count, notes)
      select $1::uuid, 90 + at, 'person ' || at, 'Somebody', 'new', 'starter', 0, '[]'
      from generate_series(1, 2) as at`,
  },
  {
    table: 'outcomes',
    of: 'runs',
    insert: `insert into outcomes (run_id, change_id, position, person_key, kind, connection_id)
      select $1::uuid, 'change ' || at, 90 + at, 'person', 'update', gen_random_uuid()
      from generate_series(1, 2) as at`,
  },
  {
    table: 'sync_seen',
    of: 'sync_runs',
    insert: `insert into sync_seen (sync_run_id, target, entry_id, digest, dn, name, place_id, state)
      select $1::uuid, 'user', gen_random_uuid(), '\\x00', '', '', 1, 'linked' from generate_series(1, 2) as at`,
  },
  {
    table: 'sync_people',
    of: 'directory_syncs',
    insert: `insert into sync_people (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id)
      select $1::text::integer, 'user', gen_random_uuid(), '\\x00', '', '', 1, 'linked', 1 from generate_series(1, 2) as at`,
  },
];

for (const { table, of, insert } of kinds) {
  describe(`A row of ${table}`, () => {
    it(`is refused where nothing of ${of} is what it belongs to`, async () => {
      await using stage = await aSyncStage();
      const { pool } = stage.database;

      await assert.rejects(pool.query(insert, [of === 'directory_syncs' ? '99' : newId()]), {
        code: '23503',
        table,
      });

      assert.equal(await countOf(pool, table), 0);
    });

    it('goes when that is deleted, and others stay', async () => {
      await using stage = await aSyncStage();
      const { pool } = stage.database;
      const [one, other] = [await parentOf(pool, of), await parentOf(pool, of)];
      await pool.query(insert, [one]);
      await pool.query(insert, [other]);

      await pool.query(`delete from ${of} where id = $1`, [one]);

      assert.equal(await countOf(pool, table), 2);
    });

    it('that is being written as that is deleted goes too', async () => {
      await using stage = await aSyncStage();
      const { pool } = stage.database;
      const parent = await parentOf(pool, of);
      using writer = await aSession(pool);
      using deleter = await aSession(pool);
      await writer.client.query('begin');
      await writer.client.query(insert, [parent]);

      const deleted = deleter.client.query(`delete from ${of} where id = $1`, [parent]);
      await untilItWaits(pool, deleter.pid);
      await writer.client.query('commit');

      assert.equal((await deleted).rowCount, 1);
      assert.equal(await countOf(pool, table), 0);
    });

    it('that comes as that is being deleted is refused', async () => {
      await using stage = await aSyncStage();
      const { pool } = stage.database;
      const parent = await parentOf(pool, of);
      using writer = await aSession(pool);
      using deleter = await aSession(pool);
      await deleter.client.query('begin');
      await deleter.client.query(`delete from ${of} where id = $1`, [parent]);

      const written = assert.rejects(writer.client.query(insert, [parent]), { code: '23503' });
      await untilItWaits(pool, writer.pid);
      await deleter.client.query('commit');

      await written;
      assert.equal(await countOf(pool, table), 0);
    });
  });
}

describe('A sync that is deleted', () => {
  it('takes the plans that were written for it along, with every row of them', async () => {
    await using stage = await aSyncStage();
    const { db, pool } = stage.database;
    await aSyncPlan(stage, newPeople(3));
    await addAll(await stage.plans.begin(stage.head, rosa), newPeople(2));

    await db.deleteFrom('directory_syncs').where('id', '=', stage.syncId).execute();

    assert.deepEqual(
      await Promise.all(['plans', 'plan_changes', 'plan_people'].map((one) => countOf(pool, one))),
      [0, 0, 0],
    );
  });
});

/** A new plan, a run of one, a run of the sync that stands, or a sync. */
async function parentOf(pool: pg.Pool, of: string): Promise<string> {
  const id = newId();
  if (of === 'directory_syncs') {
    const { rows } = await pool.query<{ id: number }>(
      `with connection as (
          insert into connections (id, kind, name, lab, settings, version, health, created_at, updated_at)
            values ($1::text::uuid, 'ldap', 'AD ' || $1::text, false, '{}', 1, 'unknown', now(), now()) returning id
        ) insert into directory_syncs (connection_id, version, settings, created_at, updated_at)
          select id, 1, '{}', now(), now() from connection returning id`,
      [id],
    );
    return String(rows[0]?.id);
  }
  if (of === 'sync_runs') {
    await pool.query(
      `insert into sync_runs (id, sync_id, purpose, asked, state, created_at, started_by_kind, started_by_id, started_by)
        select $1, id, 'sync', 'whole', 'done', now(), 'system', '', '' from directory_syncs`,
      [id],
    );
    return id;
  }
  await pool.query(
    `insert into plans (id, sync_id, automation_version, definition_digest, title, state, needs_approval,
        sentence, hash, source, guards, verdict, account_count, change_count, created_at, created_by_kind,
        created_by_id, created_by, expires_at)
      select $1, id, 1, '', '', 'planning', false, '', '', '{}', '[]', 'pass', 0, 0, now(), 'system', '', '', now()
      from directory_syncs`,
    [id],
  );
  if (of === 'plans') return id;
  const runId = newId();
  await pool.query(
    `insert into runs (id, plan_id, started_at, started_by_kind, started_by_id, started_by)
      values ($1, $2, now(), 'system', '', '')`,
    [runId, id],
  );
  return runId;
}

async function countOf(pool: pg.Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from ${table}`,
  );
  return rows[0]?.count ?? -1;
}

async function aSession(pool: pg.Pool) {
  const client = await pool.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return { client, pid: rows[0]?.pid ?? 0, [Symbol.dispose]: () => client.release() };
}

const waitsMsMax = 10_000;

/** For a lock that another session has. */
async function untilItWaits(pool: pg.Pool, pid: number): Promise<void> {
  const until = Date.now() + waitsMsMax;
  for (;;) {
    const { rows } = await pool.query('select from unnest(pg_blocking_pids($1))', [pid]);
    if (rows.length > 0) return;
    assert.ok(Date.now() < until, 'it does not wait');
    await sleep(10);
  }
}
