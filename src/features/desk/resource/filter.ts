// Query parameters: how each is read, and the condition it puts on a list.
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { reading } from '#http/halo/query.ts';
import { readTime } from '#http/halo/time.ts';

/** A piece of SQL with its values beside it, never inside it. */
export type Sql = RawBuilder<unknown>;

export type Asking = { readonly actor: Actor; readonly now: Date };

export type Filter = {
  readonly schema: z.ZodType;
  /** The condition, or nothing where the value asks for none. */
  where(value: unknown, asking: Asking): Sql | undefined;
};

export function byInt(where: (value: number, asking: Asking) => Sql | undefined): Filter {
  return {
    schema: reading.int,
    where: (value, asking) => (typeof value === 'number' ? where(value, asking) : undefined),
  };
}

export function byFlag(where: (value: boolean, asking: Asking) => Sql | undefined): Filter {
  return {
    schema: reading.flag,
    where: (value, asking) => (typeof value === 'boolean' ? where(value, asking) : undefined),
  };
}

export function byText(where: (value: string, asking: Asking) => Sql | undefined): Filter {
  return {
    schema: reading.text,
    where: (value, asking) => (typeof value === 'string' ? where(value, asking) : undefined),
  };
}

/** A comma separated list of ids, or a JSON array of them. */
export function byInts(where: (value: readonly number[], asking: Asking) => Sql): Filter {
  const ints = z.array(z.number());
  return {
    schema: reading.ints,
    where: (value, asking) => {
      const list = ints.safeParse(value);
      return list.success ? where(list.data, asking) : undefined;
    },
  };
}

export function byTime(where: (value: Date, asking: Asking) => Sql): Filter {
  return {
    schema: reading.time,
    where: (value, asking) => (value instanceof Date ? where(value, asking) : undefined),
  };
}

/**
 * `lastupdatefromdate` and `lastupdatetodate`: Halo declares them as flags ("include the field") and
 * names them as dates. A date filters; true and false are accepted and ask for nothing.
 */
export function changedSince(operator: '>=' | '<='): Filter {
  return byText((value) => {
    if (/^(true|false)$/i.test(value)) return undefined;
    const time = readTime(value);
    return time === undefined ? sql`false` : sql`t.updated_at ${sql.raw(operator)} ${time}`;
  });
}

/** A condition that the text occurs in an expression of ours; wildcards in it are letters. */
export function contains(expression: string, text: string): Sql {
  return sql`${sql.raw(expression)} ilike ${`%${escapeLike(text)}%`}`;
}

export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
