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

/** What must be unique: displayName need not be. cn is so within its container, the others everywhere. */
const unique = ['sAMAccountName', 'userPrincipalName', 'mail', 'cn'] as const;

/** One name that must be free, and by what key that is known. */
type Wanted = {
  readonly key: string;
  readonly attribute: string;
  readonly value: string;
  readonly container?: string;
};

/** The nth set of names of one person; nothing when there is no nth. Computed once. */
type Attempt = { readonly set: NameSet; readonly wanted: readonly Wanted[] };
type Attempts = (attempt: number) => Attempt | undefined;

type Found =
  | { readonly kind: 'free'; readonly set: NameSet; readonly attempt: number }
  | { readonly kind: 'unknown'; readonly attempt: number }
  | { readonly kind: 'none' };

/** Newcomers choose in the order of their keys, so that the order of records makes no difference. */
export function chooseNames(
  newcomers: readonly Newcomer[],
  names: AccountNames,
  known: Pick<Known, 'names'>,
): NameChoice {
  const claimed = new Set<string>();
  const ask = new Map<string, Wanted>();
  const askFor = (attempts: Attempts, from: number, count: number) => {
    for (let next = from; next < from + count; next += 1) {
      const unknown = attempts(next)?.wanted.filter(({ key }) => !known.names.has(key)) ?? [];
      for (const wanted of unknown) ask.set(wanted.key, wanted);
    }
  };
  const firsts = newcomers
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
    .flatMap((newcomer) => {
      const attempts = attemptsOf(newcomer, names);
      const found = firstFree(attempts, known, claimed, 0);
      if (found.kind === 'unknown') {
        askFor(attempts, found.attempt, found.attempt === 0 ? 1 + fallbacksMax : askedNext);
      }
      if (found.kind !== 'free') return [];
      for (const { key } of attempts(found.attempt)?.wanted ?? []) claimed.add(key);
      askFor(attempts, found.attempt + 1, fallbacksMax);
      return [{ newcomer, attempts, ...found }];
    });
  // Fallbacks come last: nobody's second choice shall be somebody else's first.
  const chosen = firsts.map(({ newcomer, attempts, set, attempt }): [string, ChosenNames] => [
    newcomer.key,
    {
      first: attributesOf(set),
      fallbacks: fallbacksFrom(attempts, known, claimed, attempt + 1),
    },
  ]);
  return { chosen: new Map(chosen), ask: questionsOf(ask) };
}

function firstFree(
  attempts: Attempts,
  known: Pick<Known, 'names'>,
  claimed: ReadonlySet<string>,
  from: number,
): Found {
  for (let attempt = from; attempt < attemptsMax; attempt += 1) {
    const tried = attempts(attempt);
    if (tried === undefined) return { kind: 'none' };
    const { set, wanted } = tried;
    const isGone = wanted.some(({ key }) => claimed.has(key) || known.names.get(key));
    if (isGone || wanted.length === 0) continue;
    const isKnown = wanted.every(({ key }) => known.names.has(key));
    return isKnown ? { kind: 'free', set, attempt } : { kind: 'unknown', attempt };
  }
  return { kind: 'none' };
}

function fallbacksFrom(
  attempts: Attempts,
  known: Pick<Known, 'names'>,
  claimed: ReadonlySet<string>,
  from: number,
): Attributes[] {
  const sets: Attributes[] = [];
  let next = from;
  while (sets.length < fallbacksMax) {
    const found = firstFree(attempts, known, claimed, next);
    if (found.kind !== 'free') return sets;
    sets.push(attributesOf(found.set));
    next = found.attempt + 1;
  }
  return sets;
}

function attemptsOf({ columns, container }: Newcomer, names: AccountNames): Attempts {
  const made: (Attempt | undefined)[] = [];
  return (attempt) => {
    if (attempt in made) return made[attempt];
    const set = nameSet(names, attempt, columns);
    made[attempt] = set === undefined ? undefined : { set, wanted: wantedBy(set, container) };
    return made[attempt];
  };
}

function wantedBy(set: NameSet, container: string): Wanted[] {
  return unique.flatMap((attribute) => {
    const value = set[attribute];
    if (value === undefined) return [];
    const name = attribute === 'cn' ? { attribute, value, container } : { attribute, value };
    return [{ key: nameKey(name), ...name }];
  });
}

/** One question for each attribute, and for each container where that counts. */
function questionsOf(ask: ReadonlyMap<string, Wanted>): NameQuestion[] {
  const groups = Map.groupBy(
    ask.values(),
    ({ attribute, container }) => `${attribute}\n${container ?? ''}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { attribute, container } = first;
    const values = group.map(({ value }) => value);
    return [{ attribute, values, ...(container === undefined ? {} : { container }) }];
  });
}

function attributesOf(set: NameSet): Attributes {
  return Object.fromEntries(Object.entries(set).map(([name, value]) => [name, [value]]));
}
