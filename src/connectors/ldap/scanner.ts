// Scans for syncs: entries with their ids and digests, decoded where somebody asks.
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { DirectoryBrowser } from '#domain/ports/directory-browse.ts';
import type { DirectoryChanges } from '#domain/ports/directory-changes.ts';
import type {
  DirectoryEntry,
  DirectoryScanner,
  Scanned,
  ScanQuery,
} from '#domain/ports/directory-scan.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import { guidText, isGuid } from '#lib/guid.ts';
import type { Secret } from '#lib/secret.ts';
import { idOf, isEnabled, isEnabledBy, lockNames } from './accounts.ts';
import type { LdapAddress } from './address.ts';
import { browserOf } from './browser.ts';
import { changesOf } from './changes.ts';
import { type Entry, textsOf } from './entry.ts';
import { filterOf } from './filter-of.ts';
import { groupIdsOf, membershipOf } from './groups.ts';
import { isAmong, memberPages } from './member-pages.ts';
import { digestOf, firstValueOf, type RawEntry } from './raw-entry.ts';
import { refusal, unread } from './refusals.ts';
import {
  allOf,
  chunks,
  entriesOf,
  oneOf,
  type RawPage,
  rawPages,
  type Search,
  wholeEntries,
} from './search.ts';
import { openSession, type Session } from './session.ts';
import { type TextReader, textReader } from './text-entry.ts';

/** What tells whether an entry is enabled, besides what is asked for. */
const stateAttributes = {
  activeDirectory: ['objectGUID', 'userAccountControl'],
  plain: ['entryUUID', 'nsAccountLock', 'pwdAccountLockedTime'],
} as const;

const idNames = { activeDirectory: Buffer.from('objectguid'), plain: Buffer.from('entryuuid') };

type Kept = Scanned & { readonly raw: RawEntry };

/** All that a sync asks of a directory, over one session with one server. */
export type SyncDirectory = DirectoryScanner &
  DirectoryChanges &
  DirectoryBrowser &
  AsyncDisposable;

/** Signs in and stays with that one server. Throws a DirectoryRefusal that names what to mend. */
export async function openLdapScanner(
  address: LdapAddress,
  password: Secret,
  clock: Clock = systemClock,
): Promise<SyncDirectory> {
  const session = await openSession(address, password, { clock });
  return {
    ...scannerOf(session),
    ...changesOf(session, clock),
    ...browserOf(session, scannerOf),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function scannerOf(session: Session): DirectoryScanner & Pick<DirectoryChanges, 'readByIds'> {
  const manners = session.root.activeDirectory ? 'activeDirectory' : 'plain';
  const scanned = (raw: RawEntry): Kept => {
    const id = firstValueOf(raw, idNames[manners]);
    if (id === undefined) throw withoutId();
    const text = manners === 'activeDirectory' ? guidText(id) : id.toString('latin1').toLowerCase();
    return { id: text, digest: digestOf(raw), raw };
  };
  return {
    async *scan(query, signal) {
      const search = searchOf(session, query, stateAttributes[manners]);
      try {
        for await (const { entries, references } of pagesOf(session, search, query, signal)) {
          yield { entries: entries.map(scanned), references };
        }
      } catch (error) {
        throw unread(error, search.base);
      }
    },
    groupIds: (memberOf) => groupIdsOf(session, memberOf),
    async readScanned(query, entries) {
      const kept = entries.map((one) => {
        if (!isKept(one)) throw new TypeError('Only what a scan gave can be read.');
        return one;
      });
      return readKept(session, query, kept);
    },
    async readByIds(query, ids) {
      const search = searchOf(session, query, stateAttributes[manners]);
      const idAttribute = stateAttributes[manners][0];
      const found: DirectoryEntry[] = [];
      try {
        const { narrowed, isMember } = await withinGroup(session, search, query);
        for (const some of chunks([...new Set(ids)].filter(isGuid))) {
          const filter = allOf([narrowed.filter, oneOf(idAttribute, some)]);
          const entries = await entriesOf(session, { ...narrowed, filter });
          found.push(...entries.filter(isMember).map((entry) => entryFor(query, entry)));
        }
      } catch (error) {
        throw unread(error, search.base);
      }
      return found;
    },
  };
}

/** Everybody the query means: by the directory's own filters, or member by member. */
async function* pagesOf(
  session: Session,
  search: Search,
  { memberOf }: ScanQuery,
  signal: AbortSignal | undefined,
): AsyncIterable<RawPage> {
  if (memberOf === undefined) return yield* rawPages(session, search, { signal });
  const membership = await membershipOf(session, memberOf);
  if (membership.by === 'names') {
    return yield* memberPages(session, search, membership.members, signal);
  }
  const filter = allOf([search.filter, membership.filter]);
  yield* rawPages(session, { ...search, filter }, { signal });
}

/** The same for entries that are asked for by their ids. */
async function withinGroup(session: Session, search: Search, { memberOf }: ScanQuery) {
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

/** Most entries are whole as they came; of the others the rest is fetched. */
async function readKept(
  session: Session,
  query: ScanQuery,
  kept: readonly Kept[],
): Promise<readonly DirectoryEntry[]> {
  const { attributes } = query;
  const read = textReader([...lockNames, ...attributes]);
  const found: DirectoryEntry[] = [];
  for (const { id, raw } of kept) {
    const { dn, texts } = readOrRefuse(read, raw) ?? {};
    if (dn === undefined || texts === undefined) {
      found.push(...(await wholeEntries(session, [raw])).map((entry) => entryFor(query, entry)));
      continue;
    }
    const enabled = isEnabledBy((name) => texts[lockNames.indexOf(name)]?.[0]);
    const named: Record<string, readonly string[]> = {};
    for (const [at, name] of attributes.entries()) named[name] = texts[lockNames.length + at] ?? [];
    found.push({ id, dn, enabled, attributes: named });
  }
  return found;
}

function readOrRefuse(read: TextReader, raw: RawEntry) {
  try {
    return read(raw);
  } catch (error) {
    throw refusal(error);
  }
}

function entryFor({ attributes }: ScanQuery, entry: Entry): DirectoryEntry {
  return {
    id: idOf(entry) ?? '',
    dn: entry.dn,
    enabled: isEnabled(entry),
    attributes: Object.fromEntries(attributes.map((name) => [name, textsOf(entry, name)])),
  };
}

function isKept(one: Scanned): one is Kept {
  return 'raw' in one;
}

function searchOf(session: Session, query: ScanQuery, state: readonly string[]): Search {
  return {
    base: query.base === '' ? session.root.baseDn : query.base,
    scope: query.scope,
    filter: filterOf(query.filter),
    attributes: [...new Set([...state, ...query.attributes])],
  };
}

function withoutId(): DirectoryRefusal {
  return new DirectoryRefusal(
    'rights.missing',
    'The directory shows an entry without its immutable id; let the service account read it (objectGUID or entryUUID).',
    false,
  );
}
