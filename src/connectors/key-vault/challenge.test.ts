// The specification of challenges: read as RFC 9110 has them, believed within the vault's own cloud alone.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VaultRefusal } from '#domain/ports/vault.ts';
import { type VaultAddress, type VaultCloudName, vaultClouds } from '#domain/vault.ts';
import fc from '#test/property.ts';
import { believed, parseChallenge } from './challenge.ts';

const tenant = '7d2a1f0e-3c55-4a5e-9d0b-51f0c3a7b001';
const login = 'https://login.microsoftonline.com';
const resource = 'https://vault.azure.net';
const address: VaultAddress = {
  url: 'https://larkfield.vault.azure.net',
  cloud: 'public',
  ca: null,
  lab: false,
};

describe('Reading a challenge', () => {
  const names = fc.stringMatching(/^[a-z_]{1,12}$/);
  const texts = fc.string({ maxLength: 40 }).filter((text) => !/[\r\n]/.test(text));

  it('gives back whatever parameters were written, in quotes and with any letter', () => {
    fc.assert(
      fc.property(fc.dictionary(names, texts, { minKeys: 1, maxKeys: 6 }), (parameters) => {
        const plain = Object.fromEntries(Object.entries(parameters));
        const header = `Bearer ${written(plain)}`;

        assert.deepEqual(parseChallenge(header), plain);
        assert.deepEqual(parseChallenge(`PoP a="b", ${header}`), plain);
        assert.deepEqual(parseChallenge(`${header}, PoP authorization="x"`), plain);
      }),
    );
  });

  it('never believes a header that says a thing twice', () => {
    fc.assert(
      fc.property(names, texts, texts, (name, one, other) => {
        const header = `Bearer ${written({ [name]: one })}, ${written({ [name]: other })}`;

        assert.equal(parseChallenge(header), undefined);
        assert.equal(
          parseChallenge(header.replace(`, ${name}`, `, ${name.toUpperCase()}`)),
          undefined,
        );
      }),
    );
  });

  it('ends with an answer on any text, and quickly', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (text) => {
        parseChallenge(text);
        parseChallenge(`Bearer ${text}`);
        return true;
      }),
    );
    parseChallenge(`Bearer a="${'\\"'.repeat(4_000)}`);
    assert.equal(parseChallenge(`Bearer a="${'x'.repeat(10_000)}"`), undefined);
  });

  for (const header of [
    '',
    'Bearer a="b',
    'Bearer a=',
    'a="b"',
    'Basic realm="x"',
    'Bearer "x"',
    'Bearer a="b" "c"',
  ]) {
    it(`finds nothing in ${header || 'an empty header'}`, () => {
      assert.equal(parseChallenge(header), undefined);
    });
  }
});

describe('A challenge is believed', () => {
  it('when it names the login and the resource of the vault’s cloud', () => {
    for (const cloud of ['public', 'us-gov', 'china'] as const) {
      const { logins, resource: wanted } = vaultClouds[cloud];
      for (const one of logins) {
        const url = `https://larkfield.${new URL(wanted).hostname}`;
        const found = believed(challenge({ login: one, resource: wanted }), {
          ...address,
          url,
          cloud,
        });

        assert.deepEqual(found, { login: one, tenant, resource: wanted, claims: null });
      }
    }
  });

  it('when it names a scope instead of a resource, or ends in a slash', () => {
    const byScope = `Bearer authorization="${login}/${tenant}", scope="${resource}/.default"`;

    assert.equal(believed(byScope, address).resource, resource);
    assert.equal(believed(challenge({ resource: `${resource}/` }), address).resource, resource);
  });

  it('with the further claims that it asks for', () => {
    const claims = Buffer.from('{"access_token":{"nbf":{"value":"1"}}}').toString('base64');
    const header = `${challenge({})}, error="insufficient_claims", claims="${claims}"`;

    assert.equal(believed(header, address).claims, '{"access_token":{"nbf":{"value":"1"}}}');
  });

  it('with a lab vault’s own login, and with no other', () => {
    const lab = { ...address, url: 'https://127.0.0.1:4443', lab: true };

    assert.equal(believed(challenge({ login: lab.url }), lab).login, lab.url);
    assert.equal(codeOf(challenge({}), lab), 'vault.foreign');
  });
});

describe('A challenge is not believed', () => {
  const evil: readonly (readonly [string, string, Partial<VaultAddress>?])[] = [
    ['another login', challenge({ login: 'https://login.evil.example' })],
    ['a login that only begins like ours', challenge({ login: `${login}.evil.example` })],
    [
      'a login with a user name',
      challenge({ login: 'https://login.microsoftonline.com@evil.example' }),
    ],
    ['a login over plain HTTP', challenge({ login: 'http://login.microsoftonline.com' })],
    ['a login on another port', challenge({ login: 'https://login.microsoftonline.com:8443' })],
    ['the login of another cloud', challenge({ login: 'https://login.microsoftonline.us' })],
    ['a path behind the tenant', challenge({ tenant: `${tenant}/../x/y` })],
    ['no tenant', challenge({ tenant: '' })],
    ['a query behind the tenant', challenge({ tenant: `${tenant}?x=1` })],
    ['a resource of another service', challenge({ resource: 'https://graph.microsoft.com' })],
    ['a resource of another cloud', challenge({ resource: 'https://vault.azure.cn' })],
    ['a resource over plain HTTP', challenge({ resource: 'http://vault.azure.net' })],
    ['no resource', `Bearer authorization="${login}/${tenant}"`],
    ['no authorization', `Bearer resource="${resource}"`],
    ['a vault outside of its cloud', challenge({}), { url: 'https://vault.evil.example' }],
    ['a vault that only ends alike', challenge({}), { url: 'https://evilvault.azure.net' }],
  ];
  for (const [title, header, other] of evil) {
    it(`with ${title}`, () => {
      assert.equal(codeOf(header, { ...address, ...other }), 'vault.foreign');
    });
  }

  it('when it is missing or unreadable', () => {
    assert.equal(codeOf(undefined, address), 'answer.malformed');
    assert.equal(codeOf('Bearer a="', address), 'answer.malformed');
  });

  it('whatever host it names, unless it is one of its cloud’s', () => {
    const hosts = fc.domain();
    const clouds = fc.constantFrom<VaultCloudName>('public', 'us-gov', 'china');
    fc.assert(
      fc.property(hosts, clouds, (host, cloud) => {
        const url = `https://larkfield.${new URL(vaultClouds[cloud].resource).hostname}`;
        const at = { ...address, url, cloud };

        assert.equal(codeOf(challenge({ login: `https://${host}` }), at), 'vault.foreign');
        assert.equal(codeOf(challenge({ resource: `https://${host}` }), at), 'vault.foreign');
      }),
    );
  });
});

function challenge(given: { login?: string; tenant?: string; resource?: string }): string {
  const where = `${given.login ?? login}/${given.tenant ?? tenant}`;
  return `Bearer ${written({ authorization: where, resource: given.resource ?? resource })}`;
}

function written(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`)
    .join(', ');
}

function codeOf(header: string | undefined, at: VaultAddress): string | undefined {
  try {
    believed(header, at);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof VaultRefusal);
    return error.code;
  }
}
