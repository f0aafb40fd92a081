// Says which rights of docs/active-directory-rights.md the service account lacks, by asking the domain controller.
import { sidText } from '#lib/guid.ts';
import type { Secret } from '#lib/secret.ts';
import { isAccount, isGroup } from './accounts.ts';
import type { LdapAddress } from './address.ts';
import { holdsRight, OnlyDacl, resetPasswordRight } from './descriptor.ts';
import { bytesOf, type Entry, firstBytes, textsOf } from './entry.ts';
import { readBase } from './read-base.ts';
import { refusal } from './refusals.ts';
import { allOf, entryAt, equals, not, pages } from './search.ts';
import { openSession, type Session } from './session.ts';

/** Where Sundog shall work: units of people and of groups, by DN, and what its mappings write. */
export type Units = {
  readonly people: readonly string[];
  readonly groups: readonly string[];
  readonly attributes?: readonly string[];
};

export type MissingRight = {
  readonly dn: string;
  readonly right: 'create-users' | 'write-property' | 'write-members' | 'reset-password';
  readonly attribute?: string;
  readonly sentence: string;
};

export type RightsFound = {
  readonly missing: readonly MissingRight[];
  /** What could not be looked at, as sentences: a unit without anybody in it, resetting passwords. */
  readonly unchecked: readonly string[];
  /** What is so and can be lived with, as sentences: a reset that old passwords pass by. */
  readonly notes: readonly string[];
};

/** What every creation writes, and what most mappings do. */
export const usualAttributes = [
  ...['sAMAccountName', 'userPrincipalName', 'userAccountControl', 'pwdLastSet'],
  ...[
    'lockoutTime',
    'adminDescription',
    'displayName',
    'givenName',
    'sn',
    'mail',
    'department',
    'title',
  ],
  ...['telephoneNumber', 'physicalDeliveryOfficeName', 'manager', 'description', 'company'],
] as const;

/** The same over a connection of its own, for doctor. */
export async function rightsOver(
  address: LdapAddress,
  password: Secret,
  units: Units,
): Promise<RightsFound> {
  await using session = await openSession(address, password);
  return await missingRights(session, units);
}

/**
 * Reads allowedChildClassesEffective and allowedAttributesEffective (MS-ADTS §3.1.1.4.5): what the
 * reader itself may create in a container and write on an object.
 */
export async function missingRights(session: Session, units: Units): Promise<RightsFound> {
  const missing: MissingRight[] = [];
  const unchecked: string[] = [];
  const sids = await ownSids(session);
  const attributes = units.attributes ?? usualAttributes;
  for (const dn of units.people) {
    const unit = await entryAt(session, dn, ['allowedChildClassesEffective']);
    if (unit === undefined || !allows(unit, 'allowedChildClassesEffective', 'user')) {
      missing.push({ dn, right: 'create-users', sentence: mayNotCreate(dn) });
    }
    const person = await firstWithin(session, dn, isAccount(session));
    if (person === undefined) unchecked.push(nobody(dn, 'account'));
    const resets = person === undefined ? undefined : await mayReset(session, person.dn, sids);
    if (resets === undefined) unchecked.push(resetUnseen(dn));
    if (resets === false) {
      missing.push({ dn, right: 'reset-password', sentence: mayNotReset(dn) });
    }
    for (const attribute of person === undefined ? [] : attributes) {
      if (allows(person, 'allowedAttributesEffective', attribute)) continue;
      const sentence = mayNotWrite(attribute, 'users', dn);
      missing.push({ dn, right: 'write-property', attribute, sentence });
    }
  }
  for (const dn of units.groups) {
    const group = await firstWithin(session, dn, isGroup(session));
    if (group === undefined) unchecked.push(nobody(dn, 'group'));
    else if (!allows(group, 'allowedAttributesEffective', 'member')) {
      const sentence = mayNotWrite('member', 'groups', dn);
      missing.push({ dn, right: 'write-members', attribute: 'member', sentence });
    }
  }
  const notes = session.root.policyHints === undefined ? [noHistory] : [];
  return { missing, unchecked, notes };
}

function allows(entry: Entry | undefined, list: string, wanted: string): boolean {
  const names = entry === undefined ? [] : textsOf(entry, list);
  return names.some((name) => name.toLowerCase() === wanted.toLowerCase());
}

/** One object below the unit that AdminSDHolder has not taken away from us. */
async function firstWithin(
  session: Session,
  base: string,
  kind: ReturnType<typeof isAccount>,
): Promise<Entry | undefined> {
  const filter = allOf([kind, not(equals('adminCount', '1'))]);
  try {
    for await (const [first] of pages(
      session,
      { base, filter, attributes: ['1.1'] },
      undefined,
      1,
    )) {
      return first && (await entryAt(session, first.dn, ['allowedAttributesEffective']));
    }
  } catch (error) {
    if (refusal(error).code !== 'object.missing') throw error;
  }
  return undefined;
}

const noHistory =
  'This directory offers no way to hold a reset to the history of passwords, so an old password may be set again by a reset.';

/** Whom an entry of a list of rights may name to mean us: ourselves, our groups, everybody, everybody signed in. */
async function ownSids(session: Session): Promise<ReadonlySet<string>> {
  const connection = await session.connection();
  const root = await readBase(connection, '', ['tokenGroups']);
  const own = root === undefined ? [] : bytesOf(root, 'tokenGroups').map(sidText);
  return new Set(own.length === 0 ? [] : [...own, 'S-1-1-0', 'S-1-5-11']);
}

/** Undefined where the directory shows no list of rights, or not whom we are. */
async function mayReset(
  session: Session,
  dn: string,
  sids: ReadonlySet<string>,
): Promise<boolean | undefined> {
  if (sids.size === 0) return undefined;
  const connection = await session.connection();
  const wanted = ['nTSecurityDescriptor'];
  const entry = await readBase(connection, dn, wanted, undefined, [new OnlyDacl()]);
  const descriptor = entry === undefined ? undefined : firstBytes(entry, 'nTSecurityDescriptor');
  return descriptor && holdsRight(descriptor, sids, resetPasswordRight);
}

const guide = 'docs/active-directory-rights.md has the command';

function mayNotCreate(dn: string): string {
  return `The service account may not create users in ${dn}, or the unit is not there; delegate it (${guide}).`;
}

function mayNotWrite(attribute: string, whom: string, dn: string): string {
  return `The service account may not write ${attribute} of ${whom} in ${dn}; delegate it (${guide}).`;
}

function mayNotReset(dn: string): string {
  return `The service account may not reset passwords of users in ${dn}; delegate "Reset Password" (${guide}).`;
}

function resetUnseen(dn: string): string {
  return `Whether the service account may reset passwords in ${dn} shows only when the first account is created.`;
}

function nobody(dn: string, what: string): string {
  return `${dn} holds no ${what} yet, on which the rights could be looked at.`;
}
