// Reading single members out of what was posted, for the rules that need them.
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import type { Given } from '#http/halo/model.ts';

export function intOf(given: Given, name: string): number | undefined {
  const value = given[name];
  return typeof value === 'number' ? value : undefined;
}

export function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

/** Ids that Halo's models declare as double: 3 and 3.0 are one, 3.5 is none. */
export function wholeOf(given: Given, name: string): number | undefined {
  const value = intOf(given, name);
  if (value === undefined || Number.isInteger(value)) return value;
  return refuse('request.invalid', { reason: `${name} is not a whole number` });
}

/** A change may leave these out, and may not empty them. */
export function mustStay(given: Given, kind: string, names: readonly string[]): void {
  for (const name of names) {
    const value = given[name];
    if (value === null || (typeof value === 'string' && value.trim() === '')) {
      refuse('request.invalid', { reason: `a ${kind} cannot be without ${name}` });
    }
  }
}

/** What is given, without members that are null: a new record has nothing to empty. */
export function withoutNulls(given: Given): Given {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

/** The ids of the objects in a member; undefined where it was not given. Null empties it. */
export function idsOf(given: Given, name: string): readonly number[] | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  const objects = z.array(z.looseObject({ id: z.coerce.number().pipe(z.int32()) })).max(idsMax);
  const read = objects.safeParse(value ?? []);
  if (!read.success) refuse('request.invalid', { reason: `${name}: each needs the id of one` });
  return [...new Set((read.data ?? []).map(({ id }) => id))];
}

const idsMax = 1000;
