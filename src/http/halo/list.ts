// Halo's lists: which page is asked for, and the envelope its rows come in.
import { z } from 'zod';
import { intBetween, reading } from './query.ts';

/** The largest page, the largest list that is answered without pages, and the page of who names no size. */
export const pageSizeMax = 5000;
export const unpagedMax = 50_000;
export const pageSizeUsual = 50;

/** Pages beyond this are beyond any desk; offsets stay far within what PostgreSQL counts. */
const pageNoMax = 1_000_000;

/** The query parameters of every list. */
export const paging = {
  pageinate: reading.flag,
  page_size: intBetween(1, pageSizeMax),
  page_no: intBetween(1, pageNoMax),
  count: intBetween(0, unpagedMax),
} as const;

export type Asked = {
  readonly pageinate?: boolean | undefined;
  readonly page_size?: number | undefined;
  readonly page_no?: number | undefined;
  readonly count?: number | undefined;
};

export type Page = {
  /** Read so many rows; without pages and count one more than may be answered, so that it shows. */
  readonly limit: number;
  readonly offset: number;
  readonly pageNo: number;
  /** Undefined: as many as there are. */
  readonly pageSize: number | undefined;
};

/** `page_size` or `page_no` asks for pages too; `count` counts only where there are none. */
export function pageOf(asked: Asked): Page {
  const isPaged = asked.pageinate ?? (asked.page_size !== undefined || asked.page_no !== undefined);
  if (!isPaged) return unpaged(asked);
  const pageSize = asked.page_size ?? pageSizeUsual;
  const pageNo = asked.page_no ?? 1;
  return { limit: pageSize, offset: (pageNo - 1) * pageSize, pageNo, pageSize };
}

export function unpaged({ count }: Asked): Page {
  return { limit: count ?? unpagedMax + 1, offset: 0, pageNo: 1, pageSize: count };
}

export type List<T = unknown> = {
  readonly rows: readonly T[];
  readonly recordCount: number;
  readonly pageNo: number;
  readonly pageSize: number;
};

/**
 * A bare array, as Halo has it where it names no key; with `pageinate` even those come in an envelope, as
 * `results`.
 */
export function enveloped(list: List, asked: Asked, key?: string): unknown {
  if (key === undefined && asked.pageinate !== true) return list.rows;
  return {
    page_no: list.pageNo,
    page_size: list.pageSize,
    record_count: list.recordCount,
    [key ?? 'results']: list.rows,
  };
}

/** What a list is documented to answer. */
export function listAnswer<S extends z.ZodType>(row: S, key?: string) {
  const envelope = z.object({
    page_no: z.int(),
    page_size: z.int(),
    record_count: z.int(),
    [key ?? 'results']: z.array(row),
  });
  return key === undefined ? z.union([z.array(row), envelope]) : envelope;
}
