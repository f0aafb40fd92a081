// Halo's words for the fields of the desk, as LDAPConnection spells them.
import { customField, findField } from '#domain/sync/fields.ts';

/** Halo's word for one of our fields; a custom field by its own name. */
export function wordOf(target: 'user' | 'agent' | 'new-user', name: string): string {
  if (name.startsWith(customField)) return name.slice(customField.length);
  const field = findField(name);
  return (target === 'agent' ? field?.ofAgent : field?.ofUser) ?? name;
}
