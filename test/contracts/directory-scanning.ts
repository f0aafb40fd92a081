// The contract of scanning a directory: everything, with ids that stay and digests that tell what changed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LdapAddress } from '#connectors/ldap/address.ts';
import type {
  DirectoryEntry,
  DirectoryScanner,
  Scanned,
  ScanQuery,
} from '#domain/ports/directory-scan.ts';
import { childDn } from '#lib/dn.ts';
import { uuidText } from '#lib/guid.ts';
import type { Secret } from '#lib/secret.ts';
import type { DirectoryServer } from '#test/servers/directory-server.ts';
import { specialName } from './directory-reading.ts';
import { addressOf, aStage, type OpenDirectory, type Stage } from './directory-stage.ts';

type Scanner = DirectoryScanner & AsyncDisposable;

export type ScannerUnderTest<Opened = Scanner> = {
  readonly server: () => Promise<DirectoryServer>;
  readonly open: OpenDirectory;
  readonly openScanner: (address: LdapAddress, password: Secret) => Promise<Opened>;
  readonly skip?: string | false;
};

const people = '(&(objectCategory=person)(objectClass=user))';

export function scanningContract(name: string, under: ScannerUnderTest): void {
  describe(`${name}, being scanned,`, { skip: under.skip ?? false }, () => {
    let stage: Stage;
    let scanner: Scanner;
    let query: ScanQuery;
    before(async () => {
      stage = await aStage(await under.server(), under.open);
      const address = { ...addressOf(stage.server), pageSize: 10 };
      scanner = await under.openScanner(address, stage.server.service.password);
      query = { base: stage.container, scope: 'sub', filter: people, attributes: ['department'] };
    });
    after(async () => {
      await scanner?.[Symbol.asyncDispose]();
      await stage?.[Symbol.asyncDispose]();
    });
    const scan = async (changes: Partial<ScanQuery> = {}) => {
      const pages = await Array.fromAsync(scanner.scan({ ...query, ...changes }));
      return pages.flatMap(({ entries }) => entries);
    };
    const digests = (entries: readonly Scanned[]) =>
      new Map(entries.map(({ id, digest }) => [id, digest.toString('hex')]));
    const idAt = async (cn: string) => {
      const filter = `(&(objectClass=user)(cn=${cn}))`;
      const [one] = await scan({ filter });
      return one?.id ?? assert.fail(`${cn} is not there`);
    };

    it('gives everyone below the container once, page after page', async () => {
      const names = Array.from({ length: 25 }, (_, n) => `Scanned ${n}`);
      await Promise.all(names.map((cn) => stage.addUser(cn, { department: 'Optics' })));

      const pages: (readonly DirectoryEntry[])[] = [];
      for await (const page of scanner.scan(query)) {
        pages.push(await scanner.readScanned(query, page.entries));
      }

      assert.ok(pages.length > 1, 'it came in one page');
      const entries = pages.flat();
      assert.equal(new Set(entries.map(({ id }) => id)).size, 25);
      assert.deepEqual(
        entries.map(({ dn }) => dn).toSorted(),
        names.map((cn) => childDn('CN', cn, stage.container)).toSorted(),
      );
      for (const { attributes } of entries)
        assert.deepEqual(attributes, { department: ['Optics'] });
    });

    it('reads the entries of a page until the next is asked for, and not after', async () => {
      const names = Array.from({ length: 15 }, (_, n) => `Of two pages ${n}`);
      await Promise.all(names.map((cn) => stage.addUser(cn)));
      const pages = scanner.scan(query)[Symbol.asyncIterator]();
      const { value: first } = await pages.next();
      assert.ok(first !== undefined);
      const { length } = await scanner.readScanned(query, first.entries);

      await pages.next();

      assert.equal(length, first.entries.length);
      await assert.rejects(scanner.readScanned(query, first.entries), TypeError);
      await pages.return?.();
    });

    it('leaves out whom the keeper of the ids knows, asked by the octets of their text', async () => {
      await stage.addUser('Kept One', { department: 'Optics' });
      await stage.addUser('Kept Two', { department: 'Optics' });
      const ids = (await scan()).map(({ id }) => id).toSorted();
      const known = await idAt('Kept One');

      const given = { add: (octets: Buffer) => uuidText(octets) !== known };
      const pages = await Array.fromAsync(scanner.scan(query, undefined, given));

      assert.deepEqual(
        pages.flatMap(({ entries }) => entries.map(({ id }) => id)).toSorted(),
        ids.filter((id) => id !== known),
      );
    });

    it('gives the same digests while nothing changes, and another for what does', async () => {
      await stage.addUser('Digest One', { department: 'Optics' });
      const moved = await stage.addUser('Digest Two', { department: 'Optics' });
      const [one, two] = [await idAt('Digest One'), await idAt('Digest Two')];
      const before = digests(await scan());

      const again = digests(await scan());
      await stage.set(moved, 'department', ['Quality']);
      const changed = digests(await scan());

      assert.deepEqual(again, before);
      assert.equal(changed.get(one), before.get(one));
      assert.notEqual(changed.get(two), before.get(two));
    });

    it('tells one who was disabled, renamed or moved by the same id and another digest', async () => {
      const dn = await stage.addUser('Renamed', { department: 'Optics' });
      const id = await idAt('Renamed');
      const before = digests(await scan()).get(id);

      await stage.set(dn, 'userAccountControl', ['546']);
      const disabled = await scan();
      const unit = childDn('OU', 'Moved Here', stage.container);
      await stage.administrator.add(unit, { objectClass: 'organizationalUnit' });
      await stage.administrator.modifyDN(dn, childDn('CN', 'Another Name', unit));
      const moved: Scanned[] = [];
      const read: DirectoryEntry[] = [];
      for await (const { entries } of scanner.scan(query)) {
        moved.push(...entries);
        read.push(...(await scanner.readScanned(query, entries)));
      }

      const one = read.find((each) => each.id === id);
      assert.equal(one?.dn, childDn('CN', 'Another Name', unit));
      assert.equal(one.enabled, false);
      const three = [before, digests(disabled).get(id), digests(moved).get(id)];
      assert.equal(new Set(three).size, 3);
    });

    it('keeps to one level where it is asked to', async () => {
      const unit = childDn('OU', 'One Level', stage.container);
      await stage.administrator.add(unit, { objectClass: 'organizationalUnit' });
      const below = await stage.addUser('Below');
      await stage.administrator.modifyDN(below, childDn('CN', 'Below', unit));

      const level = await scan({ base: stage.container, scope: 'one', filter: '(cn=Below)' });
      const tree = await scan({ base: stage.container, scope: 'sub', filter: '(cn=Below)' });

      assert.deepEqual([level.length, tree.length], [0, 1]);
    });

    it('finds by any filter that can be written, octets and special characters included', async () => {
      await stage.addUser(specialName);
      const escaped = specialName.replace(
        /[\\*()]/g,
        (sign) => `\\${sign.charCodeAt(0).toString(16).padStart(2, '0')}`,
      );
      const [found] = await scan({ filter: `(cn=${escaped})` });
      const guid = Buffer.from((found?.id ?? '').replaceAll('-', ''), 'hex');
      // The first three parts of a GUID are little-endian (MS-DTYP §2.3.4.2).
      for (const [from, to] of [
        [0, 4],
        [4, 6],
        [6, 8],
      ] as const)
        guid.subarray(from, to).reverse();
      const octets = [...guid].map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join('');

      const byGuid = await scan({ filter: `(objectGUID=${octets})` });
      const byPart = await scan({ filter: `(&(objectClass=user)(cn=Doe*\\28x\\29*))` });
      const byBit = await scan({
        filter: '(&(objectClass=user)(userAccountControl:1.2.840.113556.1.4.803:=2))',
      });
      const not = await scan({ filter: `(&${people}(!(cn=Doe*)))` });

      assert.ok(found);
      assert.deepEqual(
        [byGuid, byPart].map((all) => all.map(({ id }) => id)),
        [[found.id], [found.id]],
      );
      assert.ok(byBit.length > 0 && byBit.every(({ id }) => id !== found.id));
      assert.ok(not.length > 0 && not.every(({ id }) => id !== found.id));
    });

    it('finds nobody without a word where nobody fits, and refuses what is no filter or no container', async () => {
      assert.deepEqual(await scan({ filter: '(cn=Nobody At All)' }), []);
      for (const filter of ['', 'cn=x', '(cn=x', '(cn=x))', '(cn=a)(cn=b)', '(c n=x)', '(cn=(x)']) {
        await assert.rejects(scan({ filter }), { code: 'value.refused' }, filter);
      }
      const base = childDn('OU', 'Never There', stage.container);
      await assert.rejects(scan({ base }), { code: 'container.missing' });
    });

    it('fails when it is stopped on the way, instead of looking complete', async () => {
      const stop = new AbortController();
      const seen: Scanned[] = [];

      await assert.rejects(
        async () => {
          for await (const { entries } of scanner.scan(query, stop.signal)) {
            seen.push(...entries);
            stop.abort();
          }
        },
        { code: 'read.incomplete' },
      );

      assert.ok(seen.length >= 10 && seen.length < 25);
      assert.ok((await scan()).length >= 25);
    });
  });
}
