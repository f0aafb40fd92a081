// What a plan must know before it can be made, and what is known: plain data both, asked and answered in rounds.
import type { Account, Group } from './account.ts';
import type { Link } from './link.ts';
import { noOrigins, type Origins } from './origin.ts';

/** Ask at most so often; what is unknown then stays unknown, and its people are refused with a note. */
export const roundsMax = 6;

export type NameQuestion = {
  readonly attribute: string;
  readonly values: readonly string[];
  /** For cn, which is unique in its container only. */
  readonly container?: string;
};

/** Each member answers to one method of DirectoryReader. */
export type Questions = {
  /** findAccounts */
  readonly accountIds: readonly string[];
  /** findByAttribute */
  readonly accountsWith: readonly {
    readonly attribute: string;
    readonly values: readonly string[];
  }[];
  /** findTaken */
  readonly names: readonly NameQuestion[];
  /** findGroups */
  readonly groups: readonly string[];
  /** containerExists */
  readonly containers: readonly string[];
  /** findProtected */
  readonly protectedIds: readonly string[];
};

export type Answers = {
  readonly accounts: readonly Account[];
  readonly taken: readonly { readonly asked: NameQuestion; readonly taken: ReadonlySet<string> }[];
  readonly groups: ReadonlyMap<string, Group>;
  readonly containers: ReadonlyMap<string, boolean>;
  readonly protectedIds: ReadonlySet<string>;
};

/** What is known by now. A key that is absent from a map was not asked yet; null and false are answers. */
export type Known = {
  readonly links: readonly Link[];
  /** Whom a sync brought from this very directory, by the key of the person. */
  readonly origins: Origins;
  readonly accounts: ReadonlyMap<string, Account | null>;
  /** attribute -> values asked for, letter case aside */
  readonly valuesAsked: ReadonlyMap<string, ReadonlySet<string>>;
  /** nameKey -> whether it is taken */
  readonly names: ReadonlyMap<string, boolean>;
  readonly groups: ReadonlyMap<string, Group | null>;
  readonly containers: ReadonlyMap<string, boolean>;
  /** account id -> whether it is protected */
  readonly protectedIds: ReadonlyMap<string, boolean>;
};

/** At the outset only our own memory is known: every link of this source and directory, and who came from there. */
export function knowingLinks(links: readonly Link[], origins: Origins = noOrigins): Known {
  return {
    links,
    origins,
    accounts: new Map(),
    valuesAsked: new Map(),
    names: new Map(),
    groups: new Map(),
    containers: new Map(),
    protectedIds: new Map(),
  };
}

export function asksNothing(questions: Questions): boolean {
  return Object.values(questions).every((asked) => asked.length === 0);
}

/** What is known once the questions are answered: whatever was asked and not found is known to be absent. */
export function learn(known: Known, asked: Questions, answers: Answers): Known {
  const names = answers.taken.flatMap(({ asked, taken }) => {
    const folded = new Set([...taken].map(fold));
    return asked.values.map((value): [string, boolean] => [
      nameKey({ ...asked, value }),
      folded.has(fold(value)),
    ]);
  });
  return {
    links: known.links,
    origins: known.origins,
    accounts: new Map<string, Account | null>([
      ...known.accounts,
      ...asked.accountIds.map((id): [string, null] => [id, null]),
      ...answers.accounts.map((account): [string, Account] => [account.id, account]),
    ]),
    valuesAsked: withValues(known.valuesAsked, asked.accountsWith),
    names: new Map([...known.names, ...names]),
    groups: new Map([
      ...known.groups,
      ...asked.groups.map((name): [string, Group | null] => [
        name,
        answers.groups.get(name) ?? null,
      ]),
    ]),
    containers: new Map([...known.containers, ...answers.containers]),
    protectedIds: new Map([
      ...known.protectedIds,
      ...asked.protectedIds.map((id): [string, boolean] => [id, answers.protectedIds.has(id)]),
    ]),
  };
}

export function nameKey(name: {
  readonly attribute: string;
  readonly value: string;
  readonly container?: string;
}): string {
  return `${name.attribute}\n${fold(name.container ?? '')}\n${fold(name.value)}`;
}

export function fold(text: string): string {
  return text.trim().normalize('NFC').toLowerCase();
}

function withValues(
  before: Known['valuesAsked'],
  asked: Questions['accountsWith'],
): Known['valuesAsked'] {
  const after = new Map(before);
  for (const { attribute, values } of asked) {
    after.set(attribute, new Set([...(after.get(attribute) ?? []), ...values.map(fold)]));
  }
  return after;
}
