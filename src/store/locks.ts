// The numbers of the advisory locks the hub takes in PostgreSQL, so that none is taken for two things.

export const locks = {
  /** Shared by every process that uses an embedded server; held in the database `postgres`. */
  embeddedInUse: 7_610_001,
  /** Held while the schema is brought up to date. */
  migration: 7_610_002,
  /** Held by the one hub of a data folder. */
  hub: 7_610_003,
  /** Held while a test template is made. */
  testTemplate: 7_610_004,
  /** Held while the first key that signs id tokens is made. */
  signingKey: 7_610_005,
  /** Held while entries are chained; taken by audit_chain_next itself (0021-audit-chain.sql). */
  auditChain: 7_610_006,
  /** Held while the file of master keys is read and replaced, and while a rotation starts. */
  masterKeys: 7_610_023,
  /** Held while the first pepper of answers is made. */
  resetPepper: 7_610_025,
  /** Held while the first key that signs audit checkpoints is made. */
  auditKey: 7_610_007,
  /** The first of two numbers; the second is made of the id of a pool of workers. */
  workerPool: 7_610,
  /** The first of two numbers; the second is made of the desk that syncs fill. */
  desk: 7_611,
} as const;
