// What a sync asks of a directory between full reads: who changed since a bookmark, and who is gone.
import type { DirectoryEntry, ScanQuery } from './directory-scan.ts';

/** How a directory tells its changes; `none` tells nothing, and every sync reads it whole. */
export const changeManners = ['dirsync', 'usn', 'syncrepl', 'timestamp', 'none'] as const;
export type ChangeManner = (typeof changeManners)[number];

export type Changes = {
  /** Immutable ids of what was made, changed, moved or renamed, in scope or not. */
  readonly changed: ReadonlySet<string>;
  /** Of what was deleted, as far as it is shown. */
  readonly deleted: ReadonlySet<string>;
  /**
   * Whether every deletion is shown. Where not, only a comparison of all ids finds who is gone: rights that
   * do not reach the deleted objects, or a server that keeps no record of them.
   */
  readonly seesDeletions: boolean;
  /**
   * A container was made, renamed or moved: what lies below it may have another place, which nobody says of
   * each. A full read finds it.
   */
  readonly restructured: boolean;
  /** Saved with the applied plan, and given back the next time. */
  readonly bookmark: string;
};

/** The directory does not take the bookmark: it is another server's, or too old. A full read begins anew. */
export class BookmarkRefused extends Error {
  override readonly name = 'BookmarkRefused';
}

export interface DirectoryChanges {
  /** What this directory lets the service account use, the best first; asked of the server itself. */
  manner(): Promise<ChangeManner>;
  /** A bookmark of now: taken before a full read, so that nothing is missed in between. */
  bookmark(manner: ChangeManner): Promise<string>;
  /** Throws a BookmarkRefused, or a DirectoryRefusal where it cannot be read to its end. */
  since(bookmark: string, signal?: AbortSignal): Promise<Changes>;
  /** Those of the ids that the query still finds; one that moved out of its base is not among them. */
  readByIds(query: ScanQuery, ids: readonly string[]): Promise<readonly DirectoryEntry[]>;
}
