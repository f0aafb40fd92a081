// A change is one difference to make in one outside system: what it is now, what it shall be, and why.
import type { Attributes } from './account.ts';
import type { ResetRules } from './reset.ts';

export const changeKinds = [
  'create',
  'update',
  'enable',
  'disable',
  'add-member',
  'remove-member',
  'reset-password',
  'unlock',
  'tell',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

export type Target =
  /** An account or ticket that exists, by immutable id. */
  | { readonly kind: 'existing'; readonly id: string; readonly name: string }
  /** An account that this very plan creates: `change` is the id of the creating change. */
  | { readonly kind: 'planned'; readonly change: string; readonly name: string };

export type Change = {
  /** Stable within the plan: derived from person, step and target, so planning twice gives the same. */
  readonly id: string;
  readonly personKey: string;
  readonly personName: string;
  /** The automation's step that asks for it, counted from 0, and its action. */
  readonly step: number;
  readonly action: string;
  readonly kind: ChangeKind;
  /** The connection it is made through (its id) and how people call that system. */
  readonly connectionId: string;
  readonly system: string;
  readonly target: Target;
  /**
   * Only what differs, on both sides, by LDAP name. Three are written in other ways than the rest:
   * `distinguishedName` (of a creation), `enabled` ("true" or "false") and `memberOf` (the group's name).
   */
  readonly before: Attributes;
  readonly after: Attributes;
  /** For a creation: whole sets of fallback names, in order, for when the first is taken by then. */
  readonly fallbacks: readonly Attributes[];
  /** The group of an add-member or remove-member, by immutable id. */
  readonly group?: { readonly id: string; readonly name: string };
  /** The outbound webhook of a tell. */
  readonly webhookId?: string;
  /** Of a creation or a reset: the password must be changed at the next logon. */
  readonly mustChangePassword?: boolean;
  /** Of a reset or an unlock: where the password comes from, and whose account is left alone. */
  readonly reset?: {
    readonly password?: 'chosen' | 'generated';
    readonly rules: ResetRules;
  };
  /**
   * Of a sync, whom a person reports to: `before` and `after` have names alone. The manager is somebody of the
   * same directory, and may have no record in the desk before this plan is applied.
   */
  readonly manager?: {
    readonly entryId: string | null;
    readonly was: number | null;
  };
  readonly because: readonly string[];
  readonly reversible: boolean;
  /** Why it cannot be undone, when it cannot. */
  readonly irreversibleBecause?: string;
  /** Ids of changes of the same person that must be done before. */
  readonly needs: readonly string[];
};
