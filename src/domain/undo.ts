// Undo is a plan like any other: it takes back what a run did, as far as nobody changed it since.
import type { Account, Attributes } from './account.ts';
import { changeId } from './actions/change-of.ts';
import { sameValues, valuesOf } from './apply.ts';
import type { Change } from './change.ts';
import type { Outcome } from './outcome.ts';
import type { PersonGroup, PersonNote } from './plan.ts';
import { type ProblemCode, type ProblemValues, sentenceOf } from './problem.ts';
import type { Planned } from './subject.ts';

export type DoneChange = { readonly change: Change; readonly outcome: Outcome };

type Undoing = { readonly change: Change; readonly accountId: string; readonly account: Account };

/** Which accounts must be looked at before a run is taken back. */
export function accountsToUndo(done: readonly DoneChange[]): string[] {
  const created = createdIds(done);
  return [...new Set(done.flatMap((one) => accountIdOf(one, created) ?? []))];
}

/** What takes a run back, last change first; `accounts` holds what a fresh look found. */
export function planUndo(
  done: readonly DoneChange[],
  accounts: ReadonlyMap<string, Account>,
): Planned {
  const created = createdIds(done);
  const planned = done
    .filter(({ outcome }) => outcome.result === 'done')
    .toReversed()
    .map((one) => undoOne(one, created, accounts));
  return {
    changes: planned.flatMap(({ changes }) => changes),
    notes: oncePerPerson(planned.flatMap(({ notes }) => notes)),
  };
}

/** Where a person stands in a plan that takes a run back: whoever it disables leaves, though they had only come. */
export function groupOfUndone(
  changes: readonly Change[],
  notes: readonly PersonNote[],
): PersonGroup {
  if (changes.some(({ kind }) => kind === 'disable')) return 'leaver';
  if (changes.length > 0) return 'mover';
  return notes.length > 0 ? 'waiting' : 'unchanged';
}

function undoOne(
  one: DoneChange,
  created: ReadonlyMap<string, string>,
  accounts: ReadonlyMap<string, Account>,
): Planned {
  const { change } = one;
  const person = change.personName;
  if (change.kind === 'tell') {
    return onlyNote(change, 'undo.told', { webhook: change.target.name, person });
  }
  const accountId = accountIdOf(one, created);
  const account = accounts.get(accountId ?? '');
  if (accountId === undefined || account === undefined) {
    return onlyNote(change, 'undo.account-gone', { person, system: change.system });
  }
  return undoChange({ change, accountId, account });
}

function undoChange(undoing: Undoing): Planned {
  const { change, account } = undoing;
  switch (change.kind) {
    case 'create':
      return undoCreation(undoing);
    case 'update':
      return undoUpdate(undoing);
    case 'enable':
      return account.enabled ? swap(undoing, 'disable', open, closed) : nothingLeft;
    case 'disable':
      return account.enabled ? nothingLeft : swap(undoing, 'enable', closed, open);
    case 'add-member':
      return isMember(undoing) ? swap(undoing, 'remove-member') : nothingLeft;
    case 'remove-member':
      return isMember(undoing) ? nothingLeft : swap(undoing, 'add-member');
    case 'reset-password':
      return onlyNote(change, 'undo.password', { person: change.personName });
    case 'unlock':
      return onlyNote(change, 'undo.unlocked', { person: change.personName });
    case 'tell':
      return nothingLeft;
  }
}

const nothingLeft: Planned = { changes: [], notes: [] };
const open: Attributes = { enabled: ['true'] };
const closed: Attributes = { enabled: ['false'] };

function undoCreation(undoing: Undoing): Planned {
  const { change, account } = undoing;
  const disabled = account.enabled ? swap(undoing, 'disable', open, closed) : nothingLeft;
  const { notes } = onlyNote(change, 'undo.creation', { person: change.personName });
  return { changes: disabled.changes, notes };
}

function undoUpdate(undoing: Undoing): Planned {
  const { change, account } = undoing;
  const names = Object.keys(change.after);
  const isSo = (side: Attributes) => (name: string) =>
    sameValues(valuesOf(account.attributes, name), side[name]);
  const ours = names.filter(isSo(change.after));
  const others = names.filter((name) => !isSo(change.after)(name) && !isSo(change.before)(name));
  const changes =
    ours.length === 0
      ? []
      : swap(undoing, 'update', pick(ours, change.after), pick(ours, change.before)).changes;
  const what = others.join(' and ');
  const { notes } =
    others.length === 0
      ? nothingLeft
      : onlyNote(change, 'undo.changed-since', { what, person: change.personName });
  return { changes, notes };
}

/** The change that makes `after` of `before`; the other way round of the one done when left out. */
function swap(
  { change, accountId }: Undoing,
  kind: Change['kind'],
  before: Attributes = change.after,
  after: Attributes = change.before,
): Planned {
  const back = {
    personKey: change.personKey,
    personName: change.personName,
    step: change.step,
    action: 'undo',
    kind,
    connectionId: change.connectionId,
    system: change.system,
    target: { kind: 'existing' as const, id: accountId, name: change.personName },
    before,
    after,
    fallbacks: [],
    ...(change.group === undefined ? {} : { group: change.group }),
    because: [`Takes back what the run did: ${change.because.join('; ')}`],
    reversible: true,
    needs: [],
  };
  return { changes: [{ id: changeId(back), ...back }], notes: [] };
}

function isMember({ change, account }: Undoing): boolean {
  return change.group !== undefined && account.groupIds.includes(change.group.id);
}

function pick(names: readonly string[], attributes: Attributes): Attributes {
  return Object.fromEntries(names.map((name) => [name, attributes[name] ?? []]));
}

/** Ids of created accounts by the change that created them, for changes that went to one. */
function createdIds(done: readonly DoneChange[]): ReadonlyMap<string, string> {
  return new Map(
    done.flatMap(({ change, outcome }): [string, string][] =>
      change.kind === 'create' && outcome.result === 'done' && outcome.targetId !== undefined
        ? [[change.id, outcome.targetId]]
        : [],
    ),
  );
}

function accountIdOf(
  { change, outcome }: DoneChange,
  created: ReadonlyMap<string, string>,
): string | undefined {
  if (change.kind === 'tell' || outcome.result !== 'done') return undefined;
  if (change.kind === 'create') return outcome.targetId;
  return change.target.kind === 'existing' ? change.target.id : created.get(change.target.change);
}

function onlyNote(change: Change, code: ProblemCode, values: ProblemValues): Planned {
  const { personKey, personName } = change;
  const sentence = sentenceOf(code, values);
  return { changes: [], notes: [{ personKey, personName, situation: 'linked', sentence, code }] };
}

function oncePerPerson(notes: readonly PersonNote[]): PersonNote[] {
  return [...new Map(notes.map((note) => [`${note.personKey}\n${note.sentence}`, note])).values()];
}
