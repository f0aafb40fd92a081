// References from one server to another: told, or followed where the connection says so and nowhere else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Client, Control } from 'ldapts';
import { Secret } from '#lib/secret.ts';
import { aSlapd, type Slapd, withoutSlapd } from '#test/servers/slapd.ts';
import { companyLdif, people, personLdif, root } from '#test/servers/slapd-company.ts';
import type { LdapAddress } from './address.ts';
import { target } from './chase.ts';
import { openLdapScanner } from './scanner.ts';

const manageDsaIt = '2.16.840.1.113730.3.4.2';
const porto = `ou=Porto,${root}`;

/** An entry that stands for what another server holds (RFC 3296). */
async function refer(server: Slapd, dn: string, url: string): Promise<void> {
  const [, type = '', value = ''] = /^(\w+)=([^,]+),/.exec(dn) ?? [];
  const entry = { objectClass: ['referral', 'extensibleObject'], [type]: value, ref: url };
  await asAdministrator(server, (client, itself) => client.add(dn, entry, itself));
}

async function unrefer(server: Slapd, dn: string): Promise<void> {
  await asAdministrator(server, (client, itself) => client.del(dn, itself));
}

async function asAdministrator(
  server: Slapd,
  work: (client: Client, itself: Control) => Promise<void>,
): Promise<void> {
  const client = new Client({ url: `ldap://127.0.0.1:${server.ports.ldap}` });
  await client.bind(`cn=admin,${root}`, 'Larkfield-Admin-1');
  await work(client, new Control(manageDsaIt, { critical: true }));
  await client.unbind();
}

/** One that nobody listens at: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

describe('References between two directories', { skip: withoutSlapd() }, () => {
  let lisbon: Slapd;
  let other: Slapd;
  let address: LdapAddress;
  const urlTo = (server: Slapd, dn: string, host = server.host) =>
    `ldaps://${host}:${server.ports.ldaps}/${dn}`;
  before(async () => {
    lisbon = await aSlapd(companyLdif(personLdif('ines'), personLdif('maya')));
    const unit = `dn: ${porto}\nobjectClass: organizationalUnit\nou: Porto`;
    // It has two naming contexts, and does not say which is its own.
    other = await aSlapd(
      companyLdif(unit, personLdif('nora', porto), personLdif('theo', porto)),
      ...(['unlimited', { second: 'o=Larkfield Archive' }] as const),
    );
    // There and back again, and to where nobody said that it may go.
    await refer(lisbon, `ou=There,${people}`, urlTo(other, porto));
    await refer(other, `ou=Back,${porto}`, urlTo(lisbon, people));
    await refer(other, `ou=Away,${porto}`, 'ldaps://elsewhere.larkfield.test/ou=Away');
    address = {
      ...{ host: lisbon.host, port: lisbon.ports.ldaps, security: 'ldaps' },
      caPem: `${lisbon.caPem}\n${other.caPem}`,
      bindDn: lisbon.service.dn,
      allowance: { lab: true, confirmed: [], networks: [] },
    };
  });
  after(async () => {
    await lisbon?.[Symbol.asyncDispose]();
    await other?.[Symbol.asyncDispose]();
  });
  const read = async (
    bent: Partial<LdapAddress>,
    scope: 'sub' | 'one' = 'sub',
    secret = lisbon.service.password,
  ) => {
    await using scanner = await openLdapScanner({ ...address, ...bent }, secret);
    const query = { base: people, scope, filter: '(uid=*)', attributes: ['uid'] } as const;
    const ids: string[] = [];
    const uids: string[] = [];
    const references: string[] = [];
    for await (const page of scanner.scan(query)) {
      references.push(...page.references);
      const entries = await scanner.readScanned(query, page.entries);
      ids.push(...entries.map(({ id }) => id));
      uids.push(...entries.map(({ attributes }) => attributes.uid?.[0] ?? ''));
    }
    const again = await scanner.readByIds(query, ids);
    const byId = again.map(({ attributes }) => attributes.uid?.[0] ?? '').toSorted();
    return { uids: uids.toSorted(), byId, references, manner: await scanner.manner() };
  };
  const place = () => ({ host: other.host, port: other.ports.ldaps });
  const back = () => ({ host: lisbon.host, port: lisbon.ports.ldaps });

  it('are told and not followed, as long as nobody said so', async () => {
    const { uids, references, manner } = await read({});

    assert.deepEqual(uids, ['ines', 'maya']);
    assert.equal(references.length, 1);
    assert.match(references[0] ?? '', new RegExp(`:${other.ports.ldaps}/`));
    assert.equal(manner, 'syncrepl');
  });

  it('are followed to the hosts named, never in circles; others are told', async () => {
    const { uids, byId, references, manner } = await read({ chase: [place(), back()] });

    assert.deepEqual(uids, ['ines', 'maya', 'nora', 'theo']);
    assert.deepEqual(byId, uids);
    assert.deepEqual(
      references.map((each) => new URL(each).host),
      ['elsewhere.larkfield.test'],
    );
    assert.equal(manner, 'none');
  });

  it('are not followed to a host that is not named, nor over a plain connection', async () => {
    const { uids } = await read({ chase: [back()] });
    const plain = { port: lisbon.ports.ldap, security: 'plain', chase: [place()] } as const;

    assert.deepEqual(uids, ['ines', 'maya']);
    assert.deepEqual((await read(plain)).uids, ['ines', 'maya']);
  });

  it('fail the scan where the other server cannot be read: what it holds is not gone', async () => {
    const strange = companyLdif().replaceAll('Larkfield-Service-1', 'Larkfield-Service-2');
    await using stranger = await aSlapd(strange);
    const referred = `ou=Strange,${people}`;
    await refer(lisbon, referred, urlTo(stranger, people));
    const chase = [place(), { host: stranger.host, port: stranger.ports.ldaps }];
    const trusted = `${address.caPem}\n${stranger.caPem}`;
    const named = new RegExp(
      `^At 127.0.0.1:${stranger.ports.ldaps}, to which the directory refers`,
    );

    await assert.rejects(read({ chase, caPem: address.caPem ?? '' }), {
      ...{ name: 'DirectoryRefusal', code: 'tls.untrusted', message: named },
    });
    await assert.rejects(read({ chase, caPem: trusted }), {
      ...{ name: 'DirectoryRefusal', code: 'credentials.refused', message: named },
    });
    await unrefer(lisbon, referred);
  });

  it('that lead to what is not there fail the scan, and say where', async () => {
    const referred = `ou=Gone,${people}`;
    await refer(lisbon, referred, urlTo(other, `ou=Nowhere,${root}`));

    await assert.rejects(read({ chase: [place(), back()] }), {
      code: 'container.missing',
      message: new RegExp(`^At 127.0.0.1:${other.ports.ldaps},.* The container ou=Nowhere,`),
    });
    await unrefer(lisbon, referred);
  });

  it('fail the scan where the other server is down, and say which and what to look at', async () => {
    const port = await closedPort();
    const referred = `ou=Down,${people}`;
    await refer(lisbon, referred, `ldaps://127.0.0.1:${port}/${porto}`);
    const chase = [{ host: '127.0.0.1', port }];
    const down = {
      ...{ name: 'DirectoryRefusal', code: 'directory.unreachable', retryable: true },
      message: new RegExp(
        `^At 127.0.0.1:${port}, to which the directory refers: 127.0.0.1:${port} does not answer .*; check that it runs`,
      ),
    };

    await assert.rejects(read({ chase }), down);
    await using scanner = await openLdapScanner({ ...address, chase }, lisbon.service.password);
    const query = { base: people, scope: 'sub', filter: '(uid=*)', attributes: [] } as const;
    const ids = ['00000000-0000-4000-8000-000000000001'];
    await assert.rejects(scanner.readByIds(query, ids), down);
    await unrefer(lisbon, referred);
  });

  it('that lead to what is not there name it also where they are the first to their host', async () => {
    const referred = `ou=Gone,${people}`;
    await refer(lisbon, referred, urlTo(lisbon, `ou=Nowhere,${root}`, 'localhost'));
    const chase = [{ host: 'localhost', port: lisbon.ports.ldaps }];
    const { cert, key } = await lisbon.issueClient('svc-certificate');
    const missing = {
      code: 'container.missing',
      message: new RegExp(
        `^At localhost:${lisbon.ports.ldaps},.* The container ou=Nowhere,.* is not in the directory`,
      ),
    };

    await assert.rejects(read({ chase }), missing);
    await assert.rejects(
      read({ chase, authentication: 'certificate' }, 'sub', new Secret(`${cert}\n${key}`)),
      missing,
    );
    await unrefer(lisbon, referred);
  });

  it('followed from one level lead to the entry meant, and not to what lies below it', async () => {
    await refer(lisbon, `uid=nora,${people}`, urlTo(other, `uid=nora,${porto}`));

    const { uids, byId } = await read({ chase: [place(), back()] }, 'one');

    assert.deepEqual(uids, ['ines', 'maya', 'nora']);
    assert.deepEqual(byId, uids);
  });
});

describe('A reference', () => {
  const hosts = [
    { host: 'dc2.larkfield.test', port: 636 },
    { host: 'dc3.larkfield.test', port: 3269 },
  ];
  const urls: readonly (readonly [string, string | undefined])[] = [
    ['ldaps://dc2.larkfield.test/ou=Porto', 'dc2.larkfield.test:636 ou=porto'],
    ['ldap://DC2.larkfield.test:636/OU=Porto%2CO=x??sub', 'dc2.larkfield.test:636 ou=porto,o=x'],
    ['ldap://dc3.larkfield.test', 'dc3.larkfield.test:3269 '],
    ['ldap://dc3.larkfield.test:389/ou=x', undefined],
    ['ldap://dc4.larkfield.test/ou=x', undefined],
    ['ldap://dc2.larkfield.test@evil.test/ou=x', undefined],
    ['ldap://evil.test#dc2.larkfield.test/ou=x', undefined],
    ['http://dc2.larkfield.test/ou=x', undefined],
    ['ldap:///ou=x', undefined],
    ['ldap://dc2.larkfield.test/ou=x??sub?(uid=ines)', undefined],
    ['ldap://dc2.larkfield.test/ou=x????!bindname=cn=evil', undefined],
    ['ldap://dc2.larkfield.test/%zz', undefined],
    ['ldap://dc2.larkfield.test/no name', undefined],
  ];
  for (const [url, key] of urls) {
    it(`${key === undefined ? 'goes nowhere' : 'is understood'}: ${url}`, () => {
      assert.equal(target(url, hosts)?.key, key);
    });
  }
});
