// The specification of signing in to a vault: by secret, by certificate, by the machine's own identity.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { describe, it } from 'node:test';
import * as x509 from '@peculiar/x509';
import type { VaultIdentity } from '#domain/vault.ts';
import { Secret } from '#lib/secret.ts';
import {
  aKeyVault,
  anApplication,
  applicationId,
  azureAllowance,
  bySecret,
  clientSecret,
  identityHeader,
  labAllowance,
  type TestVault,
  tenantId,
} from '#test/servers/key-vault.ts';
import { openVault, type VaultOptions } from './vault.ts';

const loginPath = `/${tenantId}/oauth2/v2.0/token`;
const wanted = 'the-halo-secret-in-the-vault';
const machine: VaultIdentity = { kind: 'managed-identity', managedIdentityId: null };

describe('Signing in to a vault with a client secret', () => {
  it('asks without a token first, then once for one, however many secrets are read', async () => {
    await using vault = await aKeyVault();
    await using opened = openedIn(vault, bySecret);

    await Promise.all([opened.getSecret('halo-secret'), opened.getSecret('halo-secret')]);
    await opened.getSecret('halo-secret');

    const first = vault.asked[0];
    assert.equal(first?.headers.authorization, undefined);
    const logins = vault.asked.filter(({ path }) => path === loginPath);
    assert.equal(logins.length, 1);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(logins[0]?.body)), {
      grant_type: 'client_credentials',
      client_id: applicationId,
      client_secret: clientSecret.reveal(),
      scope: 'https://vault.azure.net/.default',
    });
  });

  it('in Azure itself goes to the vault and to its cloud’s login, and nowhere else', async () => {
    await using vault = await aKeyVault({ inAzure: true });
    await using opened = inAzure(vault, bySecret);

    const found = await opened.getSecret('halo-secret');

    assert.equal(found.value.reveal(), wanted);
    assert.deepEqual(
      new Set(vault.asked.map(({ headers }) => headers.host)),
      new Set(['larkfield.vault.azure.net', 'login.microsoftonline.com']),
    );
  });

  it('renews a token before it ends', async () => {
    let now = new Date('2026-11-22T08:00:00Z');
    await using vault = await aKeyVault({ clock: () => now, tokenSeconds: 3_600 });
    await using opened = openedIn(vault, bySecret, { clock: () => now });

    await opened.getSecret('halo-secret');
    now = new Date(now.getTime() + 54 * 60_000);
    await opened.getSecret('halo-secret');
    const early = loginsOf(vault);
    now = new Date(now.getTime() + 2 * 60_000);
    await opened.getSecret('halo-secret');

    assert.equal(early, 1);
    assert.equal(loginsOf(vault), 2);
  });

  it('takes a new token once when the old one was withdrawn', async () => {
    await using vault = await aKeyVault();
    await using opened = openedIn(vault, bySecret);
    await opened.getSecret('halo-secret');

    vault.login.withdraw();
    const again = await opened.getSecret('halo-secret');

    assert.equal(again.value.reveal(), wanted);
    assert.equal(loginsOf(vault), 2);
  });

  it('gives up when a fresh token is refused too', async () => {
    await using vault = await aKeyVault();
    await using opened = openedIn(vault, bySecret);
    vault.play((asked) => {
      if (!asked.path.startsWith('/secrets')) return undefined;
      const www = `Bearer authorization="${asked.origin}/${tenantId}", resource="https://vault.azure.net"`;
      return { status: 401, headers: { 'www-authenticate': www } };
    });

    await assert.rejects(opened.getSecret('halo-secret'), { code: 'token.refused' });
    assert.equal(loginsOf(vault), 2);
  });

  it('goes to no other tenant than the one it was told', async () => {
    await using vault = await aKeyVault();
    const other = '11111111-2222-4333-8444-555555555555';
    await using opened = openedIn(vault, { ...bySecret, tenantId: other });
    await using byDomain = openedIn(vault, { ...bySecret, tenantId: 'larkfield.test' });

    await assert.rejects(opened.getSecret('halo-secret'), { code: 'vault.foreign' });
    assert.equal(loginsOf(vault), 0);
    assert.equal((await byDomain.getSecret('halo-secret')).value.reveal(), wanted);
  });
});

describe('Signing in to a vault with a certificate', () => {
  it('proves the key by an assertion that is used once', async () => {
    const { pem, certificate } = await aCertificate();
    await using vault = await aKeyVault({ identities: [anApplication('user', { certificate })] });
    await using opened = openedIn(vault, byCertificate(pem));

    const found = await opened.getSecret('halo-secret');

    assert.equal(found.value.reveal(), wanted);
    const form = new URLSearchParams(vault.asked.find(({ path }) => path === loginPath)?.body);
    const [header] = (form.get('client_assertion') ?? '').split('.');
    const { alg, 'x5t#S256': thumbprint } = JSON.parse(
      Buffer.from(header ?? '', 'base64url').toString('utf8'),
    );
    assert.equal(alg, 'PS256');
    assert.match(thumbprint, /^[\w-]{43}$/);
    assert.equal(form.get('client_secret'), null);
  });

  it('is refused in a sentence when the tenant knows another', async () => {
    const mine = await aCertificate();
    const { certificate } = await aCertificate();
    await using vault = await aKeyVault({ identities: [anApplication('user', { certificate })] });
    await using opened = openedIn(vault, byCertificate(mine.pem));

    await assert.rejects(opened.getSecret('halo-secret'), {
      code: 'token.refused',
      message: /does not know this certificate/,
    });
  });

  it('refuses a PEM that cannot serve, before anything is sent', async () => {
    const { pem } = await aCertificate();
    const other = await aCertificate();
    const mixed = (pem.split('-----BEGIN CERT')[0] ?? '') + other.certificate;
    await using vault = await aKeyVault();
    for (const [text, why] of [
      ['nothing', /certificate and its private key/],
      [mixed, /does not belong/],
      [await anEllipticCertificate(), /no RSA key/],
    ] as const) {
      await using opened = openedIn(vault, byCertificate(text));
      await assert.rejects(opened.getSecret('halo-secret'), {
        code: 'token.refused',
        message: why,
      });
    }
    assert.equal(loginsOf(vault), 0);
  });
});

describe('Signing in to a vault as the machine itself', () => {
  it('asks the metadata service, with the header that no redirect can add', async () => {
    await using vault = await aKeyVault({ inAzure: true });
    await using opened = inAzure(vault, machine);

    const found = await opened.getSecret('halo-secret');

    assert.equal(found.value.reveal(), wanted);
    assert.ok(vault.dialled.includes('169.254.169.254:80'));
    const asked = vault.asked.find(({ path }) => path === '/metadata/identity/oauth2/token');
    assert.equal(asked?.headers.metadata, 'true');
    assert.deepEqual(asked?.query, {
      'api-version': '2018-02-01',
      resource: 'https://vault.azure.net',
    });
  });

  it('names a user-assigned identity by its client id or its resource id', async () => {
    const clientId = 'c0ffee00-0000-4000-8000-00000000000b';
    const resourceId = '/subscriptions/s/resourcegroups/r/providers/x/userAssignedIdentities/hub';
    for (const [id, name] of [
      [clientId, 'client_id'],
      [resourceId, 'msi_res_id'],
    ] as const) {
      const identities = [{ kind: 'machine', managedIdentityId: id, role: 'user' } as const];
      await using vault = await aKeyVault({ identities, inAzure: true });
      await using opened = inAzure(vault, { ...machine, managedIdentityId: id });

      await opened.getSecret('halo-secret');

      const asked = vault.asked.find(({ path }) => path.startsWith('/metadata'));
      assert.equal(asked?.query[name], id);
    }
  });

  it('waits for an identity that was assigned a moment ago', async () => {
    await using vault = await aKeyVault({ inAzure: true });
    vault.play((asked, nth) =>
      asked.path.startsWith('/metadata') && nth <= 2
        ? { status: [404, 429][nth - 1] ?? 500 }
        : undefined,
    );
    const waited: number[] = [];
    await using opened = inAzure(vault, machine, { wait: async (ms) => void waited.push(ms) });

    await opened.getSecret('halo-secret');

    assert.equal(waited.length, 2);
  });

  it('follows no redirect of the metadata service', async () => {
    await using vault = await aKeyVault({ inAzure: true });
    vault.play((asked) =>
      asked.path.startsWith('/metadata')
        ? { status: 302, headers: { location: `${vault.url}/stolen` } }
        : undefined,
    );
    await using opened = inAzure(vault, machine, { wait: async () => {} });

    await assert.rejects(opened.getSecret('halo-secret'), { code: 'token.unreachable' });
    assert.ok(vault.asked.every(({ path }) => path !== '/stolen'));
  });

  it('says so where there is no such service', async () => {
    await using vault = await aKeyVault({ inAzure: true });
    const network = { ...vault.azure, connect: refusing(vault.azure.connect, '169.254.169.254') };
    await using opened = inAzure(vault, machine, { network });

    await assert.rejects(opened.getSecret('halo-secret'), {
      code: 'identity.absent',
      message: /no managed identity/,
    });
  });

  it('asks App Service where its own settings say, with its header', async () => {
    await using vault = await aKeyVault({ inAzure: true });
    const identity: VaultIdentity = { kind: 'app-service', managedIdentityId: null };
    const appService = {
      endpoint: new URL('http://169.254.131.4:8081/msi/token'),
      header: new Secret(identityHeader),
    };
    await using opened = inAzure(vault, identity, { appService });
    await using wrong = inAzure(vault, identity, {
      appService: { ...appService, header: new Secret('another') },
    });
    await using elsewhere = inAzure(vault, identity, {
      appService: { ...appService, endpoint: new URL('http://10.0.0.4:8081/msi/token') },
    });

    assert.equal((await opened.getSecret('halo-secret')).value.reveal(), wanted);
    assert.ok(vault.dialled.includes('169.254.131.4:8081'));
    await assert.rejects(wrong.getSecret('halo-secret'), { code: 'token.refused' });
    await assert.rejects(elsewhere.getSecret('halo-secret'), { code: 'address.refused' });
    assert.throws(() => inAzure(vault, identity), { code: 'identity.absent' });
  });
});

function openedIn(vault: TestVault, identity: VaultIdentity, options: VaultOptions = {}) {
  return openVault({ address: vault.address, identity, allowance: labAllowance }, options);
}

function inAzure(vault: TestVault, identity: VaultIdentity, options: VaultOptions = {}) {
  const opening = { address: vault.azureAddress, identity, allowance: azureAllowance };
  return openVault(opening, { network: vault.azure, ...options });
}

function loginsOf(vault: TestVault): number {
  return vault.asked.filter(({ path }) => path === loginPath).length;
}

function byCertificate(pem: string): VaultIdentity {
  return { kind: 'certificate', tenantId: null, applicationId, proof: new Secret(pem) };
}

type Connect = TestVault['azure']['connect'];

function refusing(connect: Connect, refused: string): Connect {
  return (address, port) => {
    const socket = connect(address, port);
    if (address === refused) socket.destroy(new Error('no route'));
    return socket;
  };
}

async function aCertificate(): Promise<{ readonly pem: string; readonly certificate: string }> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  return selfSigned(
    await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']),
    algorithm,
  );
}

async function anEllipticCertificate(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return (await selfSigned(keys, algorithm)).pem;
}

async function selfSigned(
  keys: webcrypto.CryptoKeyPair,
  signingAlgorithm: { readonly name: string },
) {
  x509.cryptoProvider.set(webcrypto);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Sundog at Larkfield',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
    signingAlgorithm,
    keys,
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = der.toString('base64').replace(/.{64}/g, '$&\n');
  const certificate = made.toString('pem');
  const pem = `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n${certificate}\n`;
  return { pem, certificate };
}
