// The desk's agents, as sign-in asks for them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { theHub } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import { Problem } from '#domain/problem.ts';
import { systemClock } from '#lib/clock.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { agents } from './agents/agents.ts';
import { agentsOfTheHub } from './agents-port.ts';
import { saveRecords } from './resource/save.ts';

describe("The desk's agents", () => {
  let database: TestDatabase;
  before(async () => {
    database = await aDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  it('are found by address and by login, in any letter case', async () => {
    const port = agentsOfTheHub(database.db, systemClock);
    const made = await port.create({
      name: 'Tomas Reis',
      email: 'tomas.reis@larkfield.test',
      administrator: true,
    });
    await change({ id: made.id, ad: 'LARKFIELD\\tomas' });

    assert.deepEqual(await port.findByLogin('TOMAS.REIS@larkfield.test'), made);
    assert.deepEqual(await port.findByLogin('larkfield\\TOMAS'), made);
    assert.deepEqual(await port.find(made.id), made);
    assert.equal(allows(made.permissions, 'connections:edit'), true);
  });

  it('are not found when they do not exist, whatever is typed', async () => {
    const port = agentsOfTheHub(database.db, systemClock);

    assert.equal(await port.findByLogin(''), undefined);
    assert.equal(await port.findByLogin("' or 1=1 --"), undefined);
    assert.equal(await port.find(2_000_000_000), undefined);
  });

  it('are not enabled once disabled, and may do no more than their kind', async () => {
    const port = agentsOfTheHub(database.db, systemClock);
    const made = await port.create({
      name: 'Rita Vale',
      email: 'rita.vale@larkfield.test',
      administrator: false,
    });

    await change({ id: made.id, isdisabled: true });

    assert.equal(made.enabled, true);
    assert.equal((await port.find(made.id))?.enabled, false);
    assert.equal(allows(made.permissions, 'connections:edit'), false);
  });

  it('never share an address', async () => {
    const port = agentsOfTheHub(database.db, systemClock);
    const agent = { name: 'Rui Prata', email: 'rui.prata@larkfield.test', administrator: false };
    await port.create(agent);

    await assert.rejects(port.create({ ...agent, email: 'RUI.PRATA@larkfield.test' }), Problem);
  });

  async function change(given: object): Promise<void> {
    const acting = { actor: theHub, now: new Date() };
    await saveRecords(database.db, agents, acting, [Object.fromEntries(Object.entries(given))]);
  }
});
