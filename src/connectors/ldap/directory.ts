// The Directory port over LDAP: Active Directory (and Samba) to read and write, plain LDAP servers to read.
import type { Directory } from '#domain/ports/directory.ts';
import type { Secret } from '#lib/secret.ts';
import type { LdapAddress } from './address.ts';
import { forestAround } from './forest.ts';
import { passwordsOf } from './passwords.ts';
import { readerOf } from './reader.ts';
import { openSession } from './session.ts';
import { writerOf } from './writer.ts';

/**
 * Signs in and stays with that one server: the first of the connection's hosts and no other, for another may not
 * have heard yet of what was written here. Throws a DirectoryRefusal that names what to mend.
 */
export async function openLdapDirectory(
  address: LdapAddress,
  password: Secret,
): Promise<Directory> {
  const session = await openSession({ ...address, others: [] }, password);
  const forest = forestAround(session, address, password);
  return {
    ...readerOf(session, forest),
    ...writerOf(session),
    ...passwordsOf(session),
    async [Symbol.asyncDispose]() {
      await forest[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    },
  };
}
