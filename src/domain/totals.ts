// What a plan comes to, added up change by change, so that a plan may be larger than memory.
import { z } from 'zod';
import type { Change, ChangeKind } from './change.ts';
import { deskFields } from './sync/fields.ts';

const count = z.int().min(0);

export const Totals = z.object({
  creations: count,
  updates: count,
  enables: count,
  disables: count,
  deletes: count,
  groupAdditions: count,
  groupRemovals: count,
  keyAttributes: count,
  /** Of a sync: people whose site, role or name changes. */
  moves: count,
  resets: count,
  unlocks: count,
  tells: count,
});
export type Totals = z.infer<typeof Totals>;

export const noTotals: Totals = {
  creations: 0,
  updates: 0,
  enables: 0,
  disables: 0,
  deletes: 0,
  groupAdditions: 0,
  groupRemovals: 0,
  keyAttributes: 0,
  moves: 0,
  resets: 0,
  unlocks: 0,
  tells: 0,
};

/** Attributes by which people and systems find an account; a mass change of one is as bad as a deletion. */
export const keyAttributes = new Set([
  ...['mail', 'userprincipalname', 'samaccountname', 'proxyaddresses'],
  ...['employeeid', 'employeenumber', 'mailnickname'],
]);

/** The same of a service desk's people: what a sync writes is spelt in the desk's own words. */
export const keyFields: ReadonlySet<string> = namesOf('key');
/** Where a person is known by them: a mass change is a directory that was reordered, or read wrongly. */
export const moveFields: ReadonlySet<string> = namesOf('move');

function namesOf(mark: 'key' | 'move'): ReadonlySet<string> {
  return new Set(deskFields.filter((field) => field[mark] === true).map(({ name }) => name));
}

/** Whether a sync makes it, in a service desk; all others are made in directories and applications. */
export function isOfSync({ action }: Pick<Change, 'action'>): boolean {
  return action.startsWith('sync-');
}

export function addUp(totals: Totals, changes: readonly Change[]): Totals {
  const sum = { ...totals };
  for (const change of changes) addOne(sum, change);
  return sum;
}

export function addTotals(one: Totals, other: Totals): Totals {
  const sum = { ...one };
  for (const name of Totals.keyof().options) sum[name] += other[name];
  return sum;
}

/** Without what was taken out of it again. */
export function takeOff(totals: Totals, taken: Totals): Totals {
  const left = { ...totals };
  for (const name of Totals.keyof().options) left[name] -= taken[name];
  return left;
}

/** As what a change counts, by its kind; some updates count as more beside. */
export const countedAs: Readonly<Record<ChangeKind, keyof Totals>> = {
  create: 'creations',
  update: 'updates',
  enable: 'enables',
  disable: 'disables',
  'add-member': 'groupAdditions',
  'remove-member': 'groupRemovals',
  'reset-password': 'resets',
  unlock: 'unlocks',
  tell: 'tells',
};

/** How many changes these are, each counted once. */
export function countChanges(totals: Totals): number {
  return Object.values(countedAs).reduce((sum, name) => sum + totals[name], 0);
}

/** So many changes of a sync that are counted alike; `key` and `move` as keyFields and moveFields say. */
export type Alike = {
  readonly kind: ChangeKind;
  readonly key: boolean;
  readonly move: boolean;
  readonly count: number;
};

/** As addUp does, of changes that were counted where they are. */
export function addAlike(rows: readonly Alike[]): Totals {
  const sum = { ...noTotals };
  for (const { kind, key, move, count } of rows) {
    sum[countedAs[kind]] += count;
    if (key) sum.keyAttributes += count;
    if (move) sum.moves += count;
  }
  return sum;
}

function addOne(sum: Totals, change: Change): void {
  if (change.kind === 'update') addUpdate(sum, change);
  else sum[countedAs[change.kind]] += 1;
}

function addUpdate(sum: Totals, change: Change): void {
  const names = Object.keys(change.after);
  const sync = isOfSync(change);
  const key = names.some((name) =>
    sync ? keyFields.has(name) : keyAttributes.has(name.toLowerCase()),
  );
  const move = sync && names.some((name) => moveFields.has(name));
  sum.updates += 1;
  if (key) sum.keyAttributes += 1;
  if (move) sum.moves += 1;
}
