// The contract of creating accounts: one write, a working password, and no guess about what is there already.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Directory } from '#domain/ports/directory.ts';
import { childDn, sameDn } from '#lib/dn.ts';
import { Secret } from '#lib/secret.ts';
import type { Given } from './directory.ts';
import { specialName } from './directory-reading.ts';
import { aName, aNewAccount } from './directory-stage.ts';

export function directoryWriting({ stage }: Given): void {
  let directory: Directory;
  before(async () => {
    directory = await stage().open();
  });
  after(() => directory[Symbol.asyncDispose]());

  it('creates an account with all its attributes and gives its immutable id', async () => {
    const asked = aNewAccount(stage().container, {
      attributes: {
        givenName: ['Ines'],
        sn: ['Marlow'],
        department: ['Quality'],
        proxyAddresses: ['SMTP:ines@larkfield.test', 'smtp:i.marlow@larkfield.test'],
      },
    });

    const account = await directory.createAccount(asked);

    const found = (await directory.findAccounts([account.id], ['sn', 'proxyAddresses'])).get(
      account.id,
    );
    assert.ok(sameDn(found?.dn ?? '', asked.dn));
    assert.equal(found?.enabled, true);
    assert.deepEqual(found?.attributes.sn, ['Marlow']);
    assert.equal(found?.attributes.proxyAddresses?.length, 2);
  });

  it('gives it a password that is right and must be changed at the first sign-in', async () => {
    const asked = aNewAccount(stage().container);

    await directory.createAccount(asked);

    assert.match(await stage().signsIn(asked.dn, asked.password.reveal()), /data 773/);
    assert.match(await stage().signsIn(asked.dn, 'Not-The-Password-1'), /data 52e/);
  });

  it('gives it a password that works at once where it need not be changed', async () => {
    const asked = aNewAccount(stage().container, { mustChangePassword: false });

    await directory.createAccount(asked);

    assert.equal(await stage().signsIn(asked.dn, asked.password.reveal()), 'yes');
  });

  it('keeps every character of a password', async () => {
    const password = new Secret('Ünïcode "quoted" \\ 密码 🌞 1');
    const asked = aNewAccount(stage().container, { mustChangePassword: false, password });

    await directory.createAccount(asked);

    assert.equal(await stage().signsIn(asked.dn, password.reveal()), 'yes');
  });

  it('creates an account disabled before its first day', async () => {
    const asked = aNewAccount(stage().container, { enabled: false });

    const { id } = await directory.createAccount(asked);

    const account = (await directory.findAccounts([id], [])).get(id);
    assert.equal(account?.enabled, false);
    assert.match(await stage().signsIn(asked.dn, asked.password.reveal()), /data 533/);
  });

  it('creates a person whose name is full of characters that mean something', async () => {
    const asked = aNewAccount(stage().container, { cn: specialName });

    const account = await directory.createAccount(asked);

    assert.ok(sameDn(account.dn, asked.dn));
    assert.deepEqual(await stage().get(asked.dn, 'cn'), [specialName]);
  });

  it('recognises its own creation by the mark, and a stranger by its absence', async () => {
    const asked = aNewAccount(stage().container, { marker: 'sundog:run-1:change-7' });
    const { id } = await directory.createAccount(asked);
    const stranger = await stage().addUser('A Stranger');

    const own = await directory.findCreated(asked.dn);
    const other = await directory.findCreated(stranger);

    assert.deepEqual([own?.id, own?.marker], [id, 'sundog:run-1:change-7']);
    assert.ok(own?.createdAt instanceof Date);
    assert.deepEqual([other?.dn, other?.marker], [stranger, undefined]);
    assert.equal(await directory.findCreated(childDn('CN', aName(), stage().container)), undefined);
  });

  it('tells several of its creations and what is not there apart, looked at together', async () => {
    const asked = [
      aNewAccount(stage().container, { cn: `${specialName} too` }),
      aNewAccount(stage().container, { marker: 'sundog:run-1:change-8' }),
    ];
    const made = await Promise.all(asked.map((each) => directory.createAccount(each)));
    const absent = childDn('CN', aName(), stage().container);

    const found = await Promise.all(
      [absent, ...asked.map(({ dn }) => dn.toUpperCase())].map((dn) => directory.findCreated(dn)),
    );

    assert.deepEqual(
      found.map((each) => each?.id),
      [undefined, ...made.map(({ id }) => id)],
    );
    assert.equal(found[2]?.marker, 'sundog:run-1:change-8');
  });

  it('refuses a name that somebody in the container has', async () => {
    const cn = aName();
    await stage().addUser(cn);

    await assert.rejects(directory.createAccount(aNewAccount(stage().container, { cn })), {
      name: 'DirectoryRefusal',
      code: 'name.taken',
      retryable: false,
    });
  });

  it('refuses a log-on name or principal name that somebody has elsewhere', async () => {
    const name = aName();
    const userPrincipalName = [`${aName()}@ad.larkfield.test`];
    await stage().addGroup(name);
    await stage().addUser('Other Person', { userPrincipalName });

    for (const attributes of [{ sAMAccountName: [name] }, { userPrincipalName }]) {
      const asked = aNewAccount(stage().container, { attributes });

      await assert.rejects(directory.createAccount(asked), { code: 'name.taken' });
      assert.equal(await directory.findCreated(asked.dn), undefined);
    }
  });

  it('refuses a password against the policy in one sentence, and leaves nothing behind', async () => {
    const asked = aNewAccount(stage().container, { password: new Secret('weak') });

    await assert.rejects(directory.createAccount(asked), {
      // Samba says which rule it was; Active Directory and the lab say that one was broken.
      code: /^password\.(refused|too-short)$/,
      retryable: false,
    });
    assert.equal(await directory.findCreated(asked.dn), undefined);
  });

  it('never repeats the password, whatever goes wrong', async () => {
    const password = new Secret('weakish');
    const asked = aNewAccount(stage().container, { password });

    const refusal = await directory.createAccount(asked).catch((error: unknown) => error);

    assert.ok(refusal instanceof Error);
    const all = `${refusal.stack} ${JSON.stringify(refusal)} ${JSON.stringify(Object.entries(refusal))}`;
    assert.doesNotMatch(all, /weakish/);
    const bytes = Buffer.from('weakish', 'utf16le');
    assert.equal(all.includes(JSON.stringify([...bytes]).slice(1, -1)), false);
  });

  it('refuses a container that is not there', async () => {
    const asked = aNewAccount(childDn('OU', 'Nowhere', stage().container));

    await assert.rejects(directory.createAccount(asked), { code: 'container.missing' });
  });

  it('refuses to create where it has no right to, and says so', async () => {
    const asked = aNewAccount(`CN=Users,${stage().server.baseDn}`);

    await assert.rejects(directory.createAccount(asked), { code: 'rights.missing' });
  });

  it('refuses an attribute the directory does not know and a value it does not take', async () => {
    const unknown = aNewAccount(stage().container, { attributes: { favouriteColour: ['red'] } });
    const long = aNewAccount(stage().container, { attributes: { initials: ['far too long'] } });

    await assert.rejects(directory.createAccount(unknown), { code: 'attribute.unknown' });
    await assert.rejects(directory.createAccount(long), { code: 'value.refused' });
  });

  it('writes no password over a connection that is not encrypted', async () => {
    const { administrator, ports } = stage().server;
    const asked = aNewAccount(stage().container);

    // Active Directory may refuse the sign-in already; where it does not, the creation is refused.
    const attempt = async () => {
      await using plain = await stage().open({
        port: ports.ldap,
        security: 'plain',
        bindDn: administrator.dn,
        password: administrator.password,
      });
      await plain.createAccount(asked);
    };

    await assert.rejects(attempt, { code: 'tls.required' });
    assert.equal(await directory.findCreated(asked.dn), undefined);
  });

  it('creates over StartTLS as over LDAPS', async () => {
    await using upgraded = await stage().open({
      port: stage().server.ports.ldap,
      security: 'starttls',
    });
    const asked = aNewAccount(stage().container);

    const account = await upgraded.createAccount(asked);

    assert.ok(sameDn(account.dn, asked.dn));
  });

  it('creates many at once, each exactly once', async () => {
    const asked = Array.from({ length: 20 }, () => aNewAccount(stage().container));

    const accounts = await Promise.all(asked.map((each) => directory.createAccount(each)));

    assert.equal(new Set(accounts.map(({ id }) => id)).size, 20);
  });
}
