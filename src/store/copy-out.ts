// Reads many rows quickly: COPY in its binary form, handed on row by row as the bytes that came.
import type pg from 'pg';
import { errorMessage } from '#lib/errors.ts';

/** PGCOPY\n\377\r\n\0, four bytes of flags, four of the length of an extension there never is. */
const headerBytes = 19;

/** The fields of one row, valid during the call alone. */
export type CopiedRow = {
  isNull(field: number): boolean;
  /** A smallint, integer or bigint; undefined for null. */
  whole(field: number): number | undefined;
  /** A character for each byte (latin1); undefined for null. */
  characters(field: number): string | undefined;
  /** The fields as they came, each with its length before it; up to `end`, without it. */
  slice(from: number, end: number): Buffer;
};

/** Calls `onRow` for every row of the query, in order; returns when there are no more or it said false. */
export async function copyOut(
  client: pg.Client,
  query: string,
  onRow: (row: CopiedRow) => boolean,
): Promise<void> {
  const done = Promise.withResolvers<void>();
  const row = rowReader();
  let isFirst = true;
  let wanted = true;
  let failure: unknown;
  const take = (chunk: Buffer) => {
    const from = isFirst ? headerBytes : 0;
    isFirst = false;
    if (!wanted || chunk.readInt16BE(from) < 0) return;
    try {
      wanted = onRow(row.at(chunk, from));
    } catch (error) {
      failure = error;
      wanted = false;
    }
  };
  client.query({
    submit: (connection) => connection.query(`copy (${query}) to stdout (format binary)`),
    handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => take(chunk),
    handleCommandComplete: () => {},
    handleReadyForQuery: () =>
      failure === undefined ? done.resolve() : done.reject(new Error(errorMessage(failure))),
    handleError: (error: unknown) => done.reject(error),
    handleRowDescription: () => {},
    handleDataRow: () => {},
    handlePortalSuspended: () => {},
    handleEmptyQuery: () => {},
  });
  await done.promise;
}

function rowReader() {
  const starts: number[] = [];
  let bytes: Buffer = Buffer.alloc(0);
  const start = (field: number) => starts[field] ?? bytes.length;
  const lengthOf = (field: number) => bytes.readInt32BE(start(field));
  const row: CopiedRow = {
    isNull: (field) => lengthOf(field) < 0,
    whole: (field) => wholeAt(bytes, start(field) + 4, lengthOf(field)),
    characters: (field) => {
      const from = start(field) + 4;
      const length = lengthOf(field);
      return length < 0 ? undefined : bytes.toString('latin1', from, from + length);
    },
    slice: (from, end) => bytes.subarray(start(from), start(end)),
  };
  return {
    at(chunk: Buffer, from: number): CopiedRow {
      bytes = chunk;
      const fields = chunk.readInt16BE(from);
      let position = from + 2;
      for (let field = 0; field < fields; field += 1) {
        starts[field] = position;
        const length = chunk.readInt32BE(position);
        position += 4 + Math.max(length, 0);
      }
      starts[fields] = position;
      return row;
    },
  };
}

function wholeAt(bytes: Buffer, at: number, length: number): number | undefined {
  if (length < 0) return undefined;
  return length === 8 ? Number(bytes.readBigInt64BE(at)) : bytes.readIntBE(at, length);
}
