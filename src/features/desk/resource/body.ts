// What may be posted to a resource: one object or an array of them, each with the members of Halo's model.
import { z } from 'zod';
import { type Given, oneOrMany } from '#http/halo/model.ts';
import { modelsOf } from './model.ts';
import type { Resource } from './resource.ts';

/** An id of null asks for a new record, as 0 and none do. */
export function bodyOf(resource: Resource): z.ZodType<readonly Given[]> {
  return z.preprocess(
    (body) => (Array.isArray(body) ? body.map(withoutNullId) : withoutNullId(body)),
    oneOrMany(modelsOf(resource).single),
  );
}

function withoutNullId(one: unknown): unknown {
  if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
  const isNull = ([name, value]: [string, unknown]) =>
    name.toLowerCase() === 'id' && value === null;
  return Object.fromEntries(Object.entries(one).filter((entry) => !isNull(entry)));
}
