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

  it('for agents alone is neither seen nor filled in by the people it is about', async () => {
    const hidden = { usage: 1, onlyshowforagents: true };
    const field = await desk.post('/api/CustomField', { name: 'CFsuspect', ...hidden });
    const open = await desk.post('/api/CustomField', { name: 'CFroom', usage: 1 });
    const user = await aUser(desk, []);
    desk.admit('ines', {
      ...{ kind: 'user', id: String(user.body.id), name: 'Ines Marlow', userId: user.body.id },
      permissions: new Set(['read:tickets', 'edit:tickets', 'read:customers']),
    });
    const customfields = [
      { id: field.body.id, value: 'the cleaner' },
      { id: open.body.id, value: '4.12' },
    ];
    const about = { summary: 'A lost badge', user_id: user.body.id };
    const ticket = await desk.post('/api/Tickets', { ...about, customfields });
    const valuesOf = (body: { customfields: readonly { id: number; value: unknown }[] }) =>
      body.customfields.filter(({ id }) => [field.body.id, open.body.id].includes(id));

    const whole = await desk.get(`/api/Tickets/${ticket.body.id}`);
    const own = await desk.get(`/api/Tickets/${ticket.body.id}`, 'ines');
    const listed = await desk.get(
      `/api/Tickets?include_custom_fields=${field.body.id},${open.body.id}`,
      'ines',
    );
    const filled = await Promise.all(
      [
        { id: field.body.id, value: 'x' },
        { name: 'CFsuspect', value: 'x' },
      ].map((one) => desk.post('/api/Tickets', { summary: 'Mine', customfields: [one] }, 'ines')),
    );

    assert.deepEqual(
      valuesOf(whole.body).map(({ value }) => value),
      ['the cleaner', '4.12'],
    );
    assert.deepEqual(
      valuesOf(own.body).map(({ value }) => value),
      ['4.12'],
    );
    assert.ok(!own.text.includes('cleaner') && !listed.text.includes('cleaner'));
    assert.ok(listed.text.includes('4.12'), listed.text);
    for (const { status } of filled) assert.equal(status, 404);
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
