// Who is in a group: asked by filter of Active Directory, read from the group itself everywhere else.
import type { Filter } from 'ldapts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { MemberOf } from '#domain/ports/directory-scan.ts';
import { listed } from '#domain/words.ts';
import { comparableDn } from '#lib/dn.ts';
import { sidText } from '#lib/guid.ts';
import { groupClasses, idOf, isGroup } from './accounts.ts';
import { limits } from './address.ts';
import { type Entry, firstBytes, textsOf } from './entry.ts';
import { asWritten } from './filter-bytes.ts';
import { incomplete } from './refusals.ts';
import { allOf, anyOf, entriesOf, entryAt, equals, pages } from './search.ts';
import type { Session } from './session.ts';
import { mustShowMembers } from './shown-members.ts';

export type Membership =
  /** The directory finds the members by this filter. */
  | { readonly by: 'filter'; readonly filter: Filter }
  /** It does not: these are they, by DN or (posixGroup) by uid. */
  | { readonly by: 'names'; readonly members: Members };

export type Members = {
  /** By their comparable spelling. */
  readonly dns: ReadonlyMap<string, string>;
  /** In lower case. */
  readonly uids: ReadonlySet<string>;
};

/** LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS §3.1.1.3.4.4.3): follows groups in groups, cycles included. */
const inChain = '1.2.840.113556.1.4.1941';

const memberNames = ['member', 'uniqueMember', 'memberUid'] as const;

/** What the members of the group are found by, as things are now. */
export async function membershipOf(session: Session, memberOf: MemberOf): Promise<Membership> {
  const groups = await groupsOf(session, memberOf);
  if (!session.root.activeDirectory) {
    await mustShowMembers(session, groups);
    return { by: 'names', members: membersOf(groups) };
  }
  // Who has a group as primary group is not among its members (MS-ADTS §3.1.1.4.5).
  const primaries = groups.flatMap((group) => {
    const sid = firstBytes(group, 'objectSid');
    const rid = sid === undefined ? undefined : sidText(sid).split('-').at(-1);
    return rid === undefined ? [] : [equals('primaryGroupID', rid)];
  });
  return { by: 'filter', filter: anyOf([listedIn(memberOf), ...primaries]) };
}

export async function groupIdsOf(
  session: Session,
  memberOf: MemberOf,
): Promise<ReadonlySet<string>> {
  const groups = await groupsOf(session, memberOf);
  return new Set(
    groups.map((group) => {
      const id = idOf(group);
      if (id === undefined) throw refuse(`The group ${group.dn} shows no id`);
      return id;
    }),
  );
}

/** One spelling for all spellings of an entry's DN. */
export function dnKey(dn: string): string {
  return comparableDn(dn) ?? dn.toLowerCase();
}

/** The group and, where they count, the groups in it, each once. */
async function groupsOf(session: Session, memberOf: MemberOf): Promise<readonly Entry[]> {
  const { activeDirectory, context } = session.root;
  const attributes = activeDirectory
    ? ['objectClass', 'objectGUID', 'objectSid']
    : ['objectClass', 'entryUUID', ...memberNames];
  const group = await entryAt(session, memberOf.dn, attributes);
  if (group === undefined) throw refuse(`The group ${memberOf.dn} is not in the directory`);
  mustBeGroup(session, group);
  if (!memberOf.nested) return [group];
  if (!activeDirectory) return groupsBelow(session, group, attributes);
  const nested = await entriesOf(session, {
    base: context,
    filter: allOf([isGroup(session), listedIn(memberOf)]),
    attributes,
  });
  return [group, ...nested.filter(({ dn }) => dnKey(dn) !== dnKey(group.dn))];
}

function mustBeGroup(session: Session, group: Entry): void {
  const known = groupClasses(session);
  const own = textsOf(group, 'objectClass');
  if (own.some((each) => known.some((one) => one.toLowerCase() === each.toLowerCase()))) return;
  throw new DirectoryRefusal(
    'container.missing',
    `${group.dn} is no group whose members can be read: it is ${listed(own) || 'of no class that is shown'}; choose one of these classes: ${known.join(', ')}.`,
    false,
  );
}

function listedIn({ dn, nested }: MemberOf): Filter {
  if (!nested) return equals('memberOf', dn);
  const value = Buffer.from(dn);
  return asWritten({
    kind: 'extensible',
    attribute: 'memberOf',
    rule: inChain,
    inDn: false,
    value,
  });
}

/** Which members are groups is known from a list of all groups: asking each member would read everybody twice. */
async function groupsBelow(
  session: Session,
  first: Entry,
  attributes: readonly string[],
): Promise<readonly Entry[]> {
  const names = new Map<string, string>();
  const all = { base: session.root.context, filter: isGroup(session), attributes: ['1.1'] };
  for await (const page of pages(session, all)) {
    for (const { dn } of page) names.set(dnKey(dn), dn);
  }
  const found = new Map([[dnKey(first.dn), first]]);
  const open = [first];
  for (let group = open.pop(); group !== undefined; group = open.pop()) {
    for (const key of membersOf([group]).dns.keys()) {
      const dn = names.get(key);
      if (dn === undefined || found.has(key)) continue;
      const inner = await entryAt(session, dn, attributes);
      if (inner === undefined) throw incomplete(`the group ${dn} went away meanwhile`);
      if (found.size >= limits.nestedGroupsMax) throw incomplete('too many groups in groups');
      found.set(key, inner);
      open.push(inner);
    }
  }
  return [...found.values()];
}

function membersOf(groups: readonly Entry[]): Members {
  const dns = new Map<string, string>();
  const uids = new Set<string>();
  for (const group of groups) {
    const unique = textsOf(group, 'uniqueMember').map(withoutUid);
    for (const dn of [...textsOf(group, 'member'), ...unique]) {
      if (dn !== '') dns.set(dnKey(dn), dn);
    }
    for (const uid of textsOf(group, 'memberUid')) uids.add(uid.toLowerCase());
  }
  return { dns, uids };
}

/** Name and Optional UID: a DN, and perhaps `#'0101'B` behind it (RFC 4517 §3.3.21). */
function withoutUid(name: string): string {
  return name.replace(/#'[01]*'B$/, '');
}

function refuse(what: string): DirectoryRefusal {
  return new DirectoryRefusal(
    'container.missing',
    `${what}, or the service account may not see it; correct the group or the account’s rights.`,
    false,
  );
}
