// Changes of a plain LDAP directory: by syncrepl where it provides that, by timestamps where it does not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Attribute, Change, Client } from 'ldapts';
import { BookmarkRefused } from '#domain/ports/directory-changes.ts';
import type { ScanQuery } from '#domain/ports/directory-scan.ts';
import { aSlapd, type Slapd, withoutSlapd } from '#test/servers/slapd.ts';
import { openLdapScanner } from './scanner.ts';

const root = 'dc=larkfield,dc=test';
const people = `ou=People,${root}`;
const query: ScanQuery = {
  ...{ base: people, scope: 'sub', filter: '(objectClass=inetOrgPerson)', attributes: ['uid'] },
};

function person(uid: string) {
  return { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid };
}

const ldif = [
  `dn: ${root}\nobjectClass: dcObject\nobjectClass: organization\no: Larkfield Optics\ndc: larkfield`,
  `dn: cn=svc-sundog,${root}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: svc-sundog\nuserPassword: Larkfield-Service-1`,
  `dn: ${people}\nobjectClass: organizationalUnit\nou: People`,
  ...['ines', 'maya', 'nora', 'theo'].map(
    (uid) =>
      `dn: uid=${uid},${people}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}`,
  ),
].join('\n\n');

function addressOf(server: Slapd) {
  return {
    host: server.host,
    port: server.ports.ldaps,
    security: 'ldaps',
    caPem: server.caPem,
    bindDn: server.service.dn,
    allowance: { lab: true, confirmed: [], networks: [] },
  } as const;
}

async function asAdministrator(server: Slapd, work: (client: Client) => Promise<void>) {
  const client = new Client({ url: `ldap://127.0.0.1:${server.ports.ldap}` });
  await client.bind(`cn=admin,${root}`, 'Larkfield-Admin-1');
  try {
    await work(client);
  } finally {
    await client.unbind();
  }
}

describe('The changes of a plain LDAP directory', { skip: withoutSlapd() }, () => {
  for (const manner of ['syncrepl', 'timestamp'] as const) {
    it(`are told by ${manner}: who was made, changed and renamed, and who is gone or may be`, async () => {
      await using server = await aSlapd(ldif, 'unlimited', { syncprov: manner === 'syncrepl' });
      // Of timestamps a bookmark reaches back over the slack of clocks: from tomorrow on, nothing is recent.
      let now = new Date(Date.now() + 86_400_000);
      await using scanner = await openLdapScanner(
        addressOf(server),
        server.service.password,
        () => now,
      );
      const ids = new Map<string, string>();
      for await (const { entries } of scanner.scan(query)) {
        for (const { id, attributes } of await scanner.readScanned(query, entries)) {
          ids.set(attributes.uid?.[0] ?? '', id);
        }
      }
      const bookmark = await scanner.bookmark(manner);

      assert.equal(await scanner.manner(), manner);
      const nothing = await scanner.since(bookmark);
      assert.deepEqual([...nothing.changed, ...nothing.deleted], []);
      assert.equal(nothing.restructured, false);

      now = new Date();
      const from = manner === 'syncrepl' ? nothing.bookmark : await scanner.bookmark(manner);
      await asAdministrator(server, async (client) => {
        const modification = new Attribute({ type: 'title', values: ['Optician'] });
        await client.modify(
          `uid=ines,${people}`,
          new Change({ operation: 'replace', modification }),
        );
        await client.modifyDN(`uid=maya,${people}`, 'uid=maya2');
        await client.del(`uid=nora,${people}`);
        await client.add(`uid=zora,${people}`, person('zora'));
      });
      const changes = await scanner.since(from);

      const names = new Map([...ids].map(([uid, id]) => [id, uid]));
      for (const uid of ['ines', 'maya']) assert.ok(changes.changed.has(ids.get(uid) ?? ''), uid);
      assert.ok(
        [...changes.changed].some((id) => !names.has(id)),
        'the new one',
      );
      const read = await scanner.readByIds(query, [...changes.changed]);
      assert.ok(read.some(({ attributes }) => attributes.uid?.[0] === 'maya2'));
      if (manner === 'syncrepl') {
        assert.ok(!changes.changed.has(ids.get('theo') ?? ''));
        assert.equal(changes.seesDeletions, true);
        assert.deepEqual([...changes.deleted], [ids.get('nora')]);
        const again = await scanner.since(changes.bookmark);
        assert.deepEqual([...again.changed, ...again.deleted], []);
      } else {
        assert.equal(changes.seesDeletions, false);
      }
    });
  }

  for (const manner of ['syncrepl', 'timestamp'] as const) {
    it(`by ${manner} tell that what holds people was renamed, whatever it is`, async () => {
      const more = [
        `dn: c=PT,${root}\nobjectClass: country\nc: PT`,
        `dn: l=Coast,${root}\nobjectClass: locality\nl: Coast`,
        `dn: o=Shop,${root}\nobjectClass: organization\no: Shop`,
      ].join('\n\n');
      const syncprov = manner === 'syncrepl';
      await using server = await aSlapd(`${ldif}\n\n${more}`, 'unlimited', { syncprov });
      // As far ahead as the slack reaches back, so that a bookmark of timestamps is of this very second.
      await using scanner = await openLdapScanner(
        addressOf(server),
        server.service.password,
        () => new Date(Date.now() + 600_000),
      );
      const found: boolean[] = [];
      for (const [dn, name] of [
        [`uid=ines,${people}`, 'uid=ines2'],
        [people, 'ou=Staff'],
        [`c=PT,${root}`, 'c=ES'],
        [`l=Coast,${root}`, 'l=Hills'],
        [`o=Shop,${root}`, 'o=Store'],
      ] as const) {
        if (manner === 'timestamp') await sleep(1_100);
        const bookmark = await scanner.bookmark(manner);
        await asAdministrator(server, (client) => client.modifyDN(dn, name));
        found.push((await scanner.since(bookmark)).restructured);
      }

      assert.deepEqual(found, [false, true, true, true, true]);
    });
  }

  it('by syncrepl beyond its session log do not pretend to know who is gone', async () => {
    await using server = await aSlapd(ldif);
    await using scanner = await openLdapScanner(addressOf(server), server.service.password);
    const bookmark = await scanner.bookmark('syncrepl');
    await asAdministrator(server, async (client) => {
      await client.del(`uid=nora,${people}`);
      for (let n = 0; n < 1_100; n += 1) await client.add(`uid=p${n},${people}`, person(`p${n}`));
    });

    const changes = await scanner.since(bookmark);

    assert.equal(changes.seesDeletions, false);
    assert.ok(changes.changed.size >= 1_100);
  });

  it('are asked with no bookmark of another kind', async () => {
    await using server = await aSlapd(ldif);
    await using scanner = await openLdapScanner(addressOf(server), server.service.password);
    const good = JSON.parse(await scanner.bookmark('syncrepl'));

    for (const wrong of [
      { ...good, cookie: 'rid=000,csn=nonsense' },
      { ...good, cookie: '' },
      { ...good, of: 'dc=elsewhere' },
      { ...good, manner: 'dirsync', cookie: 'AAAA' },
      { manner: 'usn', of: 'x', usn: 1 },
    ]) {
      await assert.rejects(scanner.since(JSON.stringify(wrong)), BookmarkRefused);
    }
  });
});
