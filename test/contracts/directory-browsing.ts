// The contract of looking at a directory before a sync is set up.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DirectoryBrowser } from '#domain/ports/directory-browse.ts';
import { childDn } from '#lib/dn.ts';
import type { ScannerUnderTest } from './directory-scanning.ts';
import { addressOf, aName, aStage, type Stage } from './directory-stage.ts';

type Browser = DirectoryBrowser & AsyncDisposable;

export function browsingContract(
  name: string,
  under: Omit<ScannerUnderTest, 'openScanner'> & {
    readonly openScanner: (
      ...asked: Parameters<ScannerUnderTest['openScanner']>
    ) => Promise<Browser>;
  },
): void {
  describe(`${name}, being browsed,`, { skip: under.skip ?? false }, () => {
    let stage: Stage;
    let browser: Browser;
    before(async () => {
      stage = await aStage(await under.server(), under.open);
      browser = await under.openScanner(addressOf(stage.server), stage.server.service.password);
    });
    after(async () => {
      await browser?.[Symbol.asyncDispose]();
      await stage?.[Symbol.asyncDispose]();
    });

    it('describes itself', async () => {
      const { host, ports, baseDn } = stage.server;
      const found = await browser.describe();

      assert.equal(found.baseDn.toLowerCase(), baseDn.toLowerCase());
      assert.ok(found.namingContexts.length > 0);
      assert.match(found.server, /^dc1\./i);
      assert.deepEqual(found.reached, { host, port: ports.ldaps });
      assert.deepEqual([found.activeDirectory, found.encrypted], [true, true]);
    });

    it('shows its tree level by level, and by a part of the name', async () => {
      const unit = childDn('OU', 'Browsed, (Unit)', stage.container);
      await stage.administrator.add(unit, { objectClass: 'organizationalUnit' });
      const level = { below: stage.container, scope: 'one', text: '', limit: 50 } as const;

      const below = await browser.containers(level);
      const named = await browser.containers({
        ...{ below: '', scope: 'sub', text: 'browsed, (u', limit: 50 },
      });
      const top = await browser.containers({ ...level, below: '', limit: 1_000 });

      assert.deepEqual(
        below.items.map(({ dn, name, kind, parentDn }) => [dn, name, kind, parentDn]),
        [[unit, 'Browsed, (Unit)', 'unit', stage.container]],
      );
      assert.ok(named.items.some(({ dn }) => dn === unit));
      assert.ok(top.items.some(({ dn }) => stage.server.people === dn));
    });

    it('refuses a part of a name that is longer than any name', async () => {
      const query = { below: '', scope: 'sub', text: 'é'.repeat(201), limit: 50 } as const;

      for (const look of [browser.containers(query), browser.groups(query)]) {
        await assert.rejects(look, { name: 'DirectoryRefusal', code: 'value.refused' });
      }
      const longest = await browser.containers({ ...query, text: 'é'.repeat(200) });
      assert.deepEqual(longest, { items: [], cut: null });
    });

    it('shows groups and people', async () => {
      const cn = aName('browsed');
      const person = await stage.addUser(cn);
      const group = await stage.addGroup(aName('group'), [person]);
      const query = { base: stage.container, filter: '(objectClass=user)' };

      const groups = await browser.groups({
        ...{ below: stage.groups, scope: 'sub', text: '', limit: 50 },
      });
      const asked = { ...query, scope: 'sub', attributes: ['cn'] } as const;
      const people = await browser.people({ ...asked, memberOf: { dn: group, nested: true } }, 5);

      assert.ok(groups.items.some(({ dn }) => dn === group));
      assert.deepEqual(
        people.items.map(({ attributes }) => attributes.cn),
        [[cn]],
      );
      await assert.rejects(browser.people({ ...asked, base: childDn('OU', 'No', query.base) }, 5), {
        code: 'container.missing',
      });
    });
  });
}
