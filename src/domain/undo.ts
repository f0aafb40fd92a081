// Undo is a plan like any other: it takes back what a run did, as far as nobody changed it since.
import type { Account } from './account.ts';
import type { Change } from './change.ts';
import type { Outcome } from './outcome.ts';
import type { PersonNote } from './plan.ts';

export type DoneChange = { readonly change: Change; readonly outcome: Outcome };

/** Which accounts a plan of undoing must look at. */
export function accountsToUndo(_done: readonly DoneChange[]): string[] {
  return [];
}

export function planUndo(
  _done: readonly DoneChange[],
  _accounts: ReadonlyMap<string, Account>,
): { readonly changes: Change[]; readonly notes: PersonNote[] } {
  return { changes: [], notes: [] };
}
