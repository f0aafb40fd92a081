// A test of a directory connection names the stage that fails, each of them once.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProbeStage } from '#domain/connection.ts';
import { Secret } from '#lib/secret.ts';
import { aCertificateAuthority } from '#test/servers/certificates.ts';
import { aScriptedLdap, type Heard, type Line } from '#test/servers/scripted-ldap.ts';
import { aSlapd, type Slapd, withoutSlapd } from '#test/servers/slapd.ts';
import { companyLdif, people, personLdif, root } from '#test/servers/slapd-company.ts';
import type { LdapAddress } from './address.ts';
import { probeLdap } from './probe.ts';

function addressOf(server: Slapd): LdapAddress {
  return {
    ...{ host: server.host, port: server.ports.ldaps, security: 'ldaps', caPem: server.caPem },
    bindDn: server.service.dn,
    allowance: { lab: true, confirmed: [], networks: [] },
    connectTimeoutMs: 2_000,
  };
}

const numbered = Array.from({ length: 60 }, (_, n) => personLdif(`p${n}`));

describe('A test of a connection to a plain LDAP directory', { skip: withoutSlapd() }, () => {
  it('names the stage', async () => {
    await using server = await aSlapd(
      companyLdif(personLdif('ines', people, ['userPassword: Larkfield-Ines-1'])),
    );
    const good = addressOf(server);
    const { password } = server.service;
    const stranger = await aCertificateAuthority('A stranger');
    const tries: readonly (readonly [Partial<LdapAddress>, Secret, ProbeStage])[] = [
      [{ host: '10.1.2.3' }, password, 'address'],
      [{ host: 'dc1.invalid', allowance: { ...good.allowance, lab: false } }, password, 'name'],
      [{ port: 1 }, password, 'connect'],
      [{ caPem: stranger.ca }, password, 'tls'],
      [{ port: server.ports.ldap }, password, 'tls'],
      [{}, new Secret('wrong'), 'credentials'],
      [{}, new Secret(''), 'credentials'],
      [{ bindDn: '' }, password, 'credentials'],
      [{ baseDn: `ou=Nowhere,${root}` }, password, 'base'],
      [{ baseDn: 'no name' }, password, 'base'],
      // Signs in, and may see nothing.
      [{ bindDn: `uid=ines,${people}` }, new Secret('Larkfield-Ines-1'), 'base'],
    ];
    for (const [bent, secret, stage] of tries) {
      const result = await probeLdap({ ...good, ...bent }, secret);
      assert.ok(!result.ok, JSON.stringify(bent));
      assert.equal(result.stage, stage, result.sentence);
      assert.match(result.sentence, /\.$/);
    }
    assert.equal((await probeLdap(good, password)).ok, true);
  });

  it('names the limit of a server that cuts its answers short', async () => {
    await using server = await aSlapd(companyLdif(...numbered), 'size.soft=20 size.hard=50');

    const result = await probeLdap(addressOf(server), server.service.password);

    assert.ok(!result.ok);
    assert.deepEqual([result.stage, result.code], ['limit', 'read.incomplete']);
  });

  it('says that it sees nobody where there is nobody', async () => {
    await using server = await aSlapd(companyLdif());

    const whole = await probeLdap(addressOf(server), server.service.password);
    const empty = { ...addressOf(server), baseDn: people };
    const unit = await probeLdap(empty, server.service.password);

    assert.ok(whole.ok && unit.ok);
    assert.match(whole.sentence, /sees no people below/);
    assert.match(unit.sentence, /sees nothing below/);
  });
});

describe('A test of a connection', () => {
  const base = 'DC=ad,DC=larkfield,DC=test';
  const asPeople = (lines: readonly Line[]) => (heard: Heard) =>
    heard.operation === 0x63 && heard.filter.includes('person') ? lines : undefined;
  const nameless: Line = { entry: `CN=Ines,${base}`, values: { cn: ['Ines'] } };
  const nothing = (heard: Heard) =>
    heard.operation === 0x63 && !heard.attributes.includes('objectclass') && heard.base !== ''
      ? [{ done: 0 }]
      : undefined;
  const tries: readonly (readonly [
    string,
    (heard: Heard) => readonly Line[] | undefined,
    string,
  ])[] = [
    ['shows people without their ids', asPeople([nameless, { done: 0 }]), 'rights'],
    ['shows nothing of a whole domain', nothing, 'rights'],
    ['lets nobody read', asPeople([{ done: 50 }]), 'rights'],
    ['cuts its answer short', asPeople([{ done: 4 }]), 'limit'],
    ['has an administrative limit', asPeople([{ done: 11 }]), 'limit'],
    ['is busy', asPeople([{ done: 51 }]), 'answer'],
    ['hangs up', asPeople(['hang up']), 'answer'],
  ];
  for (const [title, script, stage] of tries) {
    it(`to a directory that ${title} stops at the stage "${stage}"`, async () => {
      await using server = await aScriptedLdap(script);

      const result = await probeLdap(server.address, server.password);

      assert.ok(!result.ok);
      assert.equal(result.stage, stage, result.sentence);
    });
  }
});
