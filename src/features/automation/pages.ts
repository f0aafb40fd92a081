// Pages of what has an order of its own: people and changes of a plan, outcomes of a run.
import { z } from 'zod';
import { pageSizeMax } from '#http/page.ts';

/** For what has an order of its own: the cursor is the last place shown. */
export const PositionQuery = z.object({
  cursor: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(pageSizeMax),
});
export type PositionQuery = z.output<typeof PositionQuery>;
