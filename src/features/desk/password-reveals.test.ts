// Who has a password shown: entitled, in sight of its record, and never unrecorded.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import type { DeskServer } from '#test/desk/desk-server.ts';
import { aPasswordDesk, type PasswordDesk, secret, types } from '#test/desk/password-desk.ts';

let stage: PasswordDesk;
let desk: DeskServer;
before(async () => {
  stage = await aPasswordDesk();
  desk = stage.desk;
});
after(() => stage[Symbol.asyncDispose]());

describe('A reveal', () => {
  it('is recorded before it is answered: who, when, of which record, in the chain', async () => {
    const id = await stage.aUser('Otto Berg', 'of otto');

    await stage.reveal(types.user, id, stage.fields.user, 'revealer');

    const list = await desk.get(`/api/PasswordField?object_type=4&object_id=${id}`, 'auditor');
    const [row] = list.body;
    const { rows } = await desk.database.pool.query(
      `select e.actor_name, t.subject_name, e.field, c.seq from password_reveals r
       join audit_entries e on e.id = r.entry_id join audit_texts t on t.entry_id = e.id join audit_chain c on c.entry_id = e.id
       where r.id = $1`,
      [row.id],
    );
    assert.deepEqual(
      [list.body.length, row.who, row.agent_id, row.object_name, row.field_name, row.value],
      [1, 'Dora Lind', 5, 'Otto Berg', 'CFcode4', null],
    );
    assert.match(row.date, /^\d{4}-\d{2}-\d{2}T[\d:.]+$/);
    assert.deepEqual(
      rows.map(({ actor_name, subject_name, field }) => [actor_name, subject_name, field]),
      [['Dora Lind', 'Otto Berg', 'CFcode4']],
    );
    const single = await desk.get(`/api/PasswordField/${row.id}`, 'auditor');
    assert.deepEqual(single.body, row);
    assert.ok(!`${list.text}${single.text}`.includes('of otto'));
  });

  it('needs its permission, sight of the record, and to be oneself', async () => {
    const before = await desk.get('/api/PasswordField');
    const asked = ['agent', 'auditor', 'elsewhere', 'impostor', 'insider'];
    const answers = await Promise.all(
      asked.map((as) => stage.reveal(types.user, stage.ines, stage.fields.user, as)),
    );

    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 403, 404, 403, 201],
    );
    assert.match(answers[0]?.text ?? '', /password-fields:reveal/);
    assert.match(answers[3]?.text ?? '', /impersonation\.not-here/);
    const now = await desk.get('/api/PasswordField');
    assert.equal(now.body.length, before.body.length + 1);
    assert.ok(!answers.slice(0, 4).some(({ text }) => text.includes(secret)));
  });

  it('is listed to who may know, of their own client alone', async () => {
    const mine = await desk.get('/api/PasswordField', 'insider');
    const theirs = await desk.get('/api/PasswordField', 'elsewhere');
    const nobodys = await desk.get('/api/PasswordField', 'agent');
    const [row] = mine.body;

    assert.ok(mine.body.length > 0);
    assert.deepEqual([theirs.status, theirs.body.length, nobodys.status], [200, 0, 403]);
    assert.equal((await desk.get(`/api/PasswordField/${row.id}`, 'elsewhere')).status, 404);
    assert.equal((await desk.get('/api/PasswordField/999999')).status, 404);
  });

  it('comes in pages, and by field, agent and time', async () => {
    const paged = await desk.get('/api/PasswordField?pageinate=true&page_size=1&page_no=2');
    const byAgent = await desk.get('/api/PasswordField?agent_id=5&field_id=999999');
    const before = await desk.get('/api/PasswordField?enddate=2020-01-01');

    assert.deepEqual([paged.body.page_no, paged.body.page_size], [2, 1]);
    assert.equal(paged.body.results.length, 1);
    assert.ok(paged.body.record_count > 1);
    assert.deepEqual([byAgent.body, before.body], [[], []]);
  });

  it('that cannot be recorded does not happen', async () => {
    const owner = await ownerOf(desk);
    await owner.query('alter table audit_entries rename to audit_entries_away');
    const shown = await stage.reveal(types.user, stage.ines, stage.fields.user);
    await owner.query('alter table audit_entries_away rename to audit_entries');
    await owner.end();

    assert.ok(shown.status >= 500);
    assert.ok(!shown.text.includes(secret));
  });

  it('that cannot be proven is not answered', async () => {
    const owner = await ownerOf(desk);
    await owner.query('alter table audit_chain rename to audit_chain_away');
    const shown = await stage.reveal(types.user, stage.ines, stage.fields.user);
    await owner.query('alter table audit_chain_away rename to audit_chain');
    await owner.end();

    assert.equal(shown.status, 503);
    assert.ok(!shown.text.includes(secret));
  });

  it('refuses what does not fit, in sentences that quote no value', async () => {
    const { larkfield } = desk;
    const answers = await Promise.all([
      desk.post('/api/PasswordField', {}),
      desk.post('/api/PasswordField', { object_type: 9, object_id: 1, field_id: 1 }),
      desk.post('/api/PasswordField', { object_type: 'user', object_id: 1, field_id: 1 }),
      desk.post('/api/PasswordField', {
        object_type: 4,
        object_id: stage.ines,
        field_id: stage.fields.user,
        value: secret,
      }),
      stage.reveal(types.client, larkfield.id, stage.fields.user),
      desk.post(
        '/api/PasswordField',
        Array(21).fill({ object_type: 4, object_id: 1, field_id: 1 }),
      ),
      stage.reveal(types.user, stage.ines, 999_999),
      stage.reveal(types.asset, stage.ines, 999_999),
    ]);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 400, 400, 400, 400, 400, 404, 404],
    );
    assert.match(answers[4]?.text ?? '', /object_type 4/);
    assert.ok(!answers.some(({ text }) => text.includes(secret)));
  });
});

async function ownerOf({ database }: DeskServer) {
  const client = new pg.Client({ connectionString: database.ownerConnectionString.reveal() });
  await client.connect();
  return client;
}
