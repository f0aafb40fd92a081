// A start date is a day in a place: before it begins there, a new account stays disabled.
import { z } from 'zod';

export const StartDate = z.object({
  column: z.string().min(1),
  timeZone: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('fixed'), zone: z.string().min(1) }),
    z.object({
      kind: z.literal('by-column'),
      column: z.string().min(1),
      zones: z.record(z.string(), z.string()),
      otherwise: z.string().min(1),
    }),
  ]),
  /** The hour of the day, there, at which the account opens. */
  hour: z.int().min(0).max(23).default(0),
});
export type StartDate = z.infer<typeof StartDate>;
