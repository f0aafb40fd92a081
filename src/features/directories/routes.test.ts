// The specification of /v1/directory-syncs: settings whole, and a look at the directory.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { aFront, anActor } from '#test/servers/front.ts';
import { aSyncHub, One, type SyncHub } from '#test/servers/sync-hub.ts';
import { directorySyncRoutes } from './routes.ts';
import { DirectorySyncWire, PreviewWire, TreeWire, TriedWire } from './wire.ts';

describe('A directory sync under /v1', () => {
  let hub: SyncHub;
  before(async () => {
    hub = await aSyncHub();
  });
  after(() => hub[Symbol.asyncDispose]());
  const ask = (method: string, path: string, body?: unknown, as = 'admin') =>
    hub.ask(as, method, `/v1/directory-syncs${path}`, body);

  it('is made, changed, listed and deleted; its rows keep their ids', async () => {
    const { guid, id: first } = await hub.labConnection();
    await hub.ask('admin', 'DELETE', `/v1/directory-syncs/${first}`);
    const place = { target: 'user', dn: hub.lab.people, siteId: 101 };
    const settings = { name: 'Larkfield', places: [place], contacts: true, approval: 'always' };
    const answer = await ask('POST', '', { connectionId: guid?.toUpperCase(), settings });
    assert.equal(answer.status, 201, answer.text);
    const made = DirectorySyncWire.parse(answer.body);
    const schedule = { cron: '0 6 * * 1-5' };
    const changed = DirectorySyncWire.parse(
      (await ask('PATCH', `/${made.id}`, { settings: { schedule } })).body,
    );

    assert.deepEqual(changed.settings, { ...made.settings, schedule });
    assert.equal(changed.version, made.version + 1);
    assert.notEqual(changed.nextAt, null);
    assert.ok((await ask('GET', '')).text.includes('"Larkfield"'));
    assert.equal((await ask('DELETE', `/${made.id}`)).status, 204);
    assert.equal((await hub.ask('admin', 'GET', `/v1/connections/${guid}`)).status, 200);
  });

  it('is looked at in the directory itself', async () => {
    const { id } = await hub.labConnection({
      ldap_strings: [{ dn: hub.lab.people, site_id: 101 }],
    });

    const tried = TriedWire.parse((await ask('POST', `/${id}/test`)).body);
    const tree = TreeWire.parse((await ask('GET', `/${id}/containers`)).body);
    const preview = PreviewWire.parse((await ask('GET', `/${id}/preview`)).body);

    assert.deepEqual([tried.ok, tried.stage], [true, null]);
    assert.ok(tree.containers.some(({ dn }) => dn === hub.lab.people));
    assert.ok((preview.places[0]?.people.length ?? 0) > 0);
  });

  it('is looked at by nobody unknown: each look is recorded, and an impersonated one refused', async () => {
    const place = { ldap_strings: [{ dn: hub.lab.people, site_id: 101 }] };
    const there = await hub.labConnection(place);
    const nowhere = await hub.labConnection({ ...place, basedn: `OU=Nowhere,${hub.lab.baseDn}` });
    const looks = [
      ['POST', 'test'],
      ['GET', 'containers'],
      ['GET', 'preview'],
    ] as const;
    const lookedAt = async (id: number) => {
      const before = (await hub.audited(id)).length;
      for (const [method, look] of looks) await ask(method, `/${id}/${look}`);
      return (await hub.audited(id)).slice(before);
    };

    const seen = await lookedAt(there.id ?? 0);
    const missed = await lookedAt(nowhere.id ?? 0);
    const refused = looks.map(([method, look]) =>
      ask(method, `/${there.id}/${look}`, undefined, 'impersonated'),
    );

    const entry = 'directory-sync.tried > 127.0.0.1';
    const because = ' The base DN of the connection is not in the directory';
    assert.deepEqual(seen, [entry, entry, entry]);
    assert.deepEqual(
      missed.map((line) => line.split(',')[0]),
      [`${entry} base:${because}`, `${entry}${because}`, `${entry}${because}`],
    );
    for (const { status } of await Promise.all(refused)) assert.equal(status, 403);
  });

  it('is previewed within one span of time, however many places it has', async () => {
    const { id } = await hub.labConnection({
      ldap_strings: [hub.lab.people, hub.lab.groups].map((dn) => ({ dn, site_id: 101 })),
    });
    const spans: (AbortSignal | undefined)[] = [];
    const { connections } = hub.ports;
    const browse: typeof connections.browse = async (candidate) => {
      const directory = await connections.browse(candidate);
      return {
        ...directory,
        people: (query, limit, signal) => {
          spans.push(signal);
          return directory.people(query, limit, signal);
        },
        [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
      };
    };
    const ports = { ...hub.ports, connections: { ...connections, browse } };
    await using front = await aFront(directorySyncRoutes(ports), {
      admin: anActor('admin', ['admin']),
    });

    const { status } = await front.ask('admin', 'GET', `/v1/directory-syncs/${id}/preview`);

    assert.equal(status, 200);
    assert.deepEqual([spans.length, new Set(spans).size], [2, 1]);
    assert.ok(spans[0] instanceof AbortSignal);
  });

  it('warns in its own words, and of nothing that only Halo’s dialect has', async () => {
    const made = await hub.labConnection({
      ...{ external: true, useadauthentication: 1 },
      mappings_user: [{ ldap_field: 'carLicense', nhd_field: 'carlicence' }],
    });

    const { warnings } = DirectorySyncWire.parse((await ask('GET', `/${made.id}`)).body);

    assert.match(made._warning ?? '', /ldap_strings names no place.*useadauthentication/);
    assert.deepEqual(warnings, [
      'One of its mappings names a field that this desk has not; it is kept and does nothing.',
    ]);
  });

  it('makes agents and members of boards for administrators alone, who set all of it', async () => {
    const { id } = await hub.labConnection();
    const dn = hub.lab.people;
    const user = { target: 'user', dn, siteId: 101 };
    const change = async (as: string, body: object) =>
      (await ask('PATCH', `/${id}`, body, as)).status;
    const places = (...all: readonly object[]) => ({ settings: { places: all } });

    const byHalf = [
      await change('half', places({ target: 'agent', dn })),
      await change('half', places({ target: 'cab-member', dn })),
      await change('half', places(user)),
    ];
    const byAdmin = await change('admin', places(user, { target: 'agent', dn }));
    const then = [
      await change('half', places({ target: 'agent', dn, filter: '(sn=*)' })),
      await change('half', { settings: { contacts: true } }),
      await change('half', places(user)),
      await change('half', { active: false }),
    ];

    assert.deepEqual([byHalf, byAdmin, then], [[403, 403, 200], 200, [403, 403, 403, 200]]);
  });

  it('reads agents from where an administrator says, and from nowhere else', async () => {
    const { id, guid } = await hub.labConnection();
    const dn = hub.lab.people;
    const settings = { places: [{ target: 'agent', dn }] };
    const redirected = async (as: string, hostname: string) => [
      (await hub.ask(as, 'POST', '/api/LDAPConnection', [{ id, hostname }])).status,
      (await hub.ask(as, 'PATCH', `/v1/connections/${guid}`, { settings: { port: 3269 } })).status,
      (await hub.ask(as, 'PATCH', `/v1/connections/${guid}`, { secret: 'another-one' })).status,
    ];
    assert.deepEqual(await redirected('editor', 'dc1.larkfield.test'), [201, 200, 200]);
    assert.equal((await ask('PATCH', `/${id}`, { settings })).status, 200);

    const byEditor = await redirected('editor', 'dc2.larkfield.test');
    const renamed = await hub.ask('editor', 'PATCH', `/v1/connections/${guid}`, { name: 'York' });

    assert.deepEqual([byEditor, renamed.status], [[403, 403, 403], 200]);
    assert.deepEqual(await redirected('admin', 'dc2.larkfield.test'), [201, 200, 200]);
  });

  it('refuses what cannot be, in sentences', async () => {
    const { id } = await hub.labConnection();
    const dn = hub.lab.people;
    for (const [settings, sentence] of [
      [{ schedule: { cron: '99 * * * *' } }, /no cron line/],
      [{ schedule: { everyMinutes: 0 } }, /everyMinutes/],
      [{ fields: [{ target: 'user', from: 'mail', to: 'password' }] }, /"password"/],
      [{ fields: [{ target: 'user', from: 'sn;x-old', to: 'surname' }] }, /has options/],
      [{ fields: [{ target: 'user', from: '%userPassword%', to: 'notes' }] }, /reads a secret/],
      [{ places: [{ target: 'user', dn, siteId: 9_999 }] }, /unknown site/],
      [{ places: [{ target: 'robot', dn }] }, /target/],
      [{ limits: { disables: { count: -1, percent: 5 } } }, /limits/],
      [{ surplus: true }, /surplus/],
      [{ name: '' }, /name/],
    ] as const) {
      const answer = await ask('PATCH', `/${id}`, { settings });

      assert.ok(answer.status === 400 || answer.status === 422, answer.text);
      assert.match(answer.text.replaceAll('\\"', '"'), sentence);
    }
    const elsewhere = { connectionId: '00000000-0000-4000-8000-000000000000' };
    assert.equal((await ask('POST', '', { ...elsewhere, settings: { name: 'x' } })).status, 404);
    assert.equal(
      (await ask('PATCH', `/${id}`, { deskConnectionId: elsewhere.connectionId })).status,
      404,
    );
  });

  it('of one client writes into a Halo of that client alone, whoever says so', async () => {
    const haloOf = async (clientId: number | null) => {
      const settings = { address: 'https://halo.larkfield.test', clientId: 'sundog' };
      const given = { kind: 'halo', name: `Halo ${clientId}`, lab: false, settings, clientId };
      const answer = await hub.ask('admin', 'POST', '/v1/connections', given);
      assert.equal(answer.status, 201, answer.text);
      return z.object({ id: z.uuid() }).parse(answer.body).id;
    };
    const [own, another, everybodys] = [await haloOf(9), await haloOf(12), await haloOf(null)];
    const mine = await hub.make({}, 'client-9');
    const all = await hub.make();
    const write = async (id: number | null, deskConnectionId: string, as: string) => {
      const { status, text } = await ask('PATCH', `/${id}`, { deskConnectionId }, as);
      return status === 200 ? status : z.object({ code: z.string() }).parse(JSON.parse(text)).code;
    };

    for (const as of ['admin', 'client-9']) {
      const unknown = '00000000-0000-4000-8000-000000000000';
      for (const foreign of [another, everybodys, unknown]) {
        assert.equal(await write(mine.id, foreign, as), 'directory-sync.foreign-desk');
      }
      assert.equal(await write(mine.id, own, as), 200);
    }
    assert.equal(await write(all.id, another, 'admin'), 200);
    const { guid: connectionId } = await hub.labConnection();
    const settings = { name: 'Larkfield' };
    const given = { connectionId, clientId: 9, deskConnectionId: another, settings };
    await hub.database.pool.query('delete from directory_syncs where connection_id = $1', [
      connectionId,
    ]);
    const made = await ask('POST', '', given);
    assert.match(made.text, /directory-sync\.foreign-desk/);
  });

  it('is there for those who may see it, and changed by those who may change it', async () => {
    const { id } = await hub.labConnection();

    assert.equal((await ask('GET', `/${id}`, undefined, 'guest')).status, 403);
    assert.equal((await ask('GET', `/${id}`, undefined, 'reader')).status, 200);
    assert.equal((await ask('POST', `/${id}/test`, undefined, 'reader')).status, 403);
    assert.equal((await ask('GET', `/${id}/preview`, undefined, 'client-9')).status, 404);
    assert.equal((await ask('PATCH', `/${id}`, { active: false }, 'client-9')).status, 404);
    assert.equal((await ask('DELETE', `/${id}`, undefined, 'impersonated')).status, 403);
  });
});

describe("A client's sync on a directory that is everybody's", () => {
  let hub: SyncHub;
  let id = 0;
  let guid: string | null = null;
  before(async () => {
    hub = await aSyncHub();
    const made = await hub.labConnection({ ldap_strings: [{ dn: hub.lab.people, site_id: 101 }] });
    ({ guid } = made);
    id = made.id ?? 0;
    await hub.database.pool.query('update directory_syncs set client_id = 9 where id = $1', [id]);
  });
  after(() => hub[Symbol.asyncDispose]());

  // biome-ignore format: one line each
  const looks: readonly (readonly [string, string, string, object | undefined])[] = [
    ['other places', 'PATCH', '/v1/directory-syncs/ID', { settings: { places: [] } }],
    ['other attributes', 'PATCH', '/v1/directory-syncs/ID', { settings: { fields: [] } }],
    ['a test', 'POST', '/v1/directory-syncs/ID/test', undefined],
    ['its containers', 'GET', '/v1/directory-syncs/ID/containers', undefined],
    ['some of its people', 'GET', '/v1/directory-syncs/ID/preview', undefined],
    ['a test in Halo’s words', 'POST', '/api/LDAPConnection', { _is_test: true }],
    ['a test as somebody else', 'POST', '/api/LDAPConnection', { _is_test: true, username: 'CN=Boss,DC=ad,DC=larkfield,DC=test' }],
    ['its containers in Halo’s words', 'POST', '/api/LDAPConnection', { _get_mappings: true }],
    ['people anywhere', 'POST', '/api/LDAPConnection', { _get_users: true, basedn: 'DC=ad,DC=larkfield,DC=test' }],
    ['other places in Halo’s words', 'POST', '/api/LDAPConnection', { ldap_strings: [] }],
  ];
  for (const [what, method, path, body] of looks) {
    it(`refuses ${what} to whoever looks after that client`, async () => {
      const before = await settings();
      const given = path.startsWith('/api') ? { id, ...body } : body;

      const answer = await hub.ask('client-9', method, path.replace('ID', String(id)), given);

      assert.equal(answer.status, 403, answer.text);
      assert.match(answer.text, /directory-sync\.shared-directory/);
      assert.deepEqual(await settings(), before);
    });
  }

  it('is shown to them as one they may not change, and theirs once the directory is', async () => {
    const access = async () => {
      const { body } = await hub.ask('client-9', 'GET', `/api/LDAPConnection/${id}`);
      return One.parse(body).allow_access;
    };
    const tried = async () =>
      (await hub.ask('client-9', 'POST', `/v1/directory-syncs/${id}/test`)).status;

    const before = await access();
    await hub.database.pool.query('update connections set client_id = 9 where id = $1', [guid]);

    assert.deepEqual([before, await access(), await tried()], [false, true, 200]);
  });

  async function settings() {
    const { rows } = await hub.database.pool.query(
      'select settings, version, active from directory_syncs where id = $1',
      [id],
    );
    return rows;
  }
});
