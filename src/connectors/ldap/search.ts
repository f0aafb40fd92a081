// Searches that are complete or fail: page by page on one connection, every owed value fetched, nothing cut short.
import {
  AndFilter,
  type Control,
  EqualityFilter,
  type Filter,
  NotFilter,
  OrFilter,
  PagedResultsControl,
  PresenceFilter,
  SearchRequest,
} from 'ldapts';
import { chunksOf } from '#lib/chunks.ts';
import { comparableDn } from '#lib/dn.ts';
import { limits } from './address.ts';
import type { Answer, Connection } from './connection.ts';
import { type Entry, wireValue } from './entry.ts';
import { decoded, type RawEntry } from './raw-entry.ts';
import { readBase } from './read-base.ts';
import { incomplete, refusal, resultCode } from './refusals.ts';
import type { Session } from './session.ts';

export type Search = {
  readonly base: string;
  readonly scope?: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly controls?: readonly Control[];
};

/**
 * The entries, page by page. It ends only when the directory said that there is no more; a connection
 * lost on the way fails the read, because a new one would be a new search with other pages.
 */
export async function* pages(
  session: Session,
  search: Search,
  signal?: AbortSignal,
  size = session.pageSize,
): AsyncGenerator<readonly Entry[], void, undefined> {
  for await (const { entries } of rawPages(session, search, { signal, size })) {
    if (entries.length > 0) yield await wholeEntries(session, entries);
  }
}

export type RawPage = {
  readonly entries: readonly RawEntry[];
  /** Where else to look, as the directory says (RFC 4511 §4.5.3). */
  readonly references: readonly string[];
  /** For who needs the entries no more: their memory is not left to the garbage collector. */
  readonly release?: () => void;
};

/** The same as they came. While one page is worked on, the next is under way. */
export async function* rawPages(
  session: Session,
  search: Search,
  { signal, size = session.pageSize }: { signal?: AbortSignal | undefined; size?: number } = {},
): AsyncGenerator<RawPage, void, undefined> {
  const connection = await session.connection().catch((error: unknown) => {
    throw refusal(error);
  });
  const ask = (cookie: Buffer) => {
    const asked = session.slots.run(() => page(connection, search, cookie, size));
    // Whoever stops reading never awaits it.
    asked.catch(() => {});
    return asked;
  };
  let next: Promise<Answer> | undefined = ask(Buffer.alloc(0));
  try {
    for (let count = 1; next !== undefined; count += 1) {
      const { entries, references, controls, release } = await next;
      if (signal?.aborted) throw incomplete('it was stopped');
      const cookie = cookieOf(controls);
      if (cookie.length > 0 && count >= limits.pagesMax) {
        throw incomplete(`more than ${limits.pagesMax} pages`);
      }
      next = cookie.length > 0 ? ask(cookie) : undefined;
      yield { entries, references, release };
    }
  } catch (error) {
    throw refusal(error);
  } finally {
    next?.then(
      ({ controls }) => abandon(connection, search, cookieOf(controls)),
      () => {},
    );
  }
}

/** Decoded, with every value that the directory owes of them. */
export async function wholeEntries(
  session: Session,
  raw: readonly RawEntry[],
): Promise<readonly Entry[]> {
  try {
    const entries = raw.map(decoded);
    for (const [at, entry] of entries.entries()) {
      if (entry.owed.size === 0) continue;
      entries[at] = await completed(session, await session.connection(), entry);
    }
    return entries;
  } catch (error) {
    throw refusal(error);
  }
}

/**
 * One entry as it came, of a search with the scope `base`; nothing when it is not there or the filter does
 * not fit it. What lies on another server is a reference.
 */
export async function rawAt(
  session: Session,
  connection: Connection,
  search: Search & { readonly scope: 'base' },
): Promise<RawPage> {
  try {
    return await session.slots.run(() => connection.send(request(search)));
  } catch (error) {
    const { code } = refusal(error);
    if (resultCode(error) === referral) return { entries: [], references: [search.base] };
    if (code === 'object.missing') return { entries: [], references: [] };
    throw error;
  }
}

/** LDAP's result `referral` (RFC 4511 §4.1.10). */
const referral = 10;

/** All entries of a search whose result is known to be small. */
export async function entriesOf(session: Session, search: Search): Promise<readonly Entry[]> {
  return (await Array.fromAsync(pages(session, search))).flat();
}

/** One entry by its DN (or `<GUID=…>`), with every value; nothing when it is not there. */
export async function entryAt(
  session: Session,
  dn: string,
  attributes: readonly string[],
): Promise<Entry | undefined> {
  try {
    const connection = await session.connection();
    const entry = await session.slots.run(() => readBase(connection, dn, attributes));
    return entry === undefined || entry.owed.size === 0
      ? entry
      : await completed(session, connection, entry);
  } catch (error) {
    throw refusal(error);
  }
}

/**
 * Several entries by their DNs, in one search that is not paged: there cannot be more than were asked for.
 * What it does not find, because the directory spells or indexes it otherwise, is looked at by itself.
 */
export async function entriesAt(
  session: Session,
  dns: readonly string[],
  attributes: readonly string[],
): Promise<(Entry | undefined)[]> {
  const found = new Map<string, Entry>();
  if (dns.length > 1 && session.root.activeDirectory) {
    const search = {
      base: session.root.baseDn,
      filter: anyOf(dns.map((dn) => equals('distinguishedName', dn))),
      attributes,
    };
    try {
      const connection = await session.connection();
      const { entries } = await session.slots.run(() => connection.send(request(search)));
      for (const entry of entries.map(decoded)) found.set(comparableDn(entry.dn) ?? '', entry);
    } catch (error) {
      throw refusal(error);
    }
  }
  return Promise.all(
    dns.map(async (dn) => found.get(comparableDn(dn) ?? '') ?? entryAt(session, dn, attributes)),
  );
}

/** Filters are built, never written as text, so that no value can become syntax. */
export function equals(attribute: string, value: Buffer | string): Filter {
  return new EqualityFilter({ attribute, value });
}

/** Of none, none: not every server knows the empty OR of RFC 4526. */
export function anyOf(filters: readonly Filter[]): Filter {
  return filters.length === 0
    ? new NotFilter({ filter: new PresenceFilter({ attribute: 'objectClass' }) })
    : new OrFilter({ filters: [...filters] });
}

export function not(filter: Filter): Filter {
  return new NotFilter({ filter });
}

export function allOf(filters: readonly Filter[]): Filter {
  return new AndFilter({ filters: [...filters] });
}

/** The attribute has one of the values; values that it cannot have are left out. */
export function oneOf(attribute: string, values: readonly string[]): Filter {
  return anyOf(
    values.flatMap((value) => {
      const wire = wireValue(attribute, value);
      return wire === undefined ? [] : [equals(attribute, wire)];
    }),
  );
}

export function chunks<T>(all: readonly T[], size: number = limits.filterValuesMax): T[][] {
  return chunksOf(all, size);
}

function page(
  connection: Connection,
  search: Search,
  cookie: Buffer,
  size: number,
): Promise<Answer> {
  return connection.send(request(search, [new PagedResultsControl({ value: { size, cookie } })]));
}

function request(
  { base, scope = 'sub', filter, attributes, controls: own = [] }: Search,
  controls: readonly Control[] = [],
): SearchRequest {
  return new SearchRequest({
    messageId: 0,
    baseDN: base,
    scope,
    filter,
    attributes: [...attributes],
    // No limits of ours: ldapts's Client takes a result cut at a limit for a whole one.
    sizeLimit: 0,
    timeLimit: 0,
    controls: [...controls, ...own],
  });
}

function cookieOf(controls: Answer['controls']): Buffer {
  const control = controls.find((each) => each instanceof PagedResultsControl);
  // A copy: it is sent when what it came with may have been given back.
  return Buffer.from(control?.value?.cookie ?? []);
}

/** A page of size 0 tells the directory to forget the search (RFC 2696 §3). */
function abandon(connection: Connection, search: Search, cookie: Buffer): void {
  if (cookie.length === 0 || !connection.isAlive()) return;
  page(connection, search, cookie, 0).catch(() => {});
}

/** Fetches the values the directory held back, range by range. */
async function completed(session: Session, connection: Connection, entry: Entry): Promise<Entry> {
  const values = new Map(entry.values);
  for (const [name, first] of entry.owed) {
    let from: number | undefined = first;
    for (let round = 0; from !== undefined; round += 1) {
      if (round >= limits.rangesMax) throw incomplete(`${name} never ends`);
      const asked: string = `${name};range=${from}-*`;
      const more: Entry | undefined = await session.slots.run(() =>
        readBase(connection, entry.dn, [asked]),
      );
      const got = more?.values.get(name) ?? [];
      const next: number | undefined = more?.owed.get(name);
      if (more === undefined || (next !== undefined && next <= from)) {
        throw incomplete(`${name} changed while it was read`);
      }
      values.set(name, [...(values.get(name) ?? []), ...got]);
      from = next;
    }
  }
  return { ...entry, values, owed: new Map() };
}
