// The specification of connections: their secrets, their changes and what is refused.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import {
  aConnectionHub,
  aDirectory,
  aHalo,
  type ConnectionHub,
  haloSettings,
  secretText,
} from '#test/servers/connection-hub.ts';
import { nothingStored, storedSecret } from './stored-secret.ts';
import { ConnectionWire } from './wire.ts';

describe('Connections', () => {
  let hub: ConnectionHub;
  before(async () => {
    hub = await aConnectionHub();
  });
  after(() => hub[Symbol.asyncDispose]());

  it('take a secret and never give it back', async () => {
    const made = await hub.make(aHalo);
    const found = await hub.ask('admin', 'GET', `/v1/connections/${made.id}`);
    const list = await hub.ask('admin', 'GET', '/v1/connections');

    assert.equal(made.hasSecret, true);
    assert.deepEqual(ConnectionWire.parse(found.body), made);
    for (const answer of [found, list]) assert.ok(!answer.text.includes(secretText));
    assert.equal(await hub.secretOf(made.id), secretText);
  });

  it('seal the secret where it stands', async () => {
    const made = await hub.make({ ...aHalo, name: 'Sealed' });

    const { rows } = await hub.database.pool.query('select * from connections where id = $1', [
      made.id,
    ]);

    assert.ok(Buffer.isBuffer(rows[0].secret));
    assert.ok(!rows[0].secret.includes(Buffer.from(secretText)));
    assert.ok(!JSON.stringify(rows).includes(secretText));
  });

  const redirections: readonly (readonly [string, object, object])[] = [
    ['the address', aHalo, { address: 'https://halo.elsewhere.example' }],
    ['the token address', aHalo, { tokenAddress: 'https://elsewhere.example/auth/token' }],
    ['the host', aDirectory, { host: 'dc2.elsewhere.example' }],
    ['the port', aDirectory, { port: 3269 }],
    ['TLS', aDirectory, { security: 'plain' }],
    ['a further host', aDirectory, { others: [{ host: 'dc2.elsewhere.example', port: 636 }] }],
    ['the way to sign in', aDirectory, { authentication: 'certificate' }],
    [
      'where references are followed to',
      aDirectory,
      { referrals: 'chase', referralHosts: [{ host: 'dc3.elsewhere.example', port: 636 }] },
    ],
    ['the authority trusted', aDirectory, { ca: '-----BEGIN CERTIFICATE-----\nMII' }],
    [
      'the URL',
      {
        kind: 'webhook',
        settings: { url: 'https://hooks.larkfield.test/a' },
        secret: 'x'.repeat(20),
      },
      { url: 'https://hooks.larkfield.test/b' },
    ],
  ];
  for (const [title, connection, settings] of redirections) {
    it(`lose their secret and every confirmation when ${title} changes`, async () => {
      const made = await hub.make({ ...connection, name: `Redirected: ${title}` });
      const [endpoint] = made.endpoints;
      await hub.ask('admin', 'POST', `/v1/connections/${made.id}/confirm`, {
        host: endpoint?.host,
        port: endpoint?.port,
      });

      const changed = await hub.change(made.id, { settings });

      assert.equal(changed.hasSecret, false);
      assert.deepEqual(
        changed.endpoints.filter(({ confirmed }) => confirmed),
        [],
      );
      assert.equal(changed.health.state, 'unknown');
      await assert.rejects(hub.ready(made.id), { code: 'connection.no-secret' });
      await hub.change(made.id, { settings: made.settings });
      assert.equal((await hub.find(made.id)).endpoints[0]?.confirmed, false);
    });
  }

  it('of directories name every host they go to, and each is confirmed on its own', async () => {
    const others = [
      { host: 'dc2.ad.larkfield.test' },
      { host: 'DC2.ad.larkfield.test', port: 636 },
    ];
    const referralHosts = [{ host: 'porto.larkfield.test', port: 3269 }];
    const { settings } = aDirectory;
    const made = await hub.make({
      ...aDirectory,
      name: 'Several hosts',
      settings: { ...settings, others, referralHosts },
    });

    const { body } = await hub.ask('admin', 'POST', `/v1/connections/${made.id}/confirm`, {
      ...referralHosts[0],
    });

    assert.deepEqual(
      ConnectionWire.parse(body).endpoints.map(({ port, confirmed }) => [port, confirmed]),
      [
        [made.endpoints[0]?.port, false],
        [636, false],
        [3269, true],
      ],
    );
  });

  it('of directories are refused where a key or a password could go astray', async () => {
    const { settings } = aDirectory;
    const nine = Array.from({ length: 9 }, (_, n) => ({ host: `dc${n}.larkfield.test` }));
    const wrong: readonly object[] = [
      { bindDn: '' },
      { authentication: 'certificate', security: 'plain' },
      { referrals: 'chase', security: 'plain' },
      { others: nine },
      { others: [{ host: '' }] },
      { others: [{ host: 'dc2.larkfield.test', port: 0 }] },
      { referralHosts: ['dc2.larkfield.test'] },
      { authentication: 'anonymous' },
    ];
    for (const bent of wrong) {
      const answer = await hub.ask('admin', 'POST', '/v1/connections', {
        ...{ ...aDirectory, name: 'Astray', settings: { ...settings, ...bent } },
      });
      assert.equal(answer.status, 400, JSON.stringify(bent));
    }
  });

  it('keep their secret when nothing about the way changes', async () => {
    const made = await hub.make({ ...aHalo, name: 'Steady' });

    const changed = await hub.change(made.id, {
      name: 'Steady as ever',
      settings: { ...haloSettings, clientId: 'sundog-2', scope: 'all' },
    });

    assert.equal(changed.hasSecret, true);
    assert.equal(changed.version, 2);
    assert.equal(changed.settings.clientId, 'sundog-2');
  });

  it('never pair an address with the secret of another time', async () => {
    const made = await hub.make({ ...aHalo, name: 'Raced' });
    await hub.change(made.id, { secret: 'the-secret-of-later' });

    assert.deepEqual(await storedSecret(hub.database.db, made), nothingStored);
  });

  it('take a new secret together with a new address', async () => {
    const made = await hub.make({ ...aHalo, name: 'Moved' });

    await hub.change(made.id, {
      settings: { address: 'https://halo2.larkfield.test' },
      secret: 'the-new-secret',
    });

    assert.equal(await hub.secretOf(made.id), 'the-new-secret');
  });

  it('tell the audit trail what changed, and of secrets only that they did', async () => {
    const made = await hub.make({ ...aDirectory, name: 'Audited' });
    await hub.change(made.id, { settings: { port: 3269 } });
    await hub.change(made.id, { secret: 'another-password' });

    const { rows } = await hub.database.pool.query(
      `select action, field, before, after, because from audit_entries
       join audit_texts on entry_id = id where subject_id = $1 order by id`,
      [made.id],
    );

    assert.deepEqual(
      rows.map(({ action, field, before, after, because }) => [
        action,
        field,
        before,
        after,
        because,
      ]),
      [
        ['connection.created', null, null, null, null],
        ['connection.changed', 'port', '636', '3269', null],
        [
          'connection.changed',
          'secret',
          null,
          null,
          'cleared, because the connection goes elsewhere',
        ],
        ['connection.changed', 'secret', null, null, 'replaced'],
      ],
    );
  });

  it('are listed page by page', async () => {
    const first = await hub.ask('admin', 'GET', '/v1/connections?limit=2');
    const page = z.object({ items: z.array(ConnectionWire), next: z.uuid() }).parse(first.body);
    const second = await hub.ask('admin', 'GET', `/v1/connections?limit=2&cursor=${page.next}`);
    const more = z.object({ items: z.array(ConnectionWire) }).parse(second.body);

    const ids = [...page.items, ...more.items].map(({ id }) => id);
    assert.equal(new Set(ids).size, 4);
  });

  it('warn of what is readable on the way', async () => {
    const made = await hub.make({
      ...aDirectory,
      name: 'Readable',
      settings: { ...aDirectory.settings, port: 389, security: 'plain' },
    });

    assert.match(made.warnings[0] ?? '', /without encryption/);
  });

  it('are deleted unless something uses them', async () => {
    const made = await hub.make({ ...aHalo, name: 'Unused' });
    const used = await hub.make({ ...aHalo, name: 'Used' });
    hub.users.set(used.id, ['the automation "New starters"']);

    const gone = await hub.ask('admin', 'DELETE', `/v1/connections/${made.id}`);
    const kept = await hub.ask('admin', 'DELETE', `/v1/connections/${used.id}`);

    assert.equal(gone.status, 204);
    assert.equal((await hub.ask('admin', 'GET', `/v1/connections/${made.id}`)).status, 404);
    assert.equal(kept.status, 409);
    assert.match(kept.text, /used by the automation \\"New starters\\"/);
  });

  const misfits: readonly (readonly [string, unknown, number, RegExp])[] = [
    ['no JSON', '{"kind":', 400, /cannot be read/],
    ['no body', undefined, 400, /./],
    ['a kind nobody knows', { ...aHalo, kind: 'ftp' }, 400, /kind/],
    ['no name', { ...aHalo, name: ' ' }, 400, /name/],
    ['a name in two lines', { ...aHalo, name: 'a\r\nb' }, 400, /one line/],
    ['another kind’s settings', { ...aHalo, settings: aDirectory.settings }, 400, /settings/],
    [
      'a secret among its settings',
      { ...aHalo, settings: { ...haloSettings, secret: 'x' } },
      400,
      /secret/,
    ],
    [
      'an address that is none',
      { ...aHalo, settings: { ...haloSettings, address: 'halo' } },
      400,
      /address/,
    ],
    [
      'a script for an address',
      { ...aHalo, settings: { ...haloSettings, address: 'javascript:1' } },
      400,
      /address/,
    ],
    [
      'credentials in its address',
      { ...aHalo, settings: { ...haloSettings, address: 'https://a:b@halo.larkfield.test' } },
      400,
      /user name/,
    ],
    [
      'an address without TLS',
      { ...aHalo, settings: { ...haloSettings, address: 'http://halo.larkfield.test' } },
      422,
      /use an address that begins with https/,
    ],
    ['port 0', { ...aDirectory, settings: { ...aDirectory.settings, port: 0 } }, 400, /port/],
    [
      'a port in words',
      { ...aDirectory, settings: { ...aDirectory.settings, port: 'ldaps' } },
      400,
      /port/,
    ],
    [
      'a certificate that is none',
      { ...aHalo, settings: { ...haloSettings, ca: 'MII' } },
      400,
      /PEM/,
    ],
    ['the lab’s mark outside of the lab', { ...aHalo, lab: true }, 422, /lab/],
    ['a member nobody knows', { ...aHalo, colour: 'red' }, 400, /colour/],
    ['20 MB', { ...aHalo, secret: 'x'.repeat(20 * 1024 * 1024) }, 413, /larger/],
  ];
  for (const [title, body, status, sentence] of misfits) {
    it(`are refused with ${title}, in a sentence, and nothing stays`, async () => {
      const count = () => hub.database.pool.query('select count(*) from connections');
      const before = await count();

      const answer = await hub.ask('admin', 'POST', '/v1/connections', body);

      assert.equal(answer.status, status);
      assert.match(answer.text, sentence);
      assert.deepEqual((await count()).rows, before.rows);
    });
  }

  it('belong to a client that is there, or to all', async () => {
    const made = await hub.make({ ...aHalo, name: 'Moves' });
    const lost = { ...aHalo, name: 'Lost', clientId: 4711 };

    const posted = await hub.ask('admin', 'POST', '/v1/connections', lost);
    const path = `/v1/connections/${made.id}`;
    const moved = await hub.ask('admin', 'PATCH', path, { clientId: 4711 });

    assert.deepEqual([posted.status, moved.status], [422, 422]);
    assert.match(posted.text, /There is no client 4711/);
    const list = await hub.ask('admin', 'GET', '/v1/connections?limit=100');
    assert.ok(!list.text.includes('Lost'));
  });

  it('have a name of their own within a client', async () => {
    await hub.make({ ...aHalo, name: 'Twice' });

    const again = await hub.ask('admin', 'POST', '/v1/connections', { ...aHalo, name: 'Twice' });
    const elsewhere = await hub.make({ ...aHalo, name: 'Twice', clientId: 12 });
    const renamed = await hub.ask('admin', 'PATCH', `/v1/connections/${elsewhere.id}`, {
      clientId: null,
    });

    assert.equal(again.status, 409);
    assert.match(again.text, /connection.name-taken/);
    assert.equal(renamed.status, 409);
  });
});
