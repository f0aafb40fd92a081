// The directory whose people are made as they are sent: scanned as any other, and true to what it would encode.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import type { DirectoryChanges } from '#domain/ports/directory-changes.ts';
import type { DirectoryScanner, Scanned, ScanQuery } from '#domain/ports/directory-scan.ts';
import { aGeneratedLdap, type GeneratedLdap } from './generated-ldap.ts';
import { pagesOf } from './generated-pages.ts';
import { personAt } from './many-people.ts';

const count = 2_500;

describe('A generated page of people', () => {
  for (const id of [5, 300, 70_000, 9_000_000]) {
    it(`is what each would be encoded to, under the message id ${id}`, () => {
      const changed = new Map([
        [7_654_001, 2],
        [7_654_003, undefined],
        [7_655_000, 1],
      ]);
      const pages = pagesOf(['*', 'entryUUID'], changed);
      const [from, to] = [7_653_990, 7_655_010];

      const page = pages.between(id, from, to);

      const numbers = Array.from({ length: to - from }, (_, more) => from + more);
      assert.ok(page.equals(Buffer.concat(numbers.map((number) => pages.one(id, number)))));
    });
  }
});

describe('The generated directory', () => {
  let server: GeneratedLdap;
  let scanner: DirectoryScanner & DirectoryChanges & AsyncDisposable;
  let query: ScanQuery;
  before(async () => {
    server = await aGeneratedLdap(count);
    scanner = await openLdapScanner(
      {
        host: server.host,
        port: server.ports.ldaps,
        security: 'ldaps',
        caPem: server.caPem,
        bindDn: server.service.dn,
        allowance: { lab: true, confirmed: [], networks: [] },
        pageSize: 300,
      },
      server.service.password,
    );
    const filter = '(&(objectClass=person)(!(objectClass=computer)))';
    query = { base: server.peopleDn, scope: 'sub', filter, attributes: ['uid', 'title'] };
  });
  after(async () => {
    await scanner?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  const scan = async (changes: Partial<ScanQuery> = {}) =>
    (await Array.fromAsync(scanner.scan({ ...query, ...changes }))).flatMap((page) => page.entries);
  const digests = (entries: readonly Scanned[]) =>
    new Map(entries.map(({ id, digest }) => [id, digest.toString('hex')]));

  it('gives everyone once, the same each time', async () => {
    const one = await scan();
    const other = await scan();

    assert.equal(new Set(one.map(({ id }) => id)).size, count);
    assert.deepEqual(digests(other), digests(one));
    const pages = scanner.scan(query)[Symbol.asyncIterator]();
    const page = await pages.next();
    const [first] = await scanner.readScanned(query, page.value?.entries.slice(0, 1) ?? []);
    await pages.return?.();
    assert.equal(first?.dn, personAt(0).dn);
    assert.deepEqual(first.attributes, { uid: ['p0000000'], title: ['Managing Director'] });
  });

  it('tells who was changed, and no longer who is gone', async () => {
    const before = digests(await scan());
    const bookmark = await scanner.bookmark(await scanner.manner());

    await server.change([3, 2_000]);
    await server.remove([999, 1_000]);
    const after = digests(await scan());

    const others = [...after].filter(([id, digest]) => before.get(id) !== digest);
    const changed = [3, 2_000].map((number) => personAt(number).id);
    assert.deepEqual(
      others.map(([id]) => id),
      changed,
    );
    const gone = [...before.keys()].filter((id) => !after.has(id));
    assert.deepEqual(
      gone,
      [999, 1_000].map((number) => personAt(number).id),
    );
    const told = await scanner.since(bookmark);
    assert.deepEqual([[...told.changed], told.seesDeletions], [changed, false]);
    const read = await scanner.readByIds(query, changed);
    assert.deepEqual(
      read.map(({ attributes }) => attributes.title),
      [3, 2_000].map(
        (number) => personAt(number, 1).attributes.find(([name]) => name === 'title')?.[1],
      ),
    );
  });

  it('refuses what it cannot tell, instead of telling wrongly', async () => {
    await assert.rejects(scan({ filter: '(title=Managing*)' }), { code: 'directory.refused' });
    await assert.rejects(scan({ base: 'ou=Nowhere,dc=larkfield,dc=test' }), {
      code: 'container.missing',
    });
    assert.deepEqual(await scan({ filter: '(objectClass=computer)' }), []);
  });
});
