// create-account gives a person an account, and opens again one that we closed when they had left.
import { z } from 'zod';
import type { Attributes } from '#domain/account.ts';
import type { Change } from '#domain/change.ts';
import { refuse } from '#domain/problem.ts';
import { nothing, type Planned, type Subject } from '#domain/subject.ts';
import { childDn } from '#lib/dn.ts';
import { action } from './action.ts';
import { changeOf, synced } from './change-of.ts';

const name = 'create-account';

export const createAccount = action({
  name,
  title: 'Create account',
  description:
    'Creates an account for a person who has none, with a generated password. Before the start date it ' +
    'is disabled. Someone who comes back gets their own account back.',
  input: z.object({
    mustChangePassword: z
      .boolean()
      .default(true)
      .describe('The password must be changed at the first logon'),
  }),
  sentence: () => 'creates accounts',
  plan({ mustChangePassword }, subject): Planned {
    if (subject.leaving) return nothing;
    if (subject.account !== undefined) return reopen(subject);
    if (subject.origin !== undefined) return synced(subject, subject.origin);
    return { changes: [creation(subject, mustChangePassword)], notes: startNotes(subject) };
  },
});

function creation(subject: Subject, mustChangePassword: boolean): Change {
  const { record, names, container, starts } = subject;
  if (names === undefined || container === undefined) {
    return refuse('names.exhausted', { person: record.name });
  }
  const enabled = { enabled: [starts === undefined ? 'true' : 'false'] };
  const first = accountOf(subject, names.first, container);
  return changeOf(subject, {
    action: name,
    kind: 'create',
    before: {},
    after: { ...first, ...enabled },
    fallbacks: names.fallbacks.map((set) => differing(first, accountOf(subject, set, container))),
    because: [
      `${record.name} is in ${subject.source} and ${subject.found}`,
      ...(starts === undefined ? [] : [`The first day is ${starts.words}`]),
    ],
    mustChangePassword,
  });
}

/** Attributes of the account under one set of names, on which mapped attributes may depend. */
function accountOf(subject: Subject, names: Attributes, container: string): Attributes {
  const mapped = subject
    .mappedForNew(names)
    .filter(({ values }) => values.length > 0)
    .map(({ attribute, values }) => [attribute, values]);
  const dn = childDn('CN', names.cn?.[0] ?? '', container);
  return { ...Object.fromEntries(mapped), ...names, distinguishedName: [dn] };
}

function differing(first: Attributes, other: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(other).filter(([attribute, values]) => first[attribute]?.[0] !== values[0]),
  );
}

/** Only what we closed is opened again: a leaver who is back, or a starter whose day has come. */
function reopen(subject: Subject): Planned {
  const { account, link, starts, record } = subject;
  if (account === undefined || account.enabled || link?.disabledByUs === undefined) return nothing;
  if (subject.origin !== undefined) return synced(subject, subject.origin);
  if (starts !== undefined) return { changes: [], notes: startNotes(subject) };
  const because =
    link.disabledByUs === 'leaver'
      ? `${record.name} is back in ${subject.source}; the account was disabled when they left`
      : `The first day of ${record.name} has come`;
  const change = changeOf(subject, {
    action: name,
    kind: 'enable',
    before: { enabled: ['false'] },
    after: { enabled: ['true'] },
    because: [because],
  });
  return { changes: [change], notes: [] };
}

function startNotes({ record, account, starts }: Subject): Planned['notes'] {
  if (starts === undefined) return [];
  return [
    {
      personKey: record.key,
      personName: record.name,
      situation: account === undefined ? 'new' : 'linked',
      sentence: `${record.name} starts on ${starts.words}; until then the account is disabled.`,
    },
  ];
}
