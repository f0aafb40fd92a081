// `order`, `order2` … `order5` and their `orderdesc`: sorting by members that the resource has.
import { refuse } from '#domain/problem.ts';
import type { Given } from '#http/halo/model.ts';
import { isComparable, sqlOf } from './member.ts';
import type { Resource } from './resource.ts';

export const places = ['', '2', '3', '4', '5'] as const;

/** ORDER BY. The key comes last, so that pages never overlap. */
export function orderOf(resource: Resource, query: Given): string {
  const asked = places.flatMap((place) => {
    const name = query[`order${place}`];
    if (typeof name !== 'string') return [];
    const direction = query[`orderdesc${place}`] === true ? 'desc' : 'asc';
    return [`${sortable(resource, name)} ${direction}`];
  });
  return [...(asked.length === 0 ? [resource.order] : asked), ...keyColumns(resource)].join(', ');
}

/** Halo's database compares letters without regard to case. */
function sortable(resource: Resource, asked: string): string {
  const name = asked.trim().toLowerCase();
  const member = Object.hasOwn(resource.members, name) ? resource.members[name] : undefined;
  const sql = member === undefined ? undefined : sqlOf(name, member);
  if (member === undefined || sql === undefined || !isComparable(member)) {
    return refuse('list.unsortable', { kind: resource.path, field: asked.slice(0, 100) });
  }
  return member.type === 'text' ? `lower(${sql})` : sql;
}

function keyColumns(resource: Resource): string[] {
  return resource.keys.flatMap((name) => {
    const member = resource.members[name];
    const sql = member === undefined ? undefined : sqlOf(name, member);
    return sql === undefined ? [] : [sql];
  });
}
