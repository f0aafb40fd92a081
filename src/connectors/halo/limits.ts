// Every limit of the Halo connector, in one place.

export type HaloLimits = {
  /** A whole exchange, from connect to the last byte. */
  readonly callMs: number;
  readonly answerBytesMax: number;
  readonly attemptsMax: number;
  /** The longest Retry-After that is obeyed; Halo counts requests over five minutes. */
  readonly retryAfterMaxMs: number;
  /** All the waiting of one call together. */
  readonly waitMaxMs: number;
  readonly backoffMs: number;
  /** Retries held in store; ten good answers earn one back. Keeps an ailing Halo from being hammered. */
  readonly retryBudget: number;
  readonly pageSize: number;
  /** Asked for instead when a Halo gives fewer rows than asked (some cap a page at 100). */
  readonly pageSizeCautious: number;
  readonly pagesMax: number;
  /** A token is renewed so long before its end, or after nine tenths of a short life. */
  readonly renewBeforeMs: number;
};

export const haloLimits: HaloLimits = {
  callMs: 120_000,
  answerBytesMax: 64 * 1024 * 1024,
  attemptsMax: 4,
  retryAfterMaxMs: 300_000,
  waitMaxMs: 360_000,
  backoffMs: 1_000,
  retryBudget: 20,
  pageSize: 500,
  pageSizeCautious: 100,
  pagesMax: 5_000,
  renewBeforeMs: 60_000,
};
