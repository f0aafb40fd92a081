// From Halo's members to the columns of a table.
import type { Given } from '#http/halo/model.ts';
import type { Member } from './member.ts';
import type { Raw, Resource } from './resource.ts';

/** Columns and their values, as the database takes them. */
export type Row = Readonly<Record<string, unknown>>;

/** What is written for the members given. A member of `extra` that is null is taken out of it. */
export function written(resource: Resource, given: Given, before?: Raw): Row {
  const columns: Record<string, unknown> = {};
  const extra: Record<string, unknown> = { ...extraOf(before) };
  for (const [name, value] of Object.entries(given)) {
    const member = resource.members[name];
    if (member === undefined || value === undefined) continue;
    if (member.kept.in === 'column' || member.kept.in === 'managed') {
      columns[member.kept.column] = columnValue(member, value);
    } else if (member.kept.in === 'extra') {
      if (value === null) delete extra[name];
      else extra[name] = withoutOrders(value);
    }
  }
  return { ...columns, extra: JSON.stringify(extra) };
}

/** Of records inside a record: what only orders something, and what only a secret's owner may say, is not kept. */
function withoutOrders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOrders);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !/^(_|new_)/i.test(name))
      .map(([name, inner]) => [name, withoutOrders(inner)]),
  );
}

export function extraOf(row: Raw | undefined): Readonly<Record<string, unknown>> {
  return objectOf(row?.extra);
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** Times are in UTC and say so nowhere on Halo's wire; the database is told. */
function columnValue({ type }: Member, value: unknown): unknown {
  return type === 'time' && typeof value === 'string' ? new Date(`${value}Z`) : value;
}
