// Choosing names for everybody a plan creates: free in the directory, and of no two people in the plan the same.
import type { Attributes } from './account.ts';
import { type Known, type NameQuestion, nameKey } from './looking.ts';
import { type AccountNames, attemptsMax, type NameSet, nameSet } from './naming-format.ts';
import type { Cell } from './record.ts';
import type { ChosenNames } from './subject.ts';

export type Newcomer = {
  readonly key: string;
  readonly columns: Readonly<Record<string, Cell>>;
  readonly container: string;
};

export type NameChoice = {
  readonly chosen: ReadonlyMap<string, ChosenNames>;
  /** Names whose being taken must be known before the choice is complete. */
  readonly ask: readonly NameQuestion[];
};

/** How many sets stand in a creation beside the first, for when that is taken by then. */
const fallbacksMax = 2;
/** Most people get their first set, so few are asked for at first, and so many when those are taken. */
const askedNext = 12;

/** What must be unique, and where: displayName need not be. */
const unique = ['sAMAccountName', 'userPrincipalName', 'mail', 'cn'] as const;

/** Newcomers choose in the order of their keys, so that the order of records makes no difference. */
export function chooseNames(
  newcomers: readonly Newcomer[],
  names: AccountNames,
  known: Pick<Known, 'names'>,
): NameChoice {
  const claimed = new Set<string>();
  const firsts: { newcomer: Newcomer; set: NameSet; attempt: number }[] = [];
  const ask = new Map<string, { question: NameQuestion; values: Map<string, string> }>();
  for (const newcomer of newcomers.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const found = firstFree(newcomer, names, known, claimed);
    if (found.kind === 'free') {
      for (const key of keysOf(found.set, newcomer)) claimed.add(key);
      firsts.push({ newcomer, set: found.set, attempt: found.attempt });
      askFor(newcomer, names, found.attempt + 1, fallbacksMax, known, ask);
    } else if (found.kind === 'unknown') {
      const count = found.attempt === 0 ? 1 + fallbacksMax : askedNext;
      askFor(newcomer, names, found.attempt, count, known, ask);
    }
  }
  const chosen = new Map<string, ChosenNames>();
  for (const { newcomer, set, attempt } of firsts) {
    const fallbacks = fallbacksFor(newcomer, names, known, claimed, attempt + 1);
    chosen.set(newcomer.key, { first: attributesOf(set), fallbacks });
  }
  return {
    chosen,
    ask: [...ask.values()].map(({ question, values }) => ({
      ...question,
      values: [...values.values()],
    })),
  };
}

type Found =
  | { readonly kind: 'free'; readonly set: NameSet; readonly attempt: number }
  | { readonly kind: 'unknown'; readonly attempt: number }
  | { readonly kind: 'none' };

function firstFree(
  newcomer: Newcomer,
  names: AccountNames,
  known: Pick<Known, 'names'>,
  claimed: ReadonlySet<string>,
  from = 0,
): Found {
  for (let attempt = from; attempt < attemptsMax; attempt += 1) {
    const set = nameSet(names, attempt, newcomer.columns);
    if (set === undefined) return { kind: 'none' };
    const keys = keysOf(set, newcomer);
    if (keys.length === 0 || keys.some((key) => claimed.has(key) || known.names.get(key))) continue;
    if (keys.some((key) => !known.names.has(key))) return { kind: 'unknown', attempt };
    return { kind: 'free', set, attempt };
  }
  return { kind: 'none' };
}

function fallbacksFor(
  newcomer: Newcomer,
  names: AccountNames,
  known: Pick<Known, 'names'>,
  claimed: ReadonlySet<string>,
  from: number,
): Attributes[] {
  const sets: Attributes[] = [];
  let next = from;
  while (sets.length < fallbacksMax) {
    const found = firstFree(newcomer, names, known, claimed, next);
    if (found.kind !== 'free') return sets;
    sets.push(attributesOf(found.set));
    next = found.attempt + 1;
  }
  return sets;
}

function askFor(
  newcomer: Newcomer,
  names: AccountNames,
  from: number,
  count: number,
  known: Pick<Known, 'names'>,
  ask: Map<string, { question: NameQuestion; values: Map<string, string> }>,
): void {
  for (let next = from; next < from + count; next += 1) {
    const set = nameSet(names, next, newcomer.columns);
    if (set === undefined) return;
    for (const attribute of unique) {
      const value = set[attribute];
      if (value === undefined) continue;
      const container = attribute === 'cn' ? newcomer.container : undefined;
      const place = container === undefined ? {} : { container };
      const key = nameKey({ attribute, value, ...place });
      if (known.names.has(key)) continue;
      const where = `${attribute}\n${container ?? ''}`;
      const asked = ask.get(where) ?? {
        question: { attribute, values: [], ...place },
        values: new Map<string, string>(),
      };
      ask.set(where, asked);
      asked.values.set(key, value);
    }
  }
}

function keysOf(set: NameSet, { container }: Newcomer): string[] {
  return unique.flatMap((attribute) => {
    const value = set[attribute];
    if (value === undefined) return [];
    return [nameKey({ attribute, value, ...(attribute === 'cn' ? { container } : {}) })];
  });
}

function attributesOf(set: NameSet): Attributes {
  return Object.fromEntries(Object.entries(set).map(([name, value]) => [name, [value]]));
}
