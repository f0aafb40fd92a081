// advanced_search: a JSON array of {filter_name, filter_type, filter_value}, all of which must hold.
import { sql } from 'kysely';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { readTime } from '#http/halo/time.ts';
import { escapeLike, type Sql } from './filter.ts';
import { isComparable, type Member, sqlOf } from './member.ts';
import type { Resource } from './resource.ts';

const filtersMax = 20;

const Filters = z
  .array(
    z.object({
      filter_name: z.string(),
      filter_type: z.coerce.number<unknown>().pipe(z.int()),
      filter_value: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
    }),
  )
  .max(filtersMax);

/**
 * Halo's 2 is equality, the only number known of Halo (halo-api.md 2.11); the others are this desk's own
 * and stand in docs/halo-dialect.md.
 */
const comparisons: Readonly<Record<number, (left: Sql, value: unknown) => Sql>> = {
  1: (left, value) => sql`${left}::text ilike ${`%${escapeLike(String(value))}%`}`,
  2: (left, value) => sql`${left} = ${value}`,
  3: (left, value) => sql`${left} is distinct from ${value}`,
  4: (left, value) => sql`${left}::text ilike ${`${escapeLike(String(value))}%`}`,
  5: (left, value) => sql`${left}::text ilike ${`%${escapeLike(String(value))}`}`,
  6: (left, value) => sql`${left} > ${value}`,
  7: (left, value) => sql`${left} < ${value}`,
  8: (left) => sql`coalesce(${left}::text, '') = ''`,
  9: (left) => sql`coalesce(${left}::text, '') <> ''`,
};
const likeTypes = [1, 4, 5];
const valuelessTypes = [8, 9];

export function advancedSearch(resource: Resource, asked: unknown): Sql | undefined {
  if (typeof asked !== 'string') return undefined;
  const filters = Filters.safeParse(parsed(asked));
  if (!filters.success) return invalid(`it is not a JSON array of at most ${filtersMax} filters`);
  const conditions = filters.data.map((filter) => {
    const name = filter.filter_name.toLowerCase();
    const member = Object.hasOwn(resource.members, name) ? resource.members[name] : undefined;
    const left = member === undefined ? undefined : sqlOf(name, member);
    const compare = comparisons[filter.filter_type];
    if (member === undefined || left === undefined || !isComparable(member)) {
      return invalid(`${filter.filter_name.slice(0, 100)} is not a field of ${resource.path}`);
    }
    if (compare === undefined) return invalid(`there is no filter_type ${filter.filter_type}`);
    const needsValue = !valuelessTypes.includes(filter.filter_type);
    const value = likeTypes.includes(filter.filter_type)
      ? filter.filter_value
      : typed(member, filter.filter_value);
    if (needsValue && (value === undefined || value === null)) {
      return invalid(`filter_value does not fit ${name}`);
    }
    return compare(side(member, left), value);
  });
  return conditions.length === 0 ? undefined : sql`(${sql.join(conditions, sql` and `)})`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Texts and GUIDs compare without regard to case, as in Halo's database. */
function side({ type }: Member, left: string): Sql {
  return type === 'text' || type === 'uuid' ? sql`lower(${sql.raw(left)}::text)` : sql.raw(left);
}

const whole = z.coerce.number<unknown>().pipe(z.int32());

function typed({ type }: Member, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  switch (type) {
    case 'int':
      return value === '' ? undefined : whole.safeParse(value).data;
    case 'double':
      return Number.isFinite(Number(value)) && value !== '' ? Number(value) : undefined;
    case 'bool':
      return { true: true, false: false, 1: true, 0: false }[String(value).toLowerCase()];
    case 'time':
      return readTime(String(value));
    default:
      return String(value).toLowerCase();
  }
}

function invalid(reason: string): never {
  return refuse('search.invalid', { reason });
}
