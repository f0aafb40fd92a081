// What the lab's key vault holds: secrets by name, their versions, and what was deleted.
import { randomBytes } from 'node:crypto';

export type Attributes = {
  readonly enabled: boolean;
  /** Seconds since 1970, as Key Vault has all its times. */
  readonly created: number;
  readonly updated: number;
  readonly nbf?: number;
  readonly exp?: number;
};

export type Version = {
  readonly version: string;
  readonly value: string;
  readonly attributes: Attributes;
  readonly contentType?: string;
};

export type Put = {
  readonly value: string;
  readonly contentType?: string | undefined;
  readonly attributes?: Partial<Pick<Attributes, 'enabled' | 'nbf' | 'exp'>> | undefined;
};

export type Shelf = {
  put(name: string, given: Put): Version;
  /** The newest version, or the one named. */
  find(name: string, version?: string): Version | undefined;
  names(): readonly string[];
  versions(name: string): readonly Version[];
  change(name: string, version: string, given: Omit<Put, 'value'>): Version | undefined;
  delete(name: string): Deleted | undefined;
  findDeleted(name: string): Deleted | undefined;
};

export type Deleted = { readonly newest: Version; readonly at: number };

const kept = { enabled: true } as const;

/** Names are compared without regard to case, as Key Vault does. */
export function shelf(seconds: () => number): Shelf {
  const secrets = new Map<string, { name: string; versions: Version[] }>();
  const deleted = new Map<string, Deleted>();
  const of = (name: string) => secrets.get(name.toLowerCase());
  const find = (name: string, version?: string) =>
    version === undefined
      ? of(name)?.versions.at(-1)
      : of(name)?.versions.find((one) => one.version === version);
  return {
    find,
    put(name, { value, contentType, attributes }) {
      const one = of(name) ?? { name, versions: [] };
      const now = seconds();
      const made: Version = {
        version: randomBytes(16).toString('hex'),
        value,
        attributes: { ...kept, ...attributes, created: now, updated: now },
        ...(contentType === undefined ? {} : { contentType }),
      };
      one.versions.push(made);
      secrets.set(name.toLowerCase(), one);
      return made;
    },
    names: () => [...secrets.values()].map(({ name }) => name).toSorted(),
    versions: (name) => of(name)?.versions ?? [],
    change(name, version, { contentType, attributes }) {
      const before = find(name, version);
      const one = of(name);
      if (before === undefined || one === undefined) return undefined;
      const after: Version = {
        ...before,
        attributes: { ...before.attributes, ...attributes, updated: seconds() },
        ...(contentType === undefined ? {} : { contentType }),
      };
      one.versions = one.versions.map((old) => (old === before ? after : old));
      return after;
    },
    delete(name) {
      const newest = find(name);
      if (newest === undefined) return undefined;
      secrets.delete(name.toLowerCase());
      const gone = { newest, at: seconds() };
      deleted.set(name.toLowerCase(), gone);
      return gone;
    },
    findDeleted: (name) => deleted.get(name.toLowerCase()),
  };
}
