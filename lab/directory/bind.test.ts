// How the lab's directory lets people in: over TLS alone, and with Active Directory's reasons when it does not.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'ldapts';
import { Secret } from '#lib/secret.ts';
import { administrator, signedIn } from '#test/servers/directory-server.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import { read, refusedBy, replace, unicodePwd } from '#test/servers/ldap-client.ts';

describe('Signing in to the lab directory', () => {
  let server: LabDirectoryServer;
  let admin: Client;
  const dn = 'CN=Wren Halloran,OU=Bristol,OU=People,DC=ad,DC=larkfield,DC=test';
  const password = 'Interferometer-7';
  before(async () => {
    server = await labDirectory();
    admin = await administrator(server);
  });
  after(async () => {
    await admin.unbind();
    await server[Symbol.asyncDispose]();
  });

  it('takes a DN, a principal name, an implicit one and DOMAIN\\name, in any letter case', async () => {
    await admin.modify(dn, replace('unicodePwd', unicodePwd(password)));
    const names = [
      dn,
      dn.toUpperCase(),
      'wren.halloran@larkfield.test',
      'Wren.Halloran@AD.larkfield.test',
      'LARKFIELD\\wren.halloran',
    ];

    for (const name of names) assert.equal(await signIn(name, password), 'yes', name);
  });

  it('refuses everyone else with the same words', async () => {
    const wrong = [
      [dn, 'Wrong-1'],
      ['nobody@larkfield.test', password],
      ['OTHER\\wren.halloran', password],
      ['wren.halloran', password],
      ['CN=Quality,OU=Groups,DC=ad,DC=larkfield,DC=test', password],
      ['CN=,,,', password],
    ] as const;

    for (const [name, word] of wrong) assert.match(await signIn(name, word), /49 .*data 52e/, name);
  });

  it('says why a right password does not help, and only then', async () => {
    await admin.modify(dn, replace('unicodePwd', unicodePwd(password)));
    const cases = [
      ['pwdLastSet', '0', '-1', /data 773/],
      ['userAccountControl', '514', '512', /data 533/],
      ['accountExpires', '130000000000000000', '0', /data 701/],
    ] as const;

    for (const [attribute, bad, good, reason] of cases) {
      await admin.modify(dn, replace(attribute, bad));
      assert.match(await signIn(dn, password), reason);
      assert.match(await signIn(dn, 'Wrong-1'), /data 52e/);
      await admin.modify(dn, replace(attribute, good));
    }
    assert.equal(await signIn(dn, password), 'yes');
  });

  it('refuses a password that comes without TLS, whether it is right or not', async () => {
    const client = new Client({ url: `ldap://${server.host}:${server.ports.ldap}` });

    const { code, text } = await refusedBy(client.bind(dn, password));
    await client.unbind();

    assert.equal(code, 8);
    assert.match(text, /^00002028/);
  });

  it('upgrades a plain connection with StartTLS, once', async () => {
    const client = new Client({ url: `ldap://${server.host}:${server.ports.ldap}` });
    await client.startTLS({ ca: server.caPem });
    await client.bind(server.service.dn, server.service.password.reveal());

    assert.deepEqual(await read(client, dn, 'cn'), ['Wren Halloran']);
    await client.unbind();
  });

  it('shows a stranger the root and nothing else', async () => {
    await using client = new Client({
      url: `ldaps://${server.host}:${server.ports.ldaps}`,
      tlsOptions: { ca: server.caPem },
    });

    assert.deepEqual(await read(client, '', 'dnsHostName'), ['dc1.ad.larkfield.test']);
    for (const attempt of [
      () => client.search(server.baseDn, { scope: 'base' }),
      () => client.del(dn),
      () => client.compare(dn, 'cn', 'x'),
    ]) {
      const { code, text } = await refusedBy(attempt());
      assert.equal(code, 1);
      assert.match(text, /000004DC/);
    }
  });

  it('takes a name without a password for a stranger', async () => {
    await using client = new Client({
      url: `ldaps://${server.host}:${server.ports.ldaps}`,
      tlsOptions: { ca: server.caPem },
    });
    await client.bind(server.administrator.dn, '');

    assert.equal((await refusedBy(client.search(server.baseDn))).code, 1);
  });

  it('leaves nobody signed in after a sign-in that failed', async () => {
    await using client = await signedIn(server, server.administrator);
    await refusedBy(client.bind(dn, 'Wrong-1'));

    assert.equal((await refusedBy(client.search(server.baseDn))).code, 1);
  });

  it('knows no other way than a name and a password', async () => {
    await using client = new Client({
      url: `ldaps://${server.host}:${server.ports.ldaps}`,
      tlsOptions: { ca: server.caPem },
    });

    assert.equal((await refusedBy(client.bindSASL('EXTERNAL'))).code, 7);
  });

  async function signIn(name: string, word: string): Promise<string> {
    try {
      await using _ = await signedIn(server, { dn: name, password: new Secret(word) });
      return 'yes';
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      return `${code} ${error}`;
    }
  }
});
