// The specification of key vaults under /v1: made, changed, tried, deleted, and whose they are.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientSecret } from '#test/servers/key-vault.ts';
import { aVaultHub, type VaultHub } from '#test/servers/vault-hub.ts';
import { KeyVaultsWire, VaultSecretsWire, VaultTestedWire } from './wire.ts';

const azure = { name: 'Larkfield', url: 'https://larkfield.vault.azure.net' };

describe('A key vault', () => {
  let hub: VaultHub;
  before(async () => {
    hub = await aVaultHub();
  });
  after(() => hub[Symbol.asyncDispose]());

  it('takes its secrets and never gives them back', async () => {
    const made = await hub.labVault();
    const found = await hub.ask('admin', 'GET', `/v1/key-vaults/${made.id}`);
    const { rows } = await hub.database.pool.query(
      'select key_vaults::text as text, sealed_client_secret as sealed from key_vaults where id = $1',
      [made.id],
    );

    assert.equal(made.hasClientSecret, true);
    assert.ok(!found.text.includes(clientSecret.reveal()));
    assert.ok(!rows[0].text.includes(clientSecret.reveal()));
    assert.ok(!rows[0].sealed.includes(Buffer.from(clientSecret.reveal())));
    assert.ok(!hub.logged.join('').includes(clientSecret.reveal()));
  });

  it('is the machine’s own to sign in to, unless something else is said', async () => {
    const answer = await hub.ask('admin', 'POST', '/v1/key-vaults', azure);

    assert.equal(answer.status, 201, answer.text);
    assert.match(answer.text, /"credential":"managed-identity"/);
    assert.match(answer.text, /"cacheSeconds":300/);
  });

  it('says what is missing while it cannot be asked yet', async () => {
    const made = await hub.labVault({ clientSecret: null, applicationId: null });
    const tested = await hub.ask('admin', 'POST', `/v1/key-vaults/${made.id}/test`);

    assert.match(made.warnings[0] ?? '', /application id .* and the client secret/);
    assert.match(tested.text, /cannot be asked yet/);
    const names = await hub.ask('admin', 'GET', `/v1/key-vaults/${made.id}/secrets`);
    assert.equal(names.status, 409, names.text);
    assert.match(names.text, /vault\.incomplete.*client secret/);
  });

  it('loses its stored secrets and its confirmation when it becomes another one', async () => {
    for (const change of [{ url: 'https://other.vault.azure.cn', cloud: 'china' }, { ca: null }]) {
      const lab = 'url' in change ? { lab: false, url: 'https://v1v.vault.azure.net' } : {};
      const made = await hub.labVault(lab);
      if ('url' in change) await hub.ask('admin', 'POST', `/v1/key-vaults/${made.id}/confirm`);

      const changed = await hub.change(made.id, change);

      assert.equal(changed.hasClientSecret, false, JSON.stringify(change));
      assert.equal(changed.confirmedBy, null);
      assert.ok(
        (await hub.audited(made.id)).includes(
          'vault.changed clientSecret > cleared, because the vault is another one',
        ),
      );
    }
  });

  it('keeps only the secret that it signs in with', async () => {
    const made = await hub.labVault();

    const changed = await hub.change(made.id, { credential: 'managed-identity' });
    const useless = await hub.ask('admin', 'PATCH', `/v1/key-vaults/${made.id}`, {
      clientSecret: 'of-no-use',
    });

    assert.equal(changed.hasClientSecret, false);
    assert.equal(useless.status, 422);
    assert.match(useless.text, /needs no client secret/);
  });

  it('refuses a certificate that cannot serve', async () => {
    const made = await hub.labVault({ credential: 'certificate', clientSecret: null });

    const answer = await hub.ask('admin', 'PATCH', `/v1/key-vaults/${made.id}`, {
      certificate: '-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----',
    });

    assert.equal(answer.status, 422);
    assert.match(answer.text, /certificate and its private key/);
  });

  it('leaves one entry in the audit trail for each field that changed', async () => {
    const made = await hub.labVault({ name: 'Audited' });

    await hub.change(made.id, { name: 'Renamed', cacheSeconds: 60 });
    await hub.change(made.id, { clientSecret: 'another' });
    await hub.ask('admin', 'DELETE', `/v1/key-vaults/${made.id}`);

    assert.deepEqual(await hub.audited(made.id), [
      'vault.created >',
      'vault.changed name Audited > Renamed',
      'vault.changed cacheSeconds 300 > 60',
      'vault.changed clientSecret > replaced',
      'vault.deleted >',
    ]);
  });

  it('is not deleted while secrets are kept in it, and says whose', async () => {
    const made = await hub.labVault();
    await hub.connection('Keeps it', { vault: made.id, secret: 'halo-secret' });

    const refused = await hub.ask('admin', 'DELETE', `/v1/key-vaults/${made.id}`);
    const found = await hub.find(made.id);

    assert.equal(refused.status, 409);
    assert.match(refused.text, /the connection \\"Keeps it\\"/);
    assert.deepEqual(
      found.keeps.map(({ connection, secret }) => [connection, secret]),
      [['Keeps it', 'halo-secret']],
    );
  });

  it('is deleted before a reference is made or refused after, whichever comes first', async () => {
    for (let round = 0; round < 5; round += 1) {
      const made = await hub.labVault();
      const body = {
        kind: 'webhook',
        name: `Race ${round}`,
        settings: { url: 'https://hooks.larkfield.test' },
        secret: { vault: made.id, secret: 'halo-secret' },
      };

      const [deleted, created] = await Promise.all([
        hub.ask('admin', 'DELETE', `/v1/key-vaults/${made.id}`),
        hub.ask('admin', 'POST', '/v1/connections', body),
      ]);

      const both = [deleted.status, created.status].join(' ');
      assert.ok(['204 404', '409 201'].includes(both), `${both} ${created.text}`);
    }
  });

  it('tells the stages of a test, and remembers what came of it', async () => {
    const made = await hub.labVault();
    const fine = VaultTestedWire.parse(
      (await hub.ask('admin', 'POST', `/v1/key-vaults/${made.id}/test`)).body,
    );
    await hub.change(made.id, { clientSecret: 'wrong' });
    const wrong = VaultTestedWire.parse(
      (await hub.ask('admin', 'POST', `/v1/key-vaults/${made.id}/test`)).body,
    );
    const { health, warnings } = await hub.find(made.id);

    assert.ok(fine.ok && fine.stages.every(({ state }) => state === 'passed'), fine.sentence);
    assert.equal(wrong.stage, 'token');
    assert.deepEqual(
      wrong.stages.map(({ state }) => state),
      ['passed', 'passed', 'passed', 'passed', 'failed', 'untried', 'untried'],
    );
    assert.equal(health.state, 'broken');
    assert.deepEqual(warnings, [wrong.sentence]);
    assert.match((await hub.audited(made.id)).at(-1) ?? '', /^vault.tested .*enter its value/);
  });

  it('lists the names in it, page by page, for those who may refer to them', async () => {
    const made = await hub.labVault();
    for (let at = 10; at < 40; at += 1) hub.lab.secrets.put(`name-${at}`, 'v');
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const answer = await hub.ask('editor', 'GET', `/v1/key-vaults/${made.id}/secrets${query}`);
      const page = VaultSecretsWire.parse(answer.body);
      names.push(...page.items.map(({ name }) => name));
      cursor = page.next;
    }

    assert.equal(names.filter((name) => name.startsWith('name-')).length, 30);
    assert.equal(new Set(names).size, names.length);
  });

  it('on a private network waits for an administrator’s word', async () => {
    const answer = await hub.ask('admin', 'POST', '/v1/key-vaults', { ...azure, name: 'Private' });
    const { id } = KeyVaultsWire.shape.items.element.parse(answer.body);

    const refused = await hub.ask('editor', 'POST', `/v1/key-vaults/${id}/confirm`);
    const confirmed = await hub.ask('admin', 'POST', `/v1/key-vaults/${id}/confirm`);

    assert.equal(refused.status, 403);
    assert.match(confirmed.text, /"confirmedBy":"admin"/);
  });

  const misfits: readonly (readonly [string, object, number])[] = [
    ['another host', { url: 'https://vault.evil.example' }, 422],
    ['a host that only ends alike', { url: 'https://evilvault.azure.net' }, 422],
    ['a host two levels below', { url: 'https://a.b.vault.azure.net' }, 422],
    ['plain HTTP', { url: 'http://larkfield.vault.azure.net' }, 422],
    ['a port', { url: 'https://larkfield.vault.azure.net:8443' }, 422],
    ['a path', { url: 'https://larkfield.vault.azure.net/secrets' }, 422],
    ['a user name', { url: 'https://me@larkfield.vault.azure.net' }, 422],
    ['the host of another cloud', { cloud: 'china' }, 422],
    ['loopback outside of the lab', { url: 'https://127.0.0.1:443' }, 422],
    ['a cloud that is none', { cloud: 'germany' }, 400],
    ['a credential that is none', { credential: 'password' }, 400],
    ['a managed identity that is none', { managedIdentityId: 'me&resource=x' }, 400],
    ['a tenant with a path', { tenantId: 'common/../x' }, 400],
    ['an application that is no GUID', { applicationId: 'sundog' }, 400],
    ['a name of two lines', { name: 'a\nb' }, 400],
    ['a name of blanks', { name: '   ' }, 400],
    ['a name that is too long', { name: 'x'.repeat(251) }, 400],
    ['no address', { url: undefined }, 400],
    ['a time that is too long', { cacheSeconds: 3_601 }, 400],
    ['a time that is no number', { cacheSeconds: '300' }, 400],
    ['an authority that is none', { ca: 'trust me' }, 400],
    ['an unknown member', { password: 'x' }, 400],
    ['a list', { url: ['https://larkfield.vault.azure.net'] }, 400],
  ];
  for (const [title, bent, status] of misfits) {
    it(`is refused with ${title}`, async () => {
      const body = { ...azure, name: `Bent: ${title}`.slice(0, 60), ...bent };
      const answer = await hub.ask('admin', 'POST', '/v1/key-vaults', body);

      assert.equal(answer.status, status, answer.text);
    });
  }

  it('has a name of its own within its client', async () => {
    const body = { ...azure, name: 'Twice' };
    const both = await Promise.all(
      [1, 2].map(() => hub.ask('admin', 'POST', '/v1/key-vaults', body)),
    );

    assert.deepEqual(both.map(({ status }) => status).toSorted(), [201, 409]);
  });

  it('may do, for each caller, what they may', async () => {
    const { id } = await hub.labVault();
    const other = await hub.labVault();
    const routes: readonly (readonly [string, string, unknown, readonly number[]])[] = [
      // Answers to nobody, a guest without permissions, a reader, an editor.
      ['GET', '/v1/key-vaults', undefined, [401, 403, 200, 200]],
      ['GET', `/v1/key-vaults/${id}`, undefined, [401, 403, 200, 200]],
      ['POST', '/v1/key-vaults', { ...azure, name: 'By editor' }, [401, 403, 403, 201]],
      ['PATCH', `/v1/key-vaults/${id}`, { cacheSeconds: 10 }, [401, 403, 403, 200]],
      ['POST', `/v1/key-vaults/${id}/test`, undefined, [401, 403, 403, 200]],
      ['POST', `/v1/key-vaults/${id}/confirm`, undefined, [401, 403, 403, 403]],
      ['GET', `/v1/key-vaults/${id}/secrets`, undefined, [401, 403, 403, 200]],
      ['DELETE', `/v1/key-vaults/${other.id}`, undefined, [401, 403, 403, 204]],
      ['GET', '/api/KeyVault', undefined, [401, 403, 200, 200]],
      ['GET', `/api/KeyVault/${id}`, undefined, [401, 403, 200, 200]],
      ['POST', '/api/KeyVault', { ...azure, name: 'By Halo' }, [401, 403, 403, 201]],
      ['DELETE', `/api/KeyVault/${id}`, undefined, [401, 403, 403, 200]],
    ];
    for (const [method, path, body, statuses] of routes) {
      const found: number[] = [];
      for (const caller of [undefined, 'guest', 'reader', 'editor']) {
        found.push((await hub.ask(caller, method, path, body)).status);
      }
      assert.deepEqual(found, statuses, `${method} ${path}`);
    }
  });

  it('is nobody’s to change while they act as somebody else', async () => {
    const { id } = await hub.labVault();

    for (const [method, body] of [
      ['PATCH', { cacheSeconds: 1 }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await hub.ask('impersonated', method, `/v1/key-vaults/${id}`, body);
      assert.equal(answer.status, 403, answer.text);
    }
  });

  it('ends at the client: no one sees, changes or uses another client’s vault', async () => {
    const theirs = await hub.labVault({ clientId: 12 });
    const common = await hub.labVault();
    const mine = await hub.labVault({ clientId: 9 });
    const webhook = (vault: number) => ({
      kind: 'webhook',
      name: `Into ${vault}`,
      settings: { url: 'https://hooks.larkfield.test' },
      secret: { vault, secret: 'halo-secret' },
    });

    const list = await hub.ask('client-9', 'GET', '/v1/key-vaults');
    const halo = await hub.ask('client-9', 'GET', '/api/KeyVault?pageinate=true&page_size=50');
    for (const { id } of [theirs, common]) {
      for (const [method, path] of [
        ['PATCH', ''],
        ['DELETE', ''],
        ['POST', '/test'],
        ['GET', '/secrets'],
      ] as const) {
        const body = method === 'PATCH' ? { cacheSeconds: 1 } : undefined;
        const answer = await hub.ask('client-9', method, `/v1/key-vaults/${id}${path}`, body);
        assert.equal(answer.status, 404, `${method} ${path}`);
      }
      const used = await hub.ask('client-9', 'POST', '/v1/connections', webhook(id));
      assert.equal(used.status, 404, used.text);
    }
    const own = await hub.ask('client-9', 'POST', '/v1/connections', webhook(mine.id));
    const seen = KeyVaultsWire.parse(list.body).items.map(({ id }) => id);

    assert.ok(seen.includes(mine.id) && seen.includes(common.id) && !seen.includes(theirs.id));
    assert.ok(!halo.text.includes(theirs.name));
    assert.equal(own.status, 201, own.text);
    assert.equal((await hub.ask('client-9', 'GET', `/v1/key-vaults/${theirs.id}`)).status, 404);
  });

  it('of one client keeps nothing for another’s connections, nor for everybody’s, whoever asks', async () => {
    const theirs = await hub.labVault({ clientId: 12 });
    const settings = { url: 'https://hooks.larkfield.test' };
    const secret = { vault: theirs.id, secret: 'halo-secret' };

    for (const clientId of [13, null]) {
      const body = { kind: 'webhook', name: `For ${clientId}`, clientId, settings, secret };
      const answer = await hub.ask('admin', 'POST', '/v1/connections', body);
      assert.equal(answer.status, 422, answer.text);
    }
  });

  it('belongs to a client that is there, or to all', async () => {
    const made = await hub.labVault({});

    const moved = await hub.ask('admin', 'PATCH', `/v1/key-vaults/${made.id}`, { clientId: 4711 });
    const body = { name: 'Lost', url: 'https://larkfield.vault.azure.net', clientId: 4711 };
    const posted = await hub.ask('admin', 'POST', '/v1/key-vaults', body);

    assert.deepEqual([moved.status, posted.status], [422, 422], posted.text);
    assert.match(posted.text, /There is no client 4711/);
  });

  it('is not given to another client while a connection of its own keeps its secret there', async () => {
    const made = await hub.labVault({ clientId: 9 });
    const more = { clientId: 9 };
    await hub.connection('Of client 9', { vault: made.id, secret: 'halo-secret' }, more);

    const moved = await hub.ask('admin', 'PATCH', `/v1/key-vaults/${made.id}`, { clientId: 12 });
    const shared = await hub.ask('admin', 'PATCH', `/v1/key-vaults/${made.id}`, { clientId: null });

    assert.equal(moved.status, 409);
    assert.equal(shared.status, 200, shared.text);
  });

  it('is unknown in a sentence', async () => {
    for (const id of ['999999', '0', 'x', '99999999999']) {
      const answer = await hub.ask('admin', 'GET', `/v1/key-vaults/${id}`);
      assert.ok([400, 404].includes(answer.status), `${id}: ${answer.status}`);
    }
  });
});
