// Planning is pure: it asks what must be known, and from what is known it makes changes with reasons.

import { own } from '#lib/own.ts';
import { groupsByRules } from './actions/add-to-groups.ts';
import type { AutomationDefinition } from './automation.ts';
import type { Change } from './change.ts';
import type { Link } from './link.ts';
import type { Known, Questions } from './looking.ts';
import type { Match } from './match.ts';
import { comparedValue, unlinkedInScope } from './match.ts';
import { chooseNames, type Newcomer } from './names.ts';
import {
  attributesRead,
  containerFor,
  isNewcomer,
  makeReady,
  type Person,
  peopleOf,
  type Ready,
  subjectOf,
} from './people.ts';
import type { PersonNote, PlannedPerson } from './plan.ts';
import { emptyHanded, leftAlone, planPerson } from './plan-person.ts';
import { Problem } from './problem.ts';
import type { SourceRead } from './record.ts';
import { resetAttributes } from './reset.ts';
import { addUp, noTotals, type Totals } from './totals.ts';

export type PlannedPage = {
  /** Everyone matched, in key order; most of a quiet day are `unchanged`. */
  readonly people: readonly PlannedPerson[];
  readonly changes: readonly Change[];
  readonly notes: readonly PersonNote[];
  /** Links found by a rule, to be remembered when the plan is applied (or at once when it is empty). */
  readonly links: readonly Link[];
  readonly totals: Totals;
  /** Accounts linked or matched: what the guards take their shares of. */
  readonly accounts: number;
  readonly gone: number;
  readonly protectedLeftOut: number;
};

const nothingAsked: Questions = {
  accountIds: [],
  accountsWith: [],
  names: [],
  groups: [],
  containers: [],
  protectedIds: [],
};

/** The attributes that accounts must be read with for this automation. */
export function attributesNeeded(definition: AutomationDefinition): string[] {
  const { automation, mapping } = definition;
  const resets = automation.steps.some(
    ({ action }) => action === 'reset-password' || action === 'unlock-account',
  );
  const named = ['cn', 'sAMAccountName', 'userPrincipalName', 'mail', 'displayName'];
  const matched = automation.match.map(({ attribute }) => attribute);
  const mapped = mapping.rows.map(({ attribute }) => attribute);
  const wanted = [
    ...named,
    ...matched,
    ...mapped,
    ...(resets ? resetAttributes : []),
    ...attributesRead(makeReady(definition, new Date(0))),
  ];
  return [...new Map(wanted.map((name) => [name.toLowerCase(), name])).values()].toSorted();
}

/**
 * What must still be asked before planPage can plan. Answer, learn, and ask again until it asks nothing,
 * at most `roundsMax` times: which names to ask for depends on who has no account.
 */
export function questions(
  definition: AutomationDefinition,
  source: SourceRead,
  known: Known,
  now: Date,
): Questions {
  const asked = questionsToMatch(definition, source, known, now);
  if (asked.accountIds.length > 0 || asked.accountsWith.length > 0) return asked;
  return questionsToPlan(makeReady(definition, now), source, known);
}

/** The changes that make accounts what the automation says, and a note for whoever it leaves alone. */
export function planPage(
  definition: AutomationDefinition,
  source: SourceRead,
  known: Known,
  now: Date,
): PlannedPage {
  const ready = makeReady(definition, now);
  const { matches, people } = peopleOf(ready, source, known);
  const names = chooseNames(newcomersOf(ready, people), definition.mapping.names, known).chosen;
  const byKey = new Map(people.map((person) => [person.match.personKey, person]));
  const planned = matches.map((match) => {
    const person = byKey.get(match.personKey);
    return person === undefined || match.situation === 'disputed'
      ? leftAlone(match)
      : planPerson(ready, person, names.get(match.personKey), known);
  });
  const changes = planned.flatMap((person) => person.changes);
  return {
    people: planned,
    changes,
    notes: planned.flatMap((person) => person.notes),
    links: people.flatMap(({ match }) => newLink(definition, match, now)),
    totals: addUp(noTotals, changes),
    accounts: matches.filter(({ account }) => account !== undefined).length,
    gone: matches.filter(({ situation }) => situation === 'gone').length,
    protectedLeftOut: planned.reduce((sum, { leftOut }) => sum + leftOut, 0),
  };
}

function questionsToMatch(
  definition: AutomationDefinition,
  source: SourceRead,
  known: Known,
  now: Date,
): Questions {
  const links = new Map(known.links.map((link) => [link.personKey, link]));
  const accountIds = source.records.flatMap(({ key }) => {
    const id = links.get(key)?.accountId;
    return id === undefined || known.accounts.has(id) ? [] : [id];
  });
  const values = new Map<string, Set<string>>();
  for (const { columns } of unlinkedInScope(definition, source, links, now)) {
    for (const { column, attribute } of definition.automation.match) {
      const value = comparedValue(own(columns, column));
      if (value === undefined || known.valuesAsked.get(attribute)?.has(value)) continue;
      const asked = values.get(attribute) ?? new Set();
      values.set(attribute, asked.add(value));
    }
  }
  const accountsWith = [...values].map(([attribute, asked]) => ({ attribute, values: [...asked] }));
  return { ...nothingAsked, accountIds, accountsWith };
}

function questionsToPlan(ready: Ready, source: SourceRead, known: Known): Questions {
  const { people } = peopleOf(ready, source, known);
  const planned = people.filter(({ match, inScope }) => inScope && match.situation !== 'disputed');
  const newcomers = newcomersOf(ready, planned);
  const groups = new Set(planned.flatMap((person) => groupsFor(ready, person, known)));
  const containers = new Set(newcomers.map(({ container }) => container));
  const accounts = planned.flatMap(({ match }) => match.account?.id ?? []);
  return {
    ...nothingAsked,
    names: chooseNames(newcomers, ready.definition.mapping.names, known).ask,
    groups: [...groups].filter((name) => !known.groups.has(name)),
    containers: [...containers].filter((dn) => !known.containers.has(dn)),
    protectedIds: accounts.filter((id) => !known.protectedIds.has(id)),
  };
}

/** People to be named. Whoever has no container is left out here and refused when planned. */
function newcomersOf(ready: Ready, people: readonly Person[]): Newcomer[] {
  return people
    .filter((person) => isNewcomer(ready, person))
    .flatMap((person) => {
      const container = orNothing(() => containerFor(ready, person));
      const { key, columns } = person.record;
      return container === undefined ? [] : [{ key, columns, container }];
    });
}

function groupsFor(ready: Ready, person: Person, known: Known): string[] {
  if (person.leaving) return [];
  const subject = subjectOf(ready, person, emptyHanded(known));
  return ready.definition.automation.steps.flatMap((step) =>
    step.action === 'add-to-groups'
      ? (orNothing(() => [...groupsByRules(step.settings.rules, subject).keys()]) ?? [])
      : [],
  );
}

function newLink(definition: AutomationDefinition, match: Match, now: Date): Link[] {
  const sourceConnectionId = definition.endpoints[0]?.connectionId;
  if (sourceConnectionId === undefined || match.account === undefined || match.link !== undefined) {
    return [];
  }
  return [
    {
      sourceConnectionId,
      personKey: match.personKey,
      personName: match.personName,
      directoryConnectionId: definition.automation.directoryConnectionId,
      accountId: match.account.id,
      origin: 'source',
      lastSeen: now,
    },
  ];
}

/** Asking is not the time to refuse: what cannot be filled in is refused when the person is planned. */
function orNothing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof Problem) return undefined;
    throw problem;
  }
}
