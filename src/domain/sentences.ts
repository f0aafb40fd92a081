// The first line of a plan, a run and a change: what it comes to, in words, before any table.
import type { Change } from './change.ts';
import type { Totals } from './totals.ts';
import { counted, listed } from './words.ts';

export type RunCounts = {
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly waiting: number;
  readonly pending: number;
};

/** "Creates 3 accounts, changes 1 and disables 2. Nothing is written until you approve." */
export function planSentence(
  totals: Totals,
  state: 'waiting' | 'other' = 'waiting',
  /** Accounts of a directory, or people of a service desk. */
  of: 'accounts' | 'people' = 'accounts',
): string {
  const told = planClause(totals, of);
  if (told === undefined) return 'Everything is as it should be; there is nothing to do.';
  return state === 'waiting' ? `${told}. Nothing is written until you approve.` : `${told}.`;
}

/** "Finished in 12 s: 14 done, 1 skipped because it was already so and 1 waits until 14:05." */
export function runSentence(run: {
  readonly state: 'running' | 'waiting' | 'finished' | 'failed';
  readonly counts: RunCounts;
  readonly tookMs: number;
  /** When the next waiting change is tried again, in the reader's words. */
  readonly waitsUntil?: string;
  /** Who had it ended before everything was done. */
  readonly cancelledBy?: string;
}): string {
  const { counts, state } = run;
  if (run.cancelledBy !== undefined) return cancelledSentence(run.cancelledBy, counts, run.tookMs);
  const until = run.waitsUntil === undefined ? '' : ` until ${run.waitsUntil}`;
  const waits = counts.waiting === 1 ? 'waits' : 'wait';
  const parts = [
    ...(counts.done > 0 ? [`${counts.done} done`] : []),
    ...(counts.skipped > 0
      ? [
          `${counts.skipped} skipped because ${counts.skipped === 1 ? 'it was' : 'they were'} already so`,
        ]
      : []),
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(counts.waiting > 0 ? [`${counts.waiting} ${waits}${until}`] : []),
    ...(counts.pending > 0 ? [`${counts.pending} still to do`] : []),
  ];
  const opening = {
    running: 'Running',
    waiting: `Waiting after ${duration(run.tookMs)}`,
    finished: `Finished in ${duration(run.tookMs)}`,
    failed: `Failed after ${duration(run.tookMs)}`,
  }[state];
  return `${opening}: ${parts.length === 0 ? 'nothing was to be done' : listed(parts)}.`;
}

/** "Cancelled by Rosa Almeida after 12 s: 14 done and 86 left undone." */
function cancelledSentence(by: string, { done, skipped, failed }: RunCounts, tookMs: number) {
  const parts = [
    ...(done > 0 ? [`${done} done`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${skipped} left undone`,
  ];
  return `Cancelled by ${by} after ${duration(tookMs)}: ${listed(parts)}.`;
}

/** "adds Ines Marlow to Quality" */
export function changeSentence(change: Change): string {
  const { personName } = change;
  switch (change.kind) {
    case 'create': {
      const login = change.after.sAMAccountName?.[0];
      const closed = change.after.enabled?.[0] === 'false' ? ', disabled for now' : '';
      return `creates an account for ${personName}${login === undefined ? '' : ` (${login})`}${closed}`;
    }
    case 'update':
      return `changes ${listed(Object.keys(change.after))} of ${personName}`;
    case 'enable':
      return `enables the account of ${personName}`;
    case 'disable':
      return `disables the account of ${personName}`;
    case 'add-member':
      return `adds ${personName} to ${change.group?.name ?? 'a group'}`;
    case 'remove-member':
      return `takes ${personName} out of ${change.group?.name ?? 'a group'}`;
    case 'reset-password':
      return `resets the password of ${personName}`;
    case 'unlock':
      return `unlocks the account of ${personName}`;
    case 'tell':
      return `tells ${change.target.name} about ${personName}`;
  }
}

/** "12 s", "3 min 20 s", "850 ms" */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  const rest = seconds % 60;
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}

function planClause(totals: Totals, of: 'accounts' | 'people'): string | undefined {
  const people = of === 'people';
  const accounts = [
    ['creates', totals.creations],
    ['changes', totals.updates],
    [people ? 'reactivates' : 'enables', totals.enables],
    [people ? 'deactivates' : 'disables', totals.disables],
    ['deletes', totals.deletes],
  ] as const;
  const [one, many] = people ? ['person', 'people'] : ['account', 'accounts'];
  const others = [
    ['adds', totals.groupAdditions, 'group membership'],
    ['removes', totals.groupRemovals, 'group membership'],
    ['resets', totals.resets, 'password'],
    ['unlocks', totals.unlocks, 'account'],
    ['sends', totals.tells, 'message'],
  ] as const;
  // The first says what is counted, the others need not: "Creates 3 accounts, changes 1, disables 2".
  const clauses = [
    ...accounts
      .filter(([, count]) => count > 0)
      .map(([verb, count], at) => `${verb} ${at === 0 ? counted(count, one, many) : count}`),
    ...others
      .filter(([, count]) => count > 0)
      .map(([verb, count, thing]) => `${verb} ${counted(count, thing)}`),
  ];
  const sentence = listed(clauses);
  return sentence === '' ? undefined : sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
