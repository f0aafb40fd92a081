// Which of several hosts is used, and signing in by certificate.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { BookmarkRefused } from '#domain/ports/directory-changes.ts';
import { Secret } from '#lib/secret.ts';
import { aCertificateAuthority } from '#test/servers/certificates.ts';
import { aScriptedLdap, type Heard, type Line } from '#test/servers/scripted-ldap.ts';
import { aSlapd, type Slapd, withoutSlapd } from '#test/servers/slapd.ts';
import { companyLdif, people, personLdif } from '#test/servers/slapd-company.ts';
import type { LdapAddress } from './address.ts';
import { openLdapDirectory } from './directory.ts';
import { probeLdap } from './probe.ts';
import { openLdapScanner } from './scanner.ts';

const bind = 0x60;

/** A port at which nothing listens. */
async function aDeadHost() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  return { host: '127.0.0.1', port: typeof bound === 'object' && bound !== null ? bound.port : 0 };
}

function placeOf({ host, port }: LdapAddress) {
  return { host, port };
}

function binds(heard: readonly Heard[]): number {
  return heard.filter(({ operation }) => operation === bind).length;
}

describe('A directory with several hosts', () => {
  it('is reached at the first that answers, which is told', async () => {
    await using second = await aScriptedLdap(({ operation, filter }) =>
      // Nobody is there yet.
      operation === 0x63 && filter.includes('person') ? [{ done: 0 }] : undefined,
    );
    await using third = await aScriptedLdap(() => undefined);
    const dead = await aDeadHost();
    const others = [placeOf(second.address), placeOf(third.address)];
    const address = { ...second.address, ...dead, others };

    await using scanner = await openLdapScanner(address, second.password);
    const described = await scanner.describe();
    const probed = await probeLdap(address, second.password);

    assert.deepEqual(described.reached, placeOf(second.address));
    assert.equal(third.heard.length, 0);
    assert.equal(probed.ok, true);
    assert.match(probed.sentence, new RegExp(`127.0.0.1:${dead.port} does not answer`));
  });

  it('is not knocked at elsewhere once one refused the password, for that would lock the account', async () => {
    await using first = await aScriptedLdap(({ operation }) =>
      operation === bind ? [{ done: 49, says: 'data 52e' }] : undefined,
    );
    await using second = await aScriptedLdap(() => undefined);
    const address = { ...first.address, others: [placeOf(second.address)] };

    await assert.rejects(openLdapScanner(address, first.password), { code: 'credentials.refused' });
    assert.deepEqual([binds(first.heard), second.heard.length], [1, 0]);
  });

  it('is left for the next where one is busy, and says of each why not where none answers', async () => {
    await using busy = await aScriptedLdap(({ operation }) =>
      operation === bind ? [{ done: 51 }] : undefined,
    );
    await using second = await aScriptedLdap(() => undefined);
    const dead = await aDeadHost();

    await using scanner = await openLdapScanner(
      { ...busy.address, others: [placeOf(second.address)] },
      busy.password,
    );
    assert.equal((await scanner.describe()).reached.port, second.address.port);
    await assert.rejects(
      openLdapScanner({ ...busy.address, ...dead, others: [placeOf(busy.address)] }, busy.password),
      { code: 'directory.unreachable', message: /^None of the 2 hosts .*does not answer.*busy/s },
    );
  });

  it('is asked no other host that its connection was not allowed', async () => {
    await using second = await aScriptedLdap(() => undefined);
    const others = [{ host: '192.168.7.7', port: 636 }, placeOf(second.address)];
    const address = { ...second.address, ...(await aDeadHost()), others };

    await using scanner = await openLdapScanner(address, second.password);

    assert.equal((await scanner.describe()).reached.port, second.address.port);
  });

  it('is written to at the first alone, which knows what was written before', async () => {
    await using second = await aScriptedLdap(() => undefined);
    const address = {
      ...second.address,
      ...(await aDeadHost()),
      others: [placeOf(second.address)],
    };

    await assert.rejects(openLdapDirectory(address, second.password), {
      code: 'directory.unreachable',
    });
    assert.equal(second.heard.length, 0);
  });

  for (const manner of ['usn', 'dirsync', 'timestamp'] as const) {
    it(`refuses the bookmark of another of them (${manner})`, async () => {
      await using one = await aScriptedLdap(aServer('dc1', manner));
      await using other = await aScriptedLdap(aServer('dc2', manner));
      await using scanner = await openLdapScanner(one.address, one.password);
      const bookmark = await scanner.bookmark(manner);
      const failed = {
        ...one.address,
        ...(await aDeadHost()),
        others: [placeOf(other.address), placeOf(one.address)],
      };

      await using elsewhere = await openLdapScanner(failed, one.password);

      await scanner.since(bookmark);
      await assert.rejects(elsewhere.since(bookmark), BookmarkRefused);
    });
  }
});

/** One of two servers that tell their changes, as far as a bookmark needs it. */
function aServer(name: string, manner: 'usn' | 'dirsync' | 'timestamp') {
  const context = 'DC=ad,DC=larkfield,DC=test';
  return ({ operation, base, attributes }: Heard): readonly Line[] | undefined => {
    if (operation !== 0x63) return undefined;
    if (base === '' && attributes.includes('highestcommittedusn')) {
      const values = { highestCommittedUSN: ['7'], dsServiceName: [`CN=NTDS,CN=${name}`] };
      return [{ entry: '', values }, { done: 0 }];
    }
    if (base.startsWith('CN=NTDS')) {
      const values = { invocationId: [Buffer.alloc(16, name)] };
      return [{ entry: base, values }, { done: 0 }];
    }
    if (base === '') {
      const values = {
        defaultNamingContext: [context],
        namingContexts: [context],
        ...(manner === 'timestamp'
          ? {}
          : { dnsHostName: [name], supportedCapabilities: ['1.2.840.113556.1.4.800'] }),
      };
      return [{ entry: '', values }, { done: 0 }];
    }
    if (manner === 'dirsync' && attributes.length === 0) {
      return [{ done: 0, dirSyncCookie: 'the cookie' }];
    }
    return attributes.includes('objectclass') ? undefined : [{ done: 0 }];
  };
}

describe('Signing in by certificate', { skip: withoutSlapd() }, () => {
  let server: Slapd;
  let address: LdapAddress;
  before(async () => {
    server = await aSlapd(companyLdif(personLdif('ines'), personLdif('maya')));
    address = {
      host: server.host,
      port: server.ports.ldaps,
      security: 'ldaps',
      caPem: server.caPem,
      bindDn: '',
      authentication: 'certificate',
      allowance: { lab: true, confirmed: [], networks: [] },
    };
  });
  after(() => server?.[Symbol.asyncDispose]());
  const pemOf = ({ key, cert }: { readonly key: string; readonly cert: string }) =>
    new Secret(`${cert}\n${key}`);

  it('reads as the account that the certificate is mapped to, over LDAPS and over StartTLS', async () => {
    const pem = pemOf(await server.issueClient('svc-certificate'));
    const startTls = { ...address, port: server.ports.ldap, security: 'starttls' as const };
    for (const there of [address, startTls]) {
      await using scanner = await openLdapScanner(there, pem);
      const query = { base: people, scope: 'one', filter: '(uid=*)', attributes: ['uid'] } as const;

      const found = await scanner.people(query, 10);

      assert.equal(found.items.length, 2);
      assert.equal((await scanner.describe()).signedInAs, `dn:${server.service.dn}`);
      assert.equal((await probeLdap(there, pem)).ok, true);
    }
  });

  it('by one that a stranger signed fails in words, and may succeed: slapd ends the line without any', async () => {
    const stranger = await aCertificateAuthority('A stranger');

    await assert.rejects(
      openLdapScanner(address, pemOf(await stranger.issueClient('svc-certificate'))),
      {
        ...{ code: 'directory.unreachable', retryable: true },
        message:
          /shown the client certificate \(CN=svc-certificate\).* the line failed, or it does/,
      },
    );
  });

  it('is refused in words: expired, of no account, not a certificate, not its key, in the clear', async () => {
    const [good, other] = [
      await server.issueClient('svc-certificate'),
      await server.issueClient('x'),
    ];
    const encrypted = good.key.replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY');
    const yesterday = new Date(Date.now() - 86_400_000);
    const tries: readonly (readonly [Secret, RegExp])[] = [
      [pemOf(await server.issueClient('svc-certificate', yesterday)), /expired on \d{4}-/],
      [pemOf(await server.issueClient('unmapped')), /takes the client certificate \(CN=unmapped\)/],
      [new Secret('Larkfield-Service-1'), /is not PEM of one private key/],
      [new Secret(good.cert), /is not PEM of one private key/],
      [new Secret(`${good.cert}${good.key}${other.key}`), /is not PEM of one private key/],
      [pemOf({ key: other.key, cert: good.cert }), /does not belong to its private key/],
      [pemOf({ key: encrypted, cert: good.cert }), /pass phrase/],
      [
        pemOf({ key: good.key, cert: good.cert.replace(/[A-Z]{3}/, '!!!') }),
        /is not PEM|cannot be/,
      ],
    ];
    for (const [pem, sentence] of tries) {
      await assert.rejects(openLdapScanner(address, pem), {
        code: 'credentials.refused',
        message: sentence,
      });
    }
    const plain = { ...address, port: server.ports.ldap, security: 'plain' as const };
    await assert.rejects(openLdapScanner(plain, pemOf(good)), { code: 'tls.required' });
  });
});

describe('Signing in', () => {
  it('that succeeds as nobody is refused', async () => {
    await using server = await aScriptedLdap(({ oid }) =>
      oid === '1.3.6.1.4.1.4203.1.11.3' ? [{ done: 0, value: '' }] : undefined,
    );

    await assert.rejects(openLdapScanner(server.address, server.password), {
      code: 'credentials.refused',
      message: /signed in nobody/,
    });
    const probed = await probeLdap(server.address, server.password);
    assert.ok(!probed.ok && probed.stage === 'credentials');
  });
});
