// Who may see and change what: scopes, clients' walls, and people who see only their own things.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  aDeskServer,
  anActor,
  anApplication,
  type DeskServer,
  type Json,
} from '#test/desk/desk-server.ts';

const all = ['Users', 'Agent', 'Client', 'Site', 'Tickets', 'Actions', 'Status', 'Lookup'];

describe('The desk', () => {
  let desk: DeskServer;
  let other: { client: number; site: number; user: number; ticket: number };
  let own: { user: number; ticket: number };
  before(async () => {
    desk = await aDeskServer();
    const save = async (path: string, body: object) => (await desk.post(`/api/${path}`, body)).body;
    const client = await save('Client', { name: 'Harbour Lenses' });
    const stranger = await save('Users', { name: 'Vera Luz', client_id: client.id });
    const theirs = await save('Tickets', { summary: 'Theirs', user_id: stranger.id });
    const ines = await save('Users', { name: 'Ines Marlow', site_id: desk.larkfield.porto });
    const ours = await save('Tickets', { summary: 'Ours', user_id: ines.id });
    await save('Actions', { ticket_id: theirs.id, outcome_id: 1, note: 'theirs' });
    await save('Actions', { ticket_id: ours.id, outcome_id: 1, note: 'public' });
    await save('Actions', { ticket_id: ours.id, outcome_id: 7, note: 'internal' });
    await save('Agent', { name: 'Tomas Reis', email: 'tomas.reis@larkfield.test' });
    other = { client: client.id, site: client.main_site_id, user: stranger.id, ticket: theirs.id };
    own = { user: ines.id, ticket: ours.id };
    desk.admit('reset', anApplication(['access:adpasswordreset']));
    desk.admit('reader', anApplication(['read:tickets', 'read:customers']));
    desk.admit('tickets', anApplication(['edit:tickets']));
    desk.admit('everything', anApplication(['all']));
    desk.admit('bound', anApplication(['all'], { clientId: desk.larkfield.id }));
    desk.admit(
      'ines',
      anActor({
        kind: 'user',
        name: 'Ines Marlow',
        userId: ines.id,
        permissions: new Set(['all']),
      }),
    );
    desk.admit('ghost', anActor({ kind: 'user', permissions: new Set(['all']) }));
  });
  after(() => desk[Symbol.asyncDispose]());

  for (const path of all)
    it(`shows ${path} to nobody who is not signed in`, async () => {
      assert.equal((await desk.get(`/api/${path}`, 'stranger')).status, 401);
      assert.equal((await desk.post(`/api/${path}`, {}, 'stranger')).status, 401);
      assert.equal((await desk.delete(`/api/${path}/1`, 'stranger')).status, 401);
    });

  for (const path of all)
    it(`lets nobody change ${path} who may only read`, async () => {
      assert.equal((await desk.get(`/api/${path}`, 'reader')).status, 200);
      assert.equal((await desk.post(`/api/${path}`, [{ name: 'x' }], 'reader')).status, 403);
      assert.equal((await desk.delete(`/api/${path}/1`, 'reader')).status, 403);
    });

  it('shows people to applications with a scope of the desk, and to no others', async () => {
    assert.equal((await desk.get('/api/Users', 'tickets')).status, 200);
    assert.equal((await desk.get('/api/Users', 'reset')).status, 403);
    assert.equal((await desk.get('/api/Agent/1', 'reset')).status, 403);
    assert.equal((await desk.get('/api/Tickets', 'reset')).status, 403);
    assert.equal((await desk.post('/api/Users', [{ name: 'x' }], 'tickets')).status, 403);
  });

  it('keeps settings and agents for administrators', async () => {
    for (const path of ['Agent', 'Status', 'TicketType', 'Priority', 'Team', 'Lookup', 'Outcome']) {
      const { status } = await desk.post(`/api/${path}`, [{ name: 'x' }], 'tickets');

      assert.equal(status, 403, path);
    }
  });

  it('shows an application of one client that client alone', async () => {
    const ids = async (path: string, key: string) =>
      (await desk.get(`/api/${path}`, 'bound')).body[key].map(({ id }: Json) => id);

    assert.deepEqual(await ids('Client', 'clients'), [desk.larkfield.id]);
    assert.deepEqual((await ids('Site', 'sites')).sort(), [
      desk.larkfield.bristol,
      desk.larkfield.porto,
    ]);
    assert.deepEqual(await ids('Users', 'users'), [own.user]);
    assert.deepEqual(await ids('Tickets', 'tickets'), [own.ticket]);
    assert.equal((await ids('Actions', 'actions')).length, 2);
    assert.deepEqual(await ids(`Users?client_id=${other.client}`, 'users'), []);
    assert.deepEqual(await ids('Users?search=Vera', 'users'), []);
    for (const [path, id] of Object.entries({
      Client: other.client,
      Site: other.site,
      Users: other.user,
      Tickets: other.ticket,
    })) {
      assert.equal((await desk.get(`/api/${path}/${id}`, 'bound')).status, 404, path);
      assert.equal(
        (await desk.post(`/api/${path}`, [{ id, notes: 'x' }], 'bound')).status,
        404,
        path,
      );
      assert.equal((await desk.delete(`/api/${path}/${id}`, 'bound')).status, 404, path);
    }
    const action = `/api/Actions/1?ticket_id=${other.ticket}`;
    assert.equal((await desk.get(action, 'bound')).status, 404);
    assert.equal((await desk.delete(action, 'bound')).status, 404);
  });

  it('lets an application of one client put nothing into another', async () => {
    const post = async (path: string, body: object) =>
      (await desk.post(`/api/${path}`, body, 'bound')).status;

    assert.equal(await post('Users', { name: 'x', site_id: other.site }), 403);
    assert.equal(await post('Users', { id: own.user, site_id: other.site }), 403);
    assert.equal(await post('Site', { name: 'x', client_id: other.client }), 403);
    assert.equal(await post('Client', { name: 'x' }), 403);
    assert.equal(await post('Tickets', { summary: 'x', user_id: other.user }), 403);
    assert.equal(await post('Tickets', { id: own.ticket, user_id: other.user }), 403);
    assert.equal(await post('Actions', { ticket_id: other.ticket, outcome_id: 7, note: 'x' }), 404);
    assert.equal(await post('Status', { name: 'x' }), 403);
    assert.equal(await post('Agent', { name: 'x' }), 403);
    const unmoved = await desk.get(`/api/Users/${own.user}`);
    assert.equal(unmoved.body.client_id, desk.larkfield.id);
    assert.equal((await desk.get('/api/Users?search=x')).body.users.length, 0);
  });

  it('puts what an application of one client makes without a place into that client', async () => {
    const user = await desk.post('/api/Users', { name: 'Rui Prata' }, 'bound');
    const ticket = await desk.post('/api/Tickets', { summary: 'Unplaced' }, 'bound');

    assert.equal(user.body.client_id, desk.larkfield.id);
    assert.equal(ticket.body.client_id, desk.larkfield.id);
    await desk.delete(`/api/Tickets/${ticket.body.id}`);
    await desk.delete(`/api/Users/${user.body.id}`);
  });

  it('shows people their own record, tickets and what was said to them', async () => {
    const rows = async (path: string, key: string) => (await desk.get(path, 'ines')).body[key];

    assert.deepEqual(
      (await rows('/api/Users', 'users')).map(({ id }: Json) => id),
      [own.user],
    );
    assert.deepEqual(
      (await rows('/api/Tickets', 'tickets')).map(({ id }: Json) => id),
      [own.ticket],
    );
    assert.deepEqual(
      (await rows('/api/Actions', 'actions')).map(({ note }: Json) => note),
      ['public'],
    );
    assert.equal((await rows('/api/Client', 'clients'))[0].id, desk.larkfield.id);
    assert.equal((await rows('/api/Site', 'sites'))[0].id, desk.larkfield.porto);
    assert.deepEqual((await desk.get('/api/Agent', 'ines')).body, []);
    assert.equal((await desk.get('/api/Users/me', 'ines')).body.name, 'Ines Marlow');
    assert.equal((await desk.get('/api/Client/me', 'ines')).body.id, desk.larkfield.id);
    assert.equal((await desk.get(`/api/Tickets/${other.ticket}`, 'ines')).status, 404);
    assert.equal((await desk.get(`/api/Actions/2?ticket_id=${own.ticket}`, 'ines')).status, 404);
  });

  it('lets people ask for something for themselves, and change nothing', async () => {
    const asked = await desk.post(
      '/api/Tickets',
      { summary: 'My badge', user_id: other.user, agent_id: 1, status_id: 9, site_id: other.site },
      'ines',
    );
    const said = await desk.post(
      '/api/Actions',
      {
        ticket_id: asked.body.id,
        outcome_id: 6,
        note: 'Please',
        hiddenfromuser: true,
        new_status: 9,
      },
      'ines',
    );

    assert.equal(asked.status, 201, asked.text);
    assert.equal(asked.body.user_id, own.user);
    assert.equal(asked.body.site_id, desk.larkfield.porto);
    assert.equal(asked.body.status_id, 1);
    assert.equal(asked.body.agent_id, null);
    assert.equal(said.body.outcome, 'User Update');
    assert.equal(said.body.hiddenfromuser, false);
    const ticket = asked.body.id;
    assert.equal((await desk.get(`/api/Tickets/${ticket}`)).body.status_id, 1);
    for (const [path, body] of [
      ['Tickets', { id: ticket, summary: 'Other' }],
      ['Actions', { ticket_id: ticket, id: 1, note: 'Other' }],
      ['Users', { id: own.user, isserviceaccount: true }],
      ['Client', { id: desk.larkfield.id, name: 'Mine' }],
      ['Agent', { name: 'Me' }],
    ])
      assert.equal((await desk.post(`/api/${path}`, body, 'ines')).status, 403, String(path));
    assert.equal((await desk.delete(`/api/Tickets/${ticket}`, 'ines')).status, 403);
    assert.equal(
      (await desk.post('/api/Actions', { ticket_id: other.ticket, note: 'x' }, 'ines')).status,
      404,
    );
  });

  it('lets people fill in the custom fields there are, and define none', async () => {
    const ask = (field: string) =>
      desk.post(
        '/api/Tickets',
        { summary: 'Desk', customfields: [{ name: field, value: '4' }] },
        'ines',
      );
    await desk.post('/api/Tickets', {
      id: own.ticket,
      customfields: [{ name: 'CFDesk', value: '1' }],
    });

    const known = await ask('CFDesk');
    const unknown = await ask('CFMadeUp');

    assert.equal(known.body.customfields[0].value, '4');
    assert.equal(unknown.status, 404);
    await desk.delete(`/api/Tickets/${known.body.id}`);
  });

  it('shows nothing to a person whom no record stands for', async () => {
    for (const [path, key] of [
      ['Users', 'users'],
      ['Tickets', 'tickets'],
      ['Client', 'clients'],
    ] as const)
      assert.deepEqual((await desk.get(`/api/${path}`, 'ghost')).body[key], []);
  });

  it('gives back no password, secret or order, whoever asks', async () => {
    const user = await desk.post('/api/Users', {
      id: own.user,
      new_password: 'Hunter2-Hunter2',
      _isnew: true,
    });
    const agent = await desk.post('/api/Agent', { name: 'Rita Vale', password: 'Hunter2-Hunter2' });
    const client = await desk.post('/api/Client', {
      id: desk.larkfield.id,
      api_access_clientsecret: 'Hunter2-Hunter2',
    });

    for (const { text, status } of [user, agent, client]) {
      assert.equal(status, 201);
      assert.equal(text.includes('Hunter2'), false);
    }
    assert.equal('_isnew' in user.body, false);
    const kept = await desk.database.pool.query(
      `select (select string_agg(u::text, '') from desk_users u) || (select string_agg(a::text, '')
        from desk_agents a) || (select string_agg(c::text, '') from desk_clients c)
        || coalesce((select string_agg(x::text, '') from audit_texts x), '') as everything`,
    );
    assert.equal(kept.rows[0].everything.includes('Hunter2'), false);
  });
});
