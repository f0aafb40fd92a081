// The contract of changing what exists: compare-and-swap, so that nobody else's change is ever lost.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Group } from '#domain/account.ts';
import type { CreatedAccount, Directory } from '#domain/ports/directory.ts';
import { childDn } from '#lib/dn.ts';
import type { Given } from './directory.ts';
import { aName, aNewAccount } from './directory-stage.ts';

export function directoryUpdating({ stage }: Given): void {
  let directory: Directory;
  before(async () => {
    directory = await stage().open();
  });
  after(() => directory[Symbol.asyncDispose]());

  it('writes a change whose before still holds', async () => {
    const { id, dn } = await anAccount({ title: ['Engineer'], department: ['Sales'] });

    const result = await directory.updateAccount(
      id,
      { title: ['Engineer'], department: ['Sales'] },
      { title: ['Senior engineer'], department: ['Quality'] },
    );

    assert.equal(result, 'written');
    assert.deepEqual(await stage().get(dn, 'title'), ['Senior engineer']);
    assert.deepEqual(await stage().get(dn, 'department'), ['Quality']);
  });

  it('gives a value where there was none and takes one away', async () => {
    const { id, dn } = await anAccount({ title: ['Engineer'] });

    const result = await directory.updateAccount(
      id,
      { title: ['Engineer'], department: [] },
      { title: [], department: ['Quality'] },
    );

    assert.equal(result, 'written');
    assert.deepEqual(await stage().get(dn, 'title'), []);
    assert.deepEqual(await stage().get(dn, 'department'), ['Quality']);
  });

  it('changes an attribute of several values as a whole', async () => {
    const before = ['SMTP:a@larkfield.test', 'smtp:b@larkfield.test'];
    const after = ['SMTP:c@larkfield.test', 'smtp:a@larkfield.test', 'smtp:b@larkfield.test'];
    const { id, dn } = await anAccount({ proxyAddresses: before });

    const result = await directory.updateAccount(
      id,
      { proxyAddresses: before },
      { proxyAddresses: after },
    );

    assert.equal(result, 'written');
    assert.deepEqual((await stage().get(dn, 'proxyAddresses')).toSorted(), after.toSorted());
  });

  it('changes only the case of a value when that is what is asked', async () => {
    const { id, dn } = await anAccount({ sn: ['macdonald'] });

    const result = await directory.updateAccount(id, { sn: ['macdonald'] }, { sn: ['MacDonald'] });

    assert.equal(result, 'written');
    assert.deepEqual(await stage().get(dn, 'sn'), ['MacDonald']);
  });

  it('leaves everything alone when one value was changed by somebody else', async () => {
    const { id, dn } = await anAccount({ title: ['Engineer'], department: ['Sales'] });
    await stage().set(dn, 'title', ['Director']);

    const result = await directory.updateAccount(
      id,
      { title: ['Engineer'], department: ['Sales'] },
      { title: ['Senior engineer'], department: ['Quality'] },
    );

    assert.equal(result, 'conflict');
    assert.deepEqual(await stage().get(dn, 'title'), ['Director']);
    assert.deepEqual(await stage().get(dn, 'department'), ['Sales']);
  });

  it('sees a conflict in a value that appeared, vanished, or joined others', async () => {
    const appeared = await anAccount({ title: ['Engineer'] });
    const vanished = await anAccount({});
    const joined = await anAccount({ proxyAddresses: ['smtp:a@x.test', 'smtp:b@x.test'] });

    const results = await Promise.all([
      directory.updateAccount(appeared.id, {}, { title: ['Quality engineer'] }),
      directory.updateAccount(vanished.id, { title: ['Engineer'] }, { title: ['Director'] }),
      directory.updateAccount(
        joined.id,
        { proxyAddresses: ['smtp:a@x.test'] },
        { proxyAddresses: ['smtp:c@x.test'] },
      ),
    ]);

    assert.deepEqual(results, ['conflict', 'conflict', 'conflict']);
  });

  it('has nothing to do when it is so already, and does nothing twice', async () => {
    const { id } = await anAccount({ title: ['Engineer'] });
    const change = () =>
      directory.updateAccount(id, { title: ['Engineer'] }, { title: ['Director'] });

    assert.deepEqual([await change(), await change()], ['written', 'already-so']);
  });

  it('lets one of two simultaneous changes win and tells the other', async () => {
    const { id, dn } = await anAccount({ title: ['Engineer'] });
    const change = (to: string) =>
      directory.updateAccount(id, { title: ['Engineer'] }, { title: [to] });

    const results = await Promise.all(['A', 'B', 'C', 'D'].map(change));

    assert.deepEqual(results.toSorted(), ['conflict', 'conflict', 'conflict', 'written']);
    assert.deepEqual(await stage().get(dn, 'title'), [
      ['A', 'B', 'C', 'D'][results.indexOf('written')],
    ]);
  });

  it('follows an account that was renamed or moved in the meantime, by its id', async () => {
    const { id, dn } = await anAccount({ title: ['Engineer'] });
    const renamed = childDn('CN', aName('married'), stage().container);
    await stage().administrator.modifyDN(dn, renamed);

    const result = await directory.updateAccount(id, { title: ['Engineer'] }, { title: ['Head'] });

    assert.equal(result, 'written');
    assert.deepEqual(await stage().get(renamed, 'title'), ['Head']);
  });

  it('sets a manager by DN and takes another spelling of it for the same', async () => {
    const boss = await anAccount({});
    const { id } = await anAccount({});
    const other = boss.dn.replace(/^CN=/, 'cn=');

    const first = await directory.updateAccount(id, {}, { manager: [boss.dn] });
    const second = await directory.updateAccount(id, {}, { manager: [other] });

    assert.deepEqual([first, second], ['written', 'already-so']);
  });

  it('refuses what no update may write: names that are the id, passwords, the account’s switches', async () => {
    const { id } = await anAccount({});
    for (const attribute of ['cn', 'unicodePwd', 'userAccountControl', 'objectGUID', 'memberOf']) {
      await assert.rejects(directory.updateAccount(id, {}, { [attribute]: ['x'] }), {
        code: 'value.refused',
      });
    }
  });

  it('refuses a photo larger than directories take before sending it', async () => {
    const { id } = await anAccount({});
    const photo = (bytes: number) => [Buffer.alloc(bytes, 7).toString('base64')];

    assert.equal(
      await directory.updateAccount(id, {}, { thumbnailPhoto: photo(90_000) }),
      'written',
    );
    await assert.rejects(
      directory.updateAccount(
        id,
        { thumbnailPhoto: photo(90_000) },
        { thumbnailPhoto: photo(110_000) },
      ),
      { code: 'value.refused', message: /110000 bytes/ },
    );
  });

  it('refuses to update an account that is gone, by id, in one sentence', async () => {
    const { id, dn } = await anAccount({});
    await stage().administrator.del(dn);

    await assert.rejects(directory.updateAccount(id, {}, { title: ['x'] }), {
      code: 'object.missing',
    });
    await assert.rejects(directory.setEnabled(id, true, false), { code: 'object.missing' });
    await assert.rejects(directory.updateAccount('no id', {}, { title: ['x'] }), {
      code: 'object.missing',
    });
  });

  it('refuses an attribute it has no right to write', async () => {
    const { id } = await anAccount({});

    await assert.rejects(directory.updateAccount(id, {}, { servicePrincipalName: ['http/x'] }), {
      code: 'rights.missing',
    });
  });

  it('disables and enables an account and leaves its other switches as they were', async () => {
    const { id, dn } = await anAccount({});
    // NORMAL_ACCOUNT and DONT_EXPIRE_PASSWORD (MS-ADTS §2.2.16)
    await stage().set(dn, 'userAccountControl', ['66048']);

    assert.equal(await directory.setEnabled(id, true, false), 'written');
    assert.deepEqual(await stage().get(dn, 'userAccountControl'), ['66050']);
    assert.equal(await directory.setEnabled(id, true, false), 'already-so');
    assert.equal(await directory.setEnabled(id, false, true), 'written');
    assert.deepEqual(await stage().get(dn, 'userAccountControl'), ['66048']);
  });

  it('adds an account to a group once and removes it once', async () => {
    const account = await anAccount({});
    const { id } = await aGroup();

    const results = [
      await directory.addMember(id, account.id),
      await directory.addMember(id, account.id),
      await directory.removeMember(id, account.id),
      await directory.removeMember(id, account.id),
    ];

    assert.deepEqual(results, ['written', 'already-so', 'written', 'already-so']);
    const found = (await directory.findAccounts([account.id], [])).get(account.id);
    assert.equal(found?.groupIds.includes(id), false);
  });

  it('counts the primary group as a group one is in already', async () => {
    const account = await anAccount({});
    const users = (await directory.findGroups(['Domain Users'])).get('Domain Users');

    assert.equal(await directory.addMember(users?.id ?? '', account.id), 'already-so');
  });

  it('keeps a group of more than 1,500 members right', async () => {
    const account = await anAccount({});
    const { id, dn } = await aGroup(await aCrowd());

    const results = [
      await directory.addMember(id, account.id),
      await directory.addMember(id, account.id),
    ];

    assert.deepEqual(results, ['written', 'already-so']);
    const found = (await directory.findAccounts([account.id], [])).get(account.id);
    assert.equal(found?.groupIds.includes(id), true);
    assert.ok((await directory.findGroups([dn])).get(dn));
  });

  it('refuses to fill a group it has no right on, or one that is gone', async () => {
    const account = await anAccount({});
    const admins = (await directory.findGroups(['Domain Admins'])).get('Domain Admins');
    const gone = await aGroup();
    await stage().administrator.del(gone.dn);

    await assert.rejects(directory.addMember(admins?.id ?? '', account.id), {
      code: 'rights.missing',
    });
    await assert.rejects(directory.addMember(gone.id, account.id), { code: 'object.missing' });
    await assert.rejects(directory.removeMember(gone.id, account.id), { code: 'object.missing' });
  });

  it('refuses to add an account that is gone', async () => {
    const account = await anAccount({});
    await stage().administrator.del(account.dn);
    const { id } = await aGroup();

    await assert.rejects(directory.addMember(id, account.id), { code: 'object.missing' });
  });

  function anAccount(attributes: Record<string, readonly string[]>): Promise<CreatedAccount> {
    return directory.createAccount(aNewAccount(stage().container, { attributes }));
  }

  /** 1,600 contacts, made once in a domain and kept: deleting them takes longer than all else here. */
  async function aCrowd(): Promise<readonly string[]> {
    const { administrator, server } = stage();
    const unit = childDn('OU', 'Crowd', server.people);
    const faces = Array.from({ length: 1_600 }, (_, n) => `Face ${n}`);
    if (!(await directory.containerExists(unit))) {
      await administrator.add(unit, { objectClass: 'organizationalUnit' });
    }
    const there = await directory.findTaken({ attribute: 'cn', values: faces, container: unit });
    const row = faces.filter((face) => !there.has(face)).values();
    const addEach = async () => {
      for (const face of row) {
        await administrator.add(childDn('CN', face, unit), { objectClass: 'contact' });
      }
    };
    await Promise.all([addEach(), addEach(), addEach(), addEach()]);
    return faces.map((face) => childDn('CN', face, unit));
  }

  async function aGroup(members: readonly string[] = []): Promise<Group> {
    const dn = await stage().addGroup(aName('group'), members);
    const group = (await directory.findGroups([dn])).get(dn);
    assert.ok(group);
    return group;
  }
}
