// How the lab's directory is searched: every kind of filter, and Active Directory's limits.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Client, EqualityFilter } from 'ldapts';
import { guidText } from '#lib/guid.ts';
import { administrator, signedIn } from '#test/servers/directory-server.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import { control, found, read, refusedBy, replace } from '#test/servers/ldap-client.ts';

describe('The lab directory', () => {
  let server: LabDirectoryServer;
  let admin: Client;
  let client: Client;
  before(async () => {
    server = await labDirectory();
    admin = await administrator(server);
    client = await signedIn(server, server.service);
  });
  after(async () => {
    await Promise.all([admin.unbind(), client.unbind()]);
    await server[Symbol.asyncDispose]();
  });

  const filters: readonly (readonly [filter: string, cns: readonly string[]])[] = [
    ['(cn=ines marlow)', []],
    ['(CN=EDITH FAIRWEATHER)', ['Edith Fairweather']],
    ['(&(objectClass=user)(sn=Hale))', ['Thomas Hale']],
    ['(|(sn=Hale)(sn=Oakes))', ['Harriet Oakes', 'Thomas Hale']],
    ['(&(department=IT)(!(title=Systems Administrator)))', ['Harriet Oakes', 'Miguel Antunes']],
    ['(sn=Fair*)', ['Edith Fairweather']],
    ['(sn=*wea*er)', ['Edith Fairweather']],
    ['(sn=F*x*r)', []],
    ['(&(employeeNumber=*)(sn=Hale))', ['Thomas Hale']],
    ['(&(objectClass=user)(!(employeeNumber=*))(givenName=Nuno))', ['Nuno Tavares']],
    ['(displayName~=thomas hale)', ['Thomas Hale']],
    ['(anr=oakes)', ['Harriet Oakes']],
    ['(sn=O\\27Sullivan)', ["Niamh O'Sullivan"]],
    // Active Directory compares without marks: these two are one name to it.
    ['(sn=Falcao)', ['Duarte Falcão']],
    ['(&(objectCategory=group)(cn=Quality))', ['Quality']],
    ['(&(objectCategory=person)(sn=Oakes))', ['Harriet Oakes']],
    ['(favouriteColour=red)', []],
    ['(!(favouriteColour=red))', []],
    ['(userAccountControl:1.2.840.113556.1.4.803:=65536)', ['svc-sundog']],
    [
      '(&(objectClass=user)(userAccountControl:1.2.840.113556.1.4.804:=2))',
      ['Beatriz Amaral', 'Guest', 'krbtgt'],
    ],
    [
      '(memberOf=CN=Domain Admins,CN=Users,DC=ad,DC=larkfield,DC=test)',
      ['Administrator', 'Gareth Lund', 'Priya Raman'],
    ],
    [
      '(member=cn=thomas hale, ou=bristol,ou=people,dc=ad,dc=larkfield,dc=test)',
      ['All Staff', 'Finance', 'Office Bristol'],
    ],
    ['(objectSid=S-1-5-32-548)', ['Account Operators']],
  ];
  for (const [filter, cns] of filters) {
    it(`finds ${cns.length} by ${filter}`, async () => {
      assert.deepEqual(await found(client, server.baseDn, filter), cns);
    });
  }

  it('follows a chain of groups in both directions', async () => {
    const technical = `CN=All Technical,${server.groups}`;
    const inChain = ':1.2.840.113556.1.4.1941:';

    const members = await found(client, server.people, `(memberOf${inChain}=${technical})`);
    const keane = `CN=Rosalind Keane,OU=Bristol,${server.people}`;
    const groups = await found(client, server.baseDn, `(member${inChain}=${keane})`);

    assert.ok(members.includes('Rosalind Keane') && members.length > 10);
    assert.deepEqual(groups, ['All Staff', 'All Technical', 'Office Bristol', 'Quality']);
  });

  it('finds an entry by the bytes of its objectGUID and takes the GUID for its name', async () => {
    const dn = `CN=Harriet Oakes,OU=Bristol,${server.people}`;
    const { searchEntries } = await client.search(dn, {
      scope: 'base',
      attributes: ['objectGUID'],
      explicitBufferAttributes: ['objectGUID'],
    });
    const value = searchEntries[0]?.objectGUID;
    assert.ok(Buffer.isBuffer(value));

    const filter = new EqualityFilter({ attribute: 'objectGUID', value });
    const byFilter = await found(client, server.baseDn, filter);

    assert.deepEqual(byFilter, ['Harriet Oakes']);
    assert.deepEqual(await read(client, `<GUID=${guidText(value)}>`, 'cn'), ['Harriet Oakes']);
    assert.deepEqual(await read(client, `<GUID=${value.toString('hex')}>`, 'cn'), [
      'Harriet Oakes',
    ]);
  });

  it('looks only as deep as it is asked to', async () => {
    const cns = async (scope: 'base' | 'one' | 'sub') =>
      (await client.search(server.people, { scope, attributes: ['ou'] })).searchEntries.length;

    const [base, one, sub] = [await cns('base'), await cns('one'), await cns('sub')];

    assert.deepEqual([base, one], [1, 2]);
    assert.ok(sub > 40);
  });

  it('gives the attributes asked for, in the schema’s spelling, constructed ones only by name', async () => {
    const dn = `CN=Harriet Oakes,OU=Bristol,${server.people}`;
    const all = (await client.search(dn, { scope: 'base' })).searchEntries[0] ?? {};
    const some = (await client.search(dn, { scope: 'base', attributes: ['SN', 'canonicalname'] }))
      .searchEntries[0];
    const none = (await client.search(dn, { scope: 'base', attributes: ['1.1'] })).searchEntries[0];

    assert.deepEqual(some, {
      dn,
      sn: 'Oakes',
      canonicalName: 'ad.larkfield.test/People/Bristol/Harriet Oakes',
    });
    // The client adds what it asked for and did not get as empty.
    assert.deepEqual(none, { dn, '1.1': [] });
    assert.ok('objectSid' in all && 'memberOf' in all && 'whenChanged' in all);
    assert.ok(!('canonicalName' in all) && !('unicodePwd' in all) && !('tokenGroups' in all));
  });

  it('cuts an unpaged answer at a thousand entries, and gives all of them in pages', async () => {
    const unit = `OU=Many,${server.people}`;
    await admin.add(unit, { objectClass: 'organizationalUnit' });
    const names = Array.from({ length: 1_050 }, (_, n) => `Contact ${n}`);
    await Promise.all(names.map((cn) => admin.add(`CN=${cn},${unit}`, { objectClass: 'contact' })));

    const unpaged = await refusedBy(client.search(unit, { filter: '(objectClass=contact)' }));
    const paged = await found2(unit);
    await admin.del(unit, control('1.2.840.113556.1.4.805'));

    assert.equal(unpaged.code, 4);
    assert.equal(new Set(paged).size, 1_050);

    async function found2(base: string): Promise<string[]> {
      const { searchEntries } = await client.search(base, {
        filter: '(objectClass=contact)',
        attributes: ['cn'],
        paged: { pageSize: 5_000 },
      });
      return searchEntries.map(({ cn }) => String(cn));
    }
  });

  it('hands out more than 1,500 values in ranges', async () => {
    const unit = `OU=Crowd,${server.people}`;
    const group = `CN=Crowd,${unit}`;
    await admin.add(unit, { objectClass: 'organizationalUnit' });
    const dns = Array.from({ length: 1_600 }, (_, n) => `CN=Face ${n},${unit}`);
    await Promise.all(dns.map((dn) => admin.add(dn, { objectClass: 'contact' })));
    await admin.add(group, { objectClass: 'group', sAMAccountName: 'Crowd' });
    await admin.modify(group, replace('member', ...dns));

    const whole = (await client.search(group, { scope: 'base', attributes: ['member'] }))
      .searchEntries[0];
    const rest = (
      await client.search(group, { scope: 'base', attributes: ['member;range=1500-*'] })
    ).searchEntries[0];
    const small = (await client.search(group, { scope: 'base', attributes: ['member;range=0-1'] }))
      .searchEntries[0];
    await admin.del(unit, control('1.2.840.113556.1.4.805'));

    assert.deepEqual(whole?.member, []);
    assert.equal([whole?.['member;range=0-1499']].flat().length, 1_500);
    assert.equal([rest?.['member;range=1500-*']].flat().length, 100);
    assert.equal([small?.['member;range=0-1']].flat().length, 2);
  });

  it('refers to where another naming context may be', async () => {
    const elsewhere = await refusedBy(client.search('DC=other,DC=test'));
    const { searchReferences } = await client.search(server.baseDn, { filter: '(cn=nobody)' });

    assert.equal(elsewhere.code, 10);
    assert.deepEqual(searchReferences, [
      'ldaps://ad.larkfield.test/CN=Configuration,DC=ad,DC=larkfield,DC=test',
    ]);
  });

  it('says what is missing and how far the name leads', async () => {
    const { code, text } = await refusedBy(client.search(`OU=Nowhere,${server.people}`));

    assert.equal(code, 32);
    assert.match(text, /^0000208D: NameErr: .*best match of:\s+'OU=People,DC=ad/s);
  });

  it('compares a value without giving it away, and knows no password', async () => {
    const dn = `CN=Harriet Oakes,OU=Bristol,${server.people}`;

    assert.equal(await client.compare(dn, 'sn', 'OAKES'), true);
    assert.equal(await client.compare(dn, 'sn', 'Elms'), false);
    assert.equal((await refusedBy(client.compare(dn, 'unicodePwd', 'x'))).code, 16);
  });

  it('refuses a control it does not know when that is critical', async () => {
    const strange = client.search(server.baseDn, { scope: 'base' }, control('1.2.3.4'));

    assert.equal((await refusedBy(strange)).code, 12);
  });

  it('tells a service account what it may do', async () => {
    const onPeople = await read(
      client,
      `OU=Porto,${server.people}`,
      'allowedChildClassesEffective',
    );
    const person = `CN=Harriet Oakes,OU=Bristol,${server.people}`;
    const writable = await read(client, person, 'allowedAttributesEffective');
    const protectedPerson = `CN=Priya Raman,OU=Bristol,${server.people}`;
    const group = `CN=Quality,${server.groups}`;

    assert.deepEqual(onPeople, ['user', 'inetOrgPerson']);
    assert.ok(writable.includes('title') && !writable.includes('servicePrincipalName'));
    assert.deepEqual(await read(client, protectedPerson, 'allowedAttributesEffective'), []);
    assert.deepEqual(await read(client, group, 'allowedAttributesEffective'), ['member']);
  });
});
