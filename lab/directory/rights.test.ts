// The service account of the lab: it may what the guide delegates, and not one thing more.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from 'ldapts';
import { writableOnPeople } from '#lab/delegated-rights.ts';
import { signedIn } from '#test/servers/directory-server.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import {
  add,
  addWithPassword,
  read,
  refusedBy,
  replace,
  unicodePwd,
} from '#test/servers/ldap-client.ts';

describe('Sundog’s account in the lab directory', () => {
  let server: LabDirectoryServer;
  let client: Client;
  const bristol = 'OU=Bristol,OU=People,DC=ad,DC=larkfield,DC=test';
  before(async () => {
    server = await labDirectory();
    client = await signedIn(server, server.service);
  });
  after(async () => {
    await client.unbind();
    await server[Symbol.asyncDispose]();
  });

  it('has exactly the attributes of the guide', () => {
    const guide = readFileSync(
      join(import.meta.dirname, '..', '..', 'docs', 'active-directory-rights.md'),
      'utf8',
    );
    const line = /^\$attributes = (.*)$/m.exec(guide)?.[1] ?? '';

    assert.deepEqual(
      [...line.matchAll(/'([^']+)'/g)].map(([, name]) => name),
      [...writableOnPeople],
    );
  });

  it('creates people, sets their password and fills the company’s groups', async () => {
    const dn = `CN=New Person,${bristol}`;
    await addWithPassword(client, dn, {
      objectClass: 'user',
      sAMAccountName: 'new.person',
      userAccountControl: '512',
      unicodePwd: 'Interferometer-7',
    });
    await client.modify(dn, replace('unicodePwd', unicodePwd('Interferometer-8')));
    await client.modify(dn, replace('title', 'Engineer'));
    await client.modify(`CN=Quality,${server.groups}`, add('member', dn));

    assert.deepEqual(await read(client, dn, 'memberOf'), [`CN=Quality,${server.groups}`]);
  });

  const forbidden: readonly (readonly [
    what: string,
    attempt: (client: Client) => Promise<unknown>,
  ])[] = [
    [
      'an attribute outside the list',
      (c) => c.modify(`CN=Harriet Oakes,${bristol}`, replace('servicePrincipalName', 'http/x')),
    ],
    ['a deletion', (c) => c.del(`CN=Harriet Oakes,${bristol}`)],
    ['a unit', (c) => c.add(`OU=Mine,${bristol}`, { objectClass: 'organizationalUnit' })],
    [
      'a group',
      (c) => c.add('CN=Mine,OU=Groups,DC=ad,DC=larkfield,DC=test', { objectClass: 'group' }),
    ],
    [
      'a person outside its unit',
      (c) => c.add('CN=X,CN=Users,DC=ad,DC=larkfield,DC=test', { objectClass: 'user' }),
    ],
    [
      'a change of a domain administrator',
      (c) => c.modify(`CN=Gareth Lund,${bristol}`, replace('userAccountControl', '514')),
    ],
    [
      'a password of a domain administrator',
      (c) =>
        c.modify(
          `CN=Gareth Lund,${bristol}`,
          replace('unicodePwd', unicodePwd('Interferometer-7')),
        ),
    ],
    [
      'a member of Domain Admins',
      (c) =>
        c.modify(
          'CN=Domain Admins,CN=Users,DC=ad,DC=larkfield,DC=test',
          add('member', `CN=Harriet Oakes,${bristol}`),
        ),
    ],
    [
      'a group’s description',
      (c) =>
        c.modify('CN=Quality,OU=Groups,DC=ad,DC=larkfield,DC=test', replace('description', 'x')),
    ],
    [
      'itself',
      (c) =>
        c.modify(
          'CN=svc-sundog,OU=Service Accounts,DC=ad,DC=larkfield,DC=test',
          replace('description', 'x'),
        ),
    ],
    [
      'trust for delegation',
      (c) => c.modify(`CN=Harriet Oakes,${bristol}`, replace('userAccountControl', '524800')),
    ],
    [
      'a move out of its unit',
      (c) =>
        c.modifyDN(
          `CN=Harriet Oakes,${bristol}`,
          'CN=Harriet Oakes,CN=Users,DC=ad,DC=larkfield,DC=test',
        ),
    ],
  ];
  for (const [what, attempt] of forbidden) {
    it(`is refused ${what}`, async () => {
      const { code, text } = await refusedBy(attempt(client));

      assert.equal(code, 50);
      assert.match(text, /^0000(2098|0005): SecErr/);
    });
  }
});
