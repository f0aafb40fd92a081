// A search that goes on to other servers, where the connection says it may (RFC 4511 §4.5.3, URLs by RFC 4516).
import type { HostAndPort } from '#domain/connection.ts';
import { parseDn } from '#lib/dn.ts';
import { limits } from './address.ts';
import { dnKey } from './groups.ts';
import { incomplete } from './refusals.ts';
import { type RawPage, rawPages, type Search } from './search.ts';
import type { Session } from './session.ts';
import { ofServer, unread } from './unread.ts';

/** Pages, and whose they are: what is owed of an entry is asked where it came from. */
export type PlacedPage = RawPage & { readonly session: Session };

export type Elsewhere = AsyncDisposable & {
  readonly hosts: readonly HostAndPort[];
  /**
   * Signed in with the connection's own credentials, over the same kind of TLS; opened once, and looked whether
   * the base is there: a server may hold several naming contexts, and call none of them its own.
   */
  readonly open: (host: HostAndPort, base: string) => Promise<Session>;
};

/** The sessions with other servers, as long as the one that led to them lasts. */
export function elsewhere(
  hosts: readonly HostAndPort[],
  openSession: (host: HostAndPort, base: string) => Promise<Session>,
): Elsewhere {
  const opened = new Map<string, Promise<Session>>();
  return {
    hosts,
    async open(host, base) {
      const key = placeKey(host);
      const session = opened.get(key) ?? openSession(host, base);
      opened.set(key, session);
      try {
        return await session;
      } catch (error) {
        opened.delete(key);
        throw ofServer(error, key);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const session of opened.values()) {
        await (await session.catch(() => undefined))?.[Symbol.asyncDispose]();
      }
    },
  };
}

/** Every server once for every container, a few steps away at most; where it may not go is reported. */
export async function* chasedPages(
  first: Session,
  begun: Search,
  others: Elsewhere,
  signal?: AbortSignal,
): AsyncGenerator<PlacedPage, void, undefined> {
  type Step = {
    readonly at: HostAndPort | undefined;
    readonly base: string;
    readonly depth: number;
  };
  const seen = new Set([`${placeKey(first.reached)} ${dnKey(begun.base)}`]);
  const steps: Step[] = [{ at: undefined, base: begun.base, depth: 0 }];
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    const { at, base } = step;
    const session = at === undefined ? first : await others.open(at, base);
    // What one level leads to is an entry of that level, and not what lies below it (RFC 4511 §4.5.3).
    const scope = at !== undefined && begun.scope === 'one' ? 'base' : begun.scope;
    const search = { ...begun, base, ...(scope === undefined ? {} : { scope }) };
    try {
      for await (const page of rawPages(session, search, { signal })) {
        yield { ...page, references: page.references.filter(isLeft(step)), session };
      }
    } catch (error) {
      throw at === undefined ? error : ofServer(unread(error, base), placeKey(at));
    }
  }

  /** Whether it is told and not followed; what is followed is put in the queue. */
  function isLeft({ base, depth }: Step): (url: string) => boolean {
    return (url) => {
      const next = depth < limits.referralDepthMax ? target(url, others.hosts) : undefined;
      if (next === undefined) return true;
      if (seen.has(next.key)) return false;
      if (seen.size > limits.referralsMax) throw incomplete('too many references');
      seen.add(next.key);
      steps.push({ at: next.host, base: next.dn === '' ? base : next.dn, depth: depth + 1 });
      return false;
    };
  }
}

type Target = { readonly host: HostAndPort; readonly dn: string; readonly key: string };

/** The host of the list that the URL means; undefined where it means another, or more than a place to search. */
export function target(text: string, hosts: readonly HostAndPort[]): Target | undefined {
  const match = /^ldaps?:\/\/(\[[\da-f:.]+\]|[^/?:[\]@]+)(?::(\d{1,5}))?(?:\/([^?]*)(.*))?$/i.exec(
    text,
  );
  const [, name = '', port, path = '', rest = ''] = match ?? [];
  // Attributes and scope are ours; a filter or an extension of theirs would be another search.
  const [, , , filter = '', extensions = ''] = rest.split('?');
  if (name === '' || filter !== '' || extensions !== '') return undefined;
  const host = hosts.find(
    (one) =>
      one.host.toLowerCase() === name.toLowerCase() &&
      (port === undefined || one.port === Number(port)),
  );
  const dn = unescaped(path);
  if (host === undefined || dn === undefined || parseDn(dn) === undefined) return undefined;
  return { host, dn, key: `${placeKey(host)} ${dnKey(dn)}` };
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function placeKey({ host, port }: HostAndPort): string {
  return `${host.toLowerCase()}:${port}`;
}
