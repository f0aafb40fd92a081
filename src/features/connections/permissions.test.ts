// Who may see, change and confirm which connection.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  aConnectionHub,
  aDirectory,
  aHalo,
  type ConnectionHub,
} from '#test/servers/connection-hub.ts';
import { ConnectionWire } from './wire.ts';

describe('Who may do what with connections', () => {
  let hub: ConnectionHub;
  before(async () => {
    hub = await aConnectionHub();
  });
  after(() => hub[Symbol.asyncDispose]());

  it('is decided by permission, for every route', async () => {
    const { id } = await hub.make(aHalo);
    const endpoint = { host: 'halo.larkfield.test', port: 443 };
    const routes: readonly (readonly [string, string, unknown, readonly number[]])[] = [
      // Answers to nobody, a guest without permissions, a reader, an editor.
      ['GET', '/v1/connections', undefined, [401, 403, 200, 200]],
      ['GET', `/v1/connections/${id}`, undefined, [401, 403, 200, 200]],
      ['POST', '/v1/connections', { ...aHalo, name: 'Another' }, [401, 403, 403, 201]],
      ['PATCH', `/v1/connections/${id}`, { name: 'Renamed' }, [401, 403, 403, 200]],
      ['POST', `/v1/connections/${id}/test`, undefined, [401, 403, 403, 200]],
      ['POST', `/v1/connections/${id}/confirm`, endpoint, [401, 403, 403, 403]],
      ['DELETE', `/v1/connections/${id}`, undefined, [401, 403, 403, 204]],
    ];
    for (const [method, path, body, statuses] of routes) {
      const found: number[] = [];
      for (const caller of [undefined, 'guest', 'reader', 'editor']) {
        found.push((await hub.ask(caller, method, path, body)).status);
      }
      assert.deepEqual(found, statuses, `${method} ${path}`);
    }
  });

  it('ends at the client: no one sees or changes another client’s connections', async () => {
    const theirs = await hub.make({ ...aHalo, name: 'Theirs', clientId: 12 });
    const common = await hub.make({ ...aHalo, name: 'Common' });

    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { name: 'Mine' } : undefined;
      const answer = await hub.ask('client-9', method, `/v1/connections/${theirs.id}`, body);
      assert.equal(answer.status, 404, method);
    }
    const list = await hub.ask('client-9', 'GET', '/v1/connections');
    const mine = await hub.ask('client-9', 'POST', '/v1/connections', { ...aHalo, clientId: 12 });
    const change = await hub.ask('client-9', 'PATCH', `/v1/connections/${common.id}`, {
      name: 'x',
    });

    assert.ok(list.text.includes(common.id) && !list.text.includes(theirs.id));
    assert.equal(ConnectionWire.parse(mine.body).clientId, 9);
    assert.equal(change.status, 404);
  });

  it('says so when there is no such connection', async () => {
    const id = '0197c0de-0000-7000-8000-000000000000';
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'x' }],
      ['DELETE', '', undefined],
      ['POST', '/test', undefined],
      ['POST', '/confirm', { host: 'x.example', port: 443 }],
    ] as const) {
      const answer = await hub.ask('admin', method, `/v1/connections/${id}${path}`, body);
      assert.equal(answer.status, 404, `${method} ${path}`);
    }
    assert.equal((await hub.ask('admin', 'GET', '/v1/connections/7')).status, 404);
  });
});

describe('Confirming a private address', () => {
  it('is noted with who and when, and lets this connection go there', async () => {
    await using hub = await aConnectionHub();
    const { id } = await hub.make(aDirectory);

    const answer = await hub.ask('admin', 'POST', `/v1/connections/${id}/confirm`, {
      host: 'DC1.ad.larkfield.test.',
      port: 636,
    });

    const [endpoint] = ConnectionWire.parse(answer.body).endpoints;
    assert.equal(endpoint?.confirmed, true);
    assert.equal(endpoint?.confirmedBy, 'admin');
    assert.deepEqual(
      (await hub.ready(id)).allowance.confirmed.map(({ host, port }) => `${host}:${port}`),
      ['dc1.ad.larkfield.test:636'],
    );
  });

  for (const [title, endpoint, status, sentence] of [
    [
      'another host',
      { host: 'dc9.ad.larkfield.test', port: 636 },
      422,
      /dc1.ad.larkfield.test:636/,
    ],
    ['another port', { host: 'dc1.ad.larkfield.test', port: 445 }, 422, /does not go to/],
    ['no port', { host: 'dc1.ad.larkfield.test' }, 400, /port/],
  ] as const) {
    it(`is refused for ${title}`, async () => {
      await using hub = await aConnectionHub();
      const { id } = await hub.make(aDirectory);

      const answer = await hub.ask('admin', 'POST', `/v1/connections/${id}/confirm`, endpoint);

      assert.equal(answer.status, status);
      assert.match(answer.text, sentence);
    });
  }

  for (const [title, addresses, sentence] of [
    ['loopback', ['127.0.0.1'], /hub’s own machine/],
    ['cloud metadata', ['169.254.169.254'], /metadata/],
    ['a network outside of the setting', ['192.168.9.9'], /SUNDOG_OUTBOUND_ALLOW/],
  ] as const) {
    it(`is refused where the name leads to ${title}`, async () => {
      await using hub = await aConnectionHub({ addresses });
      const { id } = await hub.make(aDirectory);

      const answer = await hub.ask('admin', 'POST', `/v1/connections/${id}/confirm`, {
        host: 'dc1.ad.larkfield.test',
        port: 636,
      });

      assert.equal(answer.status, 422);
      assert.match(answer.text, sentence);
    });
  }
});
