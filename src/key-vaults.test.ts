// Secrets on their way from a vault to a connection: remembered for a while, never written, fetched anew when refused.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testConnection } from '#features/connections/health.ts';
import { aFaultyHalo } from '#test/servers/faulty-halo.ts';
import { tablesHolding } from '#test/servers/tables-holding.ts';
import { aVaultHub, type VaultHub } from '#test/servers/vault-hub.ts';
import { openConnections } from './connections.ts';

const canary = 'the-halo-secret-in-the-vault';
const minuteMs = 60_000;

describe('A secret that is kept in a vault', () => {
  let hub: VaultHub;
  before(async () => {
    hub = await aVaultHub();
  });
  after(() => hub[Symbol.asyncDispose]());
  let made = 0;
  const kept = async (more: object = {}) => {
    made += 1;
    const vault = await hub.labVault(more);
    const secret = { vault: vault.id, secret: 'halo-secret' };
    const connection = await hub.connection(`Connection ${made}`, secret);
    hub.lab.play(undefined);
    return { vault, connection };
  };

  it('is fetched once and remembered, however many ask at once', async () => {
    const { connection } = await kept();

    const found = await Promise.all(Array.from({ length: 20 }, () => hub.secretOf(connection.id)));

    assert.deepEqual(new Set(found), new Set([canary]));
    assert.equal(hub.fetches(), 1);
  });

  it('is fetched again after the vault’s time, and at once where that is none', async () => {
    const { connection } = await kept({ cacheSeconds: 120 });
    await hub.secretOf(connection.id);
    hub.pass(minuteMs);
    await hub.secretOf(connection.id);
    const within = hub.fetches();
    hub.pass(minuteMs + 1);
    await hub.secretOf(connection.id);
    const past = hub.fetches();
    const other = await kept({ cacheSeconds: 0 });
    await hub.secretOf(other.connection.id);
    await hub.secretOf(other.connection.id);

    assert.deepEqual([within, past, hub.fetches()], [1, 2, 2]);
  });

  it('is forgotten when the vault or the connection changes', async () => {
    const { vault, connection } = await kept();
    await hub.secretOf(connection.id);
    await hub.change(vault.id, { name: 'Another name' });
    await hub.secretOf(connection.id);
    const afterVault = hub.fetches();
    await hub.ask('admin', 'PATCH', `/v1/connections/${connection.id}`, { name: 'Renamed' });
    await hub.secretOf(connection.id);

    assert.deepEqual([afterVault, hub.fetches()], [2, 3]);
  });

  it('is not used past its time because the vault is down, and not remembered as missing', async () => {
    const { connection } = await kept({ cacheSeconds: 60 });
    await hub.secretOf(connection.id);
    hub.pass(minuteMs + 1);
    hub.lab.play(() => ({ status: 403, body: { error: { code: 'Forbidden', message: 'no' } } }));

    await assert.rejects(hub.secretOf(connection.id), { code: 'connection.secret-unreachable' });
    hub.lab.play(undefined);

    assert.equal(await hub.secretOf(connection.id), canary);
  });

  it('of one version stays that version', async () => {
    const vault = await hub.labVault();
    hub.lab.secrets.put('pinned', 'first');
    const version = hub.lab.secrets.find('pinned')?.version;
    const connection = await hub.connection('Pinned', {
      vault: vault.id,
      secret: 'pinned',
      version,
    });

    hub.lab.secrets.put('pinned', 'second');

    assert.equal(await hub.secretOf(connection.id), 'first');
  });

  it('leaves no trace in the database, the log, the audit trail or an answer', async () => {
    const { vault, connection } = await kept();
    await testConnection(hub.ports, connection.id);
    await hub.ask('admin', 'POST', `/v1/key-vaults/${vault.id}/test`);
    const answers = await Promise.all([
      hub.ask('admin', 'GET', `/v1/connections/${connection.id}`),
      hub.ask('admin', 'GET', `/v1/key-vaults/${vault.id}`),
      hub.ask('admin', 'GET', `/v1/key-vaults/${vault.id}/secrets`),
      hub.ask('admin', 'GET', '/api/KeyVault'),
    ]);
    hub.lab.play((asked) => (asked.headers.authorization ? 'half' : undefined));
    await hub.ask('admin', 'POST', `/v1/key-vaults/${vault.id}/test`);
    hub.lab.play(undefined);

    assert.equal(hub.probed.at(-1)?.secret?.reveal(), canary);
    assert.ok(answers.every(({ text }) => !text.includes(canary)));
    assert.ok(!hub.logged.join('\n').includes(canary));
    assert.deepEqual(await tablesHolding(hub.database, canary), []);
    assert.deepEqual(await tablesHolding(hub.database, 'halo-secret'), ['public.connections']);
  });

  for (const [title, code, change] of [
    ['disabled', 'secret.disabled', { attributes: { enabled: false } }],
    ['expired', 'secret.expired', { attributes: { exp: 1_700_000_000 } }],
    ['deleted', 'secret.unknown', undefined],
  ] as const) {
    it(`says in the connection’s health that it was ${title} there`, async () => {
      hub.lab.secrets.put(`soon-${title}`, 'v');
      const vault = await hub.labVault({ cacheSeconds: 0 });
      const secret = { vault: vault.id, secret: `soon-${title}` };
      const connection = await hub.connection(`Soon ${title}`, secret);
      const version = hub.lab.secrets.find(secret.secret)?.version ?? '';
      if (change === undefined) hub.lab.secrets.delete(secret.secret);
      else hub.lab.secrets.change(secret.secret, version, change);

      const { result } = await testConnection(hub.ports, connection.id);

      assert.ok(!result.ok);
      assert.deepEqual([result.stage, result.code], ['secret', code]);
      assert.match(result.sentence, new RegExp(`"soon-${title}"`));
    });
  }

  it('is fetched anew when the Halo it is for refuses it, once', async () => {
    const vault = await hub.labVault();
    hub.lab.secrets.put('turned', 'old-secret');
    await using halo = await aFaultyHalo((asked) =>
      asked.path === '/auth/token' && !asked.body.includes('new-secret')
        ? { status: 401, body: { error: 'invalid_client' } }
        : undefined,
    );
    const settings = { address: halo.address, clientId: 'sundog' };
    const secret = { vault: vault.id, secret: 'turned' };
    const connection = await hub.connection('Turned', secret, { lab: true, settings });
    await hub.secretOf(connection.id);
    hub.lab.secrets.put('turned', 'new-secret');
    await using connections = openConnections(hub.ports);
    await using application = await connections.openApplication(connection.id);

    await application.send({ method: 'GET', url: '/api/Lookup', headers: {}, parameters: {} });

    const tries = halo.askedOf('/auth/token').map(({ body }) => /old|new/.exec(body)?.[0]);
    assert.deepEqual(tries, ['old', 'new']);
  });
});
