import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LdapSettings } from '#domain/connection.ts';
import { Secret } from '#lib/secret.ts';
import { addressOf, aName, aStage, type Stage } from '#test/contracts/directory-stage.ts';
import { grantsOfTheGuide } from '#test/servers/samba/rights.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { openLdapDirectory } from './directory.ts';
import { ldapAddress, probeLdap } from './probe.ts';
import { rightsOver } from './rights.ts';

const extendedSchema = ['extensionAttribute1'];

describe('The rights of the service account', { skip: withoutSamba() }, () => {
  let stage: Stage;
  before(async () => {
    stage = await aStage(await samba(), openLdapDirectory);
    await stage.addUser('Somebody');
    await stage.addGroup(aName('group'));
  });
  after(() => stage[Symbol.asyncDispose]());

  it('suffice once the commands of the guide were typed, attribute by attribute', async () => {
    const attributes = grantsOfTheGuide()
      .filter(({ right, onClass }) => right === 'WP' && onClass === 'user')
      .map(({ what }) => what)
      .filter((name) => !extendedSchema.includes(name));
    const units = { people: [stage.container], groups: [stage.groups], attributes };

    const { missing } = await rightsOver(addressOf(stage.server), service(), units);

    assert.ok(attributes.length > 40);
    assert.deepEqual(missing, []);
  });

  it('are named one by one where they are missing', async () => {
    const { dn, password } = await anybody();
    const units = {
      people: [stage.container],
      groups: [stage.groups],
      attributes: ['title', 'userAccountControl'],
    };

    const { missing } = await rightsOver(
      { ...addressOf(stage.server), bindDn: dn },
      password,
      units,
    );

    assert.deepEqual(
      missing.map(({ right, attribute = '' }) => `${right} ${attribute}`.trim()),
      [
        'create-users',
        'reset-password',
        'write-property title',
        'write-property userAccountControl',
        'write-members member',
      ],
    );
    for (const { sentence } of missing) assert.match(sentence, /active-directory-rights\.md/);
  });

  it('do not reach beyond what was delegated', async () => {
    const attributes = ['servicePrincipalName', 'msDS-KeyCredentialLink', 'title'];
    const units = { people: [stage.container], groups: [], attributes };

    const { missing } = await rightsOver(addressOf(stage.server), service(), units);

    assert.deepEqual(
      missing.map(({ attribute }) => attribute),
      ['servicePrincipalName', 'msDS-KeyCredentialLink'],
    );
  });

  it('say so where there is nobody yet to look at, and where the unit is not there', async () => {
    const empty = `OU=${aName('empty')},${stage.container}`;
    await stage.administrator.add(empty, { objectClass: 'organizationalUnit' });
    const people = [empty, `OU=Nowhere,${stage.container}`];

    const found = await rightsOver(addressOf(stage.server), service(), { people, groups: [] });

    assert.deepEqual(
      found.missing.map(({ dn, right }) => [dn, right]),
      [[people[1], 'create-users']],
    );
    assert.equal(found.unchecked.filter((each) => each.includes('no account yet')).length, 2);
  });

  it('show in the test of the connection, at the stage of rights', async () => {
    const { dn, password } = await anybody();
    const address = { ...addressOf(stage.server), bindDn: dn };

    const result = await probeLdap(address, password, { people: [stage.container], groups: [] });

    assert.equal(result.ok, false);
    assert.deepEqual([result.stage, result.code], ['rights', 'rights.missing']);
    assert.match(result.sentence, /may not create users.*more rights are missing/);
  });

  function service(): Secret {
    return stage.server.service.password;
  }

  /** An ordinary user without any delegated right. */
  async function anybody(): Promise<{ readonly dn: string; readonly password: Secret }> {
    const password = new Secret(`Larkfield-${aName()}-A1`);
    const dn = await stage.addUser(aName());
    await stage.setPassword(dn, password);
    return { dn, password };
  }
});

describe('A test of a directory connection', { skip: withoutSamba() }, () => {
  const settings = { security: 'ldaps' as const, baseDn: null, ca: null };

  it('says whom it reached', async () => {
    const server = await samba();

    const result = await probeLdap(addressOf(server), server.service.password);

    assert.equal(result.ok, true);
    assert.match(result.sentence, /^Signed in to dc1\.ad\.larkfield\.test \(Active Directory /i);
  });

  it('names the stage that failed', async () => {
    const server = await samba();
    const { host, service, caPem } = server;
    const allowance = { lab: true, confirmed: [], networks: [] };
    const right = ldapAddress(
      LdapSettings.parse({
        ...{ ...settings, host, port: server.ports.ldaps, bindDn: service.dn, ca: caPem },
      }),
      allowance,
    );
    const untrusting = LdapSettings.parse({ ...settings, host, bindDn: service.dn });
    const wrong = new Secret('wrong');
    const tries = [
      [{ ...right, allowance: { ...allowance, lab: false } }, service.password, 'address'],
      [{ ...right, port: 1 }, service.password, 'connect'],
      [ldapAddress(untrusting, allowance), wrong, 'tls'],
      [{ ...right, port: server.ports.ldap, security: 'plain' as const }, service.password, 'tls'],
      [right, wrong, 'credentials'],
      [{ ...right, baseDn: 'DC=elsewhere,DC=test' }, service.password, 'base'],
    ] as const;

    for (const [address, password, stage] of tries) {
      const result = await probeLdap(address, password);

      assert.equal(result.ok, false);
      assert.equal(result.stage, stage, result.sentence);
      assert.match(result.sentence, /^[A-Z1"].*\.$/);
    }
  });
});
