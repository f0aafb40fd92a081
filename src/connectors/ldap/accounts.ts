// Turns entries into accounts and groups: Active Directory's way, and a plain LDAP server's.
import type { Account, Attributes } from '#domain/account.ts';
import { comparableDn, parentDn } from '#lib/dn.ts';
import { sidBytes, sidText } from '#lib/guid.ts';
import { containerKind } from './containers.ts';
import { type Entry, firstBytes, firstText, textsOf } from './entry.ts';
import { allOf, anyOf, chunks, entriesOf, entryAt, equals } from './search.ts';
import type { Session } from './session.ts';

/** Bits of userAccountControl (MS-ADTS §2.2.16). */
export const accountControl = { disabled: 0x2, normal: 0x200 } as const;

/** Where Sundog leaves its mark on what it created: in the stock schema, free text, used by nobody. */
export const markerAttribute = 'adminDescription';

const always = {
  activeDirectory: [
    ...['objectGUID', 'objectSid', 'userAccountControl', 'primaryGroupID', 'memberOf'],
    'whenCreated',
  ],
  plain: [
    ...['entryUUID', 'memberOf', 'createTimestamp', 'nsAccountLock', 'pwdAccountLockedTime'],
    'objectClass',
  ],
} as const;

export function attributesToAsk({ root }: Session, wanted: readonly string[]): string[] {
  const own = root.activeDirectory ? always.activeDirectory : always.plain;
  return [...new Set([...own, ...wanted])];
}

/** Whom the directory counts as a person's account. */
export function isAccount({ root }: Session) {
  return root.activeDirectory
    ? allOf([equals('objectCategory', 'person'), equals('objectClass', 'user')])
    : anyOf(['inetOrgPerson', 'posixAccount', 'person'].map((each) => equals('objectClass', each)));
}

export function isGroup(session: Session) {
  return anyOf(groupClasses(session).map((each) => equals('objectClass', each)));
}

/** Whose members we can read: of others (organizationalRole, groupOfURLs) we would see none. */
export function groupClasses({ root }: Session): readonly string[] {
  return root.activeDirectory ? ['group'] : plainGroups;
}

/**
 * RFC 4519 §3.5 and §3.6, rfc2307bis.schema, draft-findlay-ldap-groupofentries, Microsoft's schema as other
 * servers carry it (OpenLDAP's msuser.schema), RFC 2307 §4.
 */
const plainGroups = [
  ...['groupOfNames', 'groupOfUniqueNames', 'groupOfMembers', 'groupOfEntries', 'group'],
  'posixGroup',
] as const;

export function idOf(entry: Entry): string | undefined {
  return firstText(entry, 'objectGUID') ?? firstText(entry, 'entryUUID')?.toLowerCase();
}

export function isEnabled(entry: Entry): boolean {
  return isEnabledBy((name) => firstText(entry, name));
}

/** What tells whether an account is enabled, of one directory or another. */
export const lockNames = ['userAccountControl', 'nsAccountLock', 'pwdAccountLockedTime'] as const;

/** By the first value of each. */
export function isEnabledBy(first: (name: (typeof lockNames)[number]) => string | undefined) {
  const control = first('userAccountControl');
  if (control !== undefined) return (Number(control) & accountControl.disabled) === 0;
  if (first('nsAccountLock')?.toLowerCase() === 'true') return false;
  // "000001010000Z" locks for good (draft-behera-ldap-password-policy §5.3.3).
  return first('pwdAccountLockedTime') !== '000001010000Z';
}

/** What is remembered of groups while a session lasts: a DN or a SID that was looked up once. */
export type KnownGroups = Map<string, string | undefined>;

/** The accounts of the entries; one whose id the service account may not read cannot be one. */
export async function accountsOf(
  session: Session,
  entries: readonly Entry[],
  wanted: readonly string[],
  known: KnownGroups,
): Promise<Account[]> {
  await learnGroups(session, entries, known);
  return entries.flatMap((entry) => {
    const id = idOf(entry);
    if (id === undefined) return [];
    const groups = groupKeys(entry).map((key) => known.get(key));
    const created = createdTime(entry);
    return {
      id,
      dn: entry.dn,
      enabled: isEnabled(entry),
      attributes: attributesOf(entry, wanted),
      groupIds: [...new Set(groups.filter((each) => each !== undefined))],
      ...(created === undefined ? {} : { createdAt: created }),
    };
  });
}

function attributesOf(entry: Entry, wanted: readonly string[]): Attributes {
  return Object.fromEntries(wanted.map((name) => [name, textsOf(entry, name)]));
}

/** Membership is told by DN, the primary group by the last part of its SID: both are looked up once. */
async function learnGroups(
  session: Session,
  entries: readonly Entry[],
  known: KnownGroups,
): Promise<void> {
  const dns = new Map<string, string>();
  const sids = new Set<string>();
  for (const entry of entries) {
    for (const dn of textsOf(entry, 'memberOf')) dns.set(dnKey(dn), dn);
    const sid = primaryGroupSid(entry);
    if (sid !== undefined) sids.add(sid);
  }
  const newDns = [...dns].filter(([key]) => !known.has(key)).map(([, dn]) => dn);
  const newSids = [...sids].filter((sid) => !known.has(sid));
  if (session.root.activeDirectory) {
    for (const some of chunks([
      ...newDns.map((dn) => equals('distinguishedName', dn)),
      ...newSids.map((sid) => equals('objectSid', sidBytes(sid))),
    ])) {
      const found = await entriesOf(session, {
        base: session.root.baseDn,
        filter: anyOf(some),
        attributes: ['objectGUID', 'objectSid'],
      });
      for (const entry of found) remember(entry, known);
    }
  } else {
    for (const dn of newDns) {
      const entry = await entryAt(session, dn, ['entryUUID']);
      if (entry !== undefined) remember(entry, known);
    }
  }
  // What cannot be seen is asked for once, too.
  for (const key of [...dns.keys(), ...sids]) if (!known.has(key)) known.set(key, undefined);
}

function remember(entry: Entry, known: KnownGroups): void {
  known.set(dnKey(entry.dn), idOf(entry));
  const sid = firstText(entry, 'objectSid');
  if (sid !== undefined) known.set(sid, idOf(entry));
}

function groupKeys(entry: Entry): string[] {
  const sid = primaryGroupSid(entry);
  return [...textsOf(entry, 'memberOf').map(dnKey), ...(sid === undefined ? [] : [sid])];
}

function dnKey(dn: string): string {
  return comparableDn(dn) ?? dn;
}

/** The domain's part of the account's SID, and primaryGroupID for the rest (MS-ADTS §3.1.1.4.5). */
export function primaryGroupSid(entry: Entry): string | undefined {
  const own = firstBytes(entry, 'objectSid');
  const rid = firstText(entry, 'primaryGroupID');
  return own === undefined || rid === undefined
    ? undefined
    : `${sidText(own).replace(/-\d+$/, '')}-${rid}`;
}

export function createdTime(entry: Entry): Date | undefined {
  return timeOf(firstText(entry, 'whenCreated') ?? firstText(entry, 'createTimestamp'));
}

/** GeneralizedTime: 20261122001055.0Z (RFC 4517 §3.3.13). */
function timeOf(text: string | undefined): Date | undefined {
  const [, y, m, d, h, min, s = '00'] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?Z$/.exec(text ?? '') ?? [];
  return y === undefined ? undefined : new Date(`${y}-${m}-${d}T${h}:${min}:${s}Z`);
}

/** Whether entries can lie in it, and lies in the naming context we work in. */
export async function containerAt(session: Session, dn: string): Promise<boolean> {
  if (parentDn(dn) === undefined) return false;
  const entry = await entryAt(session, dn, ['objectClass']);
  return entry !== undefined && containerKind(entry) !== undefined;
}
