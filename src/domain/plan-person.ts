// Planning one person: every step in turn, and what stands above all steps (protection, scope, other people's doing).
import { planStep } from './actions.ts';
import type { Change } from './change.ts';
import type { Known } from './looking.ts';
import type { Match } from './match.ts';
import { containerFor, isNewcomer, type Person, type Ready, subjectOf } from './people.ts';
import type { PersonGroup, PersonNote, PlannedPerson } from './plan.ts';
import { Problem, refuse, sentenceOf } from './problem.ts';
import type { ChosenNames, Planned } from './subject.ts';
import { planTells } from './tell.ts';

/** What a plan does for one person with a record; `names` when one is to be created. */
export function planPerson(
  ready: Ready,
  person: Person,
  names: ChosenNames | undefined,
  known: Known,
): PlannedPerson {
  const alone = whyLeftAlone(ready, person);
  if (alone !== undefined) return outcome(person, [], [alone], 0);
  try {
    const { changes, notes } = planSteps(ready, person, names, known);
    const account = person.match.account;
    if (account === undefined || !known.protectedIds.get(account.id) || changes.length === 0) {
      const groups = notes.filter(({ code }) => code === 'group.protected').length;
      return outcome(person, changes, notes, groups);
    }
    const values = { person: person.record.name };
    const note = noteFor(
      person.match,
      sentenceOf('account.protected', values),
      'account.protected',
    );
    return outcome(person, [], [note], changes.length);
  } catch (problem) {
    // A person who cannot be planned as a whole is not planned in part.
    if (!(problem instanceof Problem)) throw problem;
    return outcome(person, [], [noteFor(person.match, problem.message, problem.code)], 0);
  }
}

function planSteps(
  ready: Ready,
  person: Person,
  names: ChosenNames | undefined,
  known: Known,
): Planned {
  const container = isNewcomer(ready, person) ? containerFor(ready, person) : undefined;
  if (container !== undefined && !known.containers.get(container)) {
    refuse('container.unknown', { container, person: person.record.name });
  }
  const changes: Change[] = [];
  const notes: PersonNote[] = [];
  for (const [at, step] of ready.definition.automation.steps.entries()) {
    const created = changes.find(({ kind }) => kind === 'create');
    const given = { ...emptyHanded(known), step: at, names, container, created };
    const planned = planStep(step, subjectOf(ready, person, given));
    changes.push(...planned.changes);
    notes.push(...planned.notes);
  }
  const tells = planTells(ready, person, changes);
  return { changes: [...changes, ...tells.changes], notes: [...notes, ...tells.notes] };
}

/** Whom every step leaves alone, and why. */
function whyLeftAlone(ready: Ready, { match, inScope, leaving }: Person): PersonNote | undefined {
  const { account, link, personName } = match;
  if (account === undefined) return undefined;
  if (!inScope) {
    return noteFor(match, `${personName} is outside the automation's scope and is left alone.`);
  }
  if (account.enabled || leaving || link?.disabledByUs !== undefined) return undefined;
  const by = `was disabled in ${ready.directory.system} by somebody else`;
  return noteFor(match, `The account of ${personName} ${by} and is left alone.`);
}

/** A person whom nobody may touch before somebody decided. */
export function leftAlone(match: Match): PlannedPerson {
  const { personKey: key, personName: name, situation } = match;
  const notes = [noteFor(match, match.sentence, match.code)];
  return { key, name, situation, group: 'disputed', changes: [], notes, leftOut: 0 };
}

function outcome(
  person: Person,
  changes: readonly Change[],
  notes: readonly PersonNote[],
  leftOut: number,
): PlannedPerson {
  const { personKey: key, personName: name, situation } = person.match;
  const group = groupOf(person, changes, notes);
  return { key, name, situation, group, changes, notes: withoutRepeats(notes), leftOut };
}

/** Two steps may have the same to say of a person; it is read once. */
function withoutRepeats(notes: readonly PersonNote[]): readonly PersonNote[] {
  return [...new Map(notes.map((note) => [note.sentence, note])).values()];
}

function groupOf(
  { leaving, starts }: Person,
  changes: readonly Change[],
  notes: readonly PersonNote[],
): PersonGroup {
  const kinds = new Set(changes.map(({ kind }) => kind));
  if (kinds.has('create') || kinds.has('enable')) return 'starter';
  if (kinds.has('disable') || (leaving && notes.length > 0)) return 'leaver';
  if (kinds.size > 0) return 'mover';
  if (notes.some(({ code }) => code !== undefined)) return 'disputed';
  return starts !== undefined ? 'waiting' : 'unchanged';
}

function noteFor(match: Match, sentence: string, code?: string): PersonNote {
  const { personKey, personName, situation } = match;
  return { personKey, personName, situation, sentence, ...(code === undefined ? {} : { code }) };
}

/** A subject's part that only planning knows, before anything is known. */
export function emptyHanded(known: Known) {
  const { groups } = known;
  return { step: 0, names: undefined, container: undefined, created: undefined, groups };
}
