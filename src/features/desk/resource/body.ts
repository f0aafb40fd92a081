// What may be posted: one object or an array of them, of which the members that Halo's model has are read.
import { z } from 'zod';
import type { Members, MemberType } from './member.ts';
import { haloTime, readTime } from './time.ts';

/** The members of one posted object that the model knows, each of its type. */
export type Given = Readonly<Record<string, unknown>>;

export const elementsMax = 1000;

/** The schema of a POST body. Names of members are read in any letter case, as Halo does. */
export function bodyOf(members: Members): z.ZodType<readonly Given[]> {
  const shape = Object.fromEntries(
    Object.entries(members).map(([name, member]) => [name, fields[member.type].optional()]),
  );
  return z.preprocess(
    (body) => (Array.isArray(body) ? body : [body]).map((one) => inHalosSpelling(one, members)),
    z.array(z.object(shape)).min(1, 'is empty: send at least one object').max(elementsMax),
  );
}

function inHalosSpelling(one: unknown, members: Members): unknown {
  if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
  const known = new Map<string, unknown>();
  for (const [name, value] of Object.entries(one)) {
    const spelt = Object.hasOwn(members, name) ? name : name.toLowerCase();
    if (Object.hasOwn(members, spelt) && !(known.has(spelt) && spelt !== name)) {
      known.set(spelt, value);
    }
  }
  return Object.fromEntries(known);
}

const fields: Readonly<Record<MemberType, z.ZodType>> = {
  int: z.preprocess(wholeNumber, z.int32('is not a whole number').nullable()),
  double: z.preprocess(anyNumber, z.number('is not a number').nullable()),
  text: z.string('is not a text').nullable(),
  bool: z.preprocess(yesOrNo, z.boolean('is not true or false').nullable()),
  time: z
    .string('is not a date')
    .transform((text, context) => {
      const time = readTime(text);
      if (time !== undefined) return haloTime(time);
      context.addIssue('is not a date such as 2026-06-16T09:30:00');
      return z.NEVER;
    })
    .nullable(),
  uuid: z.guid('is not a GUID').nullable(),
  any: z.unknown(),
  object: z.looseObject({}, 'is not an object').nullable(),
  objects: z.array(z.looseObject({}, 'is not an object'), 'is not an array').nullable(),
};

/** Programs in the field send ids as text; "95.0" and "0x10" are no ids. */
function wholeNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
}

/** A number that was written with a point may arrive boxed, so that whole numbers can refuse it. */
function anyNumber(value: unknown): unknown {
  if (value instanceof Number) return value.valueOf();
  return typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)
    ? Number(value)
    : value;
}

function yesOrNo(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const word = value.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : value;
}
