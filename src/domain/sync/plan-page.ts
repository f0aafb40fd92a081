// Plans a page of a directory: what each entry changes in the desk, and what is remembered of it. Pure.
import type { Attributes } from '#domain/account.ts';
import type { Change } from '#domain/change.ts';
import type { PersonNote, PlannedPerson, Situation } from '#domain/plan.ts';
import type { DeskPerson } from '#domain/ports/desk-people.ts';
import { type ProblemCode, sentenceOf } from '#domain/problem.ts';
import { oneSpelling } from '#lib/dn.ts';
import { changeOf, type Given } from './change-of.ts';
import { type Draft, keyOf } from './draft.ts';
import { type Decision, type Dispute, type Holder, matchPerson } from './match-person.ts';
import type { Rules } from './rules.ts';
import type { SyncTarget } from './settings.ts';

export type PersonState = 'linked' | 'disputed' | 'left-out' | 'gone';

/** What an earlier sync knows of an entry. */
export type KnownPerson = {
  readonly entryId: string;
  readonly state: PersonState;
  readonly deskId: number | null;
  readonly name: string;
  readonly dn: string;
  readonly placeId: number;
};

/** What this reading knows of an entry; remembered when the plan is applied. */
export type SeenPerson = {
  readonly target: SyncTarget;
  readonly entryId: string;
  readonly digest: Buffer;
  readonly dn: string;
  readonly name: string;
  readonly placeId: number;
  readonly state: PersonState;
  /** Null where the plan creates the record. */
  readonly deskId: number | null;
  readonly changeId: string | null;
  readonly managerDn: string | null;
  /** Whom the desk has as their manager. */
  readonly managerWas: number | null;
  /** Of those who are paired anew or change a key: nobody else of the directory may have one of them. */
  readonly keys: readonly string[];
  /** Paired for the first time: where two have one record or key, such a one gives way. */
  readonly fresh: boolean;
  /** Comes to have the record of the desk by this run: somebody else may have it by then. */
  readonly joins: boolean;
  readonly dispute: Dispute | null;
};

export type PageInput = {
  readonly drafts: readonly Draft[];
  readonly known: ReadonlyMap<string, KnownPerson>;
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly candidates: ReadonlyMap<string, readonly DeskPerson[]>;
  readonly desk: ReadonlyMap<number, DeskPerson>;
  readonly taken: ReadonlyMap<number, Holder>;
};

export type PlannedEntry = {
  /** Undefined where nothing is done or said. */
  readonly person: PlannedPerson | undefined;
  readonly seen: SeenPerson;
  /** To be put by where a change names it. */
  readonly photo: Buffer | undefined;
  /** Of a deactivation: an administrator of the desk. */
  readonly administrator: boolean;
};

export function planPage(rules: Rules, input: PageInput): PlannedEntry[] {
  return input.drafts.map((draft) => planEntry(rules, draft, input));
}

function planEntry(rules: Rules, draft: Draft, input: PageInput): PlannedEntry {
  const { entry, place, name } = draft;
  const known = input.known.get(entry.id);
  if (draft.isServiceAccount) {
    return leftOut(rules, draft, known, 'sync.service-account', { person: name });
  }
  if (name === '') return leftOut(rules, draft, known, 'sync.no-name', { dn: entry.dn });
  if (rules.isRemote && rules.target === 'cab-member') {
    return leftOut(rules, draft, known, 'sync.remote-board', {
      person: name,
      place: nameOf(place),
    });
  }
  if (known !== undefined && known.deskId !== null && isPaired(known)) {
    const person = input.desk.get(known.deskId);
    if (person !== undefined) return keepUp(rules, draft, person, known);
    if (!input.decisions.has(entry.id)) return recordGone(rules, draft, known.deskId);
  }
  const decision = input.decisions.get(entry.id);
  const match = matchPerson(draft, { ...input, decision });
  switch (match.kind) {
    case 'left-out':
      return quiet(seenOf(rules, draft, { state: 'left-out' }));
    case 'disputed':
      return disputedEntry(rules, draft, match.dispute);
    case 'found':
      return keepUp(rules, draft, match.person, undefined, match.because, decision !== undefined);
    case 'none':
      return create(rules, draft, match.because);
  }
}

function isPaired({ state }: KnownPerson): boolean {
  return state === 'linked' || state === 'gone';
}

/** Somebody paired: what differs is changed, whoever came back is active again. */
function keepUp(
  rules: Rules,
  draft: Draft,
  person: DeskPerson,
  known: KnownPerson | undefined,
  found?: string,
  decided = false,
): PlannedEntry {
  const { entry } = draft;
  const fresh = known === undefined;
  const { before, after } = differences(draft, person);
  const because = found ?? (known?.state === 'gone' ? 'Back in the directory.' : changedThere);
  const changes: Change[] = [];
  if (Object.keys(after).length > 0) {
    changes.push(changeTo(rules, draft, person, { kind: 'update', before, after, because }));
  }
  const comesBack = fresh || known.state === 'gone' || rules.leavers.disabled === 'deactivate';
  if (entry.enabled && !person.active && comesBack) {
    const why = known?.state === 'gone' || fresh ? because : 'Enabled in the directory.';
    changes.push(
      changeTo(rules, draft, person, { kind: 'enable', ...switched(true), because: why }),
    );
  }
  const leaves = !entry.enabled && person.active && rules.leavers.disabled === 'deactivate';
  if (leaves) {
    const why = 'Disabled in the directory.';
    changes.push(
      changeTo(rules, draft, person, { kind: 'disable', ...switched(false), because: why }),
    );
  }
  const changedKeys = draft.keys.filter((one) => {
    const [field = ''] = one.split('=', 1);
    return fresh || keyOf(field, person.fields[field]?.[0] ?? '') !== one;
  });
  const seen = seenOf(rules, draft, {
    ...{ state: 'linked', deskId: person.id, fresh: fresh && !decided },
    joins: known?.state !== 'linked',
    keys: changedKeys,
    managerWas: idOf(person.fields.manager?.[0]),
  });
  const group = leaves ? 'leaver' : 'mover';
  return {
    person: planned(draft, 'linked', changes.length === 0 ? 'unchanged' : group, changes, []),
    seen,
    photo: after.photo?.[0] === undefined ? undefined : draft.photo,
    administrator: leaves && person.administrator,
  };
  function switched(active: boolean) {
    return { before: { enabled: [String(!active)] }, after: { enabled: [String(active)] } };
  }
}

const changedThere = 'Changed in the directory.';

function create(rules: Rules, draft: Draft, decided: string | undefined): PlannedEntry {
  const { entry, place, name, key } = draft;
  if (!entry.enabled && rules.leavers.disabled === 'deactivate') {
    return leftOut(rules, draft, undefined, 'sync.disabled', { person: name });
  }
  const after = startingWith(rules, draft);
  if (rules.target === 'user' && after.siteId === undefined) {
    return leftOut(rules, draft, undefined, 'sync.no-site', {
      person: name,
      place: nameOf(place),
    });
  }
  const id = `${key}:create`;
  const because = decided ?? `New in ${nameOf(place)}.`;
  const target = { change: id, kind: 'planned', name } as const;
  const change = changeOf(rules, draft, { kind: 'create', before: {}, after, target, because });
  return {
    person: planned(draft, 'new', 'starter', [change], []),
    seen: seenOf(rules, draft, {
      ...{ state: 'linked', changeId: id, keys: draft.keys },
      // What a person decided stands, whoever shares a key.
      fresh: decided === undefined,
    }),
    photo: draft.photo,
    administrator: false,
  };
}

function nameOf({ name, dn }: Draft['place']): string {
  return name === '' ? dn : name;
}

/** What a new record has: the directory's word goes before the template's, also where it has nothing. In canonical order. */
function startingWith(rules: Rules, { fields, firstFields, name, roleIds }: Draft): Attributes {
  const given: Record<string, readonly string[]> = { ...rules.template };
  for (const field of Object.keys(firstFields)) given[field] = listOf(firstFields[field]);
  for (const field of Object.keys(fields)) given[field] = listOf(fields[field]);
  given.name = [name];
  if (roleIds.length > 0) given.roleIds = roleIds;
  const after: Record<string, readonly string[]> = {};
  for (const field of Object.keys(given).sort()) {
    const values = given[field] ?? [];
    if (values.length > 0) after[field] = values;
  }
  return after;
}

function listOf(value = ''): readonly string[] {
  return value === '' ? [] : [value];
}

/** Only what differs, on both sides, each with all it has: of roles a person may have several. */
function differences(draft: Draft, { fields, name }: DeskPerson) {
  const before: Record<string, readonly string[]> = {};
  const after: Record<string, readonly string[]> = {};
  const compare = (field: string, was: readonly string[], value: readonly string[]) => {
    if (was.length === value.length && value.every((one, at) => one === was[at])) return;
    before[field] = was;
    after[field] = value;
  };
  for (const [field, value] of Object.entries(draft.fields)) {
    // A name is never taken away.
    if (field !== 'name') compare(field, fields[field] ?? [], listOf(value));
    else if (value !== '') compare(field, listOf(name), [value]);
  }
  if (draft.roleIds.length > 0) {
    compare('roleIds', (fields.roleIds ?? []).toSorted(), draft.roleIds);
  }
  return { before, after };
}

function leftOut(
  rules: Rules,
  draft: Draft,
  known: KnownPerson | undefined,
  code: ProblemCode,
  values: Readonly<Record<string, string>>,
): PlannedEntry {
  const name = draft.name === '' ? draft.entry.dn : draft.name;
  const note = noteOf({ key: draft.key, name }, 'new', code, values);
  // Whoever is paired stays so: an entry that cannot be used says nothing of its record.
  const paired = known !== undefined && isPaired(known) && known.deskId !== null;
  const seen = seenOf(
    rules,
    { ...draft, name },
    paired ? { state: known.state, deskId: known.deskId } : { state: 'left-out' },
  );
  const group = code === 'sync.disabled' ? 'unchanged' : 'disputed';
  // Disabled accounts are many, and as they should be.
  const notes = code === 'sync.disabled' ? [] : [note];
  return { ...quiet(seen), person: planned({ ...draft, name }, 'new', group, [], notes) };
}

function recordGone(rules: Rules, draft: Draft, deskId: number): PlannedEntry {
  const code = 'sync.desk-record-gone';
  const sentence = sentenceOf(code, { id: deskId, person: draft.name });
  return disputedEntry(rules, draft, { code, sentence, candidates: [] });
}

function disputedEntry(rules: Rules, draft: Draft, dispute: Dispute): PlannedEntry {
  const { key, name } = draft;
  const { code, sentence } = dispute;
  const notes = [
    { personKey: key, personName: name, situation: 'disputed', sentence, code } as const,
  ];
  return {
    ...quiet(seenOf(rules, draft, { state: 'disputed', dispute, keys: draft.keys })),
    person: planned(draft, 'disputed', 'disputed', [], notes),
  };
}

function quiet(seen: SeenPerson): PlannedEntry {
  return { person: undefined, seen, photo: undefined, administrator: false };
}

function planned(
  draft: Pick<Draft, 'key' | 'name' | 'notes'>,
  situation: Situation,
  group: PlannedPerson['group'],
  changes: readonly Change[],
  notes: readonly PersonNote[],
): PlannedPerson | undefined {
  const { key, name } = draft;
  const ofFields = draft.notes.map(({ code, field, limit }) =>
    noteOf({ key, name }, situation, code, { person: name, field, limit }),
  );
  const all = [...notes, ...ofFields];
  if (changes.length === 0 && all.length === 0) return undefined;
  return { key, name, situation, group, changes, notes: all, leftOut: 0 };
}

export function noteOf(
  { key, name }: { readonly key: string; readonly name: string },
  situation: Situation,
  code: ProblemCode,
  values: Readonly<Record<string, string | number>>,
): PersonNote {
  return {
    ...{ personKey: key, personName: name, situation },
    ...{ sentence: sentenceOf(code, values), code },
  };
}

type OfRecord = Omit<Given, 'target'>;

function changeTo(rules: Rules, draft: Draft, person: DeskPerson, given: OfRecord): Change {
  const target = {
    id: `${rules.target}:${person.id}`,
    kind: 'existing',
    name: person.name,
  } as const;
  return changeOf(rules, draft, { ...given, target });
}

function seenOf(
  { target }: Rules,
  { entry, place, digest, name, managerDn }: Draft,
  what: Partial<SeenPerson> & Pick<SeenPerson, 'state'>,
): SeenPerson {
  return {
    ...{ target, entryId: entry.id, digest, dn: oneSpelling(entry.dn), name, placeId: place.id },
    managerDn,
    ...{
      deskId: null,
      changeId: null,
      managerWas: null,
      keys: [],
      fresh: false,
      joins: false,
      dispute: null,
    },
    ...what,
  };
}

function idOf(text: string | undefined): number | null {
  return text === undefined || text === '' ? null : Number(text);
}
