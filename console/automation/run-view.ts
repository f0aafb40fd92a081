// What the run page shows of a run; pure, so that tests can read it.
import type { OutcomeWire } from '#features/automation/wire.ts';

export type PersonOutcomes = {
  readonly key: string;
  readonly name: string;
  readonly outcomes: readonly OutcomeWire[];
};

/** Outcomes under the person they are for, in the order of the run. */
export function outcomesByPerson(outcomes: readonly OutcomeWire[]): readonly PersonOutcomes[] {
  const people = Map.groupBy(outcomes, ({ personKey }) => personKey);
  return [...people].map(([key, theirs]) => ({
    key,
    name: theirs[0]?.personName ?? key,
    outcomes: theirs,
  }));
}
