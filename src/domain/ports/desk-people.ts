// What a sync asks of a service desk: its people by the hundred, the hub's own tables and a remote Halo alike.
import type { Attributes } from '#domain/account.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';

/** A user, agent or CAB member of the desk, with the fields asked for (domain/sync/fields.ts). */
export type DeskPerson = {
  readonly id: number;
  readonly name: string;
  readonly active: boolean;
  /** Of an agent: whether they administer the desk. */
  readonly administrator: boolean;
  readonly fields: Attributes;
};

export interface DeskPeople {
  /** Those of the ids that are there, in any order, active or not. */
  find(
    target: SyncTarget,
    ids: readonly number[],
    fields: readonly string[],
  ): Promise<readonly DeskPerson[]>;
  /**
   * Everybody whose field has one of the values, in any letter case; a person found by several comes once.
   * Service accounts and the general user are nobody's match.
   */
  findBy(
    target: SyncTarget,
    wanted: readonly { readonly field: string; readonly values: readonly string[] }[],
    fields: readonly string[],
  ): Promise<readonly DeskPerson[]>;
  /** How many active administrators there are: the last of them stays. */
  countAdministrators(): Promise<number>;
}
