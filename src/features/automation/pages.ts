// Lists of /v1 come in pages: {items, next}, where next is the cursor of the following page.
import { z } from 'zod';

export const pageSizeMax = 200;
const pageSizeDefault = 50;

/** Ids of ours sort by age, so the last id of a page is where the next one begins. */
export const PageQuery = z.object({
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(pageSizeMax).default(pageSizeDefault),
});
export type PageQuery = z.output<typeof PageQuery>;

/** For what has an order of its own: the cursor is the last place shown. */
export const PositionQuery = z.object({
  cursor: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(pageSizeMax),
});
export type PositionQuery = z.output<typeof PositionQuery>;

export type Page<T> = { readonly items: T[]; readonly next: string | null };

/** One more than is shown, so as to know whether a page follows. */
export function pageRows({ limit }: PageQuery): number {
  return limit + 1;
}

export function pageFrom<R extends { readonly id: string }, T>(
  rows: readonly R[],
  { limit }: PageQuery,
  item: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const more = rows.length > limit;
  return { items: shown.map(item), next: more ? (shown.at(-1)?.id ?? null) : null };
}
