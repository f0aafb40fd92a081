// Undo of a sync: what takes back what was done to people of a desk, as far as nobody changed it since.
import type { Attributes } from '#domain/account.ts';
import { sameValues, valuesOf } from '#domain/apply.ts';
import type { Change } from '#domain/change.ts';
import type { PersonNote, PlannedPerson } from '#domain/plan.ts';
import type { DeskPerson } from '#domain/ports/desk-people.ts';
import { type ProblemCode, type ProblemValues, sentenceOf } from '#domain/problem.ts';
import { groupOfUndone } from '#domain/undo.ts';

/** A change of a sync that was done, and whose record of the desk it made or changed (`user:12`). */
export type DoneToPerson = { readonly change: Change; readonly recordId: string | undefined };

/** What the desk and the sync know now. */
export type PeopleNow = {
  /** By `user:12`. */
  readonly desk: ReadonlyMap<string, DeskPerson>;
  /** Who in a directory has the record now, by `user:12`: the entry's id; nobody is not there. */
  readonly holders: ReadonlyMap<string, string>;
  /** Records by who they are in the directory, `user:ENTRY`: the managers that were written. */
  readonly records: ReadonlyMap<string, number>;
};

type Undoing = { readonly change: Change; readonly recordId: string; readonly person: DeskPerson };
type Undone = { readonly change?: Change; readonly note?: PersonNote };

/** Of each person everything that was done, in the order it was done in. */
export function undoPeople(done: readonly DoneToPerson[], now: PeopleNow): PlannedPerson[] {
  const byPerson = Map.groupBy(done, ({ change }) => change.personKey);
  return [...byPerson].map(([key, theirs]) => undoPerson(key, theirs, now));
}

/** The records to look at, which of their fields, and who in the directory was made somebody's manager. */
export function wantedToUndo(done: readonly DoneToPerson[]): {
  readonly recordIds: readonly string[];
  readonly fields: readonly string[];
  readonly managerKeys: readonly string[];
} {
  const changes = done.map(({ change }) => change);
  const created = new Set(
    changes.filter(({ kind }) => kind === 'create').map(({ personKey }) => personKey),
  );
  // Of whoever is deactivated nothing is compared.
  const compared = changes.filter(
    ({ kind, personKey }) => kind === 'update' && !created.has(personKey),
  );
  return {
    recordIds: [...new Set(done.flatMap(({ recordId }) => recordId ?? []))],
    fields: [...new Set(compared.flatMap(({ after }) => Object.keys(after)))],
    managerKeys: [...new Set(compared.flatMap((change) => managerKeyOf(change) ?? []))],
  };
}

function undoPerson(key: string, done: readonly DoneToPerson[], now: PeopleNow): PlannedPerson {
  const created = done.find(({ change }) => change.kind === 'create');
  // Whoever is deactivated needs nothing else taken back: what they are was given by the sync.
  const undone = (created === undefined ? done : [created]).map((one) => undoOne(one, now));
  const changes = undone.flatMap(({ change }) => change ?? []);
  const said = undone.flatMap(({ note }) => note ?? []);
  const notes = [...new Map(said.map((note) => [note.sentence, note])).values()];
  const name = (changes[0] ?? notes[0] ?? done[0]?.change)?.personName ?? key;
  const group = groupOfUndone(changes, notes);
  return { key, name, situation: 'linked', group, changes, notes, leftOut: 0 };
}

function undoOne({ change, recordId }: DoneToPerson, now: PeopleNow): Undone {
  const person = now.desk.get(recordId ?? '');
  if (recordId === undefined || person === undefined) {
    return said(change, 'undo.record-gone', { person: change.personName, system: change.system });
  }
  if (isAnothers(change, now.holders.get(recordId))) {
    return said(change, 'undo.record-anothers', {
      person: change.personName,
      system: change.system,
    });
  }
  const undoing = { change, recordId, person };
  switch (change.kind) {
    case 'create': {
      const { note } = said(change, 'undo.person-created', { person: person.name });
      return { ...(person.active ? presence(undoing, 'disable') : {}), ...(note && { note }) };
    }
    case 'enable':
      return person.active ? presence(undoing, 'disable') : {};
    case 'disable':
      return person.active ? {} : presence(undoing, 'enable');
    case 'update':
      return change.manager === undefined ? undoUpdate(undoing) : undoManager(undoing, now);
    default:
      throw new TypeError(`a sync does not ${change.kind} people`);
  }
}

/** Whoever has it now is known by what the sync says of them, and not by what was made of the one before. */
function isAnothers({ personKey }: Change, holder: string | undefined): boolean {
  return holder !== undefined && personKey.split(':')[1] !== holder;
}

function presence(undoing: Undoing, kind: 'enable' | 'disable'): Undone {
  const on = kind === 'enable';
  const sides = { before: { enabled: [String(!on)] }, after: { enabled: [String(on)] } };
  return { change: back(undoing, kind, sides) };
}

function undoUpdate(undoing: Undoing): Undone {
  const { change, person } = undoing;
  const { before, after } = change;
  return takeBack(undoing, { before, after }, person.fields);
}

/** By record, as the desk keeps it: who the manager was may be nobody of the directory. */
function undoManager(undoing: Undoing, { records }: PeopleNow): Undone {
  const { change, person } = undoing;
  const key = managerKeyOf(change);
  const written = key === undefined ? undefined : records.get(key);
  const { was = null } = change.manager ?? {};
  const sides = {
    before: { manager: was === null ? [] : [String(was)] },
    after: { manager: written === undefined ? [] : [String(written)] },
  };
  // Whose manager is no longer known to the sync has one that nobody can compare.
  if (key !== undefined && written === undefined) {
    return said(change, 'undo.changed-since', { what: 'manager', person: person.name });
  }
  return takeBack(undoing, sides, person.fields);
}

/** Of what was written that which still stands, to what was there before. */
function takeBack(
  undoing: Undoing,
  { before, after }: { readonly before: Attributes; readonly after: Attributes },
  fields: Attributes,
): Undone {
  const names = Object.keys(after);
  const isSo = (side: Attributes) => (name: string) =>
    sameValues(valuesOf(fields, name), valuesOf(side, name));
  const ours = names.filter((name) => isSo(after)(name) && !isSo(before)(name));
  const others = names.filter((name) => !isSo(after)(name) && !isSo(before)(name));
  const sides = { before: pick(ours, after), after: pick(ours, before) };
  return {
    ...(ours.length === 0 ? {} : { change: back(undoing, 'update', sides) }),
    ...(others.length === 0
      ? {}
      : said(undoing.change, 'undo.changed-since', {
          what: others.join(' and '),
          person: undoing.person.name,
        })),
  };
}

function back(
  { change, recordId, person }: Undoing,
  kind: Change['kind'],
  sides: Pick<Change, 'before' | 'after'>,
): Change {
  const { personKey, step, connectionId, system } = change;
  const what = change.manager === undefined ? kind : 'manager';
  return {
    ...{ id: `${personKey}:${what}`, personKey, personName: person.name, step },
    ...{ action: 'sync-undo', kind, connectionId, system },
    target: { kind: 'existing', id: recordId, name: person.name },
    ...sides,
    fallbacks: [],
    because: [`Takes back what the sync did: ${change.because.join('; ')}`],
    reversible: true,
    needs: [],
  };
}

function managerKeyOf({ manager, personKey }: Change): string | undefined {
  if (manager === undefined || manager.entryId === null) return undefined;
  return `${personKey.split(':')[0]}:${manager.entryId}`;
}

function pick(names: readonly string[], attributes: Attributes): Attributes {
  return Object.fromEntries(names.map((name) => [name, valuesOf(attributes, name)]));
}

function said(change: Change, code: ProblemCode, values: ProblemValues): Undone {
  const { personKey, personName } = change;
  const sentence = sentenceOf(code, values);
  return { note: { personKey, personName, situation: 'linked', sentence, code } };
}
