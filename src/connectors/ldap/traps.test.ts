import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guidBytes, sidBytes } from '#lib/guid.ts';
import { Secret } from '#lib/secret.ts';
import { aScriptedLdap, type Heard, type Line } from '#test/servers/scripted-ldap.ts';
import { openLdapDirectory } from './directory.ts';

const bases = ['OU=People,DC=ad,DC=larkfield,DC=test'];
const search = 0x63;

describe('A directory that answers oddly', () => {
  it('is read on past an empty page, as long as it says there is more', async () => {
    const script = people((cookie) => {
      if (cookie === '') return [person(1), person(2), { done: 0, cookie: 'a' }];
      if (cookie === 'a') return [{ done: 0, cookie: 'b' }];
      return [person(3), { done: 0, cookie: '' }];
    });

    assert.deepEqual(await namesRead(script), ['Person 1', 'Person 2', 'Person 3']);
  });

  it('is asked for the rest where it gives the values of an attribute piece by piece', async () => {
    const group = (n: number) => `CN=Group ${n},OU=Groups,DC=ad,DC=larkfield,DC=test`;
    await using server = await aScriptedLdap(({ operation, base, filter, attributes }) => {
      if (operation !== search) return undefined;
      if (filter.includes('distinguishedname')) {
        const entries = [1, 2, 3, 4, 5].map((n) => ({
          entry: group(n),
          values: { objectGUID: [guidBytes(aGuid(100 + n))] },
        }));
        return [...entries, { done: 0 }];
      }
      if (attributes.includes('memberof;range=2-*')) {
        return [aPart(2, 3, [group(3), group(4)]), { done: 0 }];
      }
      if (attributes.includes('memberof;range=4-*'))
        return [aPart(4, '*', [group(5)]), { done: 0 }];
      return base === bases[0] ? [aPart(0, 1, [group(1), group(2)]), { done: 0 }] : undefined;
    });
    await using directory = await openLdapDirectory(server.address, server.password);

    const [pages] = await Array.fromAsync(directory.readAccounts({ bases, attributes: [] }));

    assert.deepEqual(pages?.[0]?.groupIds, [101, 102, 103, 104, 105].map(aGuid));
  });

  it('is not followed to another server, and what it refers to elsewhere is left alone', async () => {
    const elsewhere = { reference: 'ldap://other.larkfield.test/CN=Configuration' };
    const along = people(() => [person(1), elsewhere, { done: 0 }]);
    const away = people(() => [{ done: 10, says: '0000202B: RefErr: DSID-031007F9' }]);

    assert.deepEqual(await namesRead(along), ['Person 1']);
    await assert.rejects(namesRead(away), { code: 'container.missing' });
  });

  const cut: readonly (readonly [string, Line])[] = [
    ['at its size limit', { done: 4, says: 'size limit' }],
    ['at its administrative limit', { done: 11 }],
    ['by hanging up', 'hang up'],
    // Notice of Disconnection (RFC 4511 §4.4.1): message 0, extended response, unavailable.
    ['by announcing its end', { raw: Buffer.from('300c02010078070a013404000400', 'hex') }],
    ['by nonsense', { raw: Buffer.from('3005020102ff00', 'hex') }],
  ];
  for (const [how, line] of cut) {
    it(`is not believed to be read when it cut its answer short ${how}`, async () => {
      await assert.rejects(namesRead(people(() => [person(1), line])), {
        name: 'DirectoryRefusal',
        code: 'read.incomplete',
      });
    });
  }

  it('is tried again later when it is busy', async () => {
    await assert.rejects(namesRead(people(() => [{ done: 51 }])), {
      code: 'directory.busy',
      retryable: true,
    });
  });

  it('gives nobody without an id, since such a one could never be found again', async () => {
    const nameless = { entry: `CN=x,${bases[0]}`, values: { userAccountControl: ['512'] } };

    assert.deepEqual(await namesRead(people(() => [person(1), nameless, { done: 0 }])), [
      'Person 1',
    ]);
  });
});

describe('Signing in', () => {
  it('never asks with an empty name or password, which servers take for a welcome stranger', async () => {
    await using server = await aScriptedLdap(() => undefined);

    for (const [bindDn, password] of [
      ['', 'a password'],
      ['CN=svc', ''],
    ] as const) {
      await assert.rejects(openLdapDirectory({ ...server.address, bindDn }, new Secret(password)), {
        code: 'credentials.refused',
      });
    }
    assert.equal(
      server.heard.some(({ operation }) => operation === 0x60),
      false,
    );
  });

  it('stays with one domain controller, even where one address leads to several', async () => {
    let connections = 0;
    await using server = await aScriptedLdap(({ operation, base, attributes }) => {
      if (operation === 0x60) connections += 1;
      if (attributes.includes('member')) return ['hang up'];
      if (operation !== search || base !== '') return undefined;
      const dnsHostName = [`dc${connections}.ad.larkfield.test`];
      const defaultNamingContext = ['DC=ad,DC=larkfield,DC=test'];
      return [{ entry: '', values: { dnsHostName, defaultNamingContext } }, { done: 0 }];
    });
    await using directory = await openLdapDirectory(server.address, server.password);
    await assert.rejects(directory.findByAttribute({ attribute: 'cn', values: ['x'] }, ['member']));

    await assert.rejects(directory.containerExists(bases[0] ?? ''), {
      code: 'directory.unreachable',
      message: /Another server \(dc2.*where dc1/,
    });
  });
});

describe('StartTLS', () => {
  const starting: readonly (readonly [string, Line, string])[] = [
    ['the server does not offer it', { done: 2 }, 'tls.required'],
    [
      'something else is sent behind the yes, to be taken for encrypted words',
      { raw: Buffer.concat([yes(), yes()]) },
      'tls.required',
    ],
    ['the answer is nonsense', { raw: Buffer.from('HTTP/1.1 400') }, 'tls.required'],
    ['the server hangs up', 'hang up', 'directory.unreachable'],
  ];
  for (const [when, line, code] of starting) {
    it(`ends the connection, before any password is sent, when ${when}`, async () => {
      await using server = await aScriptedLdap(({ operation }) =>
        operation === 0x77 ? [line] : undefined,
      );
      const address = { ...server.address, security: 'starttls' as const };

      await assert.rejects(openLdapDirectory(address, server.password), { code });
      assert.deepEqual(
        server.heard.map(({ operation }) => operation),
        [0x77],
      );
    });
  }
});

/** The script of a directory that answers a read of the people so. */
function people(answer: (cookie: string) => readonly Line[]) {
  return ({ operation, base, cookie }: Heard) =>
    operation === search && base === bases[0] ? answer(cookie) : undefined;
}

async function namesRead(script: (heard: Heard) => readonly Line[] | undefined) {
  await using server = await aScriptedLdap(script);
  await using directory = await openLdapDirectory(server.address, server.password);
  const pages = await Array.fromAsync(directory.readAccounts({ bases, attributes: ['cn'] }));
  return pages.flat().map(({ attributes }) => attributes.cn?.[0]);
}

function person(n: number): Line {
  return {
    entry: `CN=Person ${n},${bases[0]}`,
    values: { cn: [`Person ${n}`], objectGUID: [guidBytes(aGuid(n))], userAccountControl: ['512'] },
  };
}

function aPart(from: number, to: number | '*', groups: readonly string[]): Line {
  return {
    entry: `CN=Ines Marlow,${bases[0]}`,
    values: {
      objectGUID: [guidBytes(aGuid(1))],
      objectSid: [sidBytes('S-1-5-21-1-2-3-1104')],
      [`memberOf;range=${from}-${to}`]: groups,
    },
  };
}

function aGuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** ExtendedResponse to message 1: success. */
function yes(): Buffer {
  return Buffer.from('300c02010178070a010004000400', 'hex');
}
