// Guards judge a whole plan before the first write: how much it takes away, and whether to believe its source.
import { z } from 'zod';
import type { Change } from './change.ts';
import type { GuardVerdict } from './plan.ts';
import type { SourceFacts } from './record.ts';

const Limit = z.object({ count: z.int().min(0), percent: z.number().min(0).max(100) });

/** More than `count` and more than `percent` of the accounts: both must be passed (RULES: max of the two). */
export const GuardLimits = z.object({
  disables: Limit.default({ count: 3, percent: 5 }),
  deletes: Limit.default({ count: 1, percent: 2 }),
  groupRemovals: Limit.default({ count: 3, percent: 5 }),
  keyAttributes: Limit.default({ count: 3, percent: 5 }),
  /** Creations ask for a yes by hand above this; they never stop a run. */
  creations: Limit.default({ count: 10, percent: 10 }),
  /** How many records the source may have lost since the last run. */
  lostRecords: Limit.default({ count: 3, percent: 5 }),
});
export type GuardLimits = z.infer<typeof GuardLimits>;

/** What a plan comes to, added up change by change, so that a plan may be larger than memory. */
export type Totals = {
  readonly creations: number;
  readonly updates: number;
  readonly enables: number;
  readonly disables: number;
  readonly deletes: number;
  readonly groupAdditions: number;
  readonly groupRemovals: number;
  readonly keyAttributes: number;
  readonly tells: number;
};

export const noTotals: Totals = {
  creations: 0,
  updates: 0,
  enables: 0,
  disables: 0,
  deletes: 0,
  groupAdditions: 0,
  groupRemovals: 0,
  keyAttributes: 0,
  tells: 0,
};

/** Attributes by which people and systems find an account; a mass change of one is as bad as a deletion. */
export const keyAttributes = new Set([
  ...['mail', 'userprincipalname', 'samaccountname', 'proxyaddresses'],
  ...['employeeid', 'employeenumber', 'mailnickname'],
]);

export type Judged = {
  readonly totals: Totals;
  readonly limits: GuardLimits;
  readonly source: SourceFacts;
  /** The facts of the last run that was applied; undefined before the first. */
  readonly lastSource: SourceFacts | undefined;
  /** What runs of every automation did to the same directory in the last 24 hours. */
  readonly lastDay: Totals;
  /** How many accounts the automation knows: linked or matched. */
  readonly accounts: number;
  /** People linked but no longer in the source. */
  readonly gone: number;
  /** Changes left out because account or group is protected. */
  readonly protectedLeftOut: number;
  /** Whether any run of this automation was applied before. */
  readonly firstRun: boolean;
};

export function addUp(totals: Totals, changes: readonly Change[]): Totals {
  return changes.reduce(addOne, totals);
}

export function judge(_judged: Judged): GuardVerdict[] {
  return [];
}

/** Whether a person must say yes: always, or because of a verdict. `never` is for the lab's sample. */
export function needsApproval(
  approval: 'always' | 'first-run' | 'never',
  verdicts: readonly GuardVerdict[],
): boolean {
  return approval === 'always' || verdicts.some(({ verdict }) => verdict !== 'pass');
}

function addOne(totals: Totals, change: Change): Totals {
  switch (change.kind) {
    case 'create':
      return { ...totals, creations: totals.creations + 1 };
    case 'update': {
      const key = Object.keys(change.after).some((name) => keyAttributes.has(name.toLowerCase()));
      return {
        ...totals,
        updates: totals.updates + 1,
        keyAttributes: totals.keyAttributes + (key ? 1 : 0),
      };
    }
    case 'enable':
      return { ...totals, enables: totals.enables + 1 };
    case 'disable':
      return { ...totals, disables: totals.disables + 1 };
    case 'add-member':
      return { ...totals, groupAdditions: totals.groupAdditions + 1 };
    case 'remove-member':
      return { ...totals, groupRemovals: totals.groupRemovals + 1 };
    case 'tell':
      return { ...totals, tells: totals.tells + 1 };
  }
}
