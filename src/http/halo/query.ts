// How the words of a query string and the ids of paths are read in Halo's dialect.
import { z } from 'zod';
import { readTime } from '#http/halo/time.ts';

const listMax = 1000;

const whole = z
  .string()
  .regex(/^-?\d{1,10}$/, 'is not a whole number')
  .transform(Number)
  .pipe(z.int32('is too large'));

/** An empty value counts as left out, as in Halo. Names arrive in lower case, whatever the client wrote. */
export const reading = {
  int: optional(whole),
  flag: optional(
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(['true', 'false', '1', '0'], 'is not true or false'))
      .transform((word) => word === 'true' || word === '1'),
  ),
  text: optional(z.string()),
  /** A comma separated list of ids, or a JSON array of them. */
  ints: optional(
    z
      .string()
      .transform((text) => text.replace(/[[\]\s"']/g, '').split(','))
      .pipe(z.array(whole).max(listMax)),
  ),
  time: optional(
    z.string().transform((text, context) => {
      const time = readTime(text);
      if (time !== undefined) return time;
      context.addIssue('is not a date such as 2026-06-16T09:30:00');
      return z.NEVER;
    }),
  ),
} as const;

export function intBetween(min: number, max: number) {
  return reading.int.pipe(
    z.int().min(min, `is less than ${min}`).max(max, `is more than ${max}`).optional(),
  );
}

/** `/Users/{id}`: a whole number. */
export const idInPath = whole;

/** The params of `/Users/:id`, and of `/Application/:id`, whose id is a GUID in any letter case. */
export const IdParams = z.object({ id: idInPath });
export const GuidParams = z.object({ id: z.guid().toLowerCase() });

function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional()).optional();
}
