// The members of a group one by one, where a directory cannot be asked for them by a filter.
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { comparableDn, isWithin, parentDn, sameDn } from '#lib/dn.ts';
import { type Entry, textsOf } from './entry.ts';
import { dnKey, type Members } from './groups.ts';
import { dnOf, type RawEntry } from './raw-entry.ts';
import { incomplete } from './refusals.ts';
import {
  allOf,
  chunks,
  entryAt,
  oneOf,
  type RawPage,
  rawAt,
  rawPages,
  type Search,
} from './search.ts';
import type { Session } from './session.ts';

/** Those of the members whom the search finds too, each once, page by page and in no order. */
export async function* memberPages(
  session: Session,
  search: Search,
  { dns, uids }: Members,
  signal?: AbortSignal,
): AsyncGenerator<RawPage, void, undefined> {
  // Of a container that is not there nobody is a member either: that is no empty answer.
  if ((await entryAt(session, search.base, ['objectClass'])) === undefined) throw missing(search);
  const seen = new Set<string>();
  const once = (page: RawPage): RawPage => ({
    ...page,
    entries: page.entries.filter((entry) => isNew(seen, entry)),
  });
  const connection = await session.connection();
  const within = [...dns.values()].filter((dn) => isInScope(dn, search));
  for (const some of chunks(within, session.pageSize)) {
    if (signal?.aborted) throw incomplete('it was stopped');
    const found = await Promise.all(
      some.map((dn) => rawAt(session, connection, { ...search, base: dn, scope: 'base' })),
    );
    yield once({
      entries: found.flatMap(({ entries }) => entries),
      references: found.flatMap(({ references }) => references),
    });
  }
  for (const some of chunks([...uids])) {
    const filter = allOf([search.filter, oneOf('uid', some)]);
    for await (const page of rawPages(session, { ...search, filter }, { signal })) yield once(page);
  }
}

export function isAmong({ dns, uids }: Members, entry: Entry): boolean {
  if (dns.has(dnKey(entry.dn))) return true;
  return uids.size > 0 && textsOf(entry, 'uid').some((uid) => uids.has(uid.toLowerCase()));
}

function isNew(seen: Set<string>, entry: RawEntry): boolean {
  const key = dnKey(dnOf(entry));
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** A name that we cannot read is looked at all the same: its filter decides, and its place by its spelling. */
function isInScope(dn: string, { base, scope = 'sub' }: Search): boolean {
  if (comparableDn(dn) === undefined) return dn.toLowerCase().endsWith(`,${base.toLowerCase()}`);
  return scope === 'one' ? sameDn(parentDn(dn) ?? '', base) : isWithin(dn, base);
}

function missing({ base }: Search): DirectoryRefusal {
  return new DirectoryRefusal('object.missing', `There is no container ${base}.`, false);
}
