// Scans for syncs: entries with their ids and digests, decoded where somebody asks.
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { DirectoryBrowser } from '#domain/ports/directory-browse.ts';
import type { DirectoryChanges } from '#domain/ports/directory-changes.ts';
import type {
  DirectoryEntry,
  DirectoryScanner,
  Given,
  Scanned,
  ScanQuery,
} from '#domain/ports/directory-scan.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import { guidOctets, isGuid, uuidOctets, uuidText } from '#lib/guid.ts';
import type { Secret } from '#lib/secret.ts';
import { seenIds } from '#lib/seen-ids.ts';
import { idOf, isEnabled, isEnabledBy, lockNames } from './accounts.ts';
import { type LdapAddress, limits } from './address.ts';
import { browserOf } from './browser.ts';
import { changesOf } from './changes.ts';
import { type Elsewhere, elsewhere } from './chase.ts';
import { type Entry, textsOf } from './entry.ts';
import { filterOf } from './filter-of.ts';
import { groupIdsOf } from './groups.ts';
import { digestOf, firstValueOf, type RawEntry } from './raw-entry.ts';
import { incomplete, refusal } from './refusals.ts';
import { scanPages, searchPages, withinGroup } from './scan-pages.ts';
import { allOf, chunks, oneOf, type Search, wholeEntries } from './search.ts';
import { openSession, type Session } from './session.ts';
import { type TextReader, textReader } from './text-entry.ts';
import { unread } from './unread.ts';

/** What tells whether an entry is enabled, besides what is asked for. */
const stateAttributes = {
  activeDirectory: ['objectGUID', 'userAccountControl'],
  plain: ['entryUUID', 'nsAccountLock', 'pwdAccountLockedTime'],
} as const;

const idNames = { activeDirectory: Buffer.from('objectguid'), plain: Buffer.from('entryuuid') };

type Kept = Scanned & {
  readonly raw: RawEntry;
  /** Where it came from: after a reference that may be another server. */
  readonly from: Session;
};

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
  // Credentials are taken to another server over TLS alone.
  const others =
    address.chase === undefined || address.security === 'plain'
      ? undefined
      : elsewhere(address.chase, ({ host, port }, baseDn) =>
          openSession({ ...address, host, port, baseDn, others: [] }, password, {
            clock,
            referred: true,
          }),
        );
  const scannerWith = (with_: Session) => scannerOf(with_, others);
  return {
    ...scannerWith(session),
    ...changesOf(session, clock),
    // What changes on other servers is not told by this one.
    ...(others === undefined ? {} : { manner: async () => 'none' as const }),
    ...browserOf(session, scannerWith),
    async [Symbol.asyncDispose]() {
      await others?.[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    },
  };
}

function scannerOf(
  session: Session,
  others: Elsewhere | undefined,
): DirectoryScanner & Pick<DirectoryChanges, 'readByIds'> {
  const manners = session.root.activeDirectory ? 'activeDirectory' : 'plain';
  /** Nothing where it was given before: a directory that changes while it is read may show one twice. */
  const scanned = (raw: RawEntry, from: Session, given: Given): Kept | undefined => {
    const id = firstValueOf(raw, idNames[manners]);
    if (id === undefined) throw withoutId();
    const [text, octets] = idFrom(id, manners);
    return given.add(octets) ? { id: text, digest: digestOf(raw), raw, from } : undefined;
  };
  return {
    signedInAs: session.signedInAs,
    async *scan(query, signal, given) {
      const search = searchOf(session, query, stateAttributes[manners]);
      using own = seenIds();
      const once = given ?? own;
      let inVain = 0;
      try {
        for await (const page of scanPages(session, search, query, { others, signal })) {
          const entries = page.entries.flatMap((raw) => scanned(raw, page.session, once) ?? []);
          // Of a group the pages are ours: their number has an end.
          inVain = entries.length > 0 || query.memberOf !== undefined ? 0 : inVain + 1;
          if (inVain > limits.pagesInVainMax) throw incomplete('its pages bring nothing new');
          yield { entries, references: page.references };
          page.release?.();
        }
      } catch (error) {
        throw unread(error, search.base);
      }
    },
    groupIds: (memberOf) => groupIdsOf(session, memberOf),
    async readScanned(query, entries) {
      const kept = entries.map((one) => {
        if (!isKept(one)) throw new TypeError('Only what a scan gave can be read.');
        if (one.raw.bytes.length === 0) throw new TypeError('A page is read before the next is.');
        return one;
      });
      return readKept(query, kept);
    },
    async readByIds(query, ids) {
      const search = searchOf(session, query, stateAttributes[manners]);
      const idAttribute = stateAttributes[manners][0];
      const found: DirectoryEntry[] = [];
      try {
        const { narrowed, isMember } = await withinGroup(session, search, query);
        for (const some of chunks([...new Set(ids)].filter(isGuid))) {
          const filter = allOf([narrowed.filter, oneOf(idAttribute, some)]);
          const asked = { ...narrowed, filter };
          // Wherever a scan would find them.
          for await (const page of searchPages(session, asked, query, { others })) {
            const entries = await wholeEntries(page.session, page.entries);
            found.push(...entries.filter(isMember).map((entry) => entryFor(query, entry)));
          }
        }
      } catch (error) {
        throw unread(error, search.base);
      }
      return found;
    },
  };
}

/** Most entries are whole as they came; of the others the rest is fetched. */
async function readKept(
  query: ScanQuery,
  kept: readonly Kept[],
): Promise<readonly DirectoryEntry[]> {
  const { attributes } = query;
  const read = textReader([...lockNames, ...attributes]);
  const found: DirectoryEntry[] = [];
  for (const { id, raw, from } of kept) {
    const { dn, texts } = readOrRefuse(read, raw) ?? {};
    if (dn === undefined || texts === undefined) {
      found.push(...(await wholeEntries(from, [raw])).map((entry) => entryFor(query, entry)));
      continue;
    }
    const enabled = isEnabledBy((name) => texts[lockNames.indexOf(name)]?.[0]);
    const named: Record<string, readonly string[]> = {};
    for (const [at, name] of attributes.entries()) named[name] = texts[lockNames.length + at] ?? [];
    found.push({ id, dn: writable(dn), enabled, attributes: named });
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
    dn: writable(entry.dn),
    enabled: isEnabled(entry),
    attributes: Object.fromEntries(attributes.map((name) => [name, textsOf(entry, name)])),
  };
}

/** A NUL, which no database keeps, as RFC 4514 escapes it; a server should have done so. */
function writable(dn: string): string {
  return dn.includes('\u0000') ? dn.replaceAll('\u0000', '\\00') : dn;
}

/** As text, and as the 16 octets of that text. What is neither GUID nor UUID could never be found again. */
function idFrom(id: Buffer, manners: 'activeDirectory' | 'plain'): readonly [string, Buffer] {
  if (manners === 'activeDirectory') {
    if (id.length !== 16) throw withoutId();
    const octets = guidOctets(id);
    return [uuidText(octets), octets];
  }
  const text = id.toString('latin1').toLowerCase();
  const octets = Buffer.allocUnsafe(16);
  if (!uuidOctets(text, octets)) throw withoutId();
  return [text, octets];
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
