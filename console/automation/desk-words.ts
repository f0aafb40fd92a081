// How people of a service desk and their fields are called, where a change was made by a directory sync.
import type { ChangeWire, OutcomeWire } from '#features/automation/wire.ts';

export function isOfSync({ action }: Pick<ChangeWire, 'action'>): boolean {
  return action.startsWith('sync-');
}

/** The verb of a change, as people say it. */
export const deskKinds: Readonly<Partial<Record<OutcomeWire['kind'], string>>> = {
  create: 'create',
  update: 'change',
  enable: 'reactivate',
  disable: 'deactivate',
};

// biome-ignore format: the columns are the point
const words: Readonly<Record<string, string>> = {
  firstName: 'first name',    email: 'e-mail',             email2: 'second e-mail',
  homePhone: 'home phone',    samAccountName: 'SAM account name',
  distinguishedName: 'distinguished name',
  siteId: 'site, by number',  userRoleId: 'role, by number', roleIds: 'roles',
  cabId: 'board, by number',  enabled: 'state',             photo: 'photo, by SHA-256',
  other1: 'other 1', other2: 'other 2', other3: 'other 3', other4: 'other 4', other5: 'other 5',
};

const custom = 'custom:';

/** The name of a field of the desk; a custom field's own name. */
export function fieldWord(field: string): string {
  if (field.startsWith(custom)) return field.slice(custom.length);
  return words[field] ?? field;
}

export function fieldValue(field: string, value: string): string {
  if (field !== 'enabled') return value;
  return value === 'true' ? 'active' : 'inactive';
}
