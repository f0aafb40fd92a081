// What the plan page shows of a plan: people in groups, found by a few letters; pure, so that tests can read it.
import type { ChangeWire, PlanPersonWire, PlanWire } from '#features/automation/wire.ts';

export const groupTitles: readonly (readonly [PlanPersonWire['group'], string])[] = [
  ['starter', 'Starters'],
  ['mover', 'Movers'],
  ['leaver', 'Leavers'],
  ['disputed', 'Disputed'],
  ['waiting', 'Waiting'],
  ['unchanged', 'Nothing to do'],
];

export type PeopleGroup = {
  readonly title: string;
  readonly people: readonly PlanPersonWire[];
};

/** People by situation, those that fit the words; a group without people is left out. */
export function peopleGroups(plan: PlanWire, find: string): readonly PeopleGroup[] {
  const fitting = plan.people.filter((person) => fits(plan, person, find));
  return groupTitles
    .map(([group, title]) => ({
      title,
      people: fitting.filter((person) => person.group === group),
    }))
    .filter((group) => group.people.length > 0);
}

/** Whether a person or one of their changes has every word somewhere. */
function fits(plan: PlanWire, person: PlanPersonWire, find: string): boolean {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = [
    person.name,
    person.key,
    ...person.notes.map((note) => note.sentence),
    ...changesOf(plan, person.key).map(textOf),
  ]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

export function changesOf(plan: PlanWire, personKey: string): readonly ChangeWire[] {
  return plan.changes.filter((change) => change.personKey === personKey);
}

export type DiffRow = {
  readonly attribute: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
};

/** One row per attribute that either side names. */
export function diffRows(change: ChangeWire): readonly DiffRow[] {
  const names = [...new Set([...Object.keys(change.before), ...Object.keys(change.after)])];
  return names.map((attribute) => ({
    attribute,
    before: change.before[attribute] ?? [],
    after: change.after[attribute] ?? [],
  }));
}

function textOf(change: ChangeWire): string {
  const values = [...Object.values(change.before), ...Object.values(change.after)].flat();
  return [change.system, change.action, change.target.name, ...values, ...change.because].join(' ');
}
