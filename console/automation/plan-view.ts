// What the plan page shows of a plan: people in groups, changes in words, guards in order; pure, for tests to read.
import type { ChangeWire, GuardWire, PlanPersonWire, PlanWire } from '#features/automation/wire.ts';
import { fieldValue, fieldWord, isOfSync } from './desk-words.ts';

export const groupTitles: readonly (readonly [PlanPersonWire['group'], string])[] = [
  ['starter', 'Starters'],
  ['mover', 'Movers'],
  ['leaver', 'Leavers'],
  ['disputed', 'Disputed'],
  ['waiting', 'Waiting'],
  ['unchanged', 'Nothing to do'],
];

export type PeopleGroup = {
  readonly group: PlanPersonWire['group'];
  readonly title: string;
  readonly people: readonly PlanPersonWire[];
};

/** People by situation, those that fit the words; a group without people is left out. */
export function peopleGroups(
  plan: Pick<PlanWire, 'people' | 'changes'>,
  find: string,
): readonly PeopleGroup[] {
  const changes = Map.groupBy(plan.changes, ({ personKey }) => personKey);
  const fitting = plan.people.filter((person) => fits(person, changes.get(person.key) ?? [], find));
  return groupTitles
    .map(([group, title]) => ({
      group,
      title,
      people: fitting.filter((person) => person.group === group),
    }))
    .filter(({ people }) => people.length > 0);
}

/** Whether a person or their changes have every word somewhere. */
function fits(person: PlanPersonWire, changes: readonly ChangeWire[], find: string): boolean {
  const words = wordsOf(find);
  if (words.length === 0) return true;
  const text = [
    person.name,
    person.key,
    ...person.notes.map((note) => note.sentence),
    ...changes.map(textOf),
  ].join(' ');
  return hasAll(text, words);
}

/** A person's changes; words that fit some of them, and not the person, leave only those. */
export function changesOf(
  plan: Pick<PlanWire, 'changes'>,
  personKey: string,
  find = '',
): readonly ChangeWire[] {
  const theirs = plan.changes.filter((change) => change.personKey === personKey);
  const words = wordsOf(find);
  const fitting = theirs.filter((change) => hasAll(textOf(change), words));
  return fitting.length === 0 ? theirs : fitting;
}

/** What a change is made to, by the name people know it by: a group for a membership. */
export function targetOf(change: Pick<ChangeWire, 'kind' | 'target' | 'before' | 'after'>): string {
  switch (change.kind) {
    case 'add-member':
      return change.after.memberOf?.join(', ') ?? change.target.name;
    case 'remove-member':
      return change.before.memberOf?.join(', ') ?? change.target.name;
    case 'tell':
      return change.after.id?.[0] ?? change.target.name;
    default:
      return change.target.name;
  }
}

export type DiffRow = {
  readonly attribute: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** The reasons that speak of this attribute. */
  readonly because: readonly string[];
};

/** One row per attribute that either side names, with its reasons; the line itself says the rest. */
export function diffRows(change: ChangeWire): readonly DiffRow[] {
  if (['add-member', 'remove-member', 'reset-password', 'unlock', 'tell'].includes(change.kind))
    return [];
  const names = [...new Set([...Object.keys(change.before), ...Object.keys(change.after)])];
  const sync = isOfSync(change);
  const said = sync ? fieldValue : attributeValue;
  return names.map((name) => ({
    attribute: sync ? fieldWord(name) : name === 'enabled' ? 'account' : name,
    before: (change.before[name] ?? []).map((value) => said(name, value)),
    after: (change.after[name] ?? []).map((value) => said(name, value)),
    because: change.because.filter((reason) => reason.startsWith(`${name} is `)),
  }));
}

function attributeValue(attribute: string, value: string): string {
  if (attribute !== 'enabled') return value;
  return value === 'true' ? 'enabled' : 'disabled';
}

/** The reasons of the change as a whole. */
export function otherReasons(change: ChangeWire): readonly string[] {
  const told = new Set(diffRows(change).flatMap(({ because }) => because));
  return change.because.filter((reason) => !told.has(reason));
}

/** Guards that stop come first, then those to look at, then those that counted something. */
export function guardsInOrder(guards: readonly GuardWire[]): {
  readonly shown: readonly GuardWire[];
  readonly quiet: readonly GuardWire[];
} {
  const counted = (guard: GuardWire) => /\d/.test(guard.sentence);
  const shown = (['stop', 'review', 'pass'] as const).flatMap((verdict) =>
    guards.filter((guard) => guard.verdict === verdict && (verdict !== 'pass' || counted(guard))),
  );
  return { shown, quiet: guards.filter((guard) => !shown.includes(guard)) };
}

export type Danger = {
  /** Who loses their account, by name; of a large plan those that are shown. */
  readonly names: readonly string[];
  readonly count: number;
  /** What must be typed: how many. */
  readonly typed: string;
  /** "disable 2 accounts", "deactivate 2 people" */
  readonly act: string;
  /** Whether an undo brings back those that are shown, all of them. */
  readonly isReversible: boolean;
};

type Dangerous = Pick<PlanWire, 'changes' | 'disables'>;

/** Accounts that the plan disables: they are counted by hand before it is approved. */
export function dangerOf({ changes, disables: count }: Dangerous): Danger | undefined {
  if (count === 0) return undefined;
  const closing = changes.filter(({ kind }) => kind === 'disable');
  const people = changes.some(isOfSync);
  const act = people
    ? `deactivate ${count === 1 ? '1 person' : `${count.toLocaleString('en')} people`}`
    : `disable ${counted(count, 'account')}`;
  return {
    names: closing.map(({ target }) => target.name),
    ...{ count, typed: String(count), act },
    isReversible: closing.length > 0 && closing.every(({ reversible }) => reversible),
  };
}

/** "Disable 2 accounts and make 6 other changes": what the button does, with its object. */
export function approveLabel(plan: Dangerous & Pick<PlanWire, 'changeCount'>): string {
  const danger = dangerOf(plan);
  const others = plan.changeCount - plan.disables;
  if (danger === undefined) return `Approve and make ${counted(plan.changeCount, 'change')}`;
  const act = danger.act.charAt(0).toUpperCase() + danger.act.slice(1);
  if (others === 0) return act;
  return `${act} and make ${others.toLocaleString('en')} other ${others === 1 ? 'change' : 'changes'}`;
}

/** "8 changes for 4 people"; of a large plan not everybody is here to be counted. */
export function extentOf(plan: Pick<PlanWire, 'people' | 'changeCount' | 'next'>): string {
  if (plan.next !== null) return counted(plan.changeCount, 'change');
  const people = plan.people.filter(({ changes }) => changes > 0).length;
  const who = people === 1 ? '1 person' : `${people} people`;
  return `${counted(plan.changeCount, 'change')} for ${who}`;
}

export function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
}

function wordsOf(find: string): readonly string[] {
  return find.toLowerCase().split(/\s+/).filter(Boolean);
}

function hasAll(text: string, words: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

function textOf(change: ChangeWire): string {
  const values = [...Object.values(change.before), ...Object.values(change.after)].flat();
  return [change.system, change.action, change.target.name, ...values, ...change.because].join(' ');
}
