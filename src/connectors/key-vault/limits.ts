// Every limit of the key vault connector, in one place.

export type VaultLimits = {
  /** A whole exchange, from connect to the last byte. */
  readonly callMs: number;
  /** The identity endpoint is on this very machine: if it is there, it answers at once. */
  readonly identityConnectMs: number;
  readonly answerBytesMax: number;
  readonly attemptsMax: number;
  readonly backoffMs: number;
  /** All the waiting of one call together; a vault that asks for more is busy. */
  readonly waitMaxMs: number;
  /** A token is renewed so long before its end, or after nine tenths of a short life. */
  readonly renewBeforeMs: number;
  /** Key Vault gives at most 25 names a page. */
  readonly pageSize: number;
};

export const vaultLimits: VaultLimits = {
  callMs: 20_000,
  identityConnectMs: 3_000,
  // A secret has at most 25 kB, a page of names less than 64.
  answerBytesMax: 512 * 1024,
  attemptsMax: 4,
  backoffMs: 500,
  waitMaxMs: 20_000,
  renewBeforeMs: 5 * 60_000,
  pageSize: 25,
};

/** The newest version that every cloud has. */
export const apiVersion = '7.4';
