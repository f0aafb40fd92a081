// Where the entries of a scan come from: the directory's own search, a group's members, or other servers too.

import type { MemberOf, ScanQuery } from '#domain/ports/directory-scan.ts';
import { chasedPages, type Elsewhere, type PlacedPage } from './chase.ts';
import type { Entry } from './entry.ts';
import { membershipOf } from './groups.ts';
import { isAmong, memberPages } from './member-pages.ts';
import { allOf, type RawPage, rawPages, type Search } from './search.ts';
import type { Session } from './session.ts';

/** Everybody the query means. References are followed only where whole containers are read. */
export async function* scanPages(
  session: Session,
  search: Search,
  { memberOf }: ScanQuery,
  { others, signal }: { others: Elsewhere | undefined; signal: AbortSignal | undefined },
): AsyncGenerator<PlacedPage, void, undefined> {
  if (memberOf === undefined) return yield* searchPages(session, search, {}, { others, signal });
  for await (const page of groupPages(session, search, memberOf, signal)) {
    yield { ...page, session };
  }
}

/** What the search itself finds, of a place or of a group. */
export async function* searchPages(
  session: Session,
  search: Search,
  { memberOf }: Pick<ScanQuery, 'memberOf'>,
  { others, signal }: { others: Elsewhere | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<PlacedPage, void, undefined> {
  if (memberOf === undefined && others !== undefined) {
    return yield* chasedPages(session, search, others, signal);
  }
  for await (const page of rawPages(session, search, { signal })) yield { ...page, session };
}

async function* groupPages(
  session: Session,
  search: Search,
  memberOf: MemberOf,
  signal: AbortSignal | undefined,
): AsyncIterable<RawPage> {
  const membership = await membershipOf(session, memberOf);
  if (membership.by === 'names') {
    return yield* memberPages(session, search, membership.members, signal);
  }
  const filter = allOf([search.filter, membership.filter]);
  yield* rawPages(session, { ...search, filter }, { signal });
}

/** The same for entries that are asked for by their ids. */
export async function withinGroup(session: Session, search: Search, { memberOf }: ScanQuery) {
  const isMember = (_: Entry) => true;
  if (memberOf === undefined) return { narrowed: search, isMember };
  const membership = await membershipOf(session, memberOf);
  if (membership.by === 'filter') {
    return { narrowed: { ...search, filter: allOf([search.filter, membership.filter]) }, isMember };
  }
  const attributes = [...new Set([...search.attributes, 'uid'])];
  return {
    narrowed: { ...search, attributes },
    isMember: (entry: Entry) => isAmong(membership.members, entry),
  };
}
