// What the domain asks of a directory. Reading and writing are apart, so that looking cannot write.
import type { Account, Attributes, Group } from '#domain/account.ts';
import type { Secret } from '#lib/secret.ts';

export type DirectoryFacts = {
  /** The naming context every account lies under. */
  readonly baseDn: string;
  readonly dnsDomain: string;
  /** The domain controller that answered; one per run (RULES: creating). */
  readonly server: string;
  /** Whether the directory speaks with Active Directory's manners. */
  readonly activeDirectory: boolean;
  /** Whether it can be told to keep old passwords out when one is reset (LDAP_SERVER_POLICY_HINTS_OID). */
  readonly enforcesHistory: boolean;
};

export type AccountQuery = {
  /** Containers to read below, each a DN; the whole naming context when empty. */
  readonly bases: readonly string[];
  /** Attributes wanted beside those an Account always has. */
  readonly attributes: readonly string[];
};

export type NameQuery = { readonly attribute: string; readonly values: readonly string[] };

export interface DirectoryReader {
  facts(signal?: AbortSignal): Promise<DirectoryFacts>;
  /** Every account below the bases, in pages. Ends normally only after a complete read; else throws. */
  readAccounts(query: AccountQuery, signal?: AbortSignal): AsyncIterable<readonly Account[]>;
  /** The accounts with these immutable ids; one that is gone is left out. */
  findAccounts(
    ids: readonly string[],
    attributes: readonly string[],
  ): Promise<ReadonlyMap<string, Account>>;
  /** Accounts with one of the values in the attribute, wherever they lie. */
  findByAttribute(query: NameQuery, attributes: readonly string[]): Promise<readonly Account[]>;
  /**
   * Which of the names are taken: by any object of the domain, of the forest where its names are shared
   * (userPrincipalName, mail, proxyAddresses), or of the container where one is given (cn).
   */
  findTaken(query: NameQuery & { readonly container?: string }): Promise<ReadonlySet<string>>;
  /**
   * Groups by DN, immutable id, sAMAccountName or cn; keyed by the name asked for; absent ones are left
   * out. A cn that several groups share is refused.
   */
  findGroups(names: readonly string[]): Promise<ReadonlyMap<string, Group>>;
  /** Ids among those given that are protected: adminCount=1, privileged groups (nested), krbtgt and the like. */
  findProtected(ids: readonly string[]): Promise<ReadonlySet<string>>;
  containerExists(dn: string): Promise<boolean>;
}

export type NewAccount = {
  readonly dn: string;
  readonly attributes: Attributes;
  readonly enabled: boolean;
  readonly password: Secret;
  readonly mustChangePassword: boolean;
  /** Written with the account and never changed: by it a resumed run knows its own creation. */
  readonly marker: string;
};

/** What a look tells of an account that was created. */
export type CreatedAccount = {
  readonly id: string;
  readonly dn: string;
  readonly createdAt?: Date;
  /** Absent when it is not one of ours. */
  readonly marker?: string;
};

export type PasswordReset = {
  readonly password: Secret;
  /** The pwdLastSet that was seen: set by somebody else since, the password is not touched. */
  readonly from: string;
  readonly mustChange: boolean;
};

/** What a write came to. A refusal by the directory that a person must mend is thrown as a DirectoryRefusal. */
export type WriteResult = 'written' | 'already-so' | 'conflict';

export interface DirectoryWriter {
  /** Creates the account in one write. Throws a DirectoryRefusal with code 'name.taken' when one is. */
  createAccount(account: NewAccount): Promise<CreatedAccount>;
  /** The account at the DN, whoever made it: for adopting one's own after a crash. */
  findCreated(dn: string): Promise<CreatedAccount | undefined>;
  /** Compare-and-swap of whole attributes: deletes the old values and adds the new in one modify. */
  updateAccount(id: string, before: Attributes, after: Attributes): Promise<WriteResult>;
  /** Sets or clears ACCOUNTDISABLE, leaving every other bit, only if the account is as `from` says. */
  setEnabled(id: string, from: boolean, to: boolean): Promise<WriteResult>;
  /** An administrator's reset, in one write. Throws a DirectoryRefusal with a code `password.…`. */
  resetPassword(id: string, reset: PasswordReset): Promise<WriteResult>;
  /** Clears lockoutTime, only if it is still what was seen. */
  unlock(id: string, from: string): Promise<WriteResult>;
  /**
   * Whether this is the account's password, asked by signing in as it; undefined when the directory
   * refuses for another reason. A wrong one counts as a wrong try: only for what may well be right.
   */
  isPassword(id: string, password: Secret): Promise<boolean | undefined>;
  addMember(groupId: string, accountId: string): Promise<WriteResult>;
  removeMember(groupId: string, accountId: string): Promise<WriteResult>;
}

export type Directory = DirectoryReader & DirectoryWriter & AsyncDisposable;

/** Some directories say which rule it was; Active Directory says only that one was broken. */
export type PasswordRefusalCode =
  | 'password.refused'
  | 'password.too-short'
  | 'password.too-simple'
  | 'password.used-before'
  | 'password.too-young';

export type DirectoryRefusalCode =
  | 'name.taken'
  | PasswordRefusalCode
  | 'rights.missing'
  | 'container.missing'
  | 'object.missing'
  | 'value.refused'
  | 'attribute.unknown'
  | 'credentials.refused'
  | 'tls.untrusted'
  | 'tls.required'
  | 'directory.unreachable'
  | 'directory.busy'
  | 'read.incomplete'
  | 'directory.refused';

/** What a directory would not do, as a sentence; `retryable` when trying again later may help. */
export class DirectoryRefusal extends Error {
  readonly code: DirectoryRefusalCode;
  readonly retryable: boolean;
  readonly detail: unknown;
  override readonly name = 'DirectoryRefusal';

  constructor(code: DirectoryRefusalCode, sentence: string, retryable: boolean, detail?: unknown) {
    super(sentence);
    this.code = code;
    this.retryable = retryable;
    this.detail = detail;
  }
}
