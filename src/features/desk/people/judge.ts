// What becomes of one change of a person, given the record as it stands: pure, and told as an outcome.
import type { Attributes } from '#domain/account.ts';
import { decide } from '#domain/apply.ts';
import type { Change } from '#domain/change.ts';
import { nameParts } from '#domain/name-parts.ts';
import type { Outcome } from '#domain/outcome.ts';
import { Problem, refuse } from '#domain/problem.ts';
import type { Raw } from '#features/desk/resource/resource.ts';
import { own } from '#lib/own.ts';
import { type CustomFields, customNameMax } from './custom-fields.ts';
import { type Draft, draftOf, type Kept, Misfit, problemOf, saysSomething } from './kept.ts';
import type { Kind } from './kinds.ts';
import { nameOfCustom } from './queries.ts';
import type { References } from './references.ts';

export type Judging = {
  readonly kind: Kind;
  readonly references: References;
  readonly customFields: CustomFields;
  /** The client whose people alone may be touched; null for everybody's. */
  readonly clientId: number | null;
  /** Whether another record has a value that no two may have. */
  isTaken(field: 'email' | 'login', value: string, id: number | undefined): boolean;
  /** Whether nobody would administer the desk without this agent. */
  isLastAdministrator(id: number): boolean;
};

export type Judged = {
  readonly outcome: Outcome;
  /** The record as it shall be; undefined where nothing is written. */
  readonly row?: Raw;
};

/** Whether the person is there is a field like any other. */
const enabled = 'enabled';

const presence: Kept = {
  read: () => [],
  fit: (values) => values,
  put: () => {},
};

/** `before` and `after` as they are compared and written: a manager by record, presence by name. */
export function spelt(
  change: Change,
  managerId: number | undefined,
): { readonly before: Attributes; readonly after: Attributes } {
  const sides = { before: change.before, after: change.after };
  if (change.kind === 'enable' || change.kind === 'disable') {
    const isOn = change.kind === 'enable';
    return {
      before: { ...sides.before, [enabled]: [String(!isOn)] },
      after: { ...sides.after, [enabled]: [String(isOn)] },
    };
  }
  if (change.manager === undefined) return sides;
  const { was } = change.manager;
  return {
    before: { ...sides.before, manager: was === null ? [] : [String(was)] },
    after: { ...sides.after, manager: managerId === undefined ? [] : [String(managerId)] },
  };
}

export function judgeCreation(judging: Judging, after: Attributes): Judged {
  return told(() => {
    const { kind } = judging;
    const { [enabled]: present, ...given } = after;
    const fields = Object.fromEntries(
      Object.entries(given).map(([name, values]) => [name, fitted(judging, name, values)]),
    );
    const row = draftOf({ [kind.gone]: present?.[0] === 'false' });
    put(judging, row, fields);
    nameWhole(kind, row);
    for (const [column, member] of needed[kind.target]) {
      if ((row[column] ?? '') === '') refuse('record.incomplete', { kind: kind.word, member });
    }
    mayReach(judging, row);
    refuseTaken(judging, row, undefined, Object.keys(after));
    return { outcome: { result: 'done' }, row };
  });
}

export function judgeChange(
  judging: Judging,
  {
    change,
    before,
    after,
  }: { readonly change: Change; readonly before: Attributes; readonly after: Attributes },
  row: Raw | undefined,
): Judged {
  const { kind } = judging;
  if (row === undefined) return gone(change);
  return told(() => {
    const what = kind.apartOf(row);
    if (what !== undefined) refuse('person.kept', { name: kind.nameOf(row), what });
    mayReach(judging, row);
    const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const side = (values: Attributes, fit: typeof fitted) =>
      Object.fromEntries(fields.map((name) => [name, fit(judging, name, own(values, name) ?? [])]));
    const decision = decide(
      { ...change, kind: 'update', before: side(before, asItWas), after: side(after, fitted) },
      { id: '', dn: '', enabled: true, groupIds: [], attributes: current(judging, row, fields) },
    );
    if (decision.do === 'skip')
      return { outcome: { result: 'skipped', because: decision.because } };
    if (decision.do === 'conflict') {
      return { outcome: { result: 'conflict', because: decision.because } };
    }
    const { [enabled]: present, ...others } = decision.after;
    const leaves = present?.[0] === 'false';
    if (leaves && judging.isLastAdministrator(Number(row.id))) {
      refuse('person.last-administrator', { name: kind.nameOf(row) });
    }
    const then = draftOf(row);
    put(judging, then, others);
    if (present !== undefined) then[kind.gone] = leaves;
    mayReach(judging, then);
    refuseTaken(judging, then, Number(row.id), Object.keys(others));
    return { outcome: { result: 'done' }, row: then };
  });
}

export function gone({ target, system }: Change): Judged {
  return { outcome: { result: 'conflict', because: `${target.name} is no longer in ${system}` } };
}

export function failed(problem: Problem, retryable = false): Outcome {
  const { code, message: because } = problem;
  return { result: 'failed', code, because, retryable };
}

/** The columns that a new record must have, in words. */
const needed = {
  user: [
    ['name', 'a name'],
    ['site_id', 'a site'],
  ],
  agent: [['name', 'a name']],
  'cab-member': [
    ['name', 'a name'],
    ['cab_id', 'a board'],
  ],
} as const;

function told(work: () => Judged): Judged {
  try {
    return work();
  } catch (error) {
    if (error instanceof Problem) return { outcome: failed(error) };
    throw error;
  }
}

function current({ kind, ...judging }: Judging, row: Raw, fields: readonly string[]): Attributes {
  return Object.fromEntries(
    fields.map((name) => [
      name,
      name === enabled
        ? [String(row[kind.gone] !== true)]
        : keptOf({ kind, ...judging }, name).read(row),
    ]),
  );
}

/** Values that were fitted. */
function put(judging: Judging, draft: Draft, fields: Attributes): void {
  for (const [name, values] of Object.entries(fields)) {
    keptOf(judging, name).put(draft, values, judging.references);
  }
}

function fitted(judging: Judging, name: string, values: readonly string[]): readonly string[] {
  try {
    return keptOf(judging, name).fit(values, judging.references);
  } catch (error) {
    if (error instanceof Misfit) throw problemOf(name, error);
    throw error;
  }
}

/** What was there need not fit any more: a site that is gone, a text from before a limit. */
function asItWas(judging: Judging, name: string, values: readonly string[]): readonly string[] {
  try {
    return keptOf(judging, name).fit(values, judging.references);
  } catch (error) {
    if (error instanceof Misfit) return values.filter(saysSomething);
    throw error;
  }
}

function keptOf({ kind, customFields }: Judging, field: string): Kept {
  if (field === enabled) return presence;
  const kept = own(kind.fields, field);
  if (kept !== undefined) return kept;
  const name = nameOfCustom(field);
  if (name === undefined || kind.customFields === undefined) {
    return refuse('person.misfit', {
      field: cut(field),
      reason: `a ${kind.word} has no such field`,
    });
  }
  const definition = customFields.get(name.toLowerCase());
  if (definition === undefined) {
    const reason = `a custom field is named with 1 to ${customNameMax} characters`;
    return refuse('person.misfit', { field: cut(field), reason });
  }
  if (definition.isPassword) {
    return refuse('person.misfit', { field: cut(field), reason: 'it is a password field' });
  }
  return definition.kept;
}

/** Halo makes a name of its parts, and takes a whole one apart. */
function nameWhole({ target }: Kind, draft: Draft): void {
  if (target === 'cab-member') return;
  const [first, last] = [draft.first_name ?? '', draft.surname ?? ''].map(String);
  const name = String(draft.name ?? '') || [first, last].join(' ').trim();
  draft.name = name || null;
  if (target === 'agent' || first !== '' || last !== '') return;
  const parts = nameParts(name);
  draft.first_name = parts.firstName;
  draft.surname = parts.surname;
}

function mayReach({ kind, clientId, references }: Judging, row: Raw): void {
  if (clientId === null) return;
  const client = references.clientOfSite.get(String(row.site_id)) ?? row.client_id;
  if (kind.target !== 'user' || client !== clientId) {
    refuse('record.out-of-reach', { kind: kind.word });
  }
}

function refuseTaken(
  { kind, isTaken }: Judging,
  row: Raw,
  id: number | undefined,
  changed: readonly string[],
): void {
  for (const member of kind.unique) {
    const value = row[member];
    if (changed.includes(member) && typeof value === 'string' && isTaken(member, value, id)) {
      refuse('record.taken', { kind: kind.word, member });
    }
  }
}

function cut(text: string): string {
  return text.slice(0, 80);
}
