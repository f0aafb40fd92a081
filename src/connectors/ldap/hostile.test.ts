// Servers that lie, stumble or never end: each becomes the right data or one refusal, soon, and in bounded memory.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { BookmarkRefused } from '#domain/ports/directory-changes.ts';
import type { ScanQuery } from '#domain/ports/directory-scan.ts';
import { guidBytes } from '#lib/guid.ts';
import { aScriptedLdap, type Heard, type Line } from '#test/servers/scripted-ldap.ts';
import type { LdapAddress } from './address.ts';
import { openLdapScanner } from './scanner.ts';

const base = 'OU=People,DC=ad,DC=larkfield,DC=test';
const query: ScanQuery = {
  ...{ base, scope: 'sub', filter: '(objectClass=*)', attributes: ['mail', 'cn'] },
};

function idOf(n: number): Buffer {
  return guidBytes(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
}

type Values = Readonly<Record<string, readonly (string | Buffer)[]>>;

function person(n: number, values: Values = { mail: [`p${n}@larkfield.test`] }): Line {
  return { entry: `CN=Person ${n},${base}`, values: { objectGUID: [idOf(n)], ...values } };
}

/** Scans a directory whose people come as the script says, page by the cookie it is asked for with. */
async function scanned(
  script: (cookie: string, heard: Heard) => readonly Line[],
  bent: Partial<LdapAddress> = {},
) {
  await using server = await aScriptedLdap((heard) =>
    heard.operation === 0x63 &&
    heard.base.endsWith(base) &&
    !heard.attributes.includes('objectclass')
      ? script(heard.cookie, heard)
      : undefined,
  );
  await using scanner = await openLdapScanner({ ...server.address, ...bent }, server.password);
  const found = [];
  for await (const { entries } of scanner.scan(query)) {
    found.push(...(await scanner.readScanned(query, entries)));
  }
  return found;
}

async function numbersOf(script: (cookie: string) => readonly Line[]): Promise<number[]> {
  return (await scanned(script)).map(({ id }) => Number(id.slice(-12)));
}

const next = (cookie: string) => String(Number(cookie || '0') + 1);

describe('A scan', () => {
  it('that is cut off on the fiftieth page fails', async () => {
    const script = (cookie: string): readonly Line[] =>
      cookie === '49'
        ? [person(5_000), 'hang up']
        : [person(Number(cookie || '0')), { done: 0, cookie: next(cookie) }];

    await assert.rejects(scanned(script), { code: 'read.incomplete', retryable: true });
  });

  it('gives everybody once, where pages repeat or people come on two of them', async () => {
    const pages: Readonly<Record<string, readonly Line[]>> = {
      '': [person(1), person(2), { done: 0, cookie: '1' }],
      '1': [person(1), person(2), { done: 0, cookie: '2' }],
      '2': [person(2), person(3), person(3), { done: 0 }],
    };

    assert.deepEqual(await numbersOf((cookie) => pages[cookie] ?? []), [1, 2, 3]);
  });

  for (const [title, lines] of [
    ['the same page', [person(1)]],
    ['an empty page', []],
  ] as const) {
    it(`that is given ${title} with the same cookie for ever comes to an end`, async () => {
      const script = () => [...lines, { done: 0, cookie: 'again' }];

      await assert.rejects(scanned(script), { code: 'read.incomplete', message: /nothing new/ });
    });
  }

  it('fails where a page that was promised is not there', async () => {
    for (const line of [{ done: 53 }, { done: 12 }, { done: 2, says: 'paged cookie is invalid' }]) {
      const script = (cookie: string): readonly Line[] =>
        cookie === '' ? [person(1), { done: 0, cookie: 'a' }] : [line];

      await assert.rejects(scanned(script), { name: 'DirectoryRefusal' });
    }
  });

  const ends: readonly (readonly [string, Line, string])[] = [
    ['its size limit', { done: 4 }, 'read.incomplete'],
    ['its time limit', { done: 3 }, 'directory.busy'],
    ['an administrative limit', { done: 11 }, 'read.incomplete'],
    ['being busy', { done: 51 }, 'directory.busy'],
    ['being unavailable', { done: 52 }, 'directory.busy'],
    ['a notice of disconnection', { raw: notice() }, 'read.incomplete'],
    [
      'a length of two gigabytes',
      { raw: Buffer.from('30847fffffff0201', 'hex') },
      'read.incomplete',
    ],
    ['a length of no end', { raw: Buffer.from('3080020101', 'hex') }, 'read.incomplete'],
    ['silence', { raw: Buffer.alloc(0) }, 'read.incomplete'],
    ['an answer to somebody else', { raw: answerTo(99) }, 'read.incomplete'],
    ['an answer of another kind', { raw: Buffer.from('3003020104', 'hex') }, 'read.incomplete'],
  ];
  for (const [title, line, code] of ends) {
    it(`stopped on the way by ${title} fails, and soon`, async () => {
      const script = (cookie: string): readonly Line[] =>
        cookie === '' ? [person(1), { done: 0, cookie: 'a' }] : [person(2), line];
      const begun = performance.now();

      await assert.rejects(scanned(script, { operationTimeoutMs: 500 }), {
        name: 'DirectoryRefusal',
        code,
      });
      assert.ok(performance.now() - begun < 5_000);
    });
  }

  it('of a server that gives one octet now and then ends at its time', async () => {
    await using server = await aScriptedLdap(({ operation, base: asked }) =>
      operation === 0x63 && asked === base ? [{ drip: Buffer.alloc(10_000, '0') }] : undefined,
    );
    const address = { ...server.address, operationTimeoutMs: 600 };
    await using scanner = await openLdapScanner(address, server.password);

    await assert.rejects(Array.fromAsync(scanner.scan(query)), { code: 'read.incomplete' });
  });

  it('of one that floods it with a single answer ends, and does not keep it', async () => {
    const photo = Buffer.alloc(8 * 1024 * 1024, 1);
    const flood = Array.from({ length: 40 }, (_, n) => person(n, { thumbnailPhoto: [photo] }));

    await assert.rejects(
      scanned(() => [...flood, { done: 0 }], { operationTimeoutMs: 20_000 }),
      { code: 'read.incomplete', message: /lower the page size/, retryable: false },
    );
  });
});

describe('An entry', () => {
  it('without an id, or with one that is none, ends the scan: the account sees less than it must', async () => {
    for (const objectGUID of [[], [Buffer.alloc(0)], [Buffer.from('short')], [Buffer.alloc(17)]]) {
      await assert.rejects(
        scanned(() => [person(1, { objectGUID }), { done: 0 }]),
        {
          code: 'rights.missing',
        },
      );
    }
  });

  it('is read whole with an attribute of a megabyte, and with many values where one is due', async () => {
    const large = 'x'.repeat(1024 * 1024);
    const many = Array.from({ length: 1_000 }, (_, n) => `${n}@larkfield.test`);

    const [one, two] = await scanned(() => [
      person(1, { cn: [large] }),
      person(2, { mail: many }),
      { done: 0 },
    ]);

    assert.deepEqual(one?.attributes.cn, [large]);
    assert.deepEqual(two?.attributes.mail, many);
  });

  it('is text even where its octets are none: what is not UTF-8 is marked, and nothing fails', async () => {
    const octets = [Buffer.from([0xff, 0xfe, 0x00, 0x41]), Buffer.from([0xc3]), Buffer.from('é')];

    const [one] = await scanned(() => [person(1, { mail: octets }), { done: 0 }]);

    assert.deepEqual(one?.attributes.mail, ['\ufffd\ufffd\u0000A', '\ufffd', 'é']);
  });

  it('keeps a name with every sign that RFC 4514 escapes', async () => {
    const dn = `CN=\\ \\#a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\=i\\00\\0d\\C4\\8D\\ ,${base}`;

    const [one] = await scanned(() => [
      { entry: dn, values: { objectGUID: [idOf(1)] } },
      { done: 0 },
    ]);

    assert.equal(one?.dn, dn);
  });

  it('has no NUL in its name, whatever the server sends', async () => {
    const [one] = await scanned(() => [
      { entry: `CN=Maya\u0000Quince,${base}`, values: { objectGUID: [idOf(1)] } },
      { done: 0 },
    ]);

    assert.equal(one?.dn, `CN=Maya\\00Quince,${base}`);
  });

  it('has its values together where they come in two attributes of one name', async () => {
    const values = { mail: ['a@larkfield.test'], 'MAIL;lang-en': ['b@larkfield.test'] };

    const [one] = await scanned(() => [person(1, values), { done: 0 }]);

    assert.deepEqual(one?.attributes.mail, ['a@larkfield.test', 'b@larkfield.test']);
  });
});

describe('Changes', () => {
  for (const [title, lines] of [
    ['hangs up', ['hang up']],
    ['falls silent', [{ raw: Buffer.alloc(0) }]],
    ['is cut at a limit', [{ done: 4 }]],
    ['gives no cookie', [{ done: 0 }]],
    ['is busy', [{ done: 51 }]],
    ['says goodbye', [{ raw: notice() }]],
  ] as const satisfies readonly (readonly [string, readonly Line[]])[]) {
    it(`of a server that ${title} are refused, and nothing is concluded`, async () => {
      let broken = false;
      await using server = await aScriptedLdap(({ operation, base: asked, attributes }) => {
        if (operation !== 0x63 || asked === '' || attributes.length > 0) return undefined;
        return broken ? lines : [{ done: 0, dirSyncCookie: 'one' }];
      });
      const address = { ...server.address, operationTimeoutMs: 500 };
      await using scanner = await openLdapScanner(address, server.password);
      const bookmark = await scanner.bookmark('dirsync');
      broken = true;

      await assert.rejects(scanner.since(bookmark), { name: 'DirectoryRefusal' });
    });
  }
});

describe('Changes that are more than one answer may hold', () => {
  const root = 'dc=larkfield,dc=test';
  const counts = { highestCommittedUSN: ['7'], dsServiceName: [`cn=one,${root}`] };
  const values = {
    contextCSN: ['20260105090000.000000Z#000000#000#000000'],
    invocationId: [idOf(0)],
    objectClass: ['organization'],
  };
  const many = Array.from({ length: 100_001 }, (_, n) => person(n, {}));
  const isRefused = (error: unknown) => error instanceof BookmarkRefused;
  const isTold = (error: unknown) =>
    error instanceof DirectoryRefusal &&
    error.code === 'read.incomplete' &&
    /more in one answer than is taken in/.test(error.message);

  for (const [manner, title, isThat] of [
    ['syncrepl', 'call for a whole read, which comes in pages', isRefused],
    ['dirsync', 'are told as a fault of the server, which was asked for less', isTold],
    ['usn', 'are told as a fault of the server, which was asked for a page', isTold],
    ['timestamp', 'are told as a fault of the server, which was asked for a page', isTold],
  ] as const) {
    it(`by ${manner} ${title}, and the next search is answered`, async () => {
      let flooding = false;
      await using server = await aScriptedLdap(({ operation, base: asked, attributes }) => {
        if (operation !== 0x63) return undefined;
        if (flooding && asked === root) return [...many, { done: 0 }];
        const dirSync = asked === root && attributes.length === 0;
        const entry = asked === '' ? { namingContexts: [root], ...counts } : values;
        return dirSync
          ? [{ done: 0, dirSyncCookie: 'one' }]
          : [{ entry: asked, values: entry }, { done: 0 }];
      });
      const address = { ...server.address, operationTimeoutMs: 20_000 };
      await using scanner = await openLdapScanner(address, server.password);
      const bookmark = await scanner.bookmark(manner);
      flooding = true;

      await assert.rejects(scanner.since(bookmark), isThat);

      flooding = false;
      await scanner.bookmark(manner);
    });
  }
});

/** Notice of Disconnection (RFC 4511 §4.4.1): message 0, extended response, unavailable. */
function notice(): Buffer {
  return Buffer.from('300c02010078070a013404000400', 'hex');
}

/** A search's end, success, for a message that nobody sent. */
function answerTo(id: number): Buffer {
  return Buffer.from(`300c0201${id.toString(16)}65070a010004000400`, 'hex');
}
