// What the lab's directory makes of a write: what it fills in itself, and what it refuses in Active Directory's words.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Client } from 'ldapts';
import { administrator } from '#test/servers/directory-server.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import {
  add,
  addWithPassword,
  control,
  read,
  refusedBy,
  remove,
  replace,
  unicodePwd,
} from '#test/servers/ldap-client.ts';

const password = 'Interferometer-7';
let count = 0;

describe('Writing to the lab directory', () => {
  let server: LabDirectoryServer;
  let client: Client;
  let unit: string;
  before(async () => {
    server = await labDirectory(() => new Date('2026-11-23T09:00:00Z'));
    client = await administrator(server);
  });
  after(async () => {
    await client.unbind();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    count += 1;
    unit = `OU=Unit ${count},${server.people}`;
    await client.add(unit, { objectClass: 'organizationalUnit' });
  });

  it('makes identity, time stamps and account type itself', async () => {
    const dn = await aUser('Ines Marlow');

    const [entry] = (
      await client.search(dn, {
        scope: 'base',
        attributes: ['*', 'primaryGroupToken', 'parentGUID'],
      })
    ).searchEntries;

    assert.equal(entry?.whenCreated, '20261123090000.0Z');
    assert.equal(entry?.name, 'Ines Marlow');
    assert.equal(entry?.sAMAccountType, '805306368');
    assert.equal(entry?.primaryGroupID, '513');
    assert.equal(entry?.userAccountControl, '546');
    assert.equal(entry?.pwdLastSet, '0');
    assert.equal(entry?.distinguishedName, dn);
    assert.deepEqual(entry?.objectClass, ['top', 'person', 'organizationalPerson', 'user']);
    assert.ok(Number(entry?.uSNChanged) > 8_192);
  });

  it('counts on with every change: uSNChanged and whenChanged', async () => {
    const dn = await aUser('Counted');
    const before = Number((await read(client, dn, 'uSNChanged'))[0]);

    await client.modify(dn, replace('title', 'Engineer'));

    assert.ok(Number((await read(client, dn, 'uSNChanged'))[0]) > before);
  });

  it('gives a new account its password in one write, and never shows it', async () => {
    const dn = `CN=Whole,${unit}`;
    await addWithPassword(client, dn, {
      objectClass: 'user',
      sAMAccountName: `whole${count}`,
      userAccountControl: '512',
      unicodePwd: password,
      pwdLastSet: '0',
    });

    assert.deepEqual(await read(client, dn, 'unicodePwd'), []);
    assert.deepEqual(await read(client, dn, 'pwdLastSet'), ['0']);
    assert.deepEqual(await read(client, dn, 'userAccountControl'), ['512']);
    assert.deepEqual(await read(client, dn, 'msDS-User-Account-Control-Computed'), ['8388608']);
  });

  it('does not open an account that has no password', async () => {
    const dn = await aUser('Locked Out');
    const opened = {
      objectClass: 'user',
      sAMAccountName: `open${count}`,
      userAccountControl: '512',
    };

    for (const attempt of [
      client.modify(dn, replace('userAccountControl', '512')),
      client.add(`CN=Open,${unit}`, opened),
    ]) {
      const { code, text } = await refusedBy(attempt);
      assert.equal(code, 53);
      assert.match(text, /^0000052D/);
    }
  });

  it('refuses passwords that are short, simple, or made of the name', async () => {
    const dn = await aUser('Wren Halloran', { displayName: 'Wren Halloran' });

    for (const bad of ['Ab-1', 'alllowercase', 'My-Halloran-7', `User${count}.WrenHa-7`]) {
      const { code, text } = await refusedBy(
        client.modify(dn, replace('unicodePwd', unicodePwd(bad))),
      );
      assert.equal(code, 53, bad);
      assert.match(text, /^0000052D/);
    }
    const unquoted = Buffer.from(password, 'utf16le');
    const { text } = await refusedBy(client.modify(dn, replace('unicodePwd', unquoted)));
    assert.match(text, /^0000001F/);
  });

  it('lets people change their own password who know the old one', async () => {
    const dn = await aUser('Own Changer');
    await client.modify(dn, replace('unicodePwd', unicodePwd(password)));
    const from = (old: string) => [
      remove('unicodePwd', unicodePwd(old)),
      add('unicodePwd', unicodePwd('Spectrometer-8')),
    ];

    const wrong = await refusedBy(client.modify(dn, from('Wrong-1-Old')));
    await client.modify(dn, from(password));
    const again = await refusedBy(client.modify(dn, from('Spectrometer-8')));

    assert.equal(wrong.code, 19);
    assert.match(wrong.text, /^00000056/);
    assert.match(again.text, /^0000052D/);
  });

  it('remembers old passwords for an administrator only when asked to by control', async () => {
    const dn = await aUser('Twice');
    const same = replace('unicodePwd', unicodePwd(password));
    await client.modify(dn, same);

    await client.modify(dn, same);
    const hinted = await refusedBy(client.modify(dn, same, control('1.2.840.113556.1.4.2239')));

    assert.match(hinted.text, /^0000052D/);
  });

  const taken: readonly (readonly [
    what: string,
    attributes: Record<string, string>,
    code: number,
    text: RegExp,
  ])[] = [
    ['a log-on name', { sAMAccountName: 'THOMAS.HALE' }, 68, /^00000524/],
    ['a log-on name that only lacks its marks', { sAMAccountName: 'thömas.hale' }, 68, /^00000524/],
    ['a group’s log-on name', { sAMAccountName: 'Quality' }, 68, /^00000524/],
    ['a principal name', { userPrincipalName: 'thomas.hale@larkfield.test' }, 19, /^000021C8/],
  ];
  for (const [what, attributes, code, text] of taken) {
    it(`refuses ${what} that is taken`, async () => {
      const refused = await refusedBy(aUser('Second Hale', attributes));

      assert.equal(refused.code, code);
      assert.match(refused.text, text);
    });
  }

  it('refuses a common name twice in one unit, not in two', async () => {
    await aUser('Thomas Hale');

    const again = await refusedBy(aUser('THOMAS HÁLE'));
    await client.add(`CN=Thomas Hale,OU=Porto,${server.people}`, { objectClass: 'contact' });
    await client.del(`CN=Thomas Hale,OU=Porto,${server.people}`);

    assert.equal(again.code, 68);
    assert.match(again.text, /^00002071/);
  });

  const wrong: readonly (readonly [
    what: string,
    attributes: Record<string, string | string[]>,
    code: number,
    text: RegExp,
  ])[] = [
    ['an attribute no schema knows', { favouriteColour: 'red' }, 16, /^00000057/],
    ['an attribute of another class', { groupType: '2' }, 65, /^0000207D/],
    ['two values where one is allowed', { title: ['One', 'Two'] }, 19, /^00002081/],
    ['a value longer than the schema has it', { initials: 'too long' }, 19, /^00002082/],
    ['an empty value', { title: '' }, 21, /^00000057/],
    ['a number that is none', { countryCode: 'many' }, 21, /^00000057/],
    ['what only the server writes', { whenCreated: '20260101000000.0Z' }, 19, /^000020B1/],
    ['what belongs to the account rules', { sAMAccountType: '1' }, 53, /^0000209A/],
    ['a log-on name of over twenty letters', { sAMAccountName: 'a'.repeat(21) }, 80, /^00000523/],
    ['a log-on name with forbidden signs', { sAMAccountName: 'a/b' }, 80, /^00000523/],
    [
      'a manager who is not there',
      { manager: 'CN=Nobody,DC=ad,DC=larkfield,DC=test' },
      19,
      /^000020B5/,
    ],
    ['two kinds of account in one', { userAccountControl: '4608' }, 53, /^00000057/],
    ['a time of setting the password', { pwdLastSet: '5' }, 80, /^00000057/],
  ];
  for (const [what, attributes, code, text] of wrong) {
    it(`refuses ${what}`, async () => {
      const refused = await refusedBy(aUser('Wrong', attributes));

      assert.equal(refused.code, code);
      assert.match(refused.text, text);
      const there = await client.search(unit, { filter: '(cn=Wrong)' });
      assert.equal(there.searchEntries.length, 0);
    });
  }

  it('does a modify whole or not at all, and takes delete and add together as a swap', async () => {
    const dn = await aUser('Swapped', { title: 'Engineer', department: 'Sales' });

    await client.modify(dn, [remove('title', 'Engineer'), add('title', 'Director')]);
    const stale = await refusedBy(
      client.modify(dn, [replace('department', 'Quality'), remove('title', 'Engineer')]),
    );
    const second = await refusedBy(client.modify(dn, add('title', 'Other')));

    assert.equal(stale.code, 16);
    assert.match(stale.text, /^00002085/);
    assert.equal(second.code, 20);
    assert.deepEqual(await read(client, dn, 'department'), ['Sales']);
    assert.deepEqual(await read(client, dn, 'title'), ['Director']);
  });

  it('refuses to change a name, a class or a back-link by modify', async () => {
    const dn = await aUser('Fixed');

    const refusals = await Promise.all(
      [
        replace('cn', 'Other'),
        replace('objectClass', 'contact'),
        add('memberOf', `CN=Quality,${server.groups}`),
        replace('objectGUID', 'x'.repeat(16)),
      ].map((change) => refusedBy(client.modify(dn, change))),
    );

    assert.deepEqual(
      refusals.map(({ code }) => code),
      [67, 65, 53, 19],
    );
  });

  it('keeps both ends of a link true through rename, move and deletion', async () => {
    const dn = await aUser('Linked');
    const boss = await aUser('Boss');
    const group = `CN=Unit ${count} group,${server.groups}`;
    await client.add(group, { objectClass: 'group', sAMAccountName: `group${count}` });
    await client.modify(group, add('member', dn));
    await client.modify(dn, replace('manager', boss));

    const renamed = `CN=Linked Again,OU=Porto,${server.people}`;
    await client.modifyDN(dn, renamed);

    assert.deepEqual(await read(client, group, 'member'), [renamed]);
    assert.deepEqual(await read(client, boss, 'directReports'), [renamed]);
    assert.deepEqual(await read(client, renamed, 'memberOf'), [group]);
    await client.del(renamed);
    assert.deepEqual(await read(client, group, 'member'), []);
    assert.deepEqual(await read(client, boss, 'directReports'), []);
  });

  it('refuses a member twice and the removal of one who is none', async () => {
    const dn = await aUser('Member');
    const group = `CN=Unit ${count} club,${server.groups}`;
    await client.add(group, { objectClass: 'group', sAMAccountName: `club${count}` });
    await client.modify(group, add('member', dn));

    const twice = await refusedBy(client.modify(group, add('member', dn)));
    const permissive = control('1.2.840.113556.1.4.1413');
    await client.modify(group, add('member', dn), permissive);
    await client.modify(group, remove('member', dn));
    const none = await refusedBy(client.modify(group, remove('member', dn)));
    const stranger = await refusedBy(client.modify(group, add('member', `CN=Nobody,${unit}`)));

    assert.deepEqual([twice.code, none.code, stranger.code], [68, 53, 32]);
    assert.match(twice.text, /^00000562/);
    assert.match(none.text, /^00000561/);
  });

  it('deletes a branch only when told to by control, and nothing the domain needs', async () => {
    await aUser('Leaf');

    const branch = await refusedBy(client.del(unit));
    const critical = await refusedBy(client.del(`CN=Domain Admins,CN=Users,${server.baseDn}`));
    await client.del(unit, control('1.2.840.113556.1.4.805'));

    assert.deepEqual([branch.code, critical.code], [66, 53]);
    assert.equal((await refusedBy(client.search(unit))).code, 32);
  });

  it('puts things only where their kind may stand', async () => {
    const dn = await aUser('Parent');

    const codes = await Promise.all(
      [
        client.add(`CN=Child,${dn}`, { objectClass: 'user' }),
        client.add(`OU=Child,${unit}`, { objectClass: 'user' }),
        client.add(`CN=Child,OU=Nowhere,${unit}`, { objectClass: 'user' }),
        client.add(`CN=Child,${unit}`, { objectClass: 'spaceship' }),
        client.add(`CN=${'x'.repeat(65)},${unit}`, { objectClass: 'user' }),
        client.add('no name at all', { objectClass: 'user' }),
        client.modifyDN(unit, `OU=Inside,OU=Deep,${unit}`),
      ].map(async (attempt) => (await refusedBy(attempt)).code),
    );

    assert.deepEqual(codes, [64, 64, 32, 16, 19, 34, 32]);
  });

  async function aUser(cn: string, attributes: Record<string, string | string[]> = {}) {
    const dn = `CN=${cn},${unit}`;
    const sAMAccountName = `user${count}.${cn.slice(0, 6).replace(/\W/g, '')}`;
    await client.add(dn, { objectClass: 'user', sAMAccountName, ...attributes });
    return dn;
  }
});
