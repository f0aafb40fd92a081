// What the desk refuses, on every route: unknown ids, wrong types, broken bodies, records that cannot be.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { elementsMax } from '#http/halo/model.ts';
import { aDeskServer, type DeskServer } from '#test/desk/desk-server.ts';
import type { Resource } from './resource/resource.ts';
import { deskResources } from './routes.ts';

/** A value of another type than the member's. */
const wrongFor = {
  ...{ int: 'seven', double: {}, text: 5, bool: 'perhaps', time: '31 February' },
  ...{ uuid: 'no-guid', objects: 'x', object: 'x', any: undefined },
} as const;

describe('The desk refuses', () => {
  let desk: DeskServer;
  before(async () => {
    desk = await aDeskServer();
  });
  after(() => desk[Symbol.asyncDispose]());

  for (const resource of deskResources) {
    const { path } = resource;
    const address = (id: string) => `/api/${path}/${id}${numberedWithin(resource)}`;
    const isGuid = resource.members.id?.type === 'uuid';
    const unknownId = isGuid ? '00000000-0000-4000-8000-000000000000' : '2000000000';

    it(`${path} with an id that was never given`, async () => {
      const got = await desk.get(address(unknownId));
      const changed = await desk.post(`/api/${path}`, {
        ...{ id: isGuid ? unknownId : Number(unknownId), name: 'x', summary: 'x' },
        ...{ ticket_id: 1, lookupid: 1, outcome: 'x' },
      });
      const deleted = await desk.delete(address(unknownId));

      for (const { status, body } of [got, changed, deleted]) {
        assert.equal(status, 404);
        assert.equal(body.code, 'record.unknown');
        assert.match(body.Message, /^There is no .* with the id /);
      }
    });

    for (const id of ['abc', '99999999999', '1.5', '%00', "1'--", '-'])
      it(`${path} with the id ${id}`, async () => {
        assert.equal((await desk.get(address(id))).status, 400);
        assert.equal((await desk.delete(address(id))).status, 400);
      });

    it(`${path} with a member of the wrong type, and names each`, async () => {
      const wrong = Object.entries(resource.members).flatMap(([name, { type }]) =>
        wrongFor[type] === undefined || name.startsWith('_deleted') ? [] : [[name, wrongFor[type]]],
      );
      const some = wrong.slice(0, 20);

      const { status, body } = await desk.post(`/api/${path}`, [Object.fromEntries(some)]);

      assert.equal(status, 400);
      for (const [name] of some) assert.ok(body[`[0].${name}`]?.[0], `${path}.${name}`);
    });

    for (const [what, text] of [
      ['nothing', ''],
      ['half an object', '[{"name":'],
      ['a number', '5'],
      ['null', 'null'],
      ['an empty array', '[]'],
      ['an array in an array', '[[{}]]'],
      ['a text for an object', '["x"]'],
      ['too many objects', JSON.stringify(Array.from({ length: elementsMax + 1 }, () => ({})))],
      ['a NUL', '[{"name":"a\\u0000b","summary":"a\\u0000b"}]'],
      ['half a character', '[{"name":"\\ud800","summary":"\\ud800"}]'],
      ['a deep nest', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ])
      it(`${path} posted as ${what}`, async () => {
        const { status, body } = await desk.send('POST', `/api/${path}`, text);

        assert.equal(status, 400, JSON.stringify(body));
        assert.equal(typeof body.Message, 'string');
      });

    // An asset without a number gets one.
    it(`${path} with what only looks empty`, { skip: path === 'Asset' }, async () => {
      const { status } = await desk.post(`/api/${path}`, {
        ...{ name: '  ', summary: ' ', site_id: 2, client_id: 2, lookupid: 1 },
      });

      assert.equal(status, 400);
    });
  }

  it('a body of 20 MB', async () => {
    const { status } = await desk.send('POST', '/api/Users', `"${'x'.repeat(20 * 1024 * 1024)}"`);

    assert.equal(status, 413);
  });

  for (const [path, body, code] of [
    ['Users', { name: 'x' }, 'record.incomplete'],
    ['Users', { site_id: 2 }, 'record.incomplete'],
    ['Users', { name: 'x', site_id: 2.5 }, 'request.invalid'],
    ['Users', { name: 'x', site_id: 9999 }, 'record.refers-to-nothing'],
    ['Users', { name: 'x', site_id: 2, linked_agent_id: 9999 }, 'record.refers-to-nothing'],
    ['Users', { id: -1, name: '' }, 'request.invalid'],
    ['Users', { id: -1, site_id: null }, 'request.invalid'],
    ['Users', { id: -1, customfields: [{ value: 1 }] }, 'request.invalid'],
    ['Users', { id: -1, customfields: [{ id: 77, value: 1 }] }, 'record.unknown'],
    ['Users', { id: -1, customfields: [{ name: 5, value: 1 }] }, 'request.invalid'],
    ['Site', { name: 'x' }, 'record.incomplete'],
    ['Site', { name: 'x', client_id: 9999 }, 'record.refers-to-nothing'],
    ['Client', { id: 2, main_site_id: 1 }, 'record.refers-to-nothing'],
    ['Tickets', { details: 'x' }, 'record.incomplete'],
    ['Tickets', { summary: 'x', user_id: 9999 }, 'record.refers-to-nothing'],
    ['Tickets', { summary: 'x', site_id: 9999 }, 'record.refers-to-nothing'],
    ['Tickets', { summary: 'x', client_id: 9999 }, 'record.refers-to-nothing'],
    ['Tickets', { summary: 'x', status_id: 9999 }, 'record.refers-to-nothing'],
    ['Tickets', { summary: 'x', tickettype_id: 9999 }, 'record.refers-to-nothing'],
    ['Tickets', { summary: 'x', agent_id: 9999 }, 'record.refers-to-nothing'],
    ['Tickets', { summary: 'x', parent_id: 9999 }, 'record.refers-to-nothing'],
    ['Actions', { outcome_id: 7 }, 'record.incomplete'],
    ['Actions', { outcome_id: 7, ticket_id: 9999 }, 'record.unknown'],
    ['Lookup', { name: 'x' }, 'record.incomplete'],
    ['Status', { name: 'x', type: 7 }, 'request.invalid'],
  ] as const)
    it(`${path} ${JSON.stringify(body)} as ${code}`, async () => {
      const reply = await desk.post(`/api/${path}`, body);

      assert.equal(reply.body.code, code, reply.text);
      assert.ok(reply.status === 400 || reply.status === 404);
    });

  it('a name too long to be found by', async () => {
    const name = Array.from({ length: 9000 }, (_, at) =>
      String.fromCodePoint(0x4e00 + ((at * 7919) % 20000)),
    ).join('');

    const { status, body } = await desk.post('/api/Users', { name, site_id: 2 });

    assert.equal(status, 400);
    assert.match(body.Message, /too long/);
  });

  it('an action with an outcome or status that nobody knows', async () => {
    const ticket_id = (await desk.post('/api/Tickets', { summary: 'x' })).body.id;

    const outcome = await desk.post('/api/Actions', { ticket_id, outcome_id: 9999 });
    const status = await desk.post('/api/Actions', { ticket_id, outcome_id: 7, new_status: 9999 });

    assert.equal(outcome.body.code, 'record.refers-to-nothing');
    assert.equal(status.body.code, 'record.refers-to-nothing');
  });

  it('to keep some of a request when another part of it cannot be kept', async () => {
    const { status } = await desk.post('/api/Users', [
      { name: 'First of Two', site_id: 2 },
      { name: 'Second of Two', site_id: 9999 },
    ]);

    const { body } = await desk.get('/api/Users?search=of%20Two');
    assert.equal(status, 400);
    assert.deepEqual(body.users, []);
  });

  it('to delete what others stand on, and says by whom', async () => {
    const user = (await desk.post('/api/Users', { name: 'Ana Prata', site_id: 2 })).body;
    await desk.post('/api/Tickets', { summary: 'x', user_id: user.id });

    for (const path of [`Users/${user.id}`, 'Site/2', 'Client/2', 'Status/1', 'TicketType/1']) {
      const { status, body } = await desk.delete(`/api/${path}`);

      assert.equal(status, 400, path);
      assert.equal(body.code, 'record.in-use', path);
    }
  });

  it("to delete the desk's own", async () => {
    for (const path of ['Users/-1', 'Site/1', 'Client/1']) {
      const { body } = await desk.delete(`/api/${path}`);

      assert.equal(body.code, 'record.kept', path);
    }
  });

  it('two agents with one address', async () => {
    await desk.post('/api/Agent', { name: 'Tomas Reis', email: 'tomas.reis@larkfield.test' });

    const { body } = await desk.post('/api/Agent', {
      name: 'Tom',
      email: 'Tomas.Reis@larkfield.test',
    });

    assert.equal(body.code, 'record.taken');
    assert.match(body.Message, /email/);
  });
});

/** Actions are numbered within tickets, lookups within lists. */
function numberedWithin(resource: Resource): string {
  const others = resource.keys.filter((name) => name !== 'id');
  return others.length === 0 ? '' : `?${others.map((name) => `${name}=1`).join('&')}`;
}
