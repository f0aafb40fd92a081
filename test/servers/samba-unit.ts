// A unit of its own under the people of a test domain, deleted afterwards with all that is in it.
import { randomBytes } from 'node:crypto';
import { Control } from 'ldapts';
import { administrator, type DirectoryServer } from './directory-server.ts';

/** LDAP_SERVER_TREE_DELETE_OID (MS-ADTS §3.1.1.3.4.1.15) */
const treeDelete = '1.2.840.113556.1.4.805';

export async function aUnit(
  server: DirectoryServer,
  name: string,
): Promise<AsyncDisposable & { readonly dn: string }> {
  const dn = `OU=${name},${server.people}`;
  await using client = await administrator(server);
  await client.add(dn, { objectClass: 'organizationalUnit' });
  return {
    dn,
    async [Symbol.asyncDispose]() {
      await using last = await administrator(server);
      await last.del(dn, new Control(treeDelete, { critical: true }));
    },
  };
}

/** Like no other name of the domain: the tests of the whole machine share it. */
export function aPrefix(): string {
  return `b${randomBytes(4).toString('hex')}n`;
}
