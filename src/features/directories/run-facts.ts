// What a reading found, kept with its run: the guards of the next judge by it.
import { z } from 'zod';

export const RunFacts = z.object({
  source: z.object({
    records: z.int(),
    complete: z.boolean(),
    digest: z.string(),
    columns: z.array(z.string()),
    asked: z.string(),
  }),
  /** Places that were read, by id. */
  places: z.array(z.int()).default([]),
  /** Changes planned, by kind. */
  created: z.int().default(0),
  disabled: z.int().default(0),
});
export type RunFacts = z.infer<typeof RunFacts>;
