// Scans of directories that answer oddly, and of a plain LDAP server.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ScanQuery } from '#domain/ports/directory-scan.ts';
import { guidBytes } from '#lib/guid.ts';
import { aScriptedLdap, type Line } from '#test/servers/scripted-ldap.ts';
import { aSlapd, withoutSlapd } from '#test/servers/slapd.ts';
import { openLdapScanner } from './scanner.ts';

const searchOperation = 0x63;
const base = 'OU=People,DC=ad,DC=larkfield,DC=test';
const query: ScanQuery = { base, scope: 'sub', filter: '(objectClass=*)', attributes: ['mail'] };

function person(n: number): Line {
  const id = guidBytes(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  return { entry: `CN=Person ${n},${base}`, values: { objectGUID: [id], mail: [`p${n}@x.test`] } };
}

/** The pages by the cookie they are asked for with; the first by none. */
async function scanned(pages: (cookie: string) => readonly Line[]) {
  await using server = await aScriptedLdap(({ operation, base: asked, cookie }) =>
    operation === searchOperation && asked === base ? pages(cookie) : undefined,
  );
  await using scanner = await openLdapScanner(server.address, server.password);
  const found = await Array.fromAsync(scanner.scan(query));
  return {
    ids: found.flatMap(({ entries }) => entries.map(({ id }) => Number(id.slice(-12)))),
    references: found.flatMap(({ references }) => references),
  };
}

describe('A scan of a directory that answers oddly', () => {
  it('reads on past empty pages, and reports where else to look', async () => {
    const elsewhere = { reference: 'ldap://other.larkfield.test/CN=Elsewhere' };

    const { ids, references } = await scanned((cookie) => {
      if (cookie === '') return [person(1), elsewhere, { done: 0, cookie: 'a' }];
      if (cookie === 'a') return [{ done: 0, cookie: 'b' }];
      return [person(2), { done: 0 }];
    });

    assert.deepEqual(ids, [1, 2]);
    assert.deepEqual(references, ['ldap://other.larkfield.test/CN=Elsewhere']);
  });

  const partly: readonly (readonly [string, readonly Line[], string])[] = [
    ['is cut at the size limit', [person(2), { done: 4 }], 'read.incomplete'],
    ['hangs up', [person(2), 'hang up'], 'read.incomplete'],
    ['sends what is no message', [{ raw: Buffer.from('HTTP/1.1 400\r\n') }], 'read.incomplete'],
    [
      'shows an entry without its id',
      [{ entry: 'CN=x', values: {} }, { done: 0 }],
      'rights.missing',
    ],
  ];
  for (const [title, lines, code] of partly) {
    it(`fails where the second page ${title}`, async () => {
      const pages = (cookie: string) =>
        cookie === '' ? [person(1), { done: 0, cookie: 'a' }] : lines;

      await assert.rejects(scanned(pages), { code });
    });
  }
});

describe('A scan of a plain LDAP directory', { skip: withoutSlapd() }, () => {
  it('knows entries by entryUUID, over as many pages as it takes', async () => {
    const root = 'dc=larkfield,dc=test';
    const people = Array.from({ length: 2_345 }, (_, n) =>
      [
        `dn: uid=p${n},${root}`,
        'objectClass: inetOrgPerson',
        `uid: p${n}`,
        `cn: P ${n}`,
        'sn: P',
      ].join('\n'),
    );
    await using server = await aSlapd(
      [
        `dn: ${root}\nobjectClass: dcObject\nobjectClass: organization\no: Larkfield Optics\ndc: larkfield`,
        `dn: cn=svc-sundog,${root}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: svc-sundog\nuserPassword: Larkfield-Service-1`,
        ...people,
      ].join('\n\n'),
    );
    await using scanner = await openLdapScanner(
      {
        host: server.host,
        port: server.ports.ldaps,
        security: 'ldaps',
        caPem: server.caPem,
        bindDn: server.service.dn,
        allowance: { lab: true, confirmed: [], networks: [] },
      },
      server.service.password,
    );
    const asked: ScanQuery = {
      ...{ base: '', scope: 'sub', filter: '(objectClass=inetOrgPerson)', attributes: ['uid'] },
    };

    const first = await Array.fromAsync(scanner.scan(asked));
    const again = await Array.fromAsync(scanner.scan(asked));

    const [one, two] = [first, again].map((pages) =>
      pages.flatMap(({ entries }) =>
        entries.map(({ id, digest }) => `${id} ${digest.toString('hex')}`),
      ),
    );
    assert.ok(first.length > 2);
    assert.equal(new Set(one).size, 2_345);
    assert.deepEqual(two?.toSorted(), one?.toSorted());
    assert.match(one?.[0] ?? '', /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12} [\da-f]{32}$/);
  });
});
