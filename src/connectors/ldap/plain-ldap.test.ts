import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Directory } from '#domain/ports/directory.ts';
import { Secret } from '#lib/secret.ts';
import { aNewAccount } from '#test/contracts/directory-stage.ts';
import { aSlapd, type Slapd, withoutSlapd } from '#test/servers/slapd.ts';
import type { LdapAddress } from './address.ts';
import { openLdapDirectory } from './directory.ts';
import { probeLdap } from './probe.ts';

const base = 'dc=larkfield,dc=test';

describe('A plain LDAP directory', { skip: withoutSlapd() }, () => {
  let server: Slapd;
  let directory: Directory;
  before(async () => {
    server = await aSlapd(larkfield(25), 'size.soft=10 size.hard=10 size.prtotal=unlimited');
    directory = await openLdapDirectory(addressOf(server), server.service.password);
  });
  after(async () => {
    await directory?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it('is recognised as no Active Directory', async () => {
    const facts = await directory.facts();

    assert.deepEqual(
      [facts.activeDirectory, facts.baseDn, facts.dnsDomain],
      [false, base, 'larkfield.test'],
    );
  });

  it('is read whole, page after page, by its own immutable ids', async () => {
    const pages = await Array.fromAsync(
      directory.readAccounts({ bases: [`ou=People,${base}`], attributes: ['uid', 'mail'] }),
    );

    const accounts = pages.flat();
    assert.equal(accounts.length, 26);
    assert.equal(new Set(accounts.map(({ id }) => id)).size, 26);
    assert.ok(accounts.every(({ createdAt, enabled }) => createdAt !== undefined && enabled));
  });

  it('finds people by id, by name and by what is taken', async () => {
    const found = await directory.findByAttribute({ attribute: 'uid', values: ['INES'] }, ['cn']);
    const [ines] = found;
    assert.ok(ines);

    const byId = await directory.findAccounts([ines.id], ['cn']);
    const taken = await directory.findTaken({ attribute: 'uid', values: ['ines', 'nobody'] });

    assert.deepEqual(byId.get(ines.id)?.attributes.cn, ['Doe, Ines (Marlow)']);
    assert.deepEqual([...taken], ['ines']);
  });

  it('tells groups and their members', async () => {
    const [ines] = await directory.findByAttribute({ attribute: 'uid', values: ['ines'] }, []);
    const dn = `cn=Quality,ou=Groups,${base}`;

    const groups = await directory.findGroups([dn, 'quality', 'no group']);

    assert.deepEqual([...groups.keys()], [dn, 'quality']);
    assert.deepEqual(ines?.groupIds, [groups.get(dn)?.id]);
    assert.deepEqual([...(await directory.findProtected(ines ? [ines.id] : []))], []);
  });

  it('is never written to, and says so', async () => {
    const asked = aNewAccount(`ou=People,${base}`);

    await assert.rejects(directory.createAccount(asked), {
      code: 'directory.refused',
      message: /no Active Directory/,
    });
  });

  it('is refused where its size limit would cut the answer short', async () => {
    await using narrow = await aSlapd(larkfield(25), 'size.soft=10 size.hard=10 size.prtotal=10');
    await using limited = await openLdapDirectory(addressOf(narrow), narrow.service.password);

    await assert.rejects(
      Array.fromAsync(limited.readAccounts({ bases: [`ou=People,${base}`], attributes: [] })),
      { code: 'read.incomplete' },
    );
  });

  it('is reached without encryption only by choice, and with a warning', async () => {
    const plain = { ...addressOf(server), port: server.ports.ldap, security: 'plain' as const };

    const result = await probeLdap(plain, server.service.password);

    assert.equal(result.ok, true);
    assert.match(result.sentence, /not encrypted: its password travels readably/);
  });

  it('is told apart from one that lets nobody see anything', async () => {
    const nobody = { ...addressOf(server), bindDn: `uid=ines,ou=People,${base}` };

    const result = await probeLdap(nobody, new Secret('Larkfield-Ines-1'));

    assert.equal(result.ok, false);
    assert.equal(result.code, 'container.missing');
  });
});

function addressOf(server: Slapd): LdapAddress {
  return {
    host: server.host,
    port: server.ports.ldaps,
    security: 'ldaps',
    caPem: server.caPem,
    bindDn: server.service.dn,
    allowance: { lab: true, confirmed: [], networks: [] },
    pageSize: 5,
  };
}

function larkfield(count: number): string {
  const people = Array.from({ length: count }, (_, n) => person(`reader${n}`, `Reader ${n}`));
  return [
    `dn: ${base}\nobjectClass: dcObject\nobjectClass: organization\no: Larkfield Optics\ndc: larkfield`,
    `dn: cn=svc-sundog,${base}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: svc-sundog\nuserPassword: Larkfield-Service-1`,
    `dn: ou=People,${base}\nobjectClass: organizationalUnit\nou: People`,
    `dn: ou=Groups,${base}\nobjectClass: organizationalUnit\nou: Groups`,
    ...people,
    person('ines', 'Doe, Ines (Marlow)', `cn=Quality,ou=Groups,${base}`),
    `dn: cn=Quality,ou=Groups,${base}\nobjectClass: groupOfNames\ncn: Quality\nmember: uid=ines,ou=People,${base}`,
  ].join('\n\n');
}

/** slapadd does not fill memberOf, so it is given. */
function person(uid: string, cn: string, memberOf?: string): string {
  const lines = [
    `dn: uid=${uid},ou=People,${base}`,
    'objectClass: inetOrgPerson',
    `uid: ${uid}`,
    `cn: ${cn}`,
    'sn: Marlow',
    `mail: ${uid}@larkfield.test`,
    'userPassword: Larkfield-Ines-1',
    ...(memberOf === undefined ? [] : [`memberOf: ${memberOf}`]),
  ];
  return lines.join('\n');
}
