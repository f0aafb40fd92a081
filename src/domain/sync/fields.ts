// The fields of the desk that a directory may fill: our word, Halo's word, and whose they are.
import type { SyncTarget } from './settings.ts';

export type DeskField = {
  /** Our word; in plans, the key of before and after. */
  readonly name: string;
  /** Halo's word for it on a user, as LDAPName.nhd_field has it; null where users have none. */
  readonly ofUser: string | null;
  readonly ofAgent: string | null;
  /** By which people and systems find a person: a mass change of one is as bad as a deletion. */
  readonly key?: true;
  /** Where its people are known by it: a change of site, role or name is a move. */
  readonly move?: true;
  /** May be what a person is matched by. */
  readonly matches?: true;
};

// biome-ignore format: the columns are the point
export const deskFields: readonly DeskField[] = [
  { name: 'name',              ofUser: 'name',               ofAgent: 'name', move: true },
  { name: 'firstName',         ofUser: 'firstname',          ofAgent: 'firstname' },
  { name: 'surname',           ofUser: 'surname',            ofAgent: 'surname' },
  { name: 'email',             ofUser: 'emailaddress',       ofAgent: 'email', key: true, matches: true },
  { name: 'login',             ofUser: 'login',              ofAgent: 'ad', key: true, matches: true },
  { name: 'title',             ofUser: 'title',              ofAgent: 'jobtitle' },
  { name: 'department',        ofUser: 'department',         ofAgent: 'department' },
  { name: 'phone',             ofUser: 'phonenumber',        ofAgent: 'sms' },
  { name: 'mobile',            ofUser: 'mobilenumber',       ofAgent: null },
  { name: 'homePhone',         ofUser: 'homenumber',         ofAgent: null },
  { name: 'samAccountName',    ofUser: 'samaccountname',     ofAgent: null, key: true, matches: true },
  { name: 'distinguishedName', ofUser: 'activedirectory_dn', ofAgent: 'activedirectory_dn' },
  { name: 'email2',            ofUser: 'email2',             ofAgent: null },
  { name: 'initials',          ofUser: 'initials',           ofAgent: 'initials' },
  { name: 'fax',               ofUser: 'fax',                ofAgent: null },
  { name: 'notes',             ofUser: 'notes',              ofAgent: null },
  { name: 'other1',            ofUser: 'other1',             ofAgent: null, matches: true },
  { name: 'other2',            ofUser: 'other2',             ofAgent: null, matches: true },
  { name: 'other3',            ofUser: 'other3',             ofAgent: null, matches: true },
  { name: 'other4',            ofUser: 'other4',             ofAgent: null, matches: true },
  { name: 'other5',            ofUser: 'other5',             ofAgent: null, matches: true },
  // Decided by the place a person is found in, never by an attribute.
  { name: 'siteId',            ofUser: 'site_id',            ofAgent: null, move: true },
  { name: 'userRoleId',        ofUser: 'roles',              ofAgent: null, move: true },
  { name: 'roleIds',           ofUser: null,                 ofAgent: 'roles', move: true },
  { name: 'cabId',             ofUser: null,                 ofAgent: null, move: true },
  // A second pass: it speaks of another person.
  { name: 'manager',           ofUser: 'manager_email',      ofAgent: 'linemanager' },
  // base64 in the directory; in a plan the lower-case hex of its sha-256.
  { name: 'photo',             ofUser: 'photo',              ofAgent: 'agentphotopath' },
];

/** A custom field's value stands under this and its name. */
export const customField = 'custom:';

export function findField(name: string): DeskField | undefined {
  return deskFields.find((field) => field.name === name);
}

/** Halo's word for a field of that target, without regard to case; `CF`-named custom fields as `custom:NAME`. */
export function fieldOfHalo(target: SyncTarget, word: string): string | undefined {
  const asked = word.trim().toLowerCase();
  if (asked.startsWith('cf')) return `${customField}${word.trim()}`;
  const column = target === 'agent' ? 'ofAgent' : 'ofUser';
  return deskFields.find((field) => field[column] === asked)?.name;
}
