// Planning is pure: it asks what must be known, and from what is known it makes changes with reasons.
import type { AutomationDefinition } from './automation.ts';
import type { Change } from './change.ts';
import type { Totals } from './guards.ts';
import { noTotals } from './guards.ts';
import type { Link } from './link.ts';
import type { Known, Questions } from './looking.ts';
import type { PersonNote, Situation } from './plan.ts';
import type { SourceRead } from './record.ts';

export type PersonGroup = 'starter' | 'mover' | 'leaver' | 'disputed' | 'waiting' | 'unchanged';

export type PlannedPerson = {
  readonly key: string;
  readonly name: string;
  readonly situation: Situation;
  readonly group: PersonGroup;
  readonly changes: readonly Change[];
  readonly notes: readonly PersonNote[];
};

export type PlannedPage = {
  /** Everyone in scope, in key order. */
  readonly people: readonly PlannedPerson[];
  readonly changes: readonly Change[];
  readonly notes: readonly PersonNote[];
  /** Links found by a rule, to be remembered when the plan is applied (or at once when it is empty). */
  readonly links: readonly Link[];
  readonly totals: Totals;
  /** Accounts linked or matched: what the guards take their shares of. */
  readonly accounts: number;
  readonly gone: number;
  readonly protectedLeftOut: number;
};

/** The attributes that accounts must be read with for this automation. */
export function attributesNeeded(_definition: AutomationDefinition): string[] {
  return [];
}

/**
 * What must still be asked before planPage can plan. Answer, learn, and ask again until it asks nothing,
 * at most `roundsMax` times: which names to ask for depends on who has no account.
 */
export function questions(
  _definition: AutomationDefinition,
  _source: SourceRead,
  _known: Known,
  _now: Date,
): Questions {
  return {
    accountIds: [],
    accountsWith: [],
    names: [],
    groups: [],
    containers: [],
    protectedIds: [],
  };
}

/** The changes that make accounts what the automation says, and a note for whoever it leaves alone. */
export function planPage(
  _definition: AutomationDefinition,
  _source: SourceRead,
  _known: Known,
  _now: Date,
): PlannedPage {
  return {
    people: [],
    changes: [],
    notes: [],
    links: [],
    totals: noTotals,
    accounts: 0,
    gone: 0,
    protectedLeftOut: 0,
  };
}
