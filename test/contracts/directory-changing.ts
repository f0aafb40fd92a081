// The contract of asking a directory for what changed: nothing is missed, whichever way it is told.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LdapAddress } from '#connectors/ldap/address.ts';
import {
  BookmarkRefused,
  type ChangeManner,
  type DirectoryChanges,
} from '#domain/ports/directory-changes.ts';
import type { DirectoryScanner, ScanQuery } from '#domain/ports/directory-scan.ts';
import { childDn } from '#lib/dn.ts';
import type { Secret } from '#lib/secret.ts';
import type { DirectoryServer } from '#test/servers/directory-server.ts';
import { addressOf, aStage, type OpenDirectory, type Stage } from './directory-stage.ts';

type Scanner = DirectoryScanner & DirectoryChanges & AsyncDisposable;

export type ChangesUnderTest = {
  readonly server: () => Promise<DirectoryServer>;
  readonly open: OpenDirectory;
  readonly openScanner: (address: LdapAddress, password: Secret) => Promise<Scanner>;
  /** The ways in which this server must tell its changes, the best first. */
  readonly manners: readonly ChangeManner[];
  /** Nobody else changes anything in it meanwhile. */
  readonly alone: boolean;
  readonly skip?: string | false;
};

export function changingContract(name: string, under: ChangesUnderTest): void {
  describe(`${name}, asked for changes,`, { skip: under.skip ?? false }, () => {
    let stage: Stage;
    let scanner: Scanner;
    let query: ScanQuery;
    before(async () => {
      stage = await aStage(await under.server(), under.open);
      scanner = await under.openScanner(addressOf(stage.server), stage.server.service.password);
      const filter = '(&(objectCategory=person)(objectClass=user))';
      query = { base: stage.container, scope: 'sub', filter, attributes: ['department'] };
    });
    after(async () => {
      await scanner?.[Symbol.asyncDispose]();
      await stage?.[Symbol.asyncDispose]();
    });
    const idOf = async (cn: string) => {
      const filter = `(&(objectClass=user)(cn=${cn}))`;
      const [page] = await Array.fromAsync(scanner.scan({ ...query, filter }));
      return page?.entries[0]?.id ?? assert.fail(`${cn} is not there`);
    };

    it('says in which way it tells them', async () => {
      assert.equal(await scanner.manner(), under.manners[0]);
    });

    for (const manner of under.manners) {
      it(`tells by ${manner} who was made, changed, renamed or moved, and nobody else`, async () => {
        const unit = childDn('OU', `Moves ${manner}`, stage.container);
        await stage.administrator.add(unit, { objectClass: 'organizationalUnit' });
        const changed = await stage.addUser(`Changes ${manner}`, { department: 'Optics' });
        const renamed = await stage.addUser(`Renames ${manner}`);
        await stage.addUser(`Stays ${manner}`);
        const ids = {
          changed: await idOf(`Changes ${manner}`),
          renamed: await idOf(`Renames ${manner}`),
          stays: await idOf(`Stays ${manner}`),
        };
        const bookmark = await scanner.bookmark(manner);

        const nothing = await scanner.since(bookmark);
        await stage.addUser(`Comes ${manner}`);
        await stage.set(changed, 'department', ['Quality']);
        await stage.administrator.modifyDN(renamed, childDn('CN', `Renamed ${manner}`, unit));
        const changes = await scanner.since(nothing.bookmark);
        const again = await scanner.since(changes.bookmark);

        for (const id of [ids.changed, ids.renamed, await idOf(`Comes ${manner}`)]) {
          assert.ok(changes.changed.has(id));
        }
        for (const { changed } of [nothing, changes]) assert.ok(!changed.has(ids.stays));
        assert.ok(!again.changed.has(ids.changed));
        if (under.alone) {
          assert.deepEqual([...nothing.changed], []);
          assert.equal(changes.restructured, false);
          assert.deepEqual([...again.changed], []);
        }

        const entries = await scanner.readByIds(query, [...changes.changed]);
        const [one] = entries.filter(({ id }) => id === ids.changed);
        assert.deepEqual(one?.attributes, { department: ['Quality'] });
        assert.equal(
          entries.find(({ id }) => id === ids.renamed)?.dn,
          childDn('CN', `Renamed ${manner}`, unit),
        );
        const elsewhere = { ...query, base: unit };
        const there = await scanner.readByIds(elsewhere, [...changes.changed]);
        assert.deepEqual(
          there.map(({ id }) => id),
          [ids.renamed],
        );
      });

      it(`tells by ${manner} who was deleted, or says that it does not`, async () => {
        const dn = await stage.addUser(`Goes ${manner}`);
        const id = await idOf(`Goes ${manner}`);
        const bookmark = await scanner.bookmark(manner);

        await stage.administrator.del(dn);
        const { changed, deleted, seesDeletions } = await scanner.since(bookmark);

        assert.ok(deleted.has(id) || !seesDeletions);
        assert.ok(!(deleted.has(id) && changed.has(id)));
        assert.deepEqual(await scanner.readByIds(query, [id]), []);
      });

      it(`tells by ${manner} that a container was renamed, for nobody tells of those in it`, async () => {
        const unit = childDn('OU', `Old ${manner}`, stage.container);
        await stage.administrator.add(unit, { objectClass: 'organizationalUnit' });
        const bookmark = await scanner.bookmark(manner);

        await stage.administrator.modifyDN(unit, childDn('OU', `New ${manner}`, stage.container));

        assert.equal((await scanner.since(bookmark)).restructured, true);
      });

      it(`by ${manner} takes no bookmark of another directory, nor one that is none`, async () => {
        const bookmark = JSON.parse(await scanner.bookmark(manner));
        const strange = JSON.stringify({ ...bookmark, of: 'DC=elsewhere' });

        for (const text of [strange, 'nonsense', '{}', '']) {
          await assert.rejects(scanner.since(text), BookmarkRefused, text);
        }
      });
    }
  });
}
