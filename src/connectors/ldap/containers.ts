// What people can be kept in, by object class: one list for what is shown, what is created in and what is followed.
import type { DirectoryContainer } from '#domain/ports/directory-browse.ts';
import { type Entry, textsOf } from './entry.ts';
import { anyOf, equals } from './search.ts';

type Kind = DirectoryContainer['kind'];

/** RFC 4519 §3, RFC 4524 §3 and MS-ADSC; the names in lower case. */
const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['domaindns', 'domain'],
  ['domain', 'domain'],
  ['dcobject', 'domain'],
  ['organization', 'organization'],
  ['organizationalunit', 'unit'],
  ['container', 'container'],
  ['builtindomain', 'container'],
  ['locality', 'other'],
  ['country', 'other'],
]);

/** The plainest first: an entry may be of several. */
const order: readonly Kind[] = ['domain', 'unit', 'organization', 'container'];

/** Finds them: where one was renamed or moved, so were the people in it, and nobody says so of each. */
export function isContainer() {
  return anyOf([...kinds.keys()].map((each) => equals('objectClass', each)));
}

/** Undefined where it is none; its object classes must have been asked for. */
export function containerKind(entry: Entry): Kind | undefined {
  const found = textsOf(entry, 'objectClass').flatMap(
    (each) => kinds.get(each.toLowerCase()) ?? [],
  );
  return order.find((each) => found.includes(each)) ?? found[0];
}
