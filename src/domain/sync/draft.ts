// What an entry of the directory would look like in the desk: its values as fields, cleaned, before anybody is matched.
import { createHash } from 'node:crypto';
import { nameParts } from '#domain/name-parts.ts';
import type { DirectoryEntry } from '#domain/ports/directory-scan.ts';
import { oneSpelling, sameDn } from '#lib/dn.ts';
import { type Mapping, nameAttributes, placeFields, type Rules } from './rules.ts';
import type { Place } from './settings.ts';

/** An entry that differs from what is known of it, and where it was found. */
export type PlacedEntry = {
  readonly entry: DirectoryEntry;
  readonly place: Place;
  readonly digest: Buffer;
};

export type FieldNote = {
  readonly code:
    | 'sync.value-too-long'
    | 'sync.value-unreadable'
    | 'sync.photo-refused'
    | 'sync.remote-photo';
  readonly field: string;
  readonly limit: number;
};

export type Draft = PlacedEntry & {
  readonly key: string;
  readonly name: string;
  /** What it has, with '' where the directory has nothing; a field that cannot be used is not in it. */
  readonly fields: Readonly<Record<string, string>>;
  /** What only a creation writes. */
  readonly firstFields: Readonly<Record<string, string>>;
  readonly roleIds: readonly string[];
  readonly notes: readonly FieldNote[];
  /** What it is matched by, the surest first: `field=value` in lower case. */
  readonly keys: readonly string[];
  readonly photo: Buffer | undefined;
  readonly managerDn: string | null;
  readonly isServiceAccount: boolean;
};

export const lengths = { usual: 255, notes: 4_000, distinguishedName: 1_000 } as const;
export const photoBytesMax = 1_000_000;

export function draftOf(rules: Rules, placed: PlacedEntry): Draft {
  const { entry, place } = placed;
  const notes: FieldNote[] = [];
  const fields = fieldsOf(rules.mappings, entry, notes);
  const firstFields = fieldsOf(rules.whenCreated, entry, notes);
  const found = photoOf(rules, entry);
  if (rules.isRemote) {
    if (typeof found === 'object') {
      notes.push({ code: 'sync.remote-photo', field: 'photo', limit: 0 });
    }
  } else if (found === 'refused') {
    notes.push({ code: 'sync.photo-refused', field: 'photo', limit: photoBytesMax / 1_000 });
  } else if (found !== undefined) {
    fields.photo = found === 'none' ? '' : found.digest;
  }
  for (const field of placeFields[rules.target]) {
    const id = placeValue(place, field);
    if (id !== null) fields[field] = String(id);
  }
  if (rules.idField !== '') fields[rules.idField] = entry.id;
  const name = nameOf(fields, entry);
  // A name is needed: what falls back is better than nothing, and a person without any is told of.
  if (fields.name !== undefined && name !== '') fields.name = name;
  if (rules.target === 'user') takeApart(fields, firstFields, notes);
  return {
    ...placed,
    key: `${rules.target}:${entry.id}`,
    name,
    fields,
    firstFields,
    roleIds: rules.target === 'agent' ? place.roleIds.toSorted() : [],
    notes,
    keys: keysOf(rules, fields),
    photo: typeof found === 'object' && !rules.isRemote ? found.octets : undefined,
    managerDn: rules.managers === undefined ? null : managerOf(rules.managers, entry),
    isServiceAccount: isServiceAccount(rules.serviceAccount, entry),
  };
}

function fieldsOf(
  mappings: readonly Mapping[],
  entry: DirectoryEntry,
  notes: FieldNote[],
): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { to, pieces } of mappings) {
    if (to === 'photo') continue;
    const value = cleaned(textOf(pieces, entry), to);
    if (typeof value === 'string') fields[to] = value;
    else notes.push(value);
  }
  return fields;
}

/** The first value of each attribute: a field of the desk holds one. */
function textOf(pieces: Mapping['pieces'], entry: DirectoryEntry): string {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && 'attribute' in only) {
    return firstOf(entry, only.attribute);
  }
  const values = pieces.map((piece) =>
    'attribute' in piece ? firstOf(entry, piece.attribute) : piece.text,
  );
  // A text around nothing says nothing: `%givenName% %sn%` of somebody without either is empty.
  const says = pieces.some((piece, at) => 'attribute' in piece && values[at] !== '');
  return says ? values.join('') : '';
}

function firstOf({ attributes, dn }: DirectoryEntry, name: string): string {
  const own = attributes[name]?.[0];
  if (own !== undefined) return own;
  const lower = name.toLowerCase();
  return lower === 'dn' || lower === 'distinguishedname' ? dn : '';
}

/** One line without control characters; what is too long or no text stays out, and is told. */
function cleaned(raw: string, field: string): string | FieldNote {
  if (raw === '') return '';
  const limit = lengthOf(field);
  // Bytes that are no UTF-8 were read as U+FFFD.
  if (raw.length <= limit * 4 && raw.includes('\uFFFD')) {
    return { code: 'sync.value-unreadable', field, limit };
  }
  if (raw.length > limit * 4) return { code: 'sync.value-too-long', field, limit };
  const text = odd.test(raw) ? raw.replace(odds, (one) => (one === '\n' ? one : ' ')) : raw;
  const line = (field === 'notes' ? text : text.replaceAll('\n', ' ')).trim();
  return line.length > limit ? { code: 'sync.value-too-long', field, limit } : line;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what PostgreSQL and people cannot read is what is looked for
const odd = /[\u0000-\u001F\u007F-\u009F]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, all of them
const odds = /[\u0000-\u001F\u007F-\u009F]/g;

function lengthOf(field: string): number {
  if (field === 'notes') return lengths.notes;
  return field === 'distinguishedName' ? lengths.distinguishedName : lengths.usual;
}

function nameOf(fields: Readonly<Record<string, string>>, entry: DirectoryEntry): string {
  const both = `${fields.firstName ?? ''} ${fields.surname ?? ''}`.trim();
  const fallbacks = [
    () => fields.name ?? '',
    ...nameAttributes.map((name) => () => textIn(firstOf(entry, name))),
    () => both,
    () => fields.login ?? '',
  ];
  for (const fallback of fallbacks) {
    const name = fallback();
    if (name !== '') return name;
  }
  return '';
}

/**
 * A desk takes the name of a user apart who has nothing but a name: whom the directory gives neither part has those,
 * and not none, or each of them would differ from the directory as soon as they are made.
 */
function takeApart(
  fields: Record<string, string>,
  firstFields: Readonly<Record<string, string>>,
  notes: readonly FieldNote[],
): void {
  const { name = '' } = fields;
  const says = (part: 'firstName' | 'surname') =>
    (fields[part] ?? '') !== '' ||
    (firstFields[part] ?? '') !== '' ||
    notes.some(({ field }) => field === part);
  if (name === '' || says('firstName') || says('surname')) return;
  const { firstName, surname } = nameParts(name);
  if (fields.firstName !== undefined) fields.firstName = firstName;
  if (fields.surname !== undefined) fields.surname = surname;
}

function textIn(raw: string): string {
  const value = cleaned(raw, 'name');
  return typeof value === 'string' ? value : '';
}

function placeValue(place: Place, field: string): number | null {
  switch (field) {
    case 'siteId':
      return place.siteId;
    case 'userRoleId':
      return place.userRoleId;
    case 'cabId':
      return place.cabId;
    default:
      return null;
  }
}

function keysOf(rules: Rules, fields: Readonly<Record<string, string>>): string[] {
  const names = rules.idField === '' ? rules.matching : [rules.idField, ...rules.matching];
  return [...new Set(names)].flatMap((name) => {
    const value = fields[name] ?? '';
    return value === '' ? [] : [keyOf(name, value)];
  });
}

export function keyOf(field: string, value: string): string {
  return `${field}=${value.toLowerCase()}`;
}

/** Longer than any name; an attribute mapped by mistake may have megabytes. */
const managerDnMax = 16_000;

function managerOf(from: Mapping, entry: DirectoryEntry): string | null {
  const dn = textOf(from.pieces, entry);
  return dn === '' || dn.length > managerDnMax || dn.includes('\u0000') ? null : oneSpelling(dn);
}

/** By whichever name it signs in with: a DN, a userPrincipalName, or DOMAIN\name. */
function isServiceAccount(name: string, entry: DirectoryEntry): boolean {
  if (name === '') return false;
  if (name.includes('=')) return sameLetters(name, entry.dn) || sameDn(name, entry.dn);
  const short = name.slice(name.lastIndexOf('\\') + 1);
  return (
    sameLetters(firstOf(entry, 'userPrincipalName'), name) ||
    (name.includes('\\') && sameLetters(firstOf(entry, 'sAMAccountName'), short))
  );
}

function sameLetters(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function photoOf(rules: Rules, entry: DirectoryEntry) {
  const mapping = rules.mappings.find(({ to }) => to === 'photo');
  if (mapping === undefined) return undefined;
  const text = textOf(mapping.pieces, entry);
  if (text === '') return 'none';
  if (text.length > photoBytesMax * 1.5) return 'refused';
  const octets = Buffer.from(text, 'base64');
  if (octets.length > photoBytesMax || !magics.some((magic) => startsWith(octets, magic))) {
    return 'refused';
  }
  return { octets, digest: createHash('sha256').update(octets).digest('hex') };
}

/** JPEG and PNG, by their first octets: a name or a type that a directory gives proves nothing. */
const magics = [Buffer.from('ffd8ff', 'hex'), Buffer.from('89504e470d0a1a0a', 'hex')];

function startsWith(octets: Buffer, magic: Buffer): boolean {
  return octets.subarray(0, magic.length).equals(magic);
}
