// How the words of a query string and the ids of paths are read in Halo's dialect.
import { z } from 'zod';
import { readTime } from '#http/halo/time.ts';

const listMax = 1000;

const int32 = { min: -2_147_483_648, max: 2_147_483_647 } as const;

const whole = digits(int32.min, int32.max).pipe(z.int32('is too large'));

/** Digits that stand for a number, and are told as one in the document. */
function digits(minimum: number, maximum: number) {
  return z
    .string()
    .refine((text) => /^-?\d{1,10}$/.test(text), 'is not a whole number')
    .meta({ type: 'integer', minimum, maximum })
    .transform(Number);
}

/** An empty value counts as left out, as in Halo. Names arrive in lower case, whatever the client wrote. */
export const reading = {
  int: optional(whole),
  flag: optional(
    z
      .string()
      .refine((text) => /^(true|false|1|0)$/i.test(text), 'is not true or false')
      .meta({ type: 'boolean' })
      .transform((word) => word.toLowerCase() === 'true' || word === '1'),
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
  const within = z.int().min(min, `is less than ${min}`).max(max, `is more than ${max}`);
  return optional(digits(min, max).pipe(within));
}

/** `/Users/{id}`: a whole number. */
export const idInPath = whole;

/** The params of `/Users/:id`, and of `/Application/:id`, whose id is a GUID in any letter case. */
export const IdParams = z.object({ id: idInPath });
export const GuidParams = z.object({ id: z.guid().toLowerCase() });

function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional()).optional();
}
