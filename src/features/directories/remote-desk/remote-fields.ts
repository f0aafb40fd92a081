// A sync's fields in the words of a remote Halo's records, both ways.
import type { Attributes } from '#domain/account.ts';
import type { DeskPerson } from '#domain/ports/desk-people.ts';
import type { RemoteRecord, RemoteTarget } from '#domain/ports/remote-people.ts';
import { customField, findField } from '#domain/sync/fields.ts';

/** Fields that Halo's lists show; the rest stands in whole records alone. */
const listedOfUsers: ReadonlySet<string> = new Set([
  ...['name', 'firstName', 'surname', 'email', 'login', 'title', 'phone', 'mobile', 'homePhone'],
  ...['distinguishedName', 'initials', 'fax', 'notes', 'other1', 'other2', 'other3', 'other4'],
  ...['other5', 'siteId'],
]);

export function isListed(target: RemoteTarget, field: string): boolean {
  return target === 'user' && listedOfUsers.has(field);
}

/** What a list says now; of what stands in no list, what was known before. */
export function listedOver(
  target: RemoteTarget,
  before: RemoteRecord,
  listed: RemoteRecord,
): RemoteRecord {
  const gone = new Set(
    target === 'user' ? [...listedOfUsers].map((field) => wordOf(target, field)) : [],
  );
  const kept = Object.entries(before).filter(([word]) => !gone.has(word));
  return { ...Object.fromEntries(kept), ...listed };
}

/** Fields of a record, the empty left out. A user's manager is an address there (managers.ts says who). */
export function fieldsOf(
  target: RemoteTarget,
  record: RemoteRecord,
  fields: readonly string[],
): Attributes {
  return Object.fromEntries(
    fields
      .map((field) => [field, valuesOf(target, record, field)] as const)
      .filter(([, values]) => values.length > 0),
  );
}

/** Of a user's manager it has the address. */
export function personOf(
  target: RemoteTarget,
  record: RemoteRecord,
  fields: readonly string[],
): DeskPerson {
  const apart = apartOf(target, record);
  return {
    ...(apart === undefined ? {} : { apart }),
    id: Number(record.id),
    name: String(record.name ?? ''),
    active: isActive(target, record),
    administrator: record.is_admin === true,
    fields: fieldsOf(target, record, fields),
  };
}

function valuesOf(target: RemoteTarget, record: RemoteRecord, field: string): readonly string[] {
  const custom = customName(field);
  if (custom !== undefined) return textsOf(customValue(record, custom));
  const word = wordOf(target, field);
  if (word === undefined || field === 'photo') return [];
  const value = Object.hasOwn(record, word) ? record[word] : undefined;
  switch (field) {
    case 'userRoleId':
    case 'roleIds':
      return objectsIn(value)
        .flatMap(({ id }) => textsOf(id))
        .map((id) => id.toLowerCase())
        .sort();
    case 'siteId':
      return typeof value === 'number' && value > 0 ? [String(Math.trunc(value))] : [];
    case 'manager':
      if (target === 'user') return textsOf(value);
      return typeof value === 'number' && value > 0 ? [String(value)] : [];
    default:
      return textsOf(value);
  }
}

/** The members that make the fields so; undefined for a field that Halo has no word for. */
export function membersOf(
  target: RemoteTarget,
  field: string,
  values: readonly string[],
): RemoteRecord | undefined {
  const text = values.filter((value) => value !== '').join(', ');
  const custom = customName(field);
  if (custom === '') return undefined;
  if (custom !== undefined) return { customfields: [{ name: custom, value: text }] };
  const word = wordOf(target, field);
  if (word === undefined) return undefined;
  switch (field) {
    // Halo's API takes no photos.
    case 'photo':
      return {};
    case 'userRoleId':
      return { [word]: values.map((id) => ({ id: Number(id) })) };
    case 'roleIds':
      return { [word]: values.map((id) => ({ id })) };
    case 'siteId':
      return { [word]: Number(text) };
    case 'manager':
      return { [word]: target === 'user' ? text : Number(text) || 0 };
    // To Halo a member that is null was not given; an empty text empties it.
    default:
      return { [word]: text };
  }
}

/** Members of several fields as one record: custom fields side by side. */
export function together(one: RemoteRecord, other: RemoteRecord): RemoteRecord {
  const fields = [...objectsIn(one.customfields), ...objectsIn(other.customfields)];
  return { ...one, ...other, ...(fields.length === 0 ? {} : { customfields: fields }) };
}

export function isActive(target: RemoteTarget, record: RemoteRecord): boolean {
  return (target === 'user' ? record.inactive : record.isdisabled) !== true;
}

export function presence(target: RemoteTarget, active: boolean): RemoteRecord {
  return target === 'user' ? { inactive: !active } : { isdisabled: !active };
}

/** What it is instead of a person, where it is none. */
export function apartOf(target: RemoteTarget, record: RemoteRecord): string | undefined {
  if (target === 'agent') {
    return record.isapiagent === true ? 'an agent for applications' : undefined;
  }
  if (record.isserviceaccount === true) return 'a service account';
  return Number(record.id) < 0 ? 'the general user' : undefined;
}

/** What somebody is found by: `field=value`, in lower case. */
export function keysOf(target: RemoteTarget, record: RemoteRecord): string[] {
  const custom = objectsIn(record.customfields).flatMap(({ name }) =>
    typeof name === 'string' ? [`${customField}${name}`] : [],
  );
  return [...matchable, ...custom].flatMap((field) =>
    valuesOf(target, record, field)
      .filter((value) => value.length <= keyMax)
      .map((value) => keyOf(field, value)),
  );
}

export function keyOf(field: string, value: string): string {
  return `${field.toLowerCase()}=${value.toLowerCase()}`;
}

const keyMax = 400;
const matchable = [
  ...['name', 'email', 'login', 'samAccountName', 'distinguishedName', 'email2'],
  ...['other1', 'other2', 'other3', 'other4', 'other5'],
];

function wordOf(target: RemoteTarget, field: string): string | undefined {
  const found = findField(field);
  return (target === 'user' ? found?.ofUser : found?.ofAgent) ?? undefined;
}

function customName(field: string): string | undefined {
  return field.startsWith(customField) ? field.slice(customField.length).trim() : undefined;
}

function customValue(record: RemoteRecord, name: string): unknown {
  const found = objectsIn(record.customfields).find(
    (field) => typeof field.name === 'string' && field.name.toLowerCase() === name.toLowerCase(),
  );
  // A password's value is the id of a secret.
  return found?.value_is_password_id === true ? undefined : found?.value;
}

function objectsIn(value: unknown): readonly RemoteRecord[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}

/** A text of nothing but blanks and none are the same. */
function textsOf(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.trim() === '' ? [] : [text];
}
