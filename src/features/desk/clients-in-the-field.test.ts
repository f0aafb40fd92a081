// The programs people run against Halo today, as halo-api.md describes what each of them sends and expects.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aDeskServer, anApplication, type DeskServer, type Json } from '#test/desk/desk-server.ts';

describe('A client written for Halo', () => {
  let desk: DeskServer;
  before(async () => {
    desk = await aDeskServer();
    desk.admit('n8n', anApplication(['edit:tickets', 'edit:customers']));
    desk.admit('hapi', anApplication(['all'], { agentId: await anAgent(desk) }));
    for (let at = 1; at <= 23; at += 1) await aUser(desk, `Visitor ${at}`);
  });
  after(() => desk[Symbol.asyncDispose]());

  it('such as HaloAPI finds where to sign in without a token, and list 11 right after', async () => {
    const info = await desk.get('/api/authinfo', 'nobody');
    const list = await desk.get('/api/lookup?lookupid=11', 'hapi');

    assert.equal(info.body.auth_url, 'http://127.0.0.1:7610/auth');
    assert.equal(info.body.tenant_id, 'larkfield');
    assert.ok(Array.isArray(list.body) && list.body.length > 0);
    assert.deepEqual(
      Object.keys(list.body[0]).filter((name) => /^(id|name)$/.test(name)),
      ['id', 'name'],
    );
  });

  it('such as HaloAPI reads pages until it has as many as record_count says', async () => {
    const users: Json[] = [];
    for (let page = 1; ; page += 1) {
      const { body } = await desk.get(
        `/api/Users?pageinate=true&page_size=10&page_no=${page}`,
        'hapi',
      );
      users.push(...body.users);
      if (users.length >= body.record_count || body.users.length === 0) break;
    }

    assert.equal(users.length, 24);
    assert.equal(new Set(users.map(({ id }) => id)).size, 24);
  });

  it('such as the Go client stops when page_no times page_size reaches record_count', async () => {
    const seen = new Set<number>();
    let answer: Json = { page_no: 0, page_size: 10, record_count: 1 };
    let asked = 0;
    while (answer.page_no * answer.page_size < answer.record_count && asked < 10) {
      asked += 1;
      const reply = await desk.get(`/api/users?pageinate=true&page_size=10&page_no=${asked}`);
      assert.equal(reply.status, 200);
      answer = reply.body;
      for (const user of answer.users) seen.add(user.id);
    }

    assert.equal(asked, 3);
    assert.equal(seen.size, 24);
  });

  it('such as CIPP computes the number of pages from a page of 999', async () => {
    const { body } = await desk.get(
      '/api/Client?pageinate=true&page_size=999&page_no=1&includeactive=true',
    );
    const pages = Math.ceil(body.record_count / 999);

    assert.equal(pages, 1);
    assert.equal(body.clients.length, body.record_count);
  });

  it('such as CIPP finds a user by azureoid, and hears which search does not exist', async () => {
    const azureoid = '5f2c1ad0-7b7e-4c56-9f0e-0a8b0d1c2e3f';
    const ines = await aUser(desk, 'Ines Marlow', { azureoid });
    const filter = (name: string, value: string) =>
      encodeURIComponent(
        JSON.stringify([{ filter_name: name, filter_type: 2, filter_value: value }]),
      );

    const found = await desk.get(
      `/api/Users?advanced_search=${filter('azureoid', azureoid.toUpperCase())}`,
    );
    const refused = await desk.get(`/api/Users?advanced_search=${filter('shoesize', '42')}`);

    assert.deepEqual(
      found.body.users.map(({ id }: Json) => id),
      [ines],
    );
    assert.equal(refused.status, 400);
    assert.match(refused.text, /Invalid advanced search parameter/);
  });

  it('such as CIPP makes a ticket with members nobody knows and reads its id from the answer', async () => {
    const { status, body } = await desk.post('/api/Tickets', [
      {
        summary: 'Mailbox rule found',
        details: 'A rule forwards mail to the outside.',
        tickettype_id: 1,
        client_id: desk.larkfield.id,
        userlookup: { id: -1, lookupdisplay: 'Enter Details Manually' },
        files: null,
        usertype: 1,
        donotapplytemplateintheapi: true,
      },
    ]);

    assert.equal(status, 201);
    assert.equal(typeof body.id, 'number');
    assert.equal(body.user_id, -1);
    assert.equal(body.client_id, desk.larkfield.id);
    assert.equal('files' in body, false);
  });

  it('such as CIPP adds a note with outcome 7, and hears when the outcome is missing', async () => {
    const ticket = (await desk.post('/api/Tickets', [{ summary: 'Note me' }])).body.id;

    const noted = await desk.post('/api/actions', [
      { ticket_id: ticket, outcome_id: 7, note: 'Seen', hiddenfromuser: true },
    ]);
    const refused = await desk.post('/api/actions', [{ ticket_id: ticket, note: 'Seen' }]);

    assert.equal(noted.status, 201);
    assert.equal(noted.body.outcome, 'Internal Note');
    assert.equal(refused.status, 400);
    assert.match(refused.body.Message, /An Outcome must be entered for this Action/);
  });

  it('such as N8N loads its choices from bare arrays', async () => {
    for (const path of [
      '/api/TicketType',
      '/api/agent',
      '/api/Status',
      '/api/Team',
      '/api/Priority',
    ]) {
      const { body } = await desk.get(path, 'n8n');

      assert.ok(Array.isArray(body), path);
      assert.ok(body.map(({ id, name }: Json) => ({ id, name })).length > 0, path);
    }
  });

  it('such as N8N makes, changes with a text for an id, and deletes a client', async () => {
    const made = await desk.post('/api/Client', [{ name: 'Harbour Lenses' }], 'n8n');
    const id = String(made.body.id);

    const changed = await desk.post('/api/Client', [{ id, website: 'harbour.test' }], 'n8n');
    const wrong = await desk.post('/api/Client', [{ id: 'the first', name: 'x' }], 'n8n');
    const gone = await desk.delete(`/api/Client/${id}`, 'n8n');

    assert.equal(changed.body.name, 'Harbour Lenses');
    assert.equal(changed.body.website, 'harbour.test');
    assert.equal(wrong.status, 400);
    assert.ok(wrong.body['[0].id']?.[0], wrong.text);
    assert.equal(gone.status, 200);
    assert.equal(gone.body.id, made.body.id);
    assert.equal((await desk.get(`/api/client/${id}`)).status, 404);
  });

  it('such as HaloMCP posts a bare object, and changes only what it sent', async () => {
    const made = await desk.post('/api/tickets', {
      summary: 'Lens cracked',
      category_1: 'Hardware',
    });

    const changed = await desk.post('/api/tickets', { id: made.body.id, status_id: 2 });

    assert.equal(made.status, 201);
    assert.equal(changed.status, 201);
    assert.equal(changed.body.category_1, 'Hardware');
    assert.equal(changed.body.status_name, 'In Progress');
  });

  it('such as HaloMCP sees agents wrapped as results when it asks for pages', async () => {
    const { body } = await desk.get('/api/Agent?pageinate=true&page_size=5&page_no=1');

    assert.equal(body.record_count, 1);
    assert.equal(body.results[0].name, 'Tomas Reis');
  });

  it('such as the CIPP loop hears that 95.0 is no id, while a site may be 3.0', async () => {
    const ticket = await desk.send('POST', '/api/Tickets', '[{"summary":"x","user_id":95.0}]');
    const user = await desk.send(
      'POST',
      '/api/Users',
      `[{"name":"Rui Prata","site_id":${desk.larkfield.porto}.0}]`,
    );

    assert.equal(ticket.status, 400);
    assert.ok(ticket.body['[0].user_id']);
    assert.equal(user.status, 201);
    assert.equal(user.body.site_name, 'Porto');
  });

  it('asks in any letter case, of path and query alike', async () => {
    const reply = await desk.get('/API/uSERS?PAGEINATE=TRUE&Page_Size=2&PAGE_NO=2');

    assert.equal(reply.body.page_no, 2);
    assert.equal(reply.body.users.length, 2);
  });

  it('asks who it is', async () => {
    const agent = await desk.get('/api/Agent/me', 'hapi');
    const nobody = await desk.get('/api/Users/me', 'hapi');

    assert.equal(agent.body.name, 'Tomas Reis');
    assert.equal(nobody.status, 404);
  });

  it('closes a ticket by an action and finds it among the closed', async () => {
    const ticket = (await desk.post('/api/tickets', { summary: 'Badge lost' })).body.id;

    await desk.post('/api/actions', [
      { ticket_id: ticket, outcome_id: 6, note: 'New badge given' },
    ]);

    const closed = await desk.get(`/api/tickets/${ticket}`);
    const open = await desk.get(`/api/tickets?open_only=true&ticketids=${ticket}`);
    assert.equal(closed.body.hasbeenclosed, true);
    assert.match(closed.body.dateclosed, /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(open.body.tickets, []);
  });
});

async function aUser(desk: DeskServer, name: string, more: object = {}): Promise<number> {
  const saved = await desk.post('/api/Users', [{ name, site_id: desk.larkfield.porto, ...more }]);
  return saved.body.id;
}

async function anAgent(desk: DeskServer): Promise<number> {
  const saved = await desk.post('/api/Agent', [
    { name: 'Tomas Reis', email: 'tomas.reis@larkfield.test' },
  ]);
  return saved.body.id;
}
