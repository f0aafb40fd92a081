// The contract of scanning a group: its members and nobody else, however they came to be in it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DirectoryChanges } from '#domain/ports/directory-changes.ts';
import type { DirectoryScanner, MemberOf, ScanQuery } from '#domain/ports/directory-scan.ts';
import { childDn } from '#lib/dn.ts';
import { specialName } from './directory-reading.ts';
import type { ScannerUnderTest } from './directory-scanning.ts';
import { addressOf, aName, aStage, type Stage } from './directory-stage.ts';

type Scanner = DirectoryScanner & DirectoryChanges & AsyncDisposable;

/** More than Active Directory gives of one attribute at once. */
const many = 1_600;

export function groupingContract(name: string, under: ScannerUnderTest<Scanner>): void {
  describe(`${name}, scanned by group,`, { skip: under.skip ?? false }, () => {
    let stage: Stage;
    let scanner: Scanner;
    let query: ScanQuery;
    before(async () => {
      stage = await aStage(await under.server(), under.open);
      const address = { ...addressOf(stage.server), pageSize: 500 };
      scanner = await under.openScanner(address, stage.server.service.password);
      const filter = '(&(objectCategory=person)(objectClass=user))';
      query = { base: stage.container, scope: 'sub', filter, attributes: ['cn'] };
    });
    after(async () => {
      await scanner?.[Symbol.asyncDispose]();
      await stage?.[Symbol.asyncDispose]();
    });
    const scan = async (memberOf: MemberOf, changes: Partial<ScanQuery> = {}) => {
      const asked = { ...query, ...changes, memberOf };
      const pages = await Array.fromAsync(scanner.scan(asked));
      return pages.flatMap(({ entries }) => entries);
    };
    const namesIn = async (memberOf: MemberOf, changes: Partial<ScanQuery> = {}) => {
      const names: string[] = [];
      const asked = { ...query, ...changes, memberOf };
      for await (const { entries } of scanner.scan(asked)) {
        for (const { attributes } of await scanner.readScanned(asked, entries)) {
          names.push(attributes.cn?.[0] ?? '');
        }
      }
      return names.toSorted();
    };

    it('gives the members of the group, and those of the groups in it where they count', async () => {
      const [direct, deep, around] = await Promise.all(
        ['In It', 'Far In', 'Not In'].map((cn) => stage.addUser(cn)),
      );
      assert.ok(direct && deep && around);
      const inner = await stage.addGroup(aName('inner'), [deep]);
      const middle = await stage.addGroup(aName('middle'), [inner]);
      const outer = await stage.addGroup(aName('outer'), [direct, middle]);
      // Round and round: every one of them is in every other now.
      await stage.set(inner, 'member', [deep, outer]);

      assert.deepEqual(await namesIn({ dn: outer, nested: false }), ['In It']);
      assert.deepEqual(await namesIn({ dn: outer, nested: true }), ['Far In', 'In It']);
      assert.deepEqual(await namesIn({ dn: inner, nested: true }), ['Far In', 'In It']);
      assert.equal((await scanner.groupIds({ dn: outer, nested: false })).size, 1);
      const ids = await scanner.groupIds({ dn: outer, nested: true });
      assert.equal(ids.size, 3);
      assert.deepEqual(await scanner.groupIds({ dn: inner, nested: true }), ids);
    });

    it('keeps to the container and the filter, and to one who is in it twice', async () => {
      const unit = childDn('OU', 'Grouped Unit', stage.container);
      await stage.administrator.add(unit, { objectClass: 'organizationalUnit' });
      const [here, special] = [await stage.addUser('Here'), await stage.addUser(specialName)];
      const away = await stage.addUser('Away');
      const moved = childDn('CN', 'Away', unit);
      await stage.administrator.modifyDN(away, moved);
      const inner = await stage.addGroup(aName('in'), [here]);
      const dn = await stage.addGroup(aName('out'), [here, special, moved, inner]);

      const all = ['Away', specialName, 'Here'].toSorted();
      assert.deepEqual(await namesIn({ dn, nested: true }), all);
      assert.deepEqual(await namesIn({ dn, nested: false }, { base: unit }), ['Away']);
      assert.deepEqual(
        await namesIn({ dn, nested: false }, { scope: 'one' }),
        all.filter((each) => each !== 'Away'),
      );
      assert.deepEqual(await namesIn({ dn, nested: true }, { filter: '(cn=Here)' }), ['Here']);
    });

    it('gives the same digests as a scan of the container does', async () => {
      const dn = await stage.addGroup(aName('digest'), [await stage.addUser('Digested')]);
      const filter = '(&(objectClass=user)(cn=Digested))';

      const [member] = await scan({ dn, nested: false });
      const [page] = await Array.fromAsync(scanner.scan({ ...query, filter }));

      assert.ok(member && page);
      assert.deepEqual(
        page.entries.map(({ id, digest }) => [id, digest.toString('hex')]),
        [[member.id, member.digest.toString('hex')]],
      );
    });

    it('reads by id those alone who are in it still', async () => {
      const stays = await stage.addUser('Stays In');
      const goes = await stage.addUser('Goes Out');
      const dn = await stage.addGroup(aName('ids'), [stays, goes]);
      const memberOf = { dn, nested: true };
      const ids = (await scan(memberOf)).map(({ id }) => id);
      const bookmark = await scanner.bookmark(await scanner.manner());

      await stage.set(dn, 'member', [stays]);
      const { changed } = await scanner.since(bookmark);
      const found = await scanner.readByIds({ ...query, memberOf }, ids);

      assert.equal(ids.length, 2);
      assert.deepEqual(
        found.map(({ attributes }) => attributes.cn),
        [['Stays In']],
      );
      const groups = await scanner.groupIds(memberOf);
      assert.ok([...groups].some((id) => changed.has(id)));
    });

    it('counts those whose primary group it is', async () => {
      const cn = 'Primary In It';
      await stage.addUser(cn);
      const memberOf = { dn: `CN=Domain Users,CN=Users,${stage.server.baseDn}`, nested: false };

      assert.deepEqual(await namesIn(memberOf, { filter: `(cn=${cn})` }), [cn]);
    });

    it(`is whole with ${many} members`, async () => {
      const members: string[] = [];
      for (let n = 0; n < many; n += 16) {
        const some = Array.from({ length: 16 }, (_, m) => stage.addUser(`Many ${n + m}`));
        members.push(...(await Promise.all(some)));
      }
      const dn = await stage.addGroup(aName('many'), members);

      const direct = await scan({ dn, nested: false });
      const nested = await scan({ dn, nested: true });

      assert.equal(new Set(direct.map(({ id }) => id)).size, many);
      assert.equal(new Set(nested.map(({ id }) => id)).size, many);
    });

    it('refuses a group that is not there, or is none: nobody in it would look like all gone', async () => {
      const person = await stage.addUser('No Group');
      const nowhere = childDn('CN', 'Never There', stage.groups);
      for (const dn of [nowhere, person, 'no name at all']) {
        for (const nested of [false, true]) {
          await assert.rejects(scan({ dn, nested }), { code: 'container.missing' }, dn);
          await assert.rejects(scanner.groupIds({ dn, nested }), { code: 'container.missing' });
          const memberOf = { dn, nested };
          await assert.rejects(scanner.readByIds({ ...query, memberOf }, []), {
            code: 'container.missing',
          });
        }
      }
    });

    it('is empty where nobody is in it', async () => {
      const dn = await stage.addGroup(aName('empty'));

      assert.deepEqual(await scan({ dn, nested: true }), []);
    });
  });
}
