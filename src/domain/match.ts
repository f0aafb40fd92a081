// Matching decides which account a record is: links first, then rules in order, and never by guessing.
import type { AutomationDefinition } from './automation.ts';
import type { Known } from './looking.ts';
import type { Situation } from './plan.ts';
import type { SourceRecord } from './record.ts';

export type Match = {
  readonly personKey: string;
  readonly personName: string;
  readonly situation: Situation;
  /** The account, when the situation is linked, and when it is gone but still there. */
  readonly accountId?: string;
  /** Why: how the account was found, or what is disputed, as a sentence. */
  readonly sentence: string;
  /** For a dispute: its stable code. */
  readonly code?: string;
};

/** One match for each record and each link without a record, in key order. */
export function matchRecords(
  _definition: AutomationDefinition,
  _records: readonly SourceRecord[],
  _known: Known,
): Match[] {
  return [];
}
