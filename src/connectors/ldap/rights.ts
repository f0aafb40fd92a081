// Says which rights of docs/active-directory-rights.md the service account lacks, by asking the domain controller.
import type { Secret } from '#lib/secret.ts';
import { isAccount, isGroup } from './accounts.ts';
import type { LdapAddress } from './address.ts';
import { type Entry, textsOf } from './entry.ts';
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
  readonly right: 'create-users' | 'write-property' | 'write-members';
  readonly attribute?: string;
  readonly sentence: string;
};

export type RightsFound = {
  readonly missing: readonly MissingRight[];
  /** What could not be looked at, as sentences: a unit without anybody in it, resetting passwords. */
  readonly unchecked: readonly string[];
};

/** What every creation writes, and what most mappings do. */
export const usualAttributes = [
  ...['sAMAccountName', 'userPrincipalName', 'userAccountControl', 'pwdLastSet'],
  ...['adminDescription', 'displayName', 'givenName', 'sn', 'mail', 'department', 'title'],
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
  const unchecked = [
    'Whether the service account may reset passwords shows only when the first account is created.',
  ];
  const attributes = units.attributes ?? usualAttributes;
  for (const dn of units.people) {
    const unit = await entryAt(session, dn, ['allowedChildClassesEffective']);
    if (unit === undefined || !allows(unit, 'allowedChildClassesEffective', 'user')) {
      missing.push({ dn, right: 'create-users', sentence: mayNotCreate(dn) });
    }
    const person = await firstWithin(session, dn, isAccount(session));
    if (person === undefined) unchecked.push(nobody(dn, 'account'));
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
  return { missing, unchecked };
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

const guide = 'docs/active-directory-rights.md has the command';

function mayNotCreate(dn: string): string {
  return `The service account may not create users in ${dn}, or the unit is not there; delegate it (${guide}).`;
}

function mayNotWrite(attribute: string, whom: string, dn: string): string {
  return `The service account may not write ${attribute} of ${whom} in ${dn}; delegate it (${guide}).`;
}

function nobody(dn: string, what: string): string {
  return `${dn} holds no ${what} yet, on which the rights could be looked at.`;
}
