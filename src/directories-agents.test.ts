// Agents and members of boards from groups of a real Active Directory: roles by place, and who may not be taken away.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aName, type Stage } from '#test/contracts/directory-stage.ts';
import { withoutSamba } from '#test/servers/samba.ts';
import {
  addPerson,
  firstSync,
  ofAgents,
  type Scene,
  withScene,
} from '#test/sync/active-directory.ts';
import {
  approved,
  disputesOf,
  guardsOf,
  type RunRow,
  type SyncStage,
  synced,
} from '#test/sync/stage.ts';

type AgentRow = {
  readonly name: string;
  readonly email: string;
  readonly login?: string;
  readonly administrator?: boolean;
};

async function addAgent({ stage }: Scene, agent: AgentRow): Promise<number> {
  const now = new Date();
  const { id } = await stage.database.db
    .insertInto('desk_agents')
    .values({ ...agent, created_at: now, updated_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

async function addRole({ stage }: Scene, name: string): Promise<string> {
  const { id } = await stage.database.db
    .insertInto('desk_roles')
    .values({ name })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Each agent with the names of their roles beside what every agent has, and whether they may work. */
async function agents({ database: { pool } }: SyncStage) {
  const { rows } = await pool.query<{ name: string; disabled: boolean; roles: string[] }>(`
    select a.name, a.disabled, array(select r.name from desk_agent_roles g
      join desk_roles r on r.id = g.role_id where g.agent_id = a.id and not r.standard
      order by r.name) as roles
    from desk_agents a where not a.for_applications order by a.name`);
  return rows.map(({ name, disabled, roles }) => [
    name,
    disabled ? 'disabled' : 'active',
    ...roles,
  ]);
}

async function members({ database: { pool } }: SyncStage) {
  const { rows } = await pool.query<{ name: string; user: string | null; inactive: boolean }>(`
    select coalesce(m.name, u.name) as name, u.name as user, m.inactive from desk_cab_members m
    left join desk_users u on u.id = m.user_id order by 1`);
  return rows.map(({ name, user, inactive }) => [name, user, inactive ? 'inactive' : 'active']);
}

function agentsOf(id: number, dn: string, roleIds: readonly string[] = []) {
  return { id, name: `Group ${id}`, target: 'agent', kind: 'group', dn, roleIds };
}

async function outcomes({ database: { db } }: SyncStage, { apply_run_id: runId }: RunRow) {
  const rows = await db
    .selectFrom('outcomes')
    .select(['result', 'code'])
    .where('run_id', '=', runId)
    .execute();
  return rows.map(({ result, code }) => [result, code]);
}

async function stopping({ database: { db } }: SyncStage, { plan_id: planId }: RunRow) {
  const { guards } = await db
    .selectFrom('plans')
    .select('guards')
    .where('id', '=', planId)
    .executeTakeFirstOrThrow();
  return guardsOf(guards).flatMap(({ name, verdict }) => (verdict === 'stop' ? [name] : []));
}

const nothingYet = () => ({ places: [], fields: ofAgents });

async function regroup(directory: Stage, from: string, to: string, dn: string): Promise<void> {
  await directory.set(from, 'member', []);
  await directory.set(to, 'member', [dn]);
}

describe('Agents of groups of an Active Directory', { skip: withoutSamba() }, () => {
  it('get the roles of the group they are in, however deep, and others when they change it', async () => {
    await withScene(nothingYet, async (scene) => {
      const { directory, stage } = scene;
      const rosa = await addPerson(scene, 'Bristol', 'Rosa Almeida');
      const tom = await addPerson(scene, 'Porto', 'Tom Vale');
      const inner = await directory.addGroup(aName('inner'), [rosa]);
      const desk = await directory.addGroup(aName('desk'), [inner]);
      const field = await directory.addGroup(aName('field'), [tom]);
      const [first, second] = [await addRole(scene, 'First line'), await addRole(scene, 'Field')];
      await stage.settings({ places: [agentsOf(1, desk, [first]), agentsOf(2, field, [second])] });

      await firstSync(stage);
      assert.deepEqual(await agents(stage), [
        ['Rosa Almeida', 'active', 'First line'],
        ['Tom Vale', 'active', 'Field'],
      ]);

      await regroup(directory, inner, field, rosa);
      const run = await synced(stage);
      assert.deepEqual([run.state, run.did], ['done', 'whole'], run.sentence);
      assert.deepEqual(await agents(stage), [
        ['Rosa Almeida', 'active', 'Field'],
        ['Tom Vale', 'disabled', 'Field'],
      ]);
      assert.equal((await synced(stage, { whole: true })).planned_count, 0);
    });
  });

  it('never become an administrator by an address alone', async () => {
    await withScene(nothingYet, async (scene) => {
      const { directory, stage } = scene;
      const email = 'ines@larkfield.test';
      await addAgent(scene, { name: 'Ines Marlow', email, login: 'imarlow', administrator: true });
      const ines = await addPerson(scene, 'Bristol', 'Ines Someone');
      const desk = await directory.addGroup(aName('desk'), [ines]);
      await stage.settings({ places: [agentsOf(1, desk)] });

      await firstSync(stage);

      assert.deepEqual(await agents(stage), [['Ines Marlow', 'active']]);
      assert.deepEqual(
        (await disputesOf(stage)).map(({ name, code }) => [name, code]),
        [['Ines Someone', 'sync.administrator']],
      );
    });
  });

  it('keep the last administrator: the guard stops it, and after a yes the desk refuses', async () => {
    await withScene(nothingYet, async (scene) => {
      const { directory, stage } = scene;
      const login = aName('im');
      const email = 'ines@larkfield.test';
      await addAgent(scene, { name: 'Ines Marlow', email, login, administrator: true });
      const ines = await addPerson(scene, 'Bristol', 'Ines Marlow', { sAMAccountName: login });
      const desk = await directory.addGroup(aName('desk'), [ines]);
      await stage.settings({ places: [agentsOf(1, desk)] });
      await firstSync(stage);
      await directory.set(ines, 'userAccountControl', ['546']);

      const stopped = await synced(stage);
      assert.equal(stopped.state, 'planned', stopped.sentence);
      assert.deepEqual(await stopping(stage, stopped), ['last-administrator']);
      const run = await approved(stage, stopped);

      assert.deepEqual(await outcomes(stage, await stage.run(run.id)), [
        ['failed', 'person.last-administrator'],
      ]);
      assert.deepEqual(await agents(stage), [['Ines Marlow', 'active']]);
    });
  });
});

describe('A board of an Active Directory', { skip: withoutSamba() }, () => {
  it('has the members of its group: users of the desk, and people it knows by name alone', async () => {
    await withScene(nothingYet, async (scene) => {
      const { directory, stage } = scene;
      const { db } = stage.database;
      const now = new Date();
      const user = { name: 'Maya Ridge', email: 'maya@larkfield.test', site_id: 1 };
      await db
        .insertInto('desk_users')
        .values({ ...user, created_at: now, updated_at: now })
        .execute();
      const { id: cabId } = await db
        .insertInto('desk_cabs')
        .values({ name: 'Changes' })
        .returning('id')
        .executeTakeFirstOrThrow();
      const people = [
        await addPerson(scene, 'Bristol', 'Maya Ridge'),
        await addPerson(scene, 'Porto', 'Tom Vale'),
      ];
      const dn = await directory.addGroup(aName('board'), people);
      const place = { id: 1, name: 'Board', target: 'cab-member', kind: 'group', dn, cabId };
      await stage.settings({ places: [place] });

      await firstSync(stage);
      assert.deepEqual(await members(stage), [
        ['Maya Ridge', 'Maya Ridge', 'active'],
        ['Tom Vale', null, 'active'],
      ]);

      await directory.set(dn, 'member', people.slice(0, 1));
      const run = await synced(stage);
      assert.deepEqual([run.state, run.did], ['done', 'whole'], run.sentence);
      assert.deepEqual(await members(stage), [
        ['Maya Ridge', 'Maya Ridge', 'active'],
        ['Tom Vale', null, 'inactive'],
      ]);
      assert.equal((await synced(stage, { whole: true })).planned_count, 0);
    });
  });
});
