// A subject is one person as an action sees them: the record, the account, and what is known around both.
import type { Account, Attributes, Group } from './account.ts';
import type { Change } from './change.ts';
import type { Link } from './link.ts';
import type { Origin } from './origin.ts';
import type { PersonNote } from './plan.ts';
import type { SourceRecord } from './record.ts';

/** The names found free for a new account, and whole sets to fall back on. */
export type ChosenNames = {
  readonly first: Attributes;
  readonly fallbacks: readonly Attributes[];
};

export type Subject = {
  readonly record: SourceRecord;
  readonly step: number;
  readonly now: Date;
  readonly directory: { readonly connectionId: string; readonly system: string };
  /** How people call the source: "Halo". */
  readonly source: string;
  /** How the account was found: "linked since an earlier run", "employeeID is E1007 in both". */
  readonly found: string;
  readonly account: Account | undefined;
  readonly link: Link | undefined;
  readonly leaving: boolean;
  /** When the person starts, while that lies ahead, and how a sentence says it. */
  readonly starts: { readonly at: Date; readonly words: string } | undefined;
  /** Where a sync brought them from this very directory, which is their master. */
  readonly origin: Origin | undefined;
  /** For a person without an account: its names, container and creating change, once planned. */
  readonly names: ChosenNames | undefined;
  readonly container: string | undefined;
  readonly created: Change | undefined;
  readonly groups: ReadonlyMap<string, Group | null>;
  /** What the mapping says for a new account of these names; throws a Problem when a macro comes to nothing. */
  mappedForNew(names: Attributes): readonly MappedAttribute[];
  /** What it says for the account there is: `only` these attributes, all when empty. */
  mappedForExisting(only: readonly string[]): readonly MappedAttribute[];
  /** A template with the person's macros filled in, as plain text; throws a Problem. */
  fill(template: string): string;
};

export type MappedAttribute = {
  readonly attribute: string;
  readonly values: readonly string[];
  /** An empty value clears the attribute; otherwise it leaves it as it is. */
  readonly clears: boolean;
};

export type Planned = {
  readonly changes: readonly Change[];
  readonly notes: readonly PersonNote[];
};

export const nothing: Planned = { changes: [], notes: [] };
