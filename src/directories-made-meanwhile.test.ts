// Who was made by hand while a plan waits for its yes is not made a second time by it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { writePeople } from '#features/desk/people/write.ts';
import { applySet } from '#features/directories/apply.ts';
import { type PaperScene, withPaper } from '#test/sync/paper-directory.ts';
import { approved, type SyncStage, synced, users, fields as usual } from '#test/sync/stage.ts';

const number = 'custom:Staff number';
const fields = [...usual, { id: 16, target: 'user', from: 'employeeNumber', to: number }];
const waiting = { settings: { approval: 'always', fields, userMatching: ['email', number] } };
const crowd = 2_400;

describe('While the plan of the only sync of a desk waits for its yes', () => {
  for (const [how, write] of [
    ['made by hand', madeByHand],
    ['given that mail address', givenTheAddress],
    ['given that number', givenTheNumber],
  ] as const) {
    it(`who is ${how} is not made again: the next sync pairs them`, async () => {
      await withPaper(async ({ paper, stage }) => {
        const nora = await aUser(stage, 'Nora Lindqvist', null);
        paper.put(1, 'Ines Marlow', { employeeNumber: ['A-17'] });
        paper.put(2, 'Theo Brandt');
        const run = await synced(stage);

        await write(stage, nora);
        await approved(stage, run);

        assert.deepEqual(await outcomesOf(stage, run.id), [
          ['Ines Marlow', 'conflict'],
          ['Theo Brandt', 'done'],
        ]);
        await approved(stage, await synced(stage));
        assert.equal((await users(stage)).length, write === madeByHand ? 3 : 2);
        assert.equal(await linked(stage), 2);
      }, waiting);
    });
  }

  it('who is made after the first of its sets is not made by those that follow', async () => {
    await withPaper(async (scene) => {
      aCrowd(scene);
      const run = await synced(scene.stage);
      let applied = 0;
      scene.apply = async (...given) => {
        await applySet(...given);
        applied += 1;
        if (applied === 1) await aUser(scene.stage, 'Somebody Else', `ines${crowd}@larkfield.test`);
      };

      await approved(scene.stage, run);

      const told = await outcomesOf(scene.stage, run.id);
      assert.deepEqual(
        told.filter(([, result]) => result !== 'done'),
        [[`Ines${crowd} Marlow`, 'conflict']],
      );
    }, waiting);
  });

  it('nobody is looked up where nobody else was made or changed', async () => {
    await withPaper(async (scene) => {
      const nora = await aUser(scene.stage, 'Nora Lindqvist', null);
      aCrowd(scene);
      const run = await synced(scene.stage);
      await sql`update desk_users set title = 'Optician' where id = ${nora}`.execute(
        scene.stage.ports.db,
      );
      const asked: number[] = [];
      const watched: typeof writePeople = (...given) => {
        asked.push(given[4]?.keys.size ?? 0);
        return writePeople(...given);
      };
      scene.apply = (ports, set) => applySet({ ...ports, writePeople: watched }, set);

      await approved(scene.stage, run);

      assert.deepEqual([...new Set(asked)], [0]);
      assert.ok(asked.length > 1, 'there were several sets');
    }, waiting);
  });
});

function aCrowd({ paper }: PaperScene): void {
  for (let at = 1; at <= crowd; at += 1) paper.put(at, `Ines${at} Marlow`);
}

async function madeByHand(stage: SyncStage): Promise<void> {
  await aUser(stage, 'I. Marlow', 'Ines@Larkfield.test');
}

async function givenTheAddress({ ports: { db } }: SyncStage, id: number): Promise<void> {
  await sql`update desk_users set email = 'ines@larkfield.test' where id = ${id}`.execute(db);
}

async function givenTheNumber({ ports: { db } }: SyncStage, id: number): Promise<void> {
  await sql`update desk_users set custom_fields = jsonb_build_object(d.id::text, 'A-17')
    from custom_field_definitions d where d.name = 'Staff number' and desk_users.id = ${id}`.execute(
    db,
  );
}

async function aUser(
  { ports: { db } }: SyncStage,
  name: string,
  email: string | null,
): Promise<number> {
  await sql`insert into custom_field_definitions (owner, name, label)
    values ('user', 'Staff number', 'Staff number') on conflict do nothing`.execute(db);
  const { rows } = await sql<{ id: number }>`
    insert into desk_users (name, site_id, email, created_at, updated_at)
    values (${name}, 1, ${email}, now(), now()) returning id`.execute(db);
  return rows[0]?.id ?? 0;
}

async function linked({ ports: { db }, syncId }: SyncStage): Promise<number> {
  const { rows } = await sql<{ people: number }>`
    select count(*)::integer as people from sync_people
    where sync_id = ${syncId} and state = 'linked' and desk_id is not null`.execute(db);
  return rows[0]?.people ?? 0;
}

async function outcomesOf({ ports: { db } }: SyncStage, runId: string) {
  const { rows } = await sql<{ name: string; result: string }>`
    select change.document ->> 'personName' as name, outcomes.result from outcomes
    join runs on runs.id = outcomes.run_id
    join sync_runs on sync_runs.apply_run_id = runs.id
    join plan_changes change on change.plan_id = runs.plan_id and change.change_id = outcomes.change_id
    where sync_runs.id = ${runId} order by 1`.execute(db);
  return rows.map(({ name, result }) => [name, result]);
}
