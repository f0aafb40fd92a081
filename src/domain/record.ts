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
};
