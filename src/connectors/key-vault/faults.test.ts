// A vault that misbehaves, and a login that does: each failure a sentence with a code, and nothing given away.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import type { VaultRefusal, VaultRefusalCode } from '#domain/ports/vault.ts';
import type { VaultAddress, VaultStage } from '#domain/vault.ts';
import {
  aKeyVault,
  anApplication,
  azureAllowance,
  bySecret,
  clientSecret,
  type Fault,
  labAllowance,
  type Scene,
  tenantId,
} from '#test/servers/key-vault.ts';
import { openVault, probeVault, type VaultOptions } from './vault.ts';

const quick: VaultOptions = { limits: { callMs: 300 }, wait: async () => {} };
const html = { 'content-type': 'text/html' };
const onVault =
  (fault: Fault): Scene =>
  (asked) =>
    asked.path.startsWith('/secrets') && asked.headers.authorization !== undefined
      ? fault
      : undefined;
const onLogin =
  (fault: Fault): Scene =>
  (asked) =>
    asked.path.endsWith('/token') ? fault : undefined;
const azureError = (status: number, code: string, inner?: string): Fault => ({
  status,
  body: { error: { code, message: `${code} at the vault`, innererror: inner && { code: inner } } },
});

describe('A vault that misbehaves', () => {
  const cases: readonly (readonly [string, Scene, VaultRefusalCode, RegExp])[] = [
    [
      '401 without a challenge',
      onVault({ status: 401 }),
      'answer.malformed',
      /where to get a token/,
    ],
    [
      '403',
      onVault(azureError(403, 'Forbidden', 'ForbiddenByRbac')),
      'permission.missing',
      /Key Vault Secrets User/,
    ],
    [
      '403 of its firewall',
      onVault(azureError(403, 'Forbidden', 'ForbiddenByFirewall')),
      'network.refused',
      /networking/,
    ],
    [
      '403 without a reason',
      onVault({ status: 403 }),
      'permission.missing',
      /does not let the hub/,
    ],
    [
      '404 of something else',
      onVault({ status: 404, headers: html, body: '<p>?' }),
      'answer.malformed',
      /not answer as a key vault/,
    ],
    [
      '429 for ever',
      onVault({ status: 429, headers: { 'retry-after': '1' } }),
      'vault.busy',
      /no more requests/,
    ],
    [
      '429 until tomorrow',
      onVault({ status: 429, headers: { 'retry-after': '86400' } }),
      'vault.busy',
      /no more requests/,
    ],
    ['500 for ever', onVault({ status: 500 }), 'vault.failed', /status 500/],
    [
      'a web page',
      onVault({ status: 200, headers: html, body: '<html>' }),
      'answer.malformed',
      /key vault/,
    ],
    [
      'JSON of something else',
      onVault({ status: 200, body: { hello: 1 } }),
      'answer.malformed',
      /cannot be read/,
    ],
    [
      'another secret',
      onVault({ status: 200, body: { value: 'x', id: 'https://v/secrets/other/1' } }),
      'answer.malformed',
      /cannot be read/,
    ],
    ['half an answer', onVault('half'), 'vault.unreachable', /middle of an answer/],
    ['a broken connection', onVault('reset'), 'vault.unreachable', /broke the connection/],
    ['silence', onVault('silence'), 'vault.unreachable', /too long/],
    ['a drip', onVault('drip'), 'vault.unreachable', /too long/],
    ['a flood', onVault({ status: 200, body: 'x'.repeat(600_000) }), 'answer.malformed', /larger/],
    [
      'a redirect',
      onVault({ status: 307, headers: { location: 'https://evil.example' } }),
      'address.refused',
      /sends the hub on/,
    ],
    ['400 with a code', onVault(azureError(400, 'BadParameter')), 'vault.failed', /BadParameter/],
    ['a login that is down', onLogin('reset'), 'token.unreachable', /broke the connection/],
    ['a login with 503', onLogin({ status: 503 }), 'token.unreachable', /no tokens for now/],
    [
      'a login with a web page',
      onLogin({ status: 200, headers: html, body: '<html>' }),
      'answer.malformed',
      /token endpoint/,
    ],
    ['a login with half an answer', onLogin('half'), 'token.unreachable', /middle/],
    ['a login that is silent', onLogin('silence'), 'token.unreachable', /too long/],
    [
      'no vault, which answers without a token',
      () => ({ status: 200, body: { value: 'x' } }),
      'answer.malformed',
      /key vault/,
    ],
    [
      'a foreign authority',
      foreign('https://login.evil.example', 'https://vault.azure.net'),
      'vault.foreign',
      /got none/,
    ],
    [
      'a foreign resource',
      foreign(undefined, 'https://graph.microsoft.com'),
      'vault.foreign',
      /got none/,
    ],
  ];
  for (const [title, scene, code, sentence] of cases) {
    it(`with ${title}: ${code}`, async () => {
      await using vault = await aKeyVault();
      vault.play(scene);
      await using opened = openVault(
        { address: vault.address, identity: bySecret, allowance: labAllowance },
        quick,
      );

      const refusal = await opened.getSecret('halo-secret').then(
        () => assert.fail('nothing was refused'),
        (error: VaultRefusal) => error,
      );

      assert.equal(refusal.code, code, refusal.message);
      assert.match(refusal.message, sentence);
      assert.match(refusal.message, /[;,.].+\.$/);
      assert.ok(!inspect(refusal, { depth: 9 }).includes(clientSecret.reveal()));
      if (code === 'vault.foreign') {
        assert.ok(
          vault.asked.every(
            ({ path, headers }) => !path.endsWith('/token') && headers.authorization === undefined,
          ),
        );
      }
    });
  }

  it('is asked again after a passing failure, and waits as long as it was told', async () => {
    await using vault = await aKeyVault();
    vault.play((asked) =>
      asked.headers.authorization !== undefined && vault.asked.length < 6
        ? { status: 429, headers: { 'retry-after': '3' } }
        : undefined,
    );
    const waited: number[] = [];
    await using opened = openVault(
      { address: vault.address, identity: bySecret, allowance: labAllowance },
      { wait: async (ms) => void waited.push(ms), random: () => 0 },
    );

    await opened.getSecret('halo-secret');

    assert.deepEqual(waited, [3_000, 3_000, 3_000]);
  });

  it('says when a secret has expired there, or is not to be used yet', async () => {
    await using vault = await aKeyVault();
    vault.secrets.put('old', { value: 'x', attributes: { exp: 1_700_000_000 } });
    vault.secrets.put('early', { value: 'x', attributes: { nbf: 4_000_000_000 } });
    await using opened = openVault({
      address: vault.address,
      identity: bySecret,
      allowance: labAllowance,
    });

    await assert.rejects(opened.getSecret('old'), {
      code: 'secret.expired',
      message: /2023-11-14/,
    });
    await assert.rejects(opened.getSecret('early'), { code: 'secret.early' });
  });

  it('is taken to no other host by the link to its next page', async () => {
    await using vault = await aKeyVault();
    vault.play(
      onVault({
        status: 200,
        body: { value: [], nextLink: 'https://evil.example/secrets?$skiptoken=2' },
      }),
    );
    await using opened = openVault({
      address: vault.address,
      identity: bySecret,
      allowance: labAllowance,
    });

    assert.equal((await opened.listSecrets()).next, null);
  });

  it('never has its words quoted with a secret in them', async () => {
    await using vault = await aKeyVault();
    vault.play((asked) =>
      asked.path.endsWith('/token')
        ? {
            status: 401,
            body: {
              error: 'invalid_client',
              error_description: `AADSTS7000215: ${clientSecret.reveal()} is wrong\r\nTrace`,
            },
          }
        : undefined,
    );
    await using opened = openVault({
      address: vault.address,
      identity: bySecret,
      allowance: labAllowance,
    });

    await assert.rejects(opened.getSecret('halo-secret'), {
      code: 'token.refused',
      message: /enter its value, not its id \(AADSTS7000215: •••••• is wrong\)\.$/,
    });
  });
});

describe('A test of a vault', () => {
  const given = async (
    scene: Scene | undefined,
    change: Partial<VaultAddress> = {},
    role: 'user' | 'reader' | 'none' = 'user',
  ) => {
    await using vault = await aKeyVault({ identities: [anApplication(role)] });
    vault.play(scene);
    const address = { ...vault.address, ...change };
    return await probeVault(
      { address, identity: bySecret, allowance: labAllowance },
      undefined,
      quick,
    );
  };

  it('counts what can be read', async () => {
    const found = await given(undefined);

    assert.equal(found.ok, true);
    assert.match(found.sentence, /its one secret can be read/);
  });

  it('is content with reading alone, and says what that costs', async () => {
    const found = await given(undefined, {}, 'reader');

    assert.ok(found.ok);
    assert.match(found.warning ?? '', /must be typed/);
  });

  const cases: readonly (readonly [
    VaultStage,
    string,
    Scene | undefined,
    Partial<VaultAddress>?,
  ])[] = [
    ['address', 'address.forbidden', undefined, { url: 'https://169.254.169.254' }],
    ['connect', 'connect.failed', undefined, { url: 'https://127.0.0.1:9' }],
    ['tls', 'tls.untrusted', undefined, { ca: null }],
    ['token', 'token.unreachable', onLogin({ status: 500 })],
    ['token', 'vault.foreign', foreign('https://login.evil.example', 'https://vault.azure.net')],
    ['list', 'vault.failed', onVault({ status: 500 })],
    ['list', 'answer.malformed', onVault({ status: 200, headers: html, body: '<html>' })],
  ];
  for (const [stage, code, scene, change] of cases) {
    it(`names the stage ${stage} for ${code}`, async () => {
      const found = await given(scene, change);

      assert.ok(!found.ok);
      assert.deepEqual([found.stage, found.code], [stage, code], found.sentence);
    });
  }

  it('names the stage permission where even reading is not allowed', async () => {
    const found = await given(undefined, {}, 'none');

    assert.equal(found.ok === false && found.stage, 'permission');
  });

  it('names the stages name and token in Azure, the login’s own failures included', async () => {
    await using vault = await aKeyVault({ inAzure: true });
    const opening = { address: vault.azureAddress, identity: bySecret, allowance: azureAllowance };
    const deaf = async (unknown: string) =>
      probeVault(opening, undefined, {
        ...quick,
        network: {
          ...vault.azure,
          lookup: async (host) => {
            if (host === unknown) throw new Error('ENOTFOUND');
            return vault.azure.lookup(host);
          },
        },
      });

    const noVault = await deaf('larkfield.vault.azure.net');
    const noLogin = await deaf('login.microsoftonline.com');

    assert.equal(noVault.ok === false && noVault.stage, 'name');
    assert.equal(noLogin.ok === false && noLogin.stage, 'token');
  });
});

function foreign(login: string | undefined, resource: string): Scene {
  return (asked) => {
    if (asked.headers.authorization !== undefined) return undefined;
    const www = `Bearer authorization="${login ?? asked.origin}/${tenantId}", resource="${resource}"`;
    return { status: 401, headers: { 'www-authenticate': www } };
  };
}
