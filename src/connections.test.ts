// The specification of opening connections: the right connector, shared where it may be, never outdated.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ConnectionKind } from '#domain/connection.ts';
import type { RenderedRequest } from '#domain/ports/application.ts';
import {
  changeConnection,
  createConnection,
  type Workshop,
} from '#features/connections/commands.ts';
import { testConnection } from '#features/connections/health.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { asMasterKey } from '#store/key-file.ts';
import { openSealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { aFaultyHalo, type FaultyHalo } from '#test/servers/faulty-halo.ts';
import { anActor } from '#test/servers/front.ts';
import { aTestKeeper } from '#test/servers/keeper.ts';
import { type Connections, openConnections } from './connections.ts';

const admin = anActor('admin', ['admin']);
const secret = new Secret('the-secret-of-larkfield-halo');
const lookUp: RenderedRequest = { method: 'GET', url: '/api/Lookup', headers: {}, parameters: {} };

describe('Opening a connection', () => {
  let database: TestDatabase;
  let halo: FaultyHalo;
  let connections: Connections;
  let workshop: Workshop;
  before(async () => {
    database = await aDatabase();
    halo = await aFaultyHalo((asked) =>
      asked.path === '/api/Users' ? { body: { record_count: 0, users: [] } } : undefined,
    );
    workshop = {
      db: database.db,
      sealing: openSealing([asMasterKey(Buffer.alloc(32, 7).toString('base64'), 'test')]),
      clock: () => new Date(),
      rules: { networks: [], labAllowed: true },
      usersOf: async () => [],
      checkRedirect: async () => {},
      keeper: aTestKeeper().keeper,
    };
    connections = openConnections(workshop);
  });
  after(async () => {
    await connections[Symbol.asyncDispose]();
    await halo[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  const aHalo = (name: string) =>
    createConnection(workshop, admin, {
      kind: 'halo',
      name,
      clientId: null,
      lab: true,
      settings: { address: halo.address, clientId: 'sundog' },
      secret,
    });
  const tokens = () => halo.askedOf('/auth/token').length;

  it('signs in to a Halo once, however often it is opened, until it is changed', async () => {
    const { id } = await aHalo('Halo');
    const before = tokens();

    for (let round = 0; round < 3; round += 1) {
      await using application = await connections.openApplication(id);
      await application.send(lookUp);
    }
    const shared = tokens() - before;
    await changeConnection(workshop, admin, id, { secret: new Secret('another-secret') });
    await using changed = await connections.openApplication(id);
    await changed.send(lookUp);

    assert.equal(shared, 1);
    assert.equal(tokens() - before, 2);
    assert.match(halo.askedOf('/auth/token').at(-1)?.body ?? '', /client_secret=another-secret/);
  });

  it('gives a Halo as a service desk too', async () => {
    const { id } = await aHalo('Halo as a desk');

    await using desk = await connections.openDesk(id);

    assert.deepEqual(await Array.fromAsync(desk.readUsers({ includeInactive: true })), []);
  });

  it('refuses what is of another kind, unknown, or without its secret', async () => {
    const { id } = await aHalo('Not a directory');
    await changeConnection(workshop, admin, id, { settings: { address: `${halo.address}/x` } });

    await assert.rejects(connections.openApplication(id), { code: 'connection.no-secret' });
    await changeConnection(workshop, admin, id, { secret });
    await assert.rejects(connections.openDirectory(id), { code: 'connection.wrong-kind' });
    await assert.rejects(connections.openMailer(id), { code: 'connection.wrong-kind' });
    await assert.rejects(connections.openWebhook(id), { code: 'connection.wrong-kind' });
    await assert.rejects(connections.openApplication('0197c0de-0000-7000-8000-000000000000'), {
      code: 'record.unknown',
    });
  });

  const probes: readonly (readonly [string, ConnectionKind, object, string])[] = [
    ['a directory', 'ldap', { host: '127.0.0.1', port: 9, bindDn: 'CN=Sundog' }, 'connect'],
    ['mail', 'mail', { host: '127.0.0.1', port: 9, from: 'sundog@larkfield.test' }, 'connect'],
    ['a webhook', 'webhook', { url: 'http://127.0.0.1:9/' }, 'connect'],
    ['a Halo', 'halo', { address: 'http://127.0.0.1:9', clientId: 'sundog' }, 'connect'],
    ['metadata', 'ldap', { host: '169.254.169.254', bindDn: 'CN=Sundog' }, 'address'],
  ];
  for (const [title, kind, settings, stage] of probes) {
    it(`finds out where ${title} cannot be reached`, async () => {
      const { id } = await createConnection(workshop, admin, {
        kind,
        name: `Nowhere: ${title}`,
        clientId: null,
        lab: true,
        settings,
        secret,
      });
      const { probe } = connections;
      const ports = { ...workshop, log: silentLog, probe, notify: async () => {} };

      const { result } = await testConnection(ports, id);

      assert.equal(result.ok === false && result.stage, stage, result.sentence);
    });
  }
});
