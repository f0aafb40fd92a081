// Which entries of a directory are people: one filter for Active Directory and for any other, as RFC 4515 text.
import type { Place, SyncSettings } from './settings.ts';

/**
 * What a place is read with. Active Directory alone has objectCategory, where computers are not persons, and
 * it alone has no entryUUID: each half finds nobody in the other's directories.
 */
export function peopleFilter(
  { contacts }: Pick<SyncSettings, 'contacts'>,
  { filter }: Pick<Place, 'filter'>,
): string {
  const classes = contacts ? '(|(objectClass=user)(objectClass=contact))' : '(objectClass=user)';
  const people = `(|(&(objectCategory=person)${classes})(&(entryUUID=*)(objectClass=person)))`;
  const own = filter.trim();
  if (own === '') return people;
  return `(&${people}${own.startsWith('(') ? own : `(${own})`})`;
}
