// Where a directory is, how its connection is secured, and the limits everything here keeps to.
import type { HostAndPort } from '#domain/connection.ts';
import type { Allowance } from '#lib/connect-guard.ts';

export type LdapAddress = {
  readonly host: string;
  readonly port: number;
  /** `plain` only by explicit choice; no password is ever written over it. */
  readonly security: 'ldaps' | 'starttls' | 'plain';
  /** PEM of the authorities to trust instead of the system's. */
  readonly caPem?: string;
  /** The naming context to work in; the directory's own default when left out. */
  readonly baseDn?: string;
  /** Tried in this order where the first does not answer. */
  readonly others?: readonly HostAndPort[];
  /** `certificate`: the secret is PEM of a key and its certificate, shown over TLS (SASL EXTERNAL). */
  readonly authentication?: 'simple' | 'certificate';
  /** Servers to which a search may be followed (RFC 4511 §4.5.3); nowhere when left out. */
  readonly chase?: readonly HostAndPort[];
  /** A DN, or in Active Directory also a user principal name or DOMAIN\name. */
  readonly bindDn: string;
  readonly allowance: Allowance;
  /** How long to wait for a connection, and for the answer to one operation. */
  readonly connectTimeoutMs?: number;
  readonly operationTimeoutMs?: number;
  /** Where the forest's global catalog answers on the same host; its usual port when left out. */
  readonly catalogPort?: number;
  /** Entries per page of a search; Active Directory gives at most 1,000. */
  readonly pageSize?: number;
};

export const limits = {
  connectTimeoutMs: 10_000,
  /** With others to try, no one is waited for so long. */
  failoverTimeoutMs: 4_000,
  operationTimeoutMs: 60_000,
  /** After so long in silence the wire itself is asked whether it still stands. */
  keepAliveMs: 60_000,
  pageSize: 500,
  /** Operations under way at once on one connection; more wait their turn. */
  operationsMax: 8,
  /**
   * Writes among them: a domain controller makes one after the other, so these keep it busy, and a look at
   * what is written does not stand behind all that is still to be.
   */
  writesMax: 4,
  /** Accounts just created that one search looks at. */
  createdMax: 16,
  /** Values in one OR filter: far below what servers refuse, and each look-up stays one index seek. */
  filterValuesMax: 100,
  /** Pages of one search: 100 million accounts are no directory, but a server that never ends. */
  pagesMax: 200_000,
  /** Pages in a row without anybody new: a search that goes round and round. */
  pagesInVainMax: 300,
  /** Entries in one answer: a server that ignores paging shall not fill the memory. */
  entriesMax: 100_000,
  /** All entries of one answer together: a page of photos fits, a flood does not. */
  answerBytesMax: 256 * 1024 * 1024,
  /** One message: an entry with every value that a directory keeps of a person or a group, and more. */
  messageBytesMax: 64 * 1024 * 1024,
  /** RFC 4511 §4.1.1.1 */
  messageIdMax: 2 ** 31 - 1,
  /** References from server to server, one leading to the next, and followed in one search. */
  referralDepthMax: 3,
  referralsMax: 50,
  /** Groups in one group, however deep. */
  nestedGroupsMax: 10_000,
  /** Rounds of `;range=` for one attribute (1,500 values each in Active Directory). */
  rangesMax: 10_000,
  /** Rounds of compare-and-swap when somebody else keeps changing other bits. */
  swapsMax: 3,
  /** Active Directory's rangeUpper of thumbnailPhoto, in bytes. */
  thumbnailBytesMax: 102_400,
} as const;
