// How a field of a person stands in a row of the desk: read as texts, fitted, put, and found by.
import { Problem } from '#domain/problem.ts';
import type { Raw } from '#features/desk/resource/resource.ts';
import { extraOf, objectOf } from '#features/desk/resource/written.ts';
import type { References } from './references.ts';

/** A row that is being written: its own, whatever it was made from. */
export type Draft = {
  [column: string]: unknown;
  readonly extra: Record<string, unknown>;
  readonly custom_fields: Record<string, unknown>;
};

export function draftOf(row: Raw): Draft {
  return { ...row, extra: { ...extraOf(row) }, custom_fields: { ...objectOf(row.custom_fields) } };
}

export type Kept = {
  /** What there is; nothing where it is empty. */
  read(row: Raw): readonly string[];
  /** The values as they will be read back. Throws the refusal of what cannot be kept. */
  fit(values: readonly string[], references: References): readonly string[];
  /** Puts fitted values into a row that is being written. */
  put(draft: Draft, values: readonly string[], references: References): void;
  /** What its values are ids of. */
  readonly refersTo?: keyof References['wanted'];
  /** SQL: a condition that the index needs, and the text that is compared in any letter case. */
  readonly find?: { readonly given: string; readonly text: string };
};

/** A btree takes 2,704 octets a row; lower() may make a text longer than it was. */
const indexedBytesMax = 1_700;
const bytesMax = 100_000;

/** A text in a column of its own. */
export function column(
  name: string,
  how: { readonly indexed?: true; readonly needed?: true } = {},
): Kept {
  return {
    read: (row) => textsOf(row[name]),
    fit: (values) => oneText(values, how),
    put: (draft, [value]) => {
      draft[name] = value ?? null;
    },
    find: { given: `t."${name}" is not null`, text: `t."${name}"` },
  };
}

/** A text under Halo's own name in `extra`. */
export function member(name: string, how: { readonly indexed?: true } = {}): Kept {
  return {
    read: (row) => textsOf(extraOf(row)[name]),
    fit: (values) => oneText(values, how),
    put: ({ extra }, [value]) => putInto(extra, name, value),
    find: { given: `t.extra ? '${name}'`, text: `(t.extra ->> '${name}')` },
  };
}

/** The id of a record of another table. */
export function idColumn(
  name: string,
  refersTo: keyof References['wanted'],
  how: { readonly needed?: true } = {},
): Kept {
  return {
    refersTo,
    read: (row) => textsOf(row[name]),
    fit: (values, references) =>
      oneText(values, how).map((value) => known(references, refersTo, value)),
    put: (draft, [value]) => {
      draft[name] = value === undefined ? null : Number(value);
    },
  };
}

/** The roles of a user as Halo has them: objects in `extra.roles`. All of them, or none. */
export const userRoles: Kept = {
  refersTo: 'userRole',
  read: (row) => {
    const roles = extraOf(row).roles;
    return Array.isArray(roles) ? roles.flatMap((role) => textsOf(objectOf(role).id)).sort() : [];
  },
  fit: (values, references) =>
    [...new Set(values.map((value) => known(references, 'userRole', value)))].sort(),
  put({ extra }, values, { names }) {
    const roles = values.map((id) => ({
      id: Number(id),
      name: names.get(`userRole:${id}`) ?? '',
    }));
    putInto(extra, 'roles', roles.length === 0 ? undefined : roles);
  },
};

/** The roles of an agent by GUID, as the query brought them along; written to a table of their own. */
export const agentRoles: Kept = {
  refersTo: 'agentRole',
  read: (row) => (Array.isArray(row.roles) ? row.roles.map(String).sort() : []),
  fit: (values, references) =>
    [...new Set(values.map((value) => known(references, 'agentRole', value)))].sort(),
  put: (draft, values) => {
    draft.roles = values;
  },
};

/** An agent's manager: another agent. */
export const lineManager: Kept = {
  refersTo: 'agent',
  read: (row) => {
    const id = extraOf(row).linemanager;
    return typeof id === 'number' && id > 0 ? [String(id)] : [];
  },
  fit: (values, references) =>
    oneText(values, {}).map((value) => known(references, 'agent', value)),
  put({ extra }, [value], { names }) {
    putInto(extra, 'linemanager', value === undefined ? undefined : Number(value));
    putInto(extra, 'linemanager_name', value && names.get(`agent:${value}`));
  },
};

/** A photo by the sha-256 of its octets, which were put by before. */
export const photo: Kept = {
  refersTo: 'photo',
  read: ({ photo_sha256: sha256 }) => (Buffer.isBuffer(sha256) ? [sha256.toString('hex')] : []),
  fit: (values, references) =>
    oneText(values, {}).map((value) => known(references, 'photo', value)),
  put: (draft, [value]) => {
    draft.photo_sha256 = value === undefined ? null : Buffer.from(value, 'hex');
  },
};

/** The value of a custom field, which stands by the id of its definition. */
export function customValue(id: number): Kept {
  return {
    read: (row) => textsOf(objectOf(row.custom_fields)[id]),
    fit: (values) => oneText(values, {}),
    put: ({ custom_fields: values }, [value]) => putInto(values, String(id), value),
  };
}

/** A text of nothing but blanks and none are the same; a number counts as its text. */
function textsOf(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  return [typeof value === 'object' ? JSON.stringify(value) : String(value)].filter(saysSomething);
}

export function saysSomething(text: string): boolean {
  return text.trim() !== '';
}

/** Where the directory has several values and the desk has one place, they stand beside each other. */
function oneText(
  values: readonly string[],
  how: { readonly indexed?: true; readonly needed?: true },
): readonly string[] {
  const text = values.filter(saysSomething).join(', ').toWellFormed();
  const most = how.indexed === true ? indexedBytesMax : bytesMax;
  if (text.includes('\0')) throw misfit('it holds the character NUL');
  if (Buffer.byteLength(text) > most) throw misfit(`it is longer than ${most} octets`);
  if (text !== '') return [text];
  if (how.needed === true) throw misfit('it cannot be empty');
  return [];
}

function known({ wanted }: References, kind: keyof References['wanted'], value: string): string {
  const id = wanted[kind].get(value.toLowerCase());
  if (id !== undefined) return id;
  throw misfit(`"${value.slice(0, 60)}" names nothing that the desk has`);
}

/** Whose field it is, is filled in by who knows (judge.ts). */
export class Misfit extends Error {
  override readonly name = 'Misfit';
}

function misfit(reason: string): Misfit {
  return new Misfit(reason);
}

export function problemOf(field: string, { message }: Misfit): Problem {
  return new Problem('person.misfit', { field: field.slice(0, 80), reason: message });
}

/** What is empty is not there. */
function putInto(object: Record<string, unknown>, name: string, value: unknown): void {
  if (value === undefined) delete object[name];
  else object[name] = value;
}
