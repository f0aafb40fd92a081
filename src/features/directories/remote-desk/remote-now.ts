// People of a remote Halo as it has them this moment: each asked of Halo itself, for what the mirror knows may be older.
import type { DeskPerson } from '#domain/ports/desk-people.ts';
import type { RemotePeople, RemoteRecord, RemoteTarget } from '#domain/ports/remote-people.ts';
import { chunksOf } from '#lib/chunks.ts';
import { keyOf, keysOf, personOf } from './remote-fields.ts';

const atOnce = 4;
/** Of what is searched for: it goes into an address. */
const searchMax = 100;

/** Those of the ids that are there. */
export async function readNow(
  remote: RemotePeople,
  target: RemoteTarget,
  ids: readonly number[],
  fields: readonly string[],
): Promise<readonly DeskPerson[]> {
  const records: RemoteRecord[] = [];
  for (const some of chunksOf(ids, atOnce)) {
    const read = await Promise.all(some.map((id) => remote.read(target, id)));
    records.push(...read.filter((record) => record !== undefined));
  }
  const persons = records.map((record) => personOf(target, record, fields));
  return target === 'user' && fields.includes('manager') ? withManagers(remote, persons) : persons;
}

/**
 * Halo keeps the address of a user's manager: here it becomes whose it is, where it is one's alone. One that is
 * nobody's stays as it is, so that it is not taken for no manager at all.
 */
async function withManagers(
  remote: RemotePeople,
  persons: readonly DeskPerson[],
): Promise<readonly DeskPerson[]> {
  const addresses = new Map(
    persons.flatMap(({ fields }) => fields.manager ?? []).map((one) => [keyOf('email', one), one]),
  );
  const managers = new Map<string, readonly string[]>();
  for (const some of chunksOf([...addresses], atOnce)) {
    const ids = await Promise.all(some.map(([key, address]) => holdersOf(remote, key, address)));
    for (const [at, [key]] of some.entries()) {
      const [id, other] = ids[at] ?? [];
      if (id !== undefined && other === undefined) managers.set(key, [String(id)]);
    }
  }
  return persons.map((person) => {
    const manager = managers.get(keyOf('email', person.fields.manager?.[0] ?? ''));
    return manager === undefined ? person : { ...person, fields: { ...person.fields, manager } };
  });
}

async function holdersOf(
  remote: RemotePeople,
  key: string,
  address: string,
): Promise<readonly number[]> {
  const listed = await remote.search('user', address.slice(0, searchMax));
  return listed.flatMap((row) => (keysOf('user', row).includes(key) ? [Number(row.id)] : []));
}
