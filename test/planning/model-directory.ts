// The smallest directory that planning can be tried on: plain data that answers questions and takes changes.
import type { Account, Attributes, Group } from '#domain/account.ts';
import { accountToCreate, decide, valuesOf } from '#domain/apply.ts';
import type { AutomationDefinition } from '#domain/automation.ts';
import type { Change } from '#domain/change.ts';
import { type Link, linkAfter } from '#domain/link.ts';
import {
  type Answers,
  asksNothing,
  fold,
  type Known,
  knowingLinks,
  learn,
  type Questions,
  roundsMax,
} from '#domain/looking.ts';
import { noOrigins, type Origins } from '#domain/origin.ts';
import type { Outcome } from '#domain/outcome.ts';
import { type PlannedPage, planPage, questions } from '#domain/planning.ts';
import type { SourceRead } from '#domain/record.ts';
import { accounts, containers, groups, guid, protectedIds } from './larkfield.ts';

export type Model = {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly groups: readonly Group[];
  readonly containers: readonly string[];
  readonly protectedIds: ReadonlySet<string>;
  readonly links: readonly Link[];
  readonly origins: Origins;
};

export type Done = { readonly change: Change; readonly outcome: Outcome };

export function aModel(
  given: Partial<Omit<Model, 'accounts'>> & { accounts?: readonly Account[] } = {},
): Model {
  return {
    groups,
    containers,
    protectedIds: new Set(),
    links: [],
    origins: noOrigins,
    ...given,
    accounts: new Map((given.accounts ?? []).map((account) => [account.id, account])),
  };
}

/** The directory of Larkfield Optics as it is before anything is done. */
export function larkfield(): Model {
  return aModel({ accounts, protectedIds });
}

/** Asks, answers and plans, as whoever runs an automation does. */
export function planWith(
  model: Model,
  definition: AutomationDefinition,
  source: SourceRead,
  now: Date,
): PlannedPage & { readonly known: Known; readonly rounds: number } {
  let known = knowingLinks(model.links, model.origins);
  for (let round = 0; round < roundsMax; round += 1) {
    const asked = questions(definition, source, known, now);
    if (asksNothing(asked))
      return { ...planPage(definition, source, known, now), known, rounds: round };
    known = learn(known, asked, answer(model, asked));
  }
  return { ...planPage(definition, source, known, now), known, rounds: roundsMax };
}

/** Applies changes as the runner does, and remembers the links. */
export function applyTo(
  model: Model,
  changes: readonly Change[],
  made: {
    readonly sourceConnectionId: string;
    readonly at: Date;
    readonly links?: readonly Link[];
  },
): { readonly model: Model; readonly done: readonly Done[] } {
  const all = new Map(model.accounts);
  const links = new Map(
    [...model.links, ...(made.links ?? [])].map((link) => [link.personKey, link]),
  );
  const created = new Map<string, string>();
  const done = changes.map((change): Done => {
    const outcome = applyOne(all, model, change, created);
    const link = linkAfter(links.get(change.personKey), change, outcome, {
      ...made,
      runId: 'run-1',
    });
    if (link !== undefined) links.set(change.personKey, link);
    return { change, outcome };
  });
  return { model: { ...model, accounts: all, links: [...links.values()] }, done };
}

function applyOne(
  all: Map<string, Account>,
  model: Model,
  change: Change,
  created: Map<string, string>,
): Outcome {
  if (change.kind === 'tell') return { result: 'done' };
  if (change.kind === 'create') return create(all, change, created);
  const id =
    change.target.kind === 'existing' ? change.target.id : created.get(change.target.change);
  const account = all.get(id ?? '');
  const decision = decide(change, account);
  if (account === undefined || decision.do === 'conflict') {
    return { result: 'conflict', because: decision.do === 'conflict' ? decision.because : '' };
  }
  if (decision.do === 'skip') return { result: 'skipped', because: decision.because };
  all.set(account.id, changed(account, change, decision.after, model));
  return { result: 'done', targetId: account.id };
}

function create(all: Map<string, Account>, change: Change, created: Map<string, string>): Outcome {
  const account = accountToCreate(change, 0);
  if (account === undefined) return { result: 'conflict', because: 'there are no names' };
  const id = guid(5000 + all.size);
  all.set(id, { id, groupIds: [], ...account });
  created.set(change.id, id);
  return { result: 'done', targetId: id };
}

function changed(account: Account, change: Change, after: Attributes, model: Model): Account {
  const group = model.groups.find(({ id }) => id === change.group?.id)?.id ?? '';
  switch (change.kind) {
    case 'enable':
      return { ...account, enabled: true };
    case 'disable':
      return { ...account, enabled: false };
    case 'add-member':
      return { ...account, groupIds: [...account.groupIds, group] };
    case 'remove-member':
      return { ...account, groupIds: account.groupIds.filter((id) => id !== group) };
    default:
      return { ...account, attributes: { ...account.attributes, ...after } };
  }
}

function answer(model: Model, asked: Questions): Answers {
  const all = [...model.accounts.values()];
  const has = (account: Account, attribute: string, value: string) =>
    valuesOf(account.attributes, attribute).some((one) => fold(one) === fold(value));
  return {
    accounts: [
      ...asked.accountIds.flatMap((id) => model.accounts.get(id) ?? []),
      ...all.filter((account) =>
        asked.accountsWith.some(({ attribute, values }) =>
          values.some((value) => has(account, attribute, value)),
        ),
      ),
    ],
    taken: asked.names.map((question) => ({
      asked: question,
      taken: new Set(
        question.values.filter((value) =>
          all.some(
            (account) =>
              has(account, question.attribute, value) &&
              account.dn.endsWith(question.container ?? ''),
          ),
        ),
      ),
    })),
    groups: new Map(
      model.groups
        .filter(({ name }) => asked.groups.includes(name))
        .map((group): [string, Group] => [group.name, group]),
    ),
    containers: new Map(asked.containers.map((dn) => [dn, model.containers.includes(dn)])),
    protectedIds: new Set(asked.protectedIds.filter((id) => model.protectedIds.has(id))),
  };
}
