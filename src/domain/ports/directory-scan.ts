// What a sync asks of a directory: everything below a container, of which most is as it was last time.
import type { Attributes } from '#domain/account.ts';

/** A group whose members are meant: those in it, or with `nested` also those in the groups in it, however deep. */
export type MemberOf = { readonly dn: string; readonly nested: boolean };

export type ScanQuery = {
  /** A DN; the directory's own naming context when it is empty. */
  readonly base: string;
  readonly scope: 'one' | 'sub';
  /** RFC 4515, as an administrator writes it. */
  readonly filter: string;
  readonly attributes: readonly string[];
  /** Of what base, scope and filter find, the members of this group alone. */
  readonly memberOf?: MemberOf;
};

/** An entry that was read and not decoded. */
export type Scanned = {
  /** The directory's immutable id: objectGUID or entryUUID, in its usual text form, lower case. */
  readonly id: string;
  /** 16 octets over everything asked for: while they are the same, so is the entry. */
  readonly digest: Buffer;
};

export type DirectoryEntry = {
  readonly id: string;
  readonly dn: string;
  readonly enabled: boolean;
  /** The attributes asked for, each with every value. */
  readonly attributes: Attributes;
};

export type ScanPage = {
  readonly entries: readonly Scanned[];
  /** Other servers that hold a part of it and were not asked, as addresses. */
  readonly references: readonly string[];
};

/** Which ids a scan gave: true for one that is new. Takes the 16 octets of the id's text (RFC 9562 §4). */
export type Given = { readonly add: (id: Buffer) => boolean };

export interface DirectoryScanner {
  /** The account it reads as: a DN, or in Active Directory a user principal name or DOMAIN\name. */
  readonly signedInAs: string;
  /**
   * Page by page. Ends normally only after a complete read; else throws a DirectoryRefusal: also where an
   * entry shows no id, for then the service account sees less than it must. Each entry is given once; who keeps
   * what is seen anyway passes it as `given`, empty as the scan begins, so that it is not kept twice.
   */
  scan(query: ScanQuery, signal?: AbortSignal, given?: Given): AsyncIterable<ScanPage>;
  /** The entries of one page that somebody needs, decoded; valid until the next page is asked for. */
  readScanned(query: ScanQuery, entries: readonly Scanned[]): Promise<readonly DirectoryEntry[]>;
  /**
   * The immutable ids of the group and, with `nested`, of the groups in it: while none of them changes, nobody
   * comes or goes by it, save one who is changed too. Throws a DirectoryRefusal where there is no such group.
   */
  groupIds(memberOf: MemberOf): Promise<ReadonlySet<string>>;
}
