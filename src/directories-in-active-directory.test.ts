// Directory sync against a real Active Directory: who people are, where they belong, and what becomes of leavers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { childDn } from '#lib/dn.ts';
import type { Stage } from '#test/contracts/directory-stage.ts';
import { withoutSamba } from '#test/servers/samba.ts';
import {
  addPerson,
  byDirSync,
  byName,
  firstSync,
  type Sites,
  twoUnits,
  withDeletions,
  withScene,
} from '#test/sync/active-directory.ts';
import { disputesOf, synced, users } from '#test/sync/stage.ts';

describe('A sync of an Active Directory', { skip: withoutSamba() }, () => {
  it('follows people by their objectGUID: created, renamed, moved, moved out, disabled, deleted', async () => {
    await withScene(twoUnits, async (scene) => {
      const { directory, stage } = scene;
      const ines = await addPerson(scene, 'Bristol', 'Ines Marlow');
      const maya = await addPerson(scene, 'Bristol', 'Maya Ridge', { manager: ines });
      await addPerson(scene, 'Bristol', 'Dov Away', { userAccountControl: '546' });
      await firstSync(stage);
      const made = await byName(stage);
      assert.deepEqual([...made.keys()], ['Ines Marlow', 'Maya Ridge']);
      const id = made.get('Maya Ridge')?.id;
      assert.equal(made.get('Maya Ridge')?.manager_id, made.get('Ines Marlow')?.id);

      await addPerson(scene, 'Porto', 'Tom Vale');
      const quince = childDn('CN', 'Maya Quince', childDn('OU', 'Porto', directory.container));
      await directory.administrator.modifyDN(maya, quince);
      await directory.set(quince, 'displayName', ['Maya Quince']);
      await directory.set(quince, 'manager', []);
      await byDirSync(scene);
      const moved = await byName(stage);
      assert.deepEqual([...moved.keys()], ['Ines Marlow', 'Maya Quince', 'Tom Vale']);
      const { site_id: site, ...person } = moved.get('Maya Quince') ?? assert.fail();
      assert.deepEqual([person.id, person.manager_id, person.inactive], [id, null, false]);
      assert.equal(site, moved.get('Tom Vale')?.site_id);
      assert.notEqual(site, moved.get('Ines Marlow')?.site_id);

      const outside = childDn('CN', 'Maya Quince', directory.groups);
      await directory.administrator.modifyDN(quince, outside);
      await directory.set(ines, 'userAccountControl', ['546']);
      await byDirSync(scene);
      const left = await byName(stage);
      assert.equal(left.get('Maya Quince')?.inactive, true);
      assert.equal(left.get('Ines Marlow')?.inactive, true);

      await directory.administrator.modifyDN(outside, quince);
      await directory.set(ines, 'userAccountControl', ['544']);
      await directory.set(quince, 'manager', [ines]);
      await byDirSync(scene);
      const back = await byName(stage);
      assert.deepEqual(
        [...back.values()].map(({ name, inactive }) => [name, inactive]),
        [...back.keys()].map((name) => [name, false]),
      );
      assert.equal(back.get('Maya Quince')?.id, id);
      assert.equal(back.get('Maya Quince')?.manager_id, back.get('Ines Marlow')?.id);

      await directory.administrator.del(quince);
      await withDeletions(scene);
      assert.equal((await byName(stage)).get('Maya Quince')?.inactive, true);
      assert.equal((await synced(stage, { whole: true })).planned_count, 0);
    });
  });

  it('takes an account made anew for another person, and asks where they share an address', async () => {
    await withScene(twoUnits, async (scene) => {
      const { directory, stage } = scene;
      const maya = await addPerson(scene, 'Bristol', 'Maya Ridge');
      const tom = await addPerson(scene, 'Bristol', 'Tom Vale');
      await firstSync(stage);
      const before = await byName(stage);
      for (const dn of [maya, tom]) await directory.administrator.del(dn);
      await addPerson(scene, 'Bristol', 'Maya Ridge', { mail: 'maya.ridge@larkfield.test' });
      await addPerson(scene, 'Bristol', 'Tom Vale');

      await withDeletions(scene);

      const rows = await users(stage);
      assert.deepEqual(
        rows.map(({ name, email, inactive }) => [name, email, inactive]).toSorted(),
        [
          ['Maya Ridge', 'maya.ridge@larkfield.test', false],
          ['Maya Ridge', 'maya@larkfield.test', true],
          ['Tom Vale', 'tom@larkfield.test', true],
        ],
      );
      assert.equal(rows.find(({ name }) => name === 'Tom Vale')?.id, before.get('Tom Vale')?.id);
      assert.deepEqual(
        (await disputesOf(stage)).map(({ name, code }) => [name, code]),
        [['Tom Vale', 'sync.taken']],
      );
    });
  });

  it('leaves two with one address to a person, and its own service account out', async () => {
    const settings = (directory: Stage, at: Sites) => {
      const { places, fields } = twoUnits(directory, at);
      const accounts = directory.server.service.dn.replace(/^[^,]*,/, '');
      const services = { id: 3, name: 'Services', target: 'user', dn: accounts, siteId: 1 };
      const named = { id: 14, target: 'user', from: 'sAMAccountName', to: 'login' };
      return {
        places: [...places, { ...services, filter: '(sAMAccountName=svc-sundog)' }],
        fields: [...fields, named],
      };
    };
    await withScene(settings, async (scene) => {
      const { stage } = scene;
      const mail = 'lenses@larkfield.test';
      await addPerson(scene, 'Bristol', 'Ana One', { mail });
      await addPerson(scene, 'Porto', 'Bea Two', { mail: 'Lenses@Larkfield.test' });
      await addPerson(scene, 'Porto', 'Cid Three');

      const run = await firstSync(stage);

      assert.deepEqual([...(await byName(stage)).keys()], ['Cid Three']);
      assert.equal(run.read_count, 4);
      assert.deepEqual(
        (await disputesOf(stage)).map(({ name, code }) => [name, code]),
        [
          ['Ana One', 'sync.several-entries'],
          ['Bea Two', 'sync.several-entries'],
        ],
      );
    });
  });
});
