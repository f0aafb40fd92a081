// An inbound endpoint is a request we make to an application to read records, and how its rows become columns.
import { z } from 'zod';
import { columnTypes } from './criteria.ts';
import { RequestTemplate } from './request.ts';

/** A column is named like a macro, because that is how mappings speak of it. */
export const ColumnName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,59}$/, { error: 'letters, digits, _ and - only' });

export const Column = z.object({
  name: ColumnName,
  /** RFC 9535, from the row: $.emailaddress or $.customfields[?@.name=='CFStart'].value */
  path: z.string().min(1).max(500),
  type: z.enum(columnTypes),
  /** A required column that no row has is a change of shape: the read is refused. */
  required: z.boolean().default(false),
});
export type Column = z.infer<typeof Column>;

export const PagingTemplate = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('page-number'),
    pageParameter: z.string().min(1),
    sizeParameter: z.string().min(1),
    pageSize: z.int().min(1).max(5000),
    totalPath: z.string().optional(),
  }),
]);

export const InboundEndpoint = z.object({
  id: z.uuid(),
  name: z.string().min(1).max(200),
  description: z.string().max(2000).default(''),
  connectionId: z.uuid(),
  state: z.enum(['draft', 'active']),
  request: RequestTemplate,
  /** RFC 9535, from the answer to the array of rows: $.users */
  rowsPath: z.string().min(1).max(500),
  paging: PagingTemplate,
  pagesMax: z.int().min(1).max(100_000).default(10_000),
  columns: z.array(Column).min(1).max(200),
  /** The column whose value is unique to one person, and the same in every endpoint of a source. */
  primaryKey: ColumnName,
});
export type InboundEndpoint = z.infer<typeof InboundEndpoint>;
