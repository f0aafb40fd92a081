// Roles: what they grant, to whom, and that nobody but an administrator gives them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '#lib/clock.ts';
import { aDeskServer, type DeskServer, type Json } from '#test/desk/desk-server.ts';
import { agentsOfTheHub } from './agents-port.ts';

describe('A role', () => {
  let desk: DeskServer;
  before(async () => {
    desk = await aDeskServer();
  });
  after(() => desk[Symbol.asyncDispose]());

  const may = async (agentId: number) => {
    const agent = await agentsOfTheHub(desk.database.db, systemClock).find(agentId);
    return [...(agent?.permissions ?? [])].sort();
  };
  const aRole = (name: string, ...values: string[]) =>
    desk.post('/api/Roles', {
      name,
      claims: values.map((value) => ({ type: 'permission', value })),
    });

  it('grants what its claims say, on top of the standard role of every agent', async () => {
    const role = await aRole('Plan approver', 'plans:approve');
    const agent = await desk.post('/api/Agent', { name: 'Dora Lind' });
    const before = await may(agent.body.id);

    const given = await desk.post('/api/Agent', {
      id: agent.body.id,
      add_roles: [{ id: role.body.id }],
    });

    assert.ok(before.includes('all:standard') && !before.includes('plans:approve'));
    assert.deepEqual(await may(agent.body.id), [...before, 'plans:approve'].sort());
    assert.deepEqual(
      given.body.roles.map(({ name }: Json) => name),
      ['Agent', 'Plan approver'],
    );
  });

  it('is all an agent may do, once the standard one is taken away', async () => {
    const role = await aRole('Auditor', 'read:tickets', 'audit:read');
    const agent = await desk.post('/api/Agent', {
      ...{ name: 'Petra Quill', roles: [{ id_int: role.body.id_int }] },
    });

    const listed = await desk.get(`/api/Agent?role=${role.body.id_int}`);

    assert.deepEqual(await may(agent.body.id), ['audit:read', 'read:tickets']);
    assert.deepEqual(
      listed.body.map(({ id }: Json) => id),
      [agent.body.id],
    );
  });

  it('means nothing to an administrator, who may do everything', async () => {
    const agent = await desk.post('/api/Agent', { name: 'Tomas Reis', is_admin: true, roles: [] });

    assert.deepEqual(await may(agent.body.id), ['admin']);
  });

  it('takes its permissions along when it is changed or deleted', async () => {
    const role = await aRole('Visitor', 'read:assets');
    const { body: agent } = await desk.post('/api/Agent', {
      ...{ name: 'Ola Hart', roles: [{ id: role.body.id }] },
    });

    const changed = await desk.post('/api/Roles', { id: role.body.id, claims: [] });
    const without = await may(agent.id);
    await aRole('Visitor again', 'read:kb');
    const deleted = await desk.delete(`/api/Roles/${role.body.id}`);

    assert.deepEqual(changed.body.claims, []);
    assert.deepEqual(without, []);
    assert.equal(deleted.status, 200, deleted.text);
  });

  it('is refused a permission that is none, and the standard one is kept', async () => {
    const unknown = await aRole('Wizard', 'magic:cast');
    const { body: roles } = await desk.get('/api/Roles?search=Agent');
    const kept = await desk.delete(`/api/Roles/${roles[0].id}`);
    const unknownRole = await desk.post('/api/Agent', { name: 'Al Finch', roles: [{ id: 'x' }] });

    assert.equal(unknown.body.code, 'role.unknown-permission');
    assert.match(unknown.body.Message, /plans:approve/);
    assert.equal(kept.body.code, 'record.kept');
    assert.equal(unknownRole.status, 400);
  });

  it('is an administrator’s to make, change and give', async () => {
    desk.admit('agent', {
      ...{ kind: 'agent', id: '2', name: 'Dora Lind' },
      permissions: new Set(['all:standard']),
    });
    const role = await aRole('Own goal', 'read:kb');

    const refused = await Promise.all([
      desk.post('/api/Roles', { name: 'Mine' }, 'agent'),
      desk.post('/api/Roles', { id: role.body.id, name: 'Mine' }, 'agent'),
      desk.post('/api/Agent', { id: 1, add_roles: [{ id: role.body.id }] }, 'agent'),
      desk.delete(`/api/Roles/${role.body.id}`, 'agent'),
    ]);

    assert.deepEqual(
      refused.map(({ status }) => status),
      [403, 403, 403, 403],
    );
  });
});
