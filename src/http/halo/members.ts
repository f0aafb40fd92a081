// The members of Halo's models as schemas: read with Halo's manners, spelt in OpenAPI as Halo spells them.
import { z } from 'zod';
import { type CodeListName, codeSentence, haloCodes } from '#domain/halo-codes.ts';
import { haloTime, readTime } from './time.ts';

/**
 * One schema for each type of the reference. A trailing `?` there is `.nullable()` here; that a member may
 * be left out altogether is the model's doing.
 */
export const halo = {
  int: z.preprocess(wholeNumber, z.int32('is not a whole number').meta({ format: 'int32' })),
  int64: z.preprocess(wholeNumber, z.int('is not a whole number').meta({ format: 'int64' })),
  double: z.preprocess(anyNumber, z.number('is not a number').meta({ format: 'double' })),
  text: z.string('is not a text'),
  bool: z.preprocess(yesOrNo, z.boolean('is not true or false')),
  /** Stays a text in Halo's own spelling; `readTime` makes a Date of it. */
  time: z.preprocess(
    inHalosTime,
    z
      .string('is not a date')
      .refine((text) => readTime(text) !== undefined, 'is not a date such as 2026-06-16T09:30:00')
      .meta({ format: 'date-time' }),
  ),
  uuid: z.guid('is not a GUID'),
  any: z.unknown(),
  object: z.looseObject({}, 'is not an object'),
  objects: z.array(z.looseObject({}, 'is not an object'), 'is not an array'),
} as const;

/** The non-fatal warning that stands on nearly every model: in answers alone. */
export const warning = answered(halo.text.nullable());

/** A secret or a command: taken in a POST, in no answer. */
export function writeOnly<S extends z.ZodType>(schema: S, description?: string): S {
  return schema.meta({ writeOnly: true, ...told(description) });
}

/** Derived, or the server's own: in answers, and ignored where it is posted. */
export function answered<S extends z.ZodType>(schema: S, description?: string): S {
  return schema.meta({ readOnly: true, ...told(description) });
}

/**
 * Objects of another of Halo's models: read as they come, and named in OpenAPI. The reference is to a
 * component; where this document has none of that name, an open one is made.
 */
export function ofModel<S extends z.ZodType>(schema: S, model: string): S {
  return schema.meta({ [modelMark]: model });
}

/** Where the OpenAPI document finds the model that `ofModel` named. */
export const modelMark = 'x-halo-model';

/** An integer code whose meanings stand in the one table of them; any other number is refused. */
export function coded(name: CodeListName) {
  const codes: readonly number[] = haloCodes[name].codes.map(({ code }) => code);
  return z.preprocess(
    wholeNumber,
    z
      .int32('is not a whole number')
      .refine((code) => codes.includes(code), `is none of the codes of ${name}`)
      .meta({ format: 'int32', enum: [...codes], description: codeSentence(name) }),
  );
}

function told(description: string | undefined) {
  return description === undefined ? {} : { description };
}

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

function inHalosTime(value: unknown): unknown {
  const time = typeof value === 'string' ? readTime(value) : undefined;
  return time === undefined ? value : haloTime(time);
}
