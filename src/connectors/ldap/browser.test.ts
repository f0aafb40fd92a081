// What one sees of a directory beforehand, and groups as a scope, on a plain LDAP server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ScanQuery } from '#domain/ports/directory-scan.ts';
import { aScriptedLdap } from '#test/servers/scripted-ldap.ts';
import { aSlapd, type Slapd, withoutSlapd } from '#test/servers/slapd.ts';
import {
  companyLdif,
  groupLdif,
  groups,
  people,
  personLdif,
  root,
} from '#test/servers/slapd-company.ts';
import type { LdapAddress } from './address.ts';
import { openLdapScanner, type SyncDirectory } from './scanner.ts';

const many = 1_650;
const staff = `ou=Staff,${people}`;
const query: ScanQuery = {
  ...{ base: people, scope: 'sub', filter: '(objectClass=inetOrgPerson)', attributes: ['uid'] },
};
const dnOf = (uid: string, below = people) => `uid=${uid},${below}`;

function ldif(): string {
  const numbers = Array.from({ length: many }, (_, n) => `p${n}`);
  const photo = `jpegPhoto:: ${Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1]).toString('base64')}`;
  return companyLdif(
    `dn: ${staff}\nobjectClass: organizationalUnit\nou: Staff`,
    personLdif('ines', people, [
      'mail: ines@larkfield.test',
      'userPassword: Larkfield-Ines-1',
      photo,
    ]),
    personLdif('maya', staff),
    personLdif('nora', staff),
    personLdif('theo', `ou=Groups,${root}`),
    ...numbers.map((uid) => personLdif(uid, staff)),
    groupLdif('Everyone', [...numbers.map((uid) => dnOf(uid, staff)), dnOf('ines')]),
    // Round and round; with one who is gone, one outside the base and one who is in it twice.
    groupLdif('Inner', [dnOf('maya', staff), `cn=Outer,${groups}`]),
    groupLdif('Outer', [
      dnOf('ines'),
      dnOf('INES'),
      dnOf('gone'),
      dnOf('theo', groups),
      `cn=Inner,${groups}`,
      `cn=Unique,${groups}`,
      `cn=Posix,${groups}`,
      `cn=Lab,${groups}`,
    ]),
    `dn: cn=Unique,${groups}\nobjectClass: groupOfUniqueNames\ncn: Unique\nuniqueMember: ${dnOf('nora', staff)}#'0101'B`,
    `dn: cn=Posix,${groups}\nobjectClass: posixGroup\ncn: Posix\ngidNumber: 7\nmemberUid: P1\nmemberUid: p2\nmemberUid: ines`,
    labLdif([dnOf('p3', staff)]),
  );
}

/** A group as Microsoft's schema has it: all of its class must be there, of any value. */
function labLdif(members: readonly string[]): string {
  const musts = ['groupType: 2', 'instanceType: 4', 'nTSecurityDescriptor: none'];
  return [
    `dn: cn=Lab,${groups}`,
    ...['objectClass: group', 'cn: Lab', ...musts, `objectCategory: cn=Group,${root}`],
    ...members.map((dn) => `member: ${dn}`),
  ].join('\n');
}

function addressOf(server: Slapd): LdapAddress {
  return {
    ...{ host: server.host, port: server.ports.ldaps, security: 'ldaps', caPem: server.caPem },
    bindDn: server.service.dn,
    allowance: { lab: true, confirmed: [], networks: [] },
  };
}

describe('A plain LDAP directory', { skip: withoutSlapd() }, () => {
  let server: Slapd;
  let scanner: SyncDirectory;
  before(async () => {
    server = await aSlapd(ldif(), 'unlimited', { schemas: ['msuser'] });
    scanner = await openLdapScanner(addressOf(server), server.service.password);
  });
  after(async () => {
    await scanner?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  const named = async (dn: string, nested: boolean, changes: Partial<ScanQuery> = {}) => {
    const names: string[] = [];
    const asked = { ...query, ...changes, memberOf: { dn, nested } };
    for await (const { entries } of scanner.scan(asked)) {
      for (const { attributes } of await scanner.readScanned(asked, entries)) {
        names.push(attributes.uid?.[0] ?? '');
      }
    }
    return names.toSorted();
  };
  const group = (cn: string) => `cn=${cn},${groups}`;

  it('gives the members of a group, nested and in circles, each once and within the base alone', async () => {
    assert.deepEqual(await named(group('Outer'), false), ['ines']);
    assert.deepEqual(await named(group('Outer'), true), ['ines', 'maya', 'nora', 'p1', 'p2', 'p3']);
    assert.deepEqual(await named(group('Inner'), true), ['ines', 'maya', 'nora', 'p1', 'p2', 'p3']);
    assert.deepEqual(await named(group('Outer'), true, { base: staff, scope: 'one' }), [
      ...['maya', 'nora', 'p1', 'p2', 'p3'],
    ]);
    assert.deepEqual(await named(group('Posix'), false), ['ines', 'p1', 'p2']);
    assert.deepEqual(await named(group('Lab'), false), ['p3']);
    assert.equal((await scanner.groupIds({ dn: group('Outer'), nested: true })).size, 5);
    assert.equal((await scanner.groupIds({ dn: group('Outer'), nested: false })).size, 1);
  });

  it(`gives ${many + 1} of them, with the digests of a scan`, async () => {
    const asked = { ...query, memberOf: { dn: group('Everyone'), nested: true } };
    const members = await Array.fromAsync(scanner.scan(asked));
    const all = await Array.fromAsync(scanner.scan(query));
    const digests = (pages: typeof all) =>
      new Map(
        pages.flatMap(({ entries }) =>
          entries.map(({ id, digest }) => [id, digest.toString('hex')] as const),
        ),
      );

    const [some, everybody] = [digests(members), digests(all)];
    assert.equal(some.size, many + 1);
    for (const [id, digest] of some) assert.equal(everybody.get(id), digest);
    const ids = [...everybody.keys()];
    const found = await scanner.readByIds(asked, ids);
    assert.deepEqual(new Set(found.map(({ id }) => id)), new Set(some.keys()));
  });

  it('refuses a group or a base that is not there', async () => {
    const code = 'container.missing';
    for (const dn of [group('Nowhere'), dnOf('ines'), 'nonsense']) {
      await assert.rejects(named(dn, true), { code }, dn);
      await assert.rejects(scanner.groupIds({ dn, nested: false }), { code }, dn);
    }
    await assert.rejects(named(group('Outer'), true, { base: `ou=No,${root}` }), { code });
  });

  it('describes itself', async () => {
    const found = await scanner.describe();

    assert.deepEqual(found, {
      baseDn: root,
      namingContexts: [root],
      dnsDomain: 'larkfield.test',
      server: `127.0.0.1:${server.ports.ldaps}`,
      reached: { host: '127.0.0.1', port: server.ports.ldaps },
      activeDirectory: false,
      vendor: 'OpenLDAP',
      signedInAs: `dn:${server.service.dn}`,
      encrypted: true,
    });
  });

  it('shows its containers and groups: one level, all, by a part of the name, and no more than asked for', async () => {
    const tree = { below: '', scope: 'sub', text: '', limit: 100 } as const;

    const all = await scanner.containers(tree);
    const level = await scanner.containers({ ...tree, scope: 'one' });
    const some = await scanner.containers({ ...tree, text: 'STA' });
    const strange = await scanner.containers({ ...tree, text: '*)(ou=*' });
    const few = await scanner.groups({ ...tree, limit: 2 });
    const inner = await scanner.groups({ ...tree, below: groups, scope: 'one', text: 'nne' });

    assert.deepEqual(
      all.items.map(({ dn, kind, name, parentDn }) => [dn, kind, name, parentDn]),
      [
        [root, 'domain', 'larkfield', 'dc=test'],
        [people, 'unit', 'People', root],
        [groups, 'unit', 'Groups', root],
        [staff, 'unit', 'Staff', people],
      ],
    );
    assert.equal(all.cut, null);
    assert.deepEqual(level.items.map(({ dn }) => dn).toSorted(), [groups, people]);
    assert.deepEqual(
      some.items.map(({ dn }) => dn),
      [staff],
    );
    assert.deepEqual(strange.items, []);
    assert.equal(few.items.length, 2);
    assert.match(few.cut ?? '', /more than 2/);
    assert.deepEqual(
      inner.items.map(({ dn, name }) => [dn, name]),
      [[group('Inner'), 'Inner']],
    );
    for (const limit of [0, -1, 10_001, 1.5]) {
      await assert.rejects(scanner.groups({ ...tree, limit }), { code: 'value.refused' });
    }
    await assert.rejects(scanner.groups({ ...tree, below: 'ou=Nowhere' }), {
      code: 'container.missing',
    });
  });

  it('shows some of the people, as a sync would read them', async () => {
    const few = await scanner.people(query, 3);
    const grouped = { ...query, memberOf: { dn: group('Outer'), nested: false } };
    const all = await scanner.people(grouped, 3);

    assert.equal(few.items.length, 3);
    assert.match(few.cut ?? '', /more than 3/);
    assert.deepEqual([all.items[0]?.attributes.uid, all.cut], [['ines'], null]);
  });
});

describe('A directory that is browsed', () => {
  it('and cuts its answers short shows what it gave, and says so', async () => {
    await using server = await aScriptedLdap(({ operation, cookie, filter }) => {
      if (operation !== 0x63 || !filter.includes('group')) return undefined;
      const entry = (n: number) => ({
        entry: `CN=G${n},DC=ad,DC=larkfield,DC=test`,
        values: { objectGUID: [Buffer.alloc(16, n)], cn: [`G${n}`] },
      });
      return cookie === '' ? [entry(1), { done: 0, cookie: 'a' }] : [entry(2), { done: 4 }];
    });
    await using scanner = await openLdapScanner(server.address, server.password);

    const found = await scanner.groups({ below: '', scope: 'sub', text: '', limit: 50 });

    assert.deepEqual(
      found.items.map(({ name }) => name),
      ['G1'],
    );
    assert.match(found.cut ?? '', /cut its answer short/);
  });
});
