// Whether groups that show no member have none: RFC 4519 knows no empty groups, some servers do.
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { type Entry, firstText, textsOf } from './entry.ts';
import { readBase } from './read-base.ts';
import type { Session } from './session.ts';

/** Of these the schema asks for a member, be it an empty one (RFC 4519 §3.5, §3.6). */
const neverEmpty = [
  { of: 'groupOfNames', member: 'member' },
  { of: 'groupOfUniqueNames', member: 'uniqueMember' },
] as const;

/** Throws where members are hidden from the service account: they would seem to have left. */
export async function mustShowMembers(session: Session, groups: readonly Entry[]): Promise<void> {
  const empty = groups.flatMap((group) => {
    const classes = textsOf(group, 'objectClass').map((each) => each.toLowerCase());
    return neverEmpty
      .filter(({ of, member }) => classes.includes(of.toLowerCase()) && showsNone(group, member))
      .map((kind) => ({ group, ...kind }));
  });
  if (empty.length === 0) return;
  const definitions = await objectClasses(session);
  const hidden = empty.find(({ of, member }) => !mayLack(definitions, of, member));
  if (hidden === undefined) return;
  const { group, of, member } = hidden;
  throw new DirectoryRefusal(
    'rights.missing',
    `The group ${group.dn} shows no member, and a ${of} always has one; let the service account read ${member}.`,
    false,
  );
}

/** Nobody at all; an empty name is a member that the server put there for want of another. */
function showsNone(group: Entry, member: string): boolean {
  return textsOf(group, member).length === 0;
}

/** What the schema says of each class; nothing where it is not shown. */
async function objectClasses(session: Session): Promise<readonly string[]> {
  const connection = await session.connection();
  const root = await readBase(connection, '', ['subschemaSubentry']);
  const dn = root && firstText(root, 'subschemaSubentry');
  const schema = dn === undefined ? undefined : await readBase(connection, dn, ['objectClasses']);
  return schema === undefined ? [] : textsOf(schema, 'objectClasses');
}

/** 389 Directory Server, and FreeIPA with it, lets groups be empty; a schema that is not shown is the usual one. */
function mayLack(definitions: readonly string[], of: string, member: string): boolean {
  const named = new RegExp(`\\bNAME\\s+(?:'${of}'|\\([^)]*'${of}'[^)]*\\))`, 'i');
  const definition = definitions.find((each) => named.test(each));
  if (definition === undefined) return false;
  // MUST cn, or MUST ( cn $ member ) (RFC 4512 §4.1.1).
  const must = /\bMUST\s+(\([^)]*\)|[\w.-]+)/.exec(definition)?.[1] ?? '';
  return !must
    .toLowerCase()
    .split(/[\s$()]+/)
    .includes(member.toLowerCase());
}
