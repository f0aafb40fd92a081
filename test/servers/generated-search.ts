// Which of the generated people a filter means: everybody, or a few by name. What else could be asked is refused.
import type { Filter } from '#lab/directory/filter.ts';
import { numberIn } from './many-people.ts';

/** Numbers in their order; all of them where it says so. */
export type Found = 'all' | readonly number[];

export type Touched = {
  /** When a person was changed; those who never were are older than every question. */
  changedSince(time: string): readonly number[];
};

const classes = ['top', 'person', 'organizationalperson', 'inetorgperson'];

export class Unwilling extends Error {
  override readonly name = 'Unwilling';
}

export function foundBy(filter: Filter, touched: Touched): Found {
  switch (filter.kind) {
    case 'and':
      return filter.filters.map((part) => foundBy(part, touched)).reduce(both, 'all');
    case 'or':
      return filter.filters.map((part) => foundBy(part, touched)).reduce(either, []);
    case 'not':
      return not(foundBy(filter.filter, touched));
    case 'present':
      return ['ou', 'o', 'dc', 'member'].includes(filter.attribute.toLowerCase()) ? [] : 'all';
    case 'equal':
      return equal(filter.attribute.toLowerCase(), filter.value.toString());
    case 'at-least':
      if (filter.attribute.toLowerCase() !== 'modifytimestamp') break;
      return touched.changedSince(filter.value.toString());
  }
  throw new Unwilling(`a filter of the kind ${filter.kind}`);
}

function equal(attribute: string, value: string): Found {
  // Active Directory's alone: nobody here has it.
  if (attribute === 'objectcategory') return [];
  if (attribute === 'objectclass') return classes.includes(value.toLowerCase()) ? 'all' : [];
  const [name = ''] = attribute === 'mail' ? value.split('@') : [value];
  if (!['uid', 'mail', 'entryuuid'].includes(attribute)) throw new Unwilling(attribute);
  const number = numberIn(name);
  return number === undefined ? [] : [number];
}

function both(one: Found, other: Found): Found {
  if (one === 'all') return other;
  if (other === 'all') return one;
  const wanted = new Set(other);
  return one.filter((number) => wanted.has(number));
}

function either(one: Found, other: Found): Found {
  if (one === 'all' || other === 'all') return 'all';
  return [...new Set([...one, ...other])].toSorted((a, b) => a - b);
}

function not(found: Found): Found {
  if (found === 'all') return [];
  if (found.length === 0) return 'all';
  throw new Unwilling('everybody but a few');
}
