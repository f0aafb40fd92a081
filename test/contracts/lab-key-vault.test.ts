// The lab's key vault keeps the contract for our connector and for Microsoft's own client alike.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SecretClient } from '@azure/keyvault-secrets';
import { openVault } from '#connectors/key-vault/vault.ts';
import { VaultRefusal, type VaultRefusalCode } from '#domain/ports/vault.ts';
import type { Role } from '#lab/key-vault/login.ts';
import { aKeyVault, bySecret, labAllowance, type TestVault } from '#test/servers/key-vault.ts';
import { type Client, keyVaultContract } from './key-vault.ts';

keyVaultContract('the hub’s connector', async ({ address }) => {
  const vault = openVault({ address, identity: bySecret, allowance: labAllowance });
  return {
    async get(name, version) {
      const found = await vault.getSecret(name, version);
      return { value: found.value.reveal(), version: found.version };
    },
    async list() {
      const names: string[] = [];
      let cursor: string | null = null;
      for (let pages = 1; ; pages += 1) {
        const page = await vault.listSecrets(cursor);
        names.push(...page.items.map(({ name }) => name));
        cursor = page.next;
        if (cursor === null) return { names, pages };
      }
    },
    [Symbol.asyncDispose]: () => vault[Symbol.asyncDispose](),
  };
});

keyVaultContract('@azure/keyvault-secrets', async (vault, role) => official(vault, role));

describe('The lab’s key vault', () => {
  it('also lets Microsoft’s client write, change, look up versions and delete', async () => {
    await using vault = await aKeyVault();
    const client = officialClient(vault, 'officer');

    const set = await client.setSecret('from-outside', 'one', { contentType: 'text/plain' });
    await client.setSecret('from-outside', 'two');
    await client.updateSecretProperties('from-outside', set.properties.version ?? '', {
      expiresOn: new Date('2031-01-01T00:00:00Z'),
    });
    const versions = await Array.fromAsync(client.listPropertiesOfSecretVersions('from-outside'));
    const deletion = await client.beginDeleteSecret('from-outside', { intervalInMs: 1 });
    const deleted = await deletion.pollUntilDone();

    assert.equal(versions.length, 2);
    assert.equal(
      versions.find(({ version }) => version === set.properties.version)?.expiresOn?.getFullYear(),
      2031,
    );
    assert.equal(deleted.name, 'from-outside');
    await assert.rejects(client.getSecret('from-outside'), { statusCode: 404 });
  });

  it('is no vault of Azure’s to Microsoft’s client, unless it is told not to look', async () => {
    await using vault = await aKeyVault();
    const careful = officialClient(vault, 'user', false);

    await assert.rejects(careful.getSecret('halo-secret'), /does not match the requested domain/);
  });
});

function officialClient(vault: TestVault, role: Role, trusting = true): SecretClient {
  const credential = {
    async getToken() {
      const { token, expiresAt } = vault.login.give(role);
      return { token, expiresOnTimestamp: expiresAt * 1000 };
    },
  };
  return new SecretClient(vault.url, credential, {
    disableChallengeResourceVerification: trusting,
    tlsOptions: { ca: vault.ca },
    retryOptions: { maxRetries: 0 },
  });
}

function official(vault: TestVault, role: Role): Client {
  const client = officialClient(vault, role);
  return {
    async get(name, version) {
      const found = await client
        .getSecret(name, version === undefined ? {} : { version })
        .catch(inOurWords);
      return { value: found.value ?? '', version: found.properties.version ?? '' };
    },
    async list() {
      const names: string[] = [];
      let pages = 0;
      try {
        for await (const page of client.listPropertiesOfSecrets().byPage()) {
          pages += 1;
          names.push(...page.map(({ name }) => name));
        }
      } catch (error) {
        inOurWords(error);
      }
      return { names, pages };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** What Microsoft's client says by status and message, as a code of ours. */
function inOurWords(error: unknown): never {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  const message = error instanceof Error ? error.message : '';
  const code: VaultRefusalCode =
    status === 404
      ? 'secret.unknown'
      : /disabled/.test(message)
        ? 'secret.disabled'
        : status === 403
          ? 'permission.missing'
          : 'vault.failed';
  throw new VaultRefusal(code, message, false, error);
}
