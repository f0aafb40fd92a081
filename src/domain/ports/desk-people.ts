// What a sync asks of a service desk: its people by the hundred, the hub's own tables and a remote Halo alike.
import type { Attributes } from '#domain/account.ts';
import type { Actor } from '#domain/actor.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';

/** A user, agent or CAB member of the desk, with the fields asked for (domain/sync/fields.ts). */
export type DeskPerson = {
  readonly id: number;
  readonly name: string;
  readonly active: boolean;
  /** Of an agent: whether they administer the desk. */
  readonly administrator: boolean;
  /** What it is instead of a person, where it is none: nobody is found so, and nothing is written to it. */
  readonly apart?: string;
  /**
   * Roles of agents by GUID, however they were named; a manager by the id of their record; a photo by the
   * lower-case hex of its sha-256. A field that is empty is not there.
   */
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
  /**
   * Puts photos by, for changes to come, which name them by sha-256. Gives back, in the same order, what to
   * name each by; undefined for what is no JPEG, PNG or GIF of at most 1 MB.
   */
  keepPhotos(photos: readonly Buffer[]): Promise<readonly (string | undefined)[]>;
}

/** In whose name a desk is written, and whose people alone. */
export type Writer = {
  readonly actor: Actor;
  /** Null for everybody's. */
  readonly clientId: number | null;
};

/** What only the sync knows of its changes when they are made; each by the change's id. */
export type KnownPeople = {
  /** Whose record a change is for that the same plan created. */
  readonly records: ReadonlyMap<string, number>;
  /** The record of the manager, of the same kind as the person's. */
  readonly managers: ReadonlyMap<string, number>;
  /** Of a creation, as `field=value` in lower case: it is not made where one of them finds somebody by now. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
};

/** Of changes that no sync made, as those of an undo. */
export const nobodyKnown: KnownPeople = {
  records: new Map(),
  managers: new Map(),
  keys: new Map(),
};
