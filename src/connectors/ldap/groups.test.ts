// Groups as a scope, of a plain LDAP directory that shows little of them: nobody may seem to have left.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aScriptedLdap } from '#test/servers/scripted-ldap.ts';
import { openLdapScanner } from './scanner.ts';

const root = 'dc=larkfield,dc=test';
const staff = `cn=Staff,${root}`;
const inner = `cn=Opticians,${root}`;
const ines = `uid=ines,${root}`;
const schema = `cn=schema,${root}`;

type Values = Readonly<Record<string, readonly string[]>>;

/** RFC 4519 §3.5, and what 389 Directory Server makes of it. */
const strict = `( 2.5.6.9 NAME 'groupOfNames' SUP top STRUCTURAL MUST ( member $ cn ) MAY owner )`;
const mild = `( 2.5.6.9 NAME 'groupOfNames' SUP top STRUCTURAL MUST cn MAY ( member $ owner ) )`;

async function membersOf(entries: Readonly<Record<string, Values>>, nested = false) {
  const all: Readonly<Record<string, Values>> = {
    '': { namingContexts: [root], subschemaSubentry: [schema] },
    [root]: { objectClass: ['organization'] },
    ...entries,
  };
  await using server = await aScriptedLdap(({ operation, base, attributes }) => {
    if (operation !== 0x63) return undefined;
    // The list of all groups asks for their names alone.
    if (base === root && attributes[0] === '1.1') {
      const groups = Object.keys(entries).filter((dn) => dn.startsWith('cn='));
      return [...groups.map((entry) => ({ entry, values: {} })), { done: 0 }];
    }
    const values = all[base];
    // Looked for among people, a group does not fit the filter.
    if (base.startsWith('cn=') && attributes.includes('nsaccountlock')) return [{ done: 0 }];
    return values === undefined ? [{ done: 32 }] : [{ entry: base, values }, { done: 0 }];
  });
  await using scanner = await openLdapScanner(server.address, server.password);
  const memberOf = { dn: staff, nested };
  const query = { base: '', scope: 'sub', filter: '(uid=*)', attributes: [], memberOf } as const;
  const pages = await Array.fromAsync(scanner.scan(query));
  return pages.flatMap((page) => page.entries).length;
}

const person = { entryUUID: ['00000000-0000-4000-8000-000000000001'] };
const hidden = { objectClass: ['groupOfNames'] };

describe('A group that shows no member', () => {
  for (const [title, shown] of [
    ['as its schema asks for one', { [schema]: { objectClasses: [strict] } }],
    ['as its schema is not shown, and usually asks for one', {}],
  ] as const) {
    it(`is hidden from the service account, ${title}: the scan fails`, async () => {
      await assert.rejects(membersOf({ ...shown, [staff]: hidden }), {
        code: 'rights.missing',
        message: /^The group cn=Staff.* let the service account read member\.$/,
      });
    });
  }

  it('is hidden also where it is in a group that shows its own', async () => {
    const outer = { objectClass: ['groupOfNames'], member: [inner] };

    await assert.rejects(membersOf({ [staff]: outer, [inner]: hidden }, true), {
      code: 'rights.missing',
      message: /^The group cn=Opticians/,
    });
  });

  it('has none where the schema lets it be empty, or its one member is nobody', async () => {
    const nobody = { objectClass: ['groupOfNames'], member: [''] };

    assert.equal(await membersOf({ [schema]: { objectClasses: [mild] }, [staff]: hidden }), 0);
    assert.equal(await membersOf({ [schema]: { objectClasses: [strict] }, [staff]: nobody }), 0);
  });
});

describe('A scope', () => {
  for (const [objectClass, member] of [
    ['groupOfNames', 'member'],
    ['groupOfUniqueNames', 'uniqueMember'],
    ['groupOfMembers', 'member'],
    ['groupOfEntries', 'member'],
    ['group', 'member'],
  ] as const) {
    it(`is a ${objectClass}, whose members its ${member} shows`, async () => {
      const group = { objectClass: [objectClass], [member]: [ines] };
      const outer = { objectClass: ['groupOfNames'], member: [inner] };

      assert.equal(await membersOf({ [staff]: group, [ines]: person }), 1);
      assert.equal(await membersOf({ [staff]: outer, [inner]: group, [ines]: person }, true), 1);
    });
  }

  it('of a group that may be empty by its schema has nobody while it shows nobody', async () => {
    for (const objectClass of ['groupOfMembers', 'groupOfEntries', 'group']) {
      assert.equal(await membersOf({ [staff]: { objectClass: [objectClass] } }), 0);
    }
  });

  for (const objectClass of ['organizationalRole', 'groupOfURLs', 'inetOrgPerson']) {
    it(`is no entry of class ${objectClass}: its members could not be read`, async () => {
      await assert.rejects(membersOf({ [staff]: { objectClass: [objectClass] } }), {
        code: 'container.missing',
        message: new RegExp(`it is ${objectClass}; choose one of these classes: groupOfNames`),
      });
    });
  }
});
