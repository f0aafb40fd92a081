// What somebody who sets up a sync looks at in a directory: its tree, its groups and some of its people.
import type { DirectoryEntry, ScanQuery } from './directory-scan.ts';

/** As many as were asked for or shown; what is left out is said, never passed over in silence. */
export type Listed<Item> = {
  readonly items: readonly Item[];
  /** Why there may be more: a sentence; null when these are all. */
  readonly cut: string | null;
};

export type BrowseQuery = {
  /** A DN; the directory's own naming context when it is empty. */
  readonly below: string;
  /** One level of the tree, or everything below. */
  readonly scope: 'one' | 'sub';
  /** A part of the name, of at most 200 characters, in any letter case; everything when it is empty. */
  readonly text: string;
  /** At most so many, 1 to 10,000. */
  readonly limit: number;
};

export type DirectoryContainer = {
  readonly id: string;
  readonly dn: string;
  readonly name: string;
  readonly kind: 'domain' | 'organization' | 'unit' | 'container' | 'other';
  /** The container it lies in; the empty text above a naming context. */
  readonly parentDn: string;
};

export type DirectoryGroup = {
  readonly id: string;
  readonly dn: string;
  readonly name: string;
  readonly description: string;
};

/** What the directory says of itself (its rootDSE, RFC 4512 §5.1). */
export type BrowsedDirectory = {
  /** Where the connection looks: its base DN, or the directory's own naming context. */
  readonly baseDn: string;
  readonly namingContexts: readonly string[];
  readonly dnsDomain: string;
  /** Its name; host and port where it does not say one. */
  readonly server: string;
  /** The host and port of the connection that answered: another than the first after a fail-over. */
  readonly reached: { readonly host: string; readonly port: number };
  readonly activeDirectory: boolean;
  readonly vendor: string;
  /** Who is signed in, as the directory itself tells (RFC 4532); empty where it does not tell. */
  readonly signedInAs: string;
  readonly encrypted: boolean;
};

/** Looks and changes nothing. Throws a DirectoryRefusal; nothing it gives is ever taken for a complete read. */
export interface DirectoryBrowser {
  describe(): Promise<BrowsedDirectory>;
  /** Where people can be kept: domains, organizations, units and containers. */
  containers(query: BrowseQuery, signal?: AbortSignal): Promise<Listed<DirectoryContainer>>;
  groups(query: BrowseQuery, signal?: AbortSignal): Promise<Listed<DirectoryGroup>>;
  /** Some of those whom a scan with this query would give. */
  people(query: ScanQuery, limit: number, signal?: AbortSignal): Promise<Listed<DirectoryEntry>>;
}
