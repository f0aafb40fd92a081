// A hub with key vaults and connections, over real HTTP, a real database and the lab's key vault.
import assert from 'node:assert/strict';
import type { ProbeResult } from '#domain/connection.ts';
import type { Notice } from '#domain/notice.ts';
import type { ProbeTarget } from '#features/connections/health.ts';
import { readyConnection } from '#features/connections/open.ts';
import { connectionRoutes } from '#features/connections/routes.ts';
import { ConnectionWire } from '#features/connections/wire.ts';
import { haloKeyVaultRoutes } from '#features/key-vaults/halo-routes.ts';
import { keyVaultRoutes } from '#features/key-vaults/routes.ts';
import { KeyVaultWire } from '#features/key-vaults/wire.ts';
import { openKeyVaults } from '#key-vaults.ts';
import { openLog } from '#lib/log.ts';
import { asMasterKey } from '#store/key-file.ts';
import { openSealing } from '#store/sealing.ts';
import { makeClients } from './clients.ts';
import { aDatabase, type TestDatabase } from './database.ts';
import { aFront, anActor } from './front.ts';
import { aKeyVault, applicationId, clientSecret, type TestVault } from './key-vault.ts';

export type VaultHub = Awaited<ReturnType<typeof aVaultHub>>;

export async function aVaultHub() {
  const database: TestDatabase = await aDatabase();
  await makeClients(database.db, [9, 12, 13]);
  let now = new Date();
  const clock = () => now;
  const lab: TestVault = await aKeyVault({ clock });
  const logged: string[] = [];
  const log = openLog({ format: 'json', level: 'debug', write: (line) => void logged.push(line) });
  const probed: ProbeTarget[] = [];
  const own = {
    db: database.db,
    sealing: openSealing([asMasterKey(Buffer.alloc(32, 7).toString('base64'), 'test')]),
    clock,
    rules: { networks: ['10.0.0.0/8'], labAllowed: true },
  };
  const vaults = openKeyVaults({ ...own, appService: undefined });
  const ports = {
    ...own,
    log,
    keeper: vaults.keeper,
    usersOf: async () => [],
    checkRedirect: async () => {},
    notify: async (_tx: unknown, _notice: Notice) => {},
    async probe(target: ProbeTarget): Promise<ProbeResult> {
      probed.push(target);
      return { ok: true, sentence: 'It answers.' };
    },
  };
  const vaultPorts = {
    ...vaults.ports,
    network: {
      lookup: async () => ['10.20.0.5'],
      connect: () => assert.fail('nothing is dialled here'),
    },
  };
  const front = await aFront(
    [...connectionRoutes(ports), ...keyVaultRoutes(vaultPorts), ...haloKeyVaultRoutes(vaultPorts)],
    {
      admin: anActor('admin', ['admin']),
      editor: anActor('editor', ['key-vaults:read', 'key-vaults:edit']),
      reader: anActor('reader', ['key-vaults:read']),
      guest: anActor('guest', ['connections:read', 'connections:edit']),
      'client-9': anActor(
        'client-9',
        ['key-vaults:edit', 'key-vaults:read', 'connections:edit'],
        9,
      ),
      impersonated: {
        ...anActor('impersonated', ['admin']),
        behind: { kind: 'agent', id: '1', name: 'Rosa' },
      },
    },
    log,
  );
  const parsed = async (asked: Promise<{ status: number; text: string; body: unknown }>) => {
    const answer = await asked;
    assert.ok(answer.status < 300, answer.text);
    return KeyVaultWire.parse(answer.body);
  };
  let made = 0;
  return {
    database,
    lab,
    logged,
    probed,
    ports,
    ask: front.ask,
    /** The lab's vault, reached by its application, as one of the hub's. */
    labVault: (more: object = {}) => {
      made += 1;
      return parsed(
        front.ask('admin', 'POST', '/v1/key-vaults', {
          name: `Lab vault ${made}`,
          lab: true,
          url: lab.url,
          ca: lab.ca,
          credential: 'client-secret',
          applicationId,
          clientSecret: clientSecret.reveal(),
          ...more,
        }),
      );
    },
    change: (id: number, body: object) =>
      parsed(front.ask('admin', 'PATCH', `/v1/key-vaults/${id}`, body)),
    find: (id: number) => parsed(front.ask('admin', 'GET', `/v1/key-vaults/${id}`)),
    /** A Halo whose secret is kept in that vault. */
    async connection(name: string, secret: unknown, more: object = {}) {
      const settings = { address: 'https://halo.larkfield.test', clientId: 'sundog' };
      const body = { kind: 'halo', name, settings, secret, ...more };
      const answer = await front.ask('admin', 'POST', '/v1/connections', body);
      assert.equal(answer.status, 201, answer.text);
      return ConnectionWire.parse(answer.body);
    },
    async secretOf(id: string) {
      const { secret } = await readyConnection(ports, id);
      return (await secret?.current())?.reveal();
    },
    /** How often a secret was fetched from the lab's vault. */
    fetches: (name = 'halo-secret') =>
      lab.asked.filter(
        ({ path, headers }) => path === `/secrets/${name}` && headers.authorization !== undefined,
      ).length,
    pass: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    async audited(id: number) {
      const { rows } = await database.pool.query<{ told: string }>(
        `select concat_ws(' ', action, field, before, '>', after, because) as told
         from audit_entries join audit_texts on entry_id = id
         where subject_kind = 'key vault' and subject_id = $1 order by id`,
        [String(id)],
      );
      return rows.map(({ told }) => told);
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await vaults[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
