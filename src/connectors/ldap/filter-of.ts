// A filter as an administrator wrote it, ready for the wire, or a refusal that says where it is wrong.
import type { Filter } from 'ldapts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { FilterFault, joinedLimits, parseFilter } from '#lib/ldap-filter.ts';
import { asWritten } from './filter-bytes.ts';

export function filterOf(text: string): Filter {
  try {
    return asWritten(parseFilter(text, joinedLimits));
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    throw new DirectoryRefusal(
      'value.refused',
      `The filter cannot be used: ${error.message}; correct it.`,
      false,
    );
  }
}
