// Two syncs into one desk that come to the same record in the same instant: one has it, and the other says why not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { writePeople } from '#features/desk/people/write.ts';
import { applySet } from '#features/directories/apply.ts';
import { type PaperScene, withPaper } from '#test/sync/paper-directory.ts';
import {
  approved,
  disputesOf,
  type SyncStage,
  synced,
  users,
  fields as usual,
} from '#test/sync/stage.ts';

const crowd = 1_200;
const waitLimitMs = 30_000;
const number = 'custom:Staff number';
const fields = [...usual, { id: 15, target: 'user', from: 'department', to: 'department' }];
const byNumber = {
  userMatching: [number],
  fields: [...fields, { id: 16, target: 'user', from: 'employeeNumber', to: number }],
};

type Side = Pick<PaperScene, 'paper' | 'stage'>;

describe('Two syncs that make the same user in the same instant', () => {
  for (const [key, settings] of [
    ['mail', { fields }],
    ['a custom field', byNumber],
  ] as const) {
    it(`by ${key}, make one: the other says so, and leaves it to a person`, async () => {
      await withPaper(
        async (scene) => {
          const sides = await twoSides(scene);
          for (const [at, { paper }] of sides.entries())
            paper.put(at * 50 + 1, 'Ines Marlow', ines(key));

          await applyTogether(scene, sides);

          const made = await users(scene.stage);
          assert.equal(made.length, 1, JSON.stringify(made));
          await oneHasIt(sides, made[0]?.id ?? 0);
        },
        { settings: { approval: 'always', ...settings } },
      );
    });

    it(`with a record that is there, by ${key}, pair one: nothing of the other is written`, async () => {
      await withPaper(
        async (scene) => {
          const deskId = await aUser(scene, key);
          const sides = await twoSides(scene);
          for (const [at, { paper }] of sides.entries()) {
            const title = at === 0 ? { title: ['Optician'] } : { department: ['Grinding'] };
            paper.put(at * 50 + 1, 'Ines Marlow', { ...ines(key), ...title });
          }

          await applyTogether(scene, sides);

          const winner = await oneHasIt(sides, deskId);
          const made = await users(scene.stage);
          assert.deepEqual(
            made.map(({ id, title }) => [id, title]),
            [[deskId, winner === 0 ? 'Optician' : null]],
          );
        },
        { settings: { approval: 'always', ...settings } },
      );
    });
  }
});

describe('Two syncs that pair one user without a change, and end in the same instant', () => {
  it('have the user once', async () => {
    await withPaper(async (scene) => {
      const deskId = await aUser(scene, 'mail');
      const sides = await twoSides(scene);
      for (const [at, { paper }] of sides.entries()) paper.put(at * 50 + 1, 'Ines Marlow');

      await whileHeld(scene, async (letGo) => {
        const runs = sides.map(({ stage }) => synced(stage));
        await condition(async () => (await waitingForLocks(scene)) >= sides.length);
        await letGo();
        await Promise.all(runs);
      });

      await leftToAPerson(sides, await linkedOnce(sides, deskId));
    });
  });
});

describe('Two syncs of the same crowd, by two workers', () => {
  it('make everybody once, whoever of the two is first', async () => {
    await withPaper(
      async (scene) => {
        const sides = await twoSides(scene);
        const all = Array.from({ length: crowd }, (_, at) => at + 1);
        for (const [side, { paper }] of sides.entries()) {
          for (const at of side === 0 ? all : all.toReversed()) {
            paper.put(at + side * crowd, `Ines${at} Marlow`);
          }
        }
        const waiting = [];
        for (const { stage } of sides) waiting.push({ stage, run: await synced(stage) });
        await using _another = await scene.stage.work();

        const runs = await Promise.all(waiting.map(({ stage, run }) => approved(stage, run)));

        assert.deepEqual(
          runs.map(({ state }) => state),
          ['done', 'done'],
        );
        const made = await users(scene.stage);
        assert.equal(made.length, crowd);
        assert.equal(new Set(made.map(({ email }) => email)).size, crowd);
        const { rows } = await sql`
          select state, count(*)::integer as people, count(distinct desk_id)::integer as records
          from sync_people group by state order by state`.execute(scene.stage.ports.db);
        assert.deepEqual(rows, [
          { state: 'left-out', people: crowd, records: 0 },
          { state: 'linked', people: crowd, records: crowd },
        ]);
      },
      { settings: { approval: 'always' } },
    );
  });
});

function ines(key: string) {
  return { mail: key === 'mail' ? ['ines@larkfield.test'] : [], employeeNumber: ['A-17'] };
}

async function twoSides(scene: PaperScene): Promise<readonly [Side, Side]> {
  return [scene, await scene.another()];
}

/** Both are read before either is applied; and whoever wrote first waits for the other, or sees them wait. */
async function applyTogether(scene: PaperScene, sides: readonly [Side, Side]): Promise<void> {
  const waiting = [];
  for (const { stage } of sides) waiting.push({ stage, run: await synced(stage) });
  assert.deepEqual(
    waiting.map(({ run }) => run.state),
    ['planned', 'planned'],
  );
  let wrote = 0;
  const meeting: typeof writePeople = async (...given) => {
    const outcomes = await writePeople(...given);
    wrote += 1;
    await condition(async () => wrote >= sides.length || (await waitingForLocks(scene)) > 0);
    return outcomes;
  };
  scene.apply = (ports, set) => applySet({ ...ports, writePeople: meeting }, set);
  const runs = await Promise.all(waiting.map(({ stage, run }) => approved(stage, run)));
  scene.apply = applySet;
  assert.deepEqual(
    runs.map(({ state }) => state),
    ['done', 'done'],
  );
}

/** One of the two has the record, and the other said why not; gives which. */
async function oneHasIt(sides: readonly [Side, Side], deskId: number): Promise<0 | 1> {
  const winner = await linkedOnce(sides, deskId);
  const told = await results(sides[0].stage);
  assert.deepEqual(told, winner === 0 ? ['done', 'conflict'] : ['conflict', 'done']);
  await leftToAPerson(sides, winner);
  return winner;
}

async function linkedOnce([{ stage }]: readonly [Side, Side], deskId: number): Promise<0 | 1> {
  const { rows } = await sql<{ state: string; desk_id: number | null; due: boolean }>`
    select state, desk_id, due from sync_people order by sync_id`.execute(stage.ports.db);
  const winner = rows[0]?.state === 'linked' ? 0 : 1;
  const both = [
    { state: 'linked', desk_id: deskId, due: false },
    { state: 'left-out', desk_id: null, due: true },
  ];
  assert.deepEqual(rows, winner === 0 ? both : both.toReversed());
  return winner;
}

/** Of the next sync of each, the one without the record has a dispute. */
async function leftToAPerson(sides: readonly [Side, Side], winner: 0 | 1): Promise<void> {
  const codes: string[][] = [];
  for (const { stage } of sides) {
    await synced(stage);
    const disputes = await disputesOf(stage);
    codes.push(disputes.map(({ code }) => code));
  }
  assert.deepEqual(codes, winner === 0 ? [[], ['sync.taken']] : [['sync.taken'], []]);
}

/** What became of each sync's people: each of their changes came to the same. */
async function results({ ports: { db } }: SyncStage): Promise<readonly string[]> {
  const { rows } = await sql<{ results: string }>`
    select string_agg(distinct result, ' ') as results from outcomes
    join runs on runs.id = run_id join plans on plans.id = plan_id
    group by sync_id order by sync_id`.execute(db);
  return rows.map((row) => row.results);
}

async function aUser({ stage }: PaperScene, key: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    with definition as (
      insert into custom_field_definitions (owner, name, label)
        values ('user', 'Staff number', 'Staff number') returning id
    ) insert into desk_users (name, site_id, email, custom_fields, created_at, updated_at)
      select 'Ines Marlow', 1, ${key === 'mail' ? 'ines@larkfield.test' : null},
        jsonb_build_object(id::text, 'A-17'), now(), now() from definition
      returning id`.execute(stage.ports.db);
  return rows[0]?.id ?? 0;
}

/** Whatever a run writes as it ends waits at its sync's row until it is let go. */
async function whileHeld(
  { stage }: PaperScene,
  work: (letGo: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const client = await stage.database.pool.connect();
  try {
    await client.query('begin; select from directory_syncs for no key update');
    await work(() => client.query('commit'));
  } finally {
    await client.query('rollback');
    client.release();
  }
}

async function waitingForLocks({ stage }: PaperScene): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(stage.ports.db);
  return rows[0]?.count ?? 0;
}

async function condition(holds: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + waitLimitMs; !(await holds()); await sleep(10)) {
    if (Date.now() > until) throw new Error('they did not meet');
  }
}
