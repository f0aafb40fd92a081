// A plan is a value: an ordered list of changes with reasons, and what the guards say of the whole.
import type { Change } from './change.ts';
import type { SourceFacts } from './record.ts';

export type Situation = 'new' | 'linked' | 'disputed' | 'gone';

/** What a plan says of one person for whom it may or may not change anything. */
export type PersonNote = {
  readonly personKey: string;
  readonly personName: string;
  readonly situation: Situation;
  /** Why nothing (or no more) is done for this person: a dispute, a start date, a missing value. */
  readonly sentence: string;
  /** A stable code when it is a refusal a person must mend; undefined when it is as it should be. */
  readonly code?: string;
};

/** Where a plan's page shows a person. `disputed` is everyone somebody must decide about. */
export type PersonGroup = 'starter' | 'mover' | 'leaver' | 'disputed' | 'waiting' | 'unchanged';

/** What a plan does for one person. */
export type PlannedPerson = {
  readonly key: string;
  readonly name: string;
  readonly situation: Situation;
  readonly group: PersonGroup;
  readonly changes: readonly Change[];
  readonly notes: readonly PersonNote[];
  /** How many changes were left out because the account or the group is protected. */
  readonly leftOut: number;
};

export type GuardVerdict = {
  readonly name: string;
  /** `review` asks for a yes by hand even where none would be needed; `stop` needs a named override. */
  readonly verdict: 'pass' | 'review' | 'stop';
  /** With its arithmetic: "2 of 38 accounts disabled, 5 %; the limit is 3 or 5 %". */
  readonly sentence: string;
};

export type Plan = {
  readonly id: string;
  readonly automationId: string;
  readonly automationVersion: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly changes: readonly Change[];
  readonly notes: readonly PersonNote[];
  readonly guards: readonly GuardVerdict[];
  readonly source: SourceFacts;
  /** sha-256 over the canonical JSON (RFC 8785) of what is approved; see planHash. */
  readonly hash: string;
};
