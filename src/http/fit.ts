// Fits what was asked to a route's schemas, once, at the edge.
import type { z } from 'zod';
import { Problem, refuse } from '#domain/problem.ts';
import { checkText } from './body.ts';

/** A refusal that names the places that do not fit, for clients that mark fields. */
export class Misfit extends Problem {
  readonly place: 'path' | 'query' | 'body';
  readonly fields: readonly { readonly path: string; readonly message: string }[];

  constructor(place: Misfit['place'], fields: Misfit['fields']) {
    super('request.invalid', { reason: spelt(place, fields) });
    this.place = place;
    this.fields = fields;
  }
}

const fieldsTold = 20;

export function fitBody(schema: z.ZodType, body: unknown): unknown {
  return fit('body', schema, body);
}

/** A path whose parameter cannot be an id leads nowhere. */
export function fitParams(schema: z.ZodType, params: unknown): unknown {
  return fit('path', schema, params);
}

/** Query names in the Halo dialect are matched in any letter case (halo-api.md 1.1). */
export function fitQuery(schema: z.ZodType, query: unknown, lowerCase: boolean): unknown {
  const asked: Record<string, unknown> = Object.create(null);
  if (typeof query === 'object' && query !== null) {
    for (const [name, value] of Object.entries(query)) {
      checkValue(value);
      asked[lowerCase ? name.toLowerCase() : name] = value;
    }
  }
  return fit('query', schema, asked);
}

export function checkParams(params: unknown): void {
  if (typeof params === 'object' && params !== null) Object.values(params).forEach(checkValue);
}

function checkValue(value: unknown): void {
  if (typeof value === 'string') checkText(value);
  else if (Array.isArray(value)) value.forEach(checkValue);
}

function fit(place: Misfit['place'], schema: z.ZodType, value: unknown): unknown {
  if (place === 'body' && value === undefined && !schema.safeParse(undefined).success) {
    refuse('request.malformed', { reason: 'it is empty' });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Misfit(
    place,
    result.error.issues
      .slice(0, fieldsTold)
      .map(({ path, message }) => ({ path: spelling(path), message })),
  );
}

/** JSON path in the way of .NET's model binding: [0].customfields[2].value */
function spelling(path: readonly PropertyKey[]): string {
  return path.reduce<string>((sum, step) => {
    if (typeof step === 'number') return `${sum}[${step}]`;
    return sum === '' ? String(step) : `${sum}.${String(step)}`;
  }, '');
}

function spelt(place: Misfit['place'], fields: Misfit['fields']): string {
  const told = fields.slice(0, 5).map(({ path, message }) => `${path || place}: ${message}`);
  const more = fields.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
