// Lists of /v1 come in pages: {items, next}, where next is the cursor of the following page.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { type Access, type Output, type Route, route } from './route.ts';

export const pageSizeMax = 200;
const pageSizeDefault = 50;

/** Ids of ours sort by age, so the last id of a page is where the next one begins. */
export const PageQuery = z.object({
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(pageSizeMax).default(pageSizeDefault),
});
export type PageQuery = z.output<typeof PageQuery>;

export type Page<T> = { readonly items: T[]; readonly next: string | null };

/** One more than is shown, so as to know whether a page follows. */
export function pageRows({ limit }: Pick<PageQuery, 'limit'>): number {
  return limit + 1;
}

export function pageFrom<R extends { readonly id: string | number }, T>(
  rows: readonly R[],
  { limit }: Pick<PageQuery, 'limit'>,
  item: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const more = rows.length > limit;
  const last = shown.at(-1);
  return { items: shown.map(item), next: more && last ? String(last.id) : null };
}

/** The same for ids that are whole numbers. */
export const NumberPageQuery = PageQuery.extend({
  cursor: z.coerce.number().pipe(z.int32().positive()).optional(),
});

export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

type Listing<Q extends z.ZodType, S extends z.ZodType> = {
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly query: Q;
  /** How one of the list is spelt. */
  readonly item: S;
  readonly list: (actor: Actor, query: Output<Q>) => Promise<Page<z.input<S>>>;
};

/** GET of a list under /v1. */
export function listRoute<Q extends z.ZodType, S extends z.ZodType>(listing: Listing<Q, S>): Route {
  const { path, summary, access, query: schema, item, list } = listing;
  return route({
    method: 'GET',
    path,
    summary,
    dialect: 'v1',
    access,
    query: schema,
    answers: { 200: pageOf(item) },
    handle: async ({ actor, query }) => ({ status: 200, body: await list(actor, query) }),
  });
}
