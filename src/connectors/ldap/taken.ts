// Which names are somebody's already: in a container, in the domain, or anywhere in the forest.
import type { NameQuery } from '#domain/ports/directory.ts';
import { textsOf } from './entry.ts';
import type { Forest } from './forest.ts';
import { chunks, entriesOf, oneOf, type Search } from './search.ts';
import type { Session } from './session.ts';
import { unread } from './unread.ts';

/** Two accounts of a forest may not share these, whatever their domains (in lower case). */
const forestWide: ReadonlySet<string> = new Set(['userprincipalname', 'proxyaddresses', 'mail']);

type Place = { readonly session: Session } & Pick<Search, 'base' | 'scope'>;

export async function findTaken(
  session: Session,
  forest: Forest,
  { attribute, values, container }: NameQuery & { readonly container?: string },
): Promise<ReadonlySet<string>> {
  const asked = [...new Set(values)];
  if (asked.length === 0) return new Set();
  if (container !== undefined) {
    const place: Place = { session, base: container, scope: 'one' };
    return takenIn(place, attribute, asked);
  }
  const taken = await takenIn({ session, base: session.root.baseDn }, attribute, asked);
  const catalog = forestWide.has(attribute.toLowerCase()) ? await forest.catalog() : undefined;
  if (catalog === undefined) return taken;
  // The catalog's empty base is the whole forest, trees with names of their own included.
  return new Set([...taken, ...(await takenIn({ session: catalog, base: '' }, attribute, asked))]);
}

/**
 * The directory decides what is equal (it ignores case, and Active Directory accents): a hit that none
 * of the names explains is asked about name by name.
 */
async function takenIn(
  { session, ...where }: Place,
  attribute: string,
  values: readonly string[],
): Promise<Set<string>> {
  const taken = new Set<string>();
  const having = async (some: readonly string[]): Promise<readonly (readonly string[])[]> => {
    const search = { ...where, filter: oneOf(attribute, some), attributes: [attribute] };
    const found = await entriesOf(session, search).catch((error: unknown) => {
      throw unread(error, where.base);
    });
    return found.map((entry) => textsOf(entry, attribute).map(folded));
  };
  for (const some of chunks(values)) {
    const held = await having(some);
    const names = some.map(folded);
    for (const value of some) {
      if (held.some((each) => each.includes(folded(value)))) taken.add(value);
    }
    const unexplained = held.some((each) => !each.some((value) => names.includes(value)));
    for (const value of unexplained ? some : []) {
      if ((await having([value])).length > 0) taken.add(value);
    }
  }
  return taken;
}

export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
}
