// Shows a directory to somebody who sets up a sync: a part of its tree, its groups, a few people.
import { AndFilter, type Filter } from 'ldapts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type {
  BrowsedDirectory,
  BrowseQuery,
  DirectoryBrowser,
  DirectoryContainer,
  DirectoryGroup,
  Listed,
} from '#domain/ports/directory-browse.ts';
import type { DirectoryEntry, DirectoryScanner } from '#domain/ports/directory-scan.ts';
import { parentDn, parseDn } from '#lib/dn.ts';
import { parseFilter } from '#lib/ldap-filter.ts';
import { idOf, isGroup } from './accounts.ts';
import { containerKind, isContainer } from './containers.ts';
import { type Entry, firstText, textsOf } from './entry.ts';
import { asWritten } from './filter-bytes.ts';
import { readBase } from './read-base.ts';
import { refusal } from './refusals.ts';
import { pages, type Search } from './search.ts';
import type { Session } from './session.ts';
import { unread } from './unread.ts';
import { identityOf } from './whoami.ts';

/** Asked for few at a time: what a server gives before it reaches a limit of its own is shown. */
const pageSizeMax = 100;
const limitMax = 10_000;
const textMax = 200;

export function browserOf(
  session: Session,
  scannerWith: (session: Session) => DirectoryScanner,
): DirectoryBrowser {
  return {
    describe: () => describe(session),
    async containers(query, signal) {
      const filter = allOfWritten(
        isContainer(),
        // The thousands that Active Directory keeps for itself below CN=System.
        ...(session.root.activeDirectory ? ['(!(showInAdvancedViewOnly=TRUE))'] : []),
        ...named(query, ['ou', 'cn', 'o', 'dc', 'l', 'c']),
      );
      const attributes = ['objectClass'];
      return await found(session, query, { filter, attributes }, containerFrom, signal);
    },
    async groups(query, signal) {
      const filter = allOfWritten(
        isGroup(session),
        ...named(query, ['cn', 'displayName', 'description']),
      );
      const attributes = ['cn', 'description'];
      return await found(session, query, { filter, attributes }, groupFrom, signal);
    },
    async people(query, limit, signal) {
      const few = bounded(limit);
      const pageSize = Math.min(session.pageSize, pageSizeMax, few + 1);
      const scanner = scannerWith({ ...session, pageSize });
      return await upTo(few, peopleOf(scanner, query, signal));
    },
  };

  async function* peopleOf(
    scanner: DirectoryScanner,
    query: Parameters<DirectoryScanner['scan']>[0],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly DirectoryEntry[]> {
    for await (const { entries } of scanner.scan(query, signal)) {
      yield await scanner.readScanned(query, entries);
    }
  }
}

async function describe(session: Session): Promise<BrowsedDirectory> {
  try {
    const connection = await session.connection();
    const root = await readBase(connection, '', [
      ...['namingContexts', 'vendorName', 'vendorVersion', 'dnsHostName', 'objectClass'],
    ]);
    const texts = (name: string) => (root === undefined ? [] : textsOf(root, name));
    const vendor = [...texts('vendorName'), ...texts('vendorVersion')].join(' ');
    const openLdap = texts('objectClass').some((each) => /^OpenLDAProotDSE$/i.test(each));
    const { baseDn, dnsDomain, server, activeDirectory } = session.root;
    const usual = activeDirectory ? 'Active Directory' : openLdap ? 'OpenLDAP' : '';
    return {
      ...{ baseDn, dnsDomain, activeDirectory },
      namingContexts: texts('namingContexts'),
      server: server === '' ? `${session.reached.host}:${session.reached.port}` : server,
      reached: session.reached,
      vendor: vendor === '' ? usual : vendor,
      signedInAs: (await identityOf(connection)) ?? '',
      encrypted: session.encrypted,
    };
  } catch (error) {
    throw refusal(error);
  }
}

async function found<Item>(
  session: Session,
  { below, scope, limit }: BrowseQuery,
  { filter, attributes }: Pick<Search, 'filter' | 'attributes'>,
  itemFrom: (entry: Entry, id: string) => Item,
  signal: AbortSignal | undefined,
): Promise<Listed<Item>> {
  const base = below === '' ? session.root.baseDn : below;
  const idName = session.root.activeDirectory ? 'objectGUID' : 'entryUUID';
  const search = { base, scope, filter, attributes: [idName, ...attributes] };
  const few = bounded(limit);
  const size = Math.min(session.pageSize, pageSizeMax, few + 1);
  try {
    return await upTo(few, itemsOf(pages(session, search, signal, size), itemFrom));
  } catch (error) {
    throw unread(error, base);
  }
}

/** What shows no id cannot be chosen for good, and is not shown. */
async function* itemsOf<Item>(
  all: AsyncIterable<readonly Entry[]>,
  itemFrom: (entry: Entry, id: string) => Item,
): AsyncGenerator<readonly Item[]> {
  for await (const entries of all) {
    yield entries.flatMap((entry) => {
      const id = idOf(entry);
      return id === undefined ? [] : [itemFrom(entry, id)];
    });
  }
}

/** The first of them; a server that gives no more than it wants is heard out, and what it says is told. */
async function upTo<Item>(
  limit: number,
  some: AsyncIterable<readonly Item[]>,
): Promise<Listed<Item>> {
  const items: Item[] = [];
  try {
    for await (const page of some) {
      items.push(...page);
      if (items.length > limit) {
        const cut = `There are more than ${limit}; only the first are shown. Look below another container, or for a part of the name.`;
        return { items: items.slice(0, limit), cut };
      }
    }
    return { items, cut: null };
  } catch (error) {
    const known = refusal(error);
    if (known.code !== 'read.incomplete' || known.retryable) throw known;
    return { items, cut: known.message };
  }
}

function containerFrom(entry: Entry, id: string): DirectoryContainer {
  return {
    ...{ id, dn: entry.dn, name: nameOf(entry.dn) },
    kind: containerKind(entry) ?? 'other',
    parentDn: parentDn(entry.dn) ?? '',
  };
}

function groupFrom(entry: Entry, id: string): DirectoryGroup {
  const name = firstText(entry, 'cn') ?? nameOf(entry.dn);
  return { id, dn: entry.dn, name, description: firstText(entry, 'description') ?? '' };
}

function nameOf(dn: string): string {
  const [rdn] = parseDn(dn) ?? [];
  return rdn?.[0]?.value ?? dn;
}

/** A filter for a part of the name, if one is asked for. */
function named({ text }: BrowseQuery, attributes: readonly string[]): string[] {
  if (text.trim() === '') return [];
  if (text.length > textMax) {
    const sentence = `A part of a name has at most ${textMax} characters; look for less of it.`;
    throw new DirectoryRefusal('value.refused', sentence, false);
  }
  const value = [...Buffer.from(text.trim())]
    .map((octet) => `\\${octet.toString(16).padStart(2, '0')}`)
    .join('');
  return [`(|${attributes.map((name) => `(${name}=*${value}*)`).join('')})`];
}

function allOfWritten(first: Filter, ...others: readonly string[]): Filter {
  return new AndFilter({ filters: [first, ...others.map((each) => asWritten(parseFilter(each)))] });
}

function bounded(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitMax) return limit;
  throw new DirectoryRefusal('value.refused', `Ask for 1 to ${limitMax} at a time.`, false);
}
