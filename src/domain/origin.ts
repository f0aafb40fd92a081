// Whom a sync brought from a directory: there they have their master, and no automation makes or closes them.

/** The sync a person came by, and which attributes of the directory it makes theirs. */
export type Origin = {
  readonly sync: string;
  /** Names of the directory, in lower case: who maps an attribute from there does not write it back. */
  readonly attributes: ReadonlySet<string>;
};

/** By the key of the person in the source. */
export type Origins = ReadonlyMap<string, Origin>;

export const noOrigins: Origins = new Map();
