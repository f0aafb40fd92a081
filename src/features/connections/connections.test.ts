// The specification of connections, asked over HTTP and kept in a real database.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import type { ProbeResult } from '#domain/connection.ts';
import type { Notice } from '#domain/notice.ts';
import { openLog, silentLog } from '#lib/log.ts';
import { asMasterKey } from '#store/master-key.ts';
import { openSealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { aFront, anActor, type Front } from '#test/servers/front.ts';
import { connectionTasks, healthLimits, type ProbeTarget, testConnection } from './health.ts';
import { readyConnection } from './open.ts';
import { connectionRoutes } from './routes.ts';
import { ConnectionWire } from './wire.ts';

const secretText = 'the-secret-of-larkfield-halo';
const haloSettings = { address: 'https://halo.larkfield.test', clientId: 'sundog' };
const aHalo = { kind: 'halo', name: 'Halo', settings: haloSettings, secret: secretText };
const aDirectory = {
  kind: 'ldap',
  name: 'AD Larkfield',
  settings: { host: 'dc1.ad.larkfield.test', bindDn: 'CN=Sundog,DC=ad,DC=larkfield,DC=test' },
  secret: 'bind-password-1',
};

describe('Connections', () => {
  let hub: Hub;
  before(async () => {
    hub = await aHub();
  });
  after(() => hub[Symbol.asyncDispose]());

  it('take a secret and never give it back', async () => {
    const made = await hub.make(aHalo);
    const found = await hub.ask('admin', 'GET', `/v1/connections/${made.id}`);
    const list = await hub.ask('admin', 'GET', '/v1/connections');

    assert.equal(made.hasSecret, true);
    assert.deepEqual(ConnectionWire.parse(found.body), made);
    for (const answer of [found, list]) assert.ok(!answer.text.includes(secretText));
    assert.equal((await hub.ready(made.id)).secret?.reveal(), secretText);
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
    });
  }

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

  it('take a new secret together with a new address', async () => {
    const made = await hub.make({ ...aHalo, name: 'Moved' });

    await hub.change(made.id, {
      settings: { address: 'https://halo2.larkfield.test' },
      secret: 'the-new-secret',
    });

    assert.equal((await hub.ready(made.id)).secret?.reveal(), 'the-new-secret');
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

describe('Who may do what with connections', () => {
  let hub: Hub;
  before(async () => {
    hub = await aHub();
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
    await using hub = await aHub();
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
      await using hub = await aHub();
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
      await using hub = await aHub({ addresses });
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

describe('The health of a connection', () => {
  it('is found on demand, with the stage that fails', async () => {
    await using hub = await aHub();
    const { id } = await hub.make(aHalo);
    hub.answer({ ok: false, stage: 'tls', code: 'tls.untrusted', sentence: 'Not trusted.' });

    const tested = await hub.ask('admin', 'POST', `/v1/connections/${id}/test`);

    const { health } = await hub.find(id);
    assert.equal(tested.status, 200);
    assert.match(tested.text, /"ok":false,"stage":"tls","code":"tls.untrusted"/);
    assert.deepEqual(
      [health.state, health.stage, health.sentence],
      ['broken', 'tls', 'Not trusted.'],
    );
  });

  it('is not asked of the system while the secret is missing', async () => {
    await using hub = await aHub();
    const { id } = await hub.make({ ...aHalo, secret: null });

    const tested = await hub.ask('admin', 'POST', `/v1/connections/${id}/test`);

    assert.match(tested.text, /"stage":"credentials","code":"connection.no-secret"/);
    assert.deepEqual(hub.probed, []);
  });

  it('is told once when it breaks and once when it is well again', async () => {
    await using hub = await aHub();
    const { id } = await hub.make(aHalo);
    const broken: ProbeResult = { ok: false, stage: 'connect', code: 'x', sentence: 'No answer.' };

    for (const result of [broken, fine, fine, broken, broken, broken, fine, fine]) {
      hub.answer(result);
      await testConnection(hub.ports, id);
    }

    assert.deepEqual(
      hub.notices.map(({ event, title }) => `${event} ${title}`),
      [
        'connection.broke Connection broken: Halo',
        'connection.recovered Connection works again: Halo',
      ],
    );
  });

  it('is broken, and not the hub, when trying it throws; no secret reaches the log', async () => {
    const lines: string[] = [];
    await using hub = await aHub({
      log: openLog({ format: 'json', level: 'debug', write: (line) => lines.push(line) }),
    });
    const { id } = await hub.make(aHalo);
    hub.answer(new Error('surprise'));

    const tested = await hub.ask('admin', 'POST', `/v1/connections/${id}/test`);

    assert.equal(tested.status, 200);
    assert.match(tested.text, /could not be tried/);
    assert.ok(lines.some((line) => line.includes('surprise')));
    assert.ok(!lines.join().includes(secretText));
  });

  it('says nothing of a connection that was changed while it was tried', async () => {
    await using hub = await aHub();
    const { id } = await hub.make(aHalo);
    hub.during(() => hub.change(id, { settings: { address: 'https://halo3.larkfield.test' } }));

    await testConnection(hub.ports, id);

    assert.equal((await hub.find(id)).health.state, 'unknown');
  });

  it('is looked after in turn, and rarely where a password was refused', async () => {
    await using hub = await aHub();
    const well = await hub.make({ ...aHalo, name: 'Well' });
    const refused = await hub.make({ ...aDirectory, name: 'Refused' });
    await testConnection(hub.ports, well.id);
    hub.answer({ ok: false, stage: 'credentials', code: 'x', sentence: 'Wrong password.' });
    await testConnection(hub.ports, refused.id);

    hub.pass(healthLimits.everyMs + 1);
    const soon = await hub.tick();
    hub.pass(healthLimits.everyMsAfterRefusal);
    const later = await hub.tick();

    assert.deepEqual(soon, [well.id]);
    assert.deepEqual(later.toSorted(), [well.id, refused.id].toSorted());
  });

  it('does not mind that a connection is deleted before its turn', async () => {
    await using hub = await aHub();
    const [, check] = connectionTasks(hub.ports);

    await check?.run(
      { id: '0197c0de-0000-7000-8000-000000000000' },
      { signal: AbortSignal.timeout(1000), attempt: 1, attemptsMax: 1, log: silentLog },
    );

    assert.deepEqual(hub.probed, []);
  });
});

const fine: ProbeResult = { ok: true, sentence: 'It answers.' };

type Hub = Awaited<ReturnType<typeof aHub>>;

type HubOptions = { readonly addresses?: readonly string[]; readonly log?: typeof silentLog };

async function aHub({ addresses = ['10.20.0.5'], log = silentLog }: HubOptions = {}) {
  const database: TestDatabase = await aDatabase();
  let now = new Date('2026-11-20T08:00:00Z');
  let result: ProbeResult | Error = fine;
  let meanwhile = async (): Promise<unknown> => undefined;
  const probed: ProbeTarget[] = [];
  const notices: Notice[] = [];
  const users = new Map<string, readonly string[]>();
  const ports = {
    db: database.db,
    sealing: openSealing([asMasterKey(Buffer.alloc(32, 7).toString('base64'), 'test')]),
    clock: () => now,
    log,
    rules: { networks: ['10.0.0.0/8'], labAllowed: false },
    usersOf: async (_tx: unknown, id: string) => users.get(id) ?? [],
    notify: async (_tx: unknown, notice: Notice) => void notices.push(notice),
    network: {
      lookup: async () => addresses,
      connect: () => assert.fail('nothing is dialled here'),
    },
    async probe(target: ProbeTarget) {
      probed.push(target);
      await meanwhile();
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const front: Front = await aFront(
    connectionRoutes(ports),
    {
      admin: anActor('admin', ['admin']),
      editor: anActor('editor', ['connections:read', 'connections:edit']),
      reader: anActor('reader', ['connections:read']),
      guest: anActor('guest', ['read:tickets']),
      'client-9': anActor('client-9', ['connections:read', 'connections:edit'], 9),
    },
    log,
  );
  const parsed = async (asked: Promise<{ status: number; text: string; body: unknown }>) => {
    const answer = await asked;
    assert.ok(answer.status < 300, answer.text);
    return ConnectionWire.parse(answer.body);
  };
  return {
    database,
    ports,
    probed,
    notices,
    users,
    ask: front.ask,
    make: (body: object) =>
      parsed(front.ask('admin', 'POST', '/v1/connections', { name: 'One', ...body })),
    change: (id: string, body: object) =>
      parsed(front.ask('admin', 'PATCH', `/v1/connections/${id}`, body)),
    find: (id: string) => parsed(front.ask('admin', 'GET', `/v1/connections/${id}`)),
    ready: (id: string) => readyConnection(ports, id),
    answer: (next: ProbeResult | Error) => {
      result = next;
    },
    during: (work: () => Promise<unknown>) => {
      meanwhile = work;
    },
    pass: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    /** One round of the periodic check: the connections it asked for. */
    async tick(): Promise<string[]> {
      const [tick] = connectionTasks(ports);
      await database.pool.query('delete from graphile_worker._private_jobs');
      await tick?.run(
        {},
        { signal: AbortSignal.timeout(1000), attempt: 1, attemptsMax: 1, log: silentLog },
      );
      const { rows } = await database.pool.query(
        "select payload from graphile_worker._private_jobs where key like 'connections.check:%'",
      );
      return rows.map(({ payload }) => z.object({ id: z.string() }).parse(payload).id);
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
