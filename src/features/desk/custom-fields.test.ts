// Definitions of custom fields, and what may be done with them once records have values.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aDeskServer, type DeskServer } from '#test/desk/desk-server.ts';

describe('A custom field', () => {
  let desk: DeskServer;
  before(async () => {
    desk = await aDeskServer();
  });
  after(() => desk[Symbol.asyncDispose]());

  it('is defined with its table, and stands with every record of it', async () => {
    const field = await desk.post('/api/CustomField', {
      name: 'CFbadge',
      usage: 4,
      inputtype: '3',
    });
    const user = await aUser(desk, [{ id: field.body.id, value: 'A17' }]);

    assert.equal(field.status, 201, field.text);
    assert.equal(field.body.label, 'CFbadge');
    assert.equal(field.body.copytochild, true);
    const kept = user.body.customfields.find(({ id }: { id: number }) => id === field.body.id);
    assert.equal(kept.value, 'A17');
    assert.equal(kept.inputtype, 3);
  });

  it('is listed by its table', async () => {
    const asset = await desk.post('/api/CustomField', { name: 'CFrack', usage: 5 });
    const listed = await desk.get('/api/CustomField?usage=5');

    assert.deepEqual(
      listed.body.map(({ id }: { id: number }) => id),
      [asset.body.id],
    );
  });

  it('needs a name, a table there is and codes there are, each once', async () => {
    const made = await desk.post('/api/CustomField', { name: 'CFonce', usage: 1 });
    const refused = await Promise.all([
      desk.post('/api/CustomField', { usage: 1 }),
      desk.post('/api/CustomField', { name: 'CFx' }),
      desk.post('/api/CustomField', { name: 'CFx', usage: 6 }),
      desk.post('/api/CustomField', { name: 'CFx', usage: 1, type: 99 }),
      desk.post('/api/CustomField', { name: 'CFx', usage: 1, inputtype: 99 }),
      desk.post('/api/CustomField', { name: 'cfONCE', usage: 1 }),
    ]);

    assert.equal(made.status, 201);
    assert.deepEqual(
      refused.map(({ status }) => status),
      refused.map(() => 400),
    );
  });

  it('stays with its table, and neither goes nor turns into a password while it has values', async () => {
    const field = await desk.post('/api/CustomField', { name: 'CFlocker', usage: 4 });
    await aUser(desk, [{ id: field.body.id, value: '12' }]);
    const { id } = field.body;

    const moved = await desk.post('/api/CustomField', { id, usage: 1 });
    const turned = await desk.post('/api/CustomField', { id, inputtype: 6 });
    const deleted = await desk.delete(`/api/CustomField/${id}`);

    assert.equal(moved.status, 400);
    assert.equal(turned.status, 400);
    assert.equal(deleted.status, 400);
    assert.match(deleted.body.Message, /users that have a value/);
  });

  it('is an administrator’s to define', async () => {
    desk.admit('agent', {
      ...{ kind: 'agent', id: '2', name: 'Dora Lind' },
      permissions: new Set(['all:standard']),
    });

    const refused = await desk.post('/api/CustomField', { name: 'CFmine', usage: 1 }, 'agent');

    assert.equal(refused.status, 403);
  });
});

function aUser(desk: DeskServer, customfields: readonly object[]) {
  return desk.post('/api/Users', {
    name: 'Ines Marlow',
    site_id: desk.larkfield.porto,
    customfields,
  });
}
