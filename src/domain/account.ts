// An account is a person's entry in one directory, named for ever by an id that the directory chose.

/**
 * Attribute values by LDAP name (spelt as the schema spells it). Absent and [] mean the same: no value.
 * GUIDs and SIDs stand in their usual text form, photos and other octets as base64.
 */
export type Attributes = Readonly<Record<string, readonly string[]>>;

export type Account = {
  /** The directory's immutable id: objectGUID in its usual text form, lower case (MS-DTYP §2.3.4.3). */
  readonly id: string;
  readonly dn: string;
  readonly enabled: boolean;
  readonly attributes: Attributes;
  /** Groups the account is a direct member of, by immutable id. */
  readonly groupIds: readonly string[];
  readonly createdAt?: Date;
};

export type Group = {
  readonly id: string;
  readonly dn: string;
  readonly name: string;
  /** adminCount=1, a well-known privileged SID, or nested in one: never touched (RULES: guards). */
  readonly protected: boolean;
};
