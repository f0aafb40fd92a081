// A record is one row an application gave us, after its columns were typed.

/** A typed cell. A timestamp is kept as ISO 8601 with offset, so that a record is plain JSON. */
export type Cell = string | number | boolean | null | readonly Cell[];

export type SourceRecord = {
  /** The primary key, as text: unique to one person in one source. */
  readonly key: string;
  /** How to speak of the person: their name as the source has it. */
  readonly name: string;
  readonly columns: Readonly<Record<string, Cell>>;
};

/** What a complete look at a source gave. An incomplete read never becomes one of these: it throws. */
export type SourceFacts = {
  readonly records: number;
  readonly complete: boolean;
  /** sha-256 over the canonical JSON of every record in key order. */
  readonly digest: string;
  /** The columns seen, sorted: a change of shape stops the run. */
  readonly columns: readonly string[];
  /** sha-256 over how the source was asked: requests, paths, columns. Another question is another source. */
  readonly asked?: string;
  /** What the credential was allowed to do when it read, where the application says so. */
  readonly rights?: readonly string[];
};

/** People read but not understood: two records for one key, a cell of the wrong type. They are not gone. */
export type Refusal = {
  readonly key: string;
  readonly name: string;
  readonly code: string;
  readonly sentence: string;
};

/** Everyone a source has, typed and joined, in key order. */
export type SourceRead = {
  readonly records: readonly SourceRecord[];
  readonly refusals: readonly Refusal[];
  readonly facts: SourceFacts;
};
