// A resource of the desk is a value: its table, its members, how it is found and filtered, and its rules.
import type { Actor } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import type { Given } from '#http/halo/model.ts';
import type { Tx } from '#store/db.ts';
import type { CustomFieldOwner } from './custom-field-owners.ts';
import type { Filter, Sql } from './filter.ts';
import type { Members } from './member.ts';

export type Resource = {
  /** Halo's word in the path: /api/Users. */
  readonly path: string;
  /** Halo's names for the models of one record and of a list's rows. */
  readonly model: readonly [single: string, row: string];
  /** Our word, in sentences and audit entries. */
  readonly kind: string;
  /** The key of the rows in the list's envelope; without one the list is a bare array. */
  readonly envelope?: string;
  readonly table: string;
  /** FROM: the table as `t`, and what its members are read from besides. */
  readonly from: string;
  /** Where it is read from, when that is more than what may be written: rows of the desk's own. */
  readonly readFrom?: string;
  readonly members: Members;
  /** The members that name one record: `id`, for some together with what it is numbered within. */
  readonly keys: readonly string[];
  /** The member that names a record to people. */
  readonly named: string;
  /** Whether the table has created_at and updated_at. */
  readonly dated: boolean;
  /** The order of a list that asks for none. */
  readonly order: string;
  /** What `search` looks into, as SQL expressions, and `search_phonenumbers` besides. */
  readonly search: readonly string[];
  readonly searchPhones?: readonly string[];
  readonly filters: Readonly<Record<string, Filter>>;
  /** Conditions on every list that does not ask otherwise. */
  always?(asked: Given, asking: { readonly now: Date }): readonly Sql[];
  readonly customFields?: CustomFieldOwner;
  /** `idonly` or its like: the parameter, and the members that are left with it. */
  readonly idOnly?: { readonly parameter: string; readonly members: readonly string[] };
  /** What of it the actor may see; undefined: everything. */
  visibleTo(actor: Actor): Sql | undefined;
  readonly read: ReadAccess;
  /** One permission, or several of which the rules ask for the one that fits. */
  readonly edit: Permission | readonly [Permission, ...Permission[]];
  /** The largest POST, where the server's general limit does not fit. */
  readonly bodyBytesMax?: number;
  /** People who are no agents may create these, for themselves. */
  readonly openToUsers?: boolean;
  /** Belongs to no client: an actor bound to one may not change it. */
  readonly shared?: boolean;
  readonly rules: Rules;
};

/** Who may read: whoever is signed in, or who holds at least one of the permissions. */
export type ReadAccess = 'signed-in' | readonly [Permission, ...Permission[]];

/** A row as the table holds it: columns by name, `extra` and `custom_fields` as objects. */
export type Raw = Readonly<Record<string, unknown>>;

export type Saving = {
  readonly tx: Tx;
  readonly actor: Actor;
  readonly now: Date;
  readonly given: Given;
};

/** A resource's own rules. What they return is written; it may name managed members too. */
export type Rules = {
  create(saving: Saving): Promise<Given>;
  change(saving: Saving & { readonly before: Raw }): Promise<Given>;
  /** What follows from it in other tables, in the same transaction. */
  created?(saving: Saving & { readonly after: Raw }): Promise<void>;
  changed?(saving: Saving & { readonly before: Raw; readonly after: Raw }): Promise<void>;
  /** Instead of removing the row: what to write into it. */
  softDelete?(asked: { readonly now: Date; readonly reason: string | undefined }): Given;
  /** Refuses a deletion that must not be. */
  mayDelete?(before: Raw, asked: Pick<Saving, 'tx' | 'actor'>): void | Promise<void>;
};
