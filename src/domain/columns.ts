// Columns turn an application's raw rows into typed cells; what has the wrong type is refused, never bent.
import { compile, type JSONPathQuery, type JSONValue } from 'json-p3';
import type { ColumnType } from './criteria.ts';
import type { Column, InboundEndpoint } from './endpoint.ts';
import { refuse } from './problem.ts';
import type { Cell } from './record.ts';

export type TypedRow = {
  readonly key: string;
  readonly cells: Readonly<Record<string, Cell>>;
  /** The first cell that could not be read, as a sentence's end; the person is refused for it. */
  readonly wrong: { readonly column: string; readonly reason: string } | undefined;
};

export type TypedRows = {
  readonly rows: readonly TypedRow[];
  /** Columns that at least one row had, empty or not. */
  readonly seen: ReadonlySet<string>;
};

type Reading = { readonly column: Column; readonly query: JSONPathQuery };
type Read = { readonly cell: Cell } | { readonly wrong: string };

/** What Halo and .NET write for "no date". */
const noDate = /^(0001|1900)-01-01/;
const timestampShape =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** Types every row of an endpoint. Throws when a row has no key or a required column is nowhere. */
export function readRows(endpoint: InboundEndpoint, rows: readonly unknown[]): TypedRows {
  const readings = endpoint.columns.map((column) => ({ column, query: pathOf(endpoint, column) }));
  const seen = new Set<string>();
  const typed = rows.map((row, at) => readRow(endpoint, readings, row, at, seen));
  if (typed.length > 0) {
    const missing = endpoint.columns.find(({ name, required }) => required && !seen.has(name));
    if (missing !== undefined) {
      refuse('column.missing', {
        column: missing.name,
        path: missing.path,
        endpoint: endpoint.name,
      });
    }
  }
  return { rows: typed, seen };
}

function readRow(
  endpoint: InboundEndpoint,
  readings: readonly Reading[],
  row: unknown,
  at: number,
  seen: Set<string>,
): TypedRow {
  if (!isObject(row)) refuse('row.malformed', { row: at + 1, endpoint: endpoint.name });
  const cells: Record<string, Cell> = {};
  let wrong: TypedRow['wrong'];
  for (const { column, query } of readings) {
    const values = query.query(row).values();
    if (values.length > 0) seen.add(column.name);
    const read = readCell(column.type, values);
    if ('wrong' in read) wrong ??= { column: column.name, reason: read.wrong };
    cells[column.name] = 'wrong' in read ? null : read.cell;
  }
  const key = cells[endpoint.primaryKey];
  if (typeof key !== 'string' && typeof key !== 'number') {
    refuse('key.missing', { row: at + 1, column: endpoint.primaryKey, endpoint: endpoint.name });
  }
  return { key: String(key), cells, wrong };
}

/** What a path found, as a cell of the type. */
export function readCell(type: ColumnType, values: readonly unknown[]): Read {
  if (type === 'array') return readArray(values);
  if (values.length > 1) return { wrong: `has ${values.length} values where one is expected` };
  const [value = null] = values;
  if (value === null || value === '') return { cell: null };
  switch (type) {
    case 'text':
      return readText(value);
    case 'number':
      return readNumber(value);
    case 'timestamp':
      return readTimestamp(value);
  }
}

/** Rows come out of JSON.parse, so an object among them holds JSON and nothing else. */
function isObject(row: unknown): row is { readonly [name: string]: JSONValue } {
  return typeof row === 'object' && row !== null && !Array.isArray(row);
}

function pathOf(endpoint: InboundEndpoint, column: Column): JSONPathQuery {
  try {
    return compile(column.path);
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : 'it is no JSONPath';
    return refuse('path.malformed', { path: column.path, endpoint: endpoint.name, reason });
  }
}

function readText(value: unknown): Read {
  if (typeof value === 'object') return { wrong: 'is not text' };
  const text = String(value).trim();
  return { cell: text === '' ? null : text };
}

function readNumber(value: unknown): Read {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number)
    ? { cell: number }
    : { wrong: `is no number: ${shown(value)}` };
}

/** Without an offset a timestamp is in UTC, which is how Halo writes them. Without a time it is the day's start. */
function readTimestamp(value: unknown): Read {
  const text = typeof value === 'string' ? value.trim() : '';
  if (noDate.test(text)) return { cell: null };
  const [, day, minutes = '00:00', seconds = ':00', offset = 'Z'] = timestampShape.exec(text) ?? [];
  if (day === undefined || !isDay(day)) return { wrong: `is no timestamp: ${shown(value)}` };
  const zone = /^z$/i.test(offset) ? 'Z' : offset.replace(/^(...)(\d\d)$/, '$1:$2');
  const cell = `${day}T${minutes}${seconds}${zone}`;
  return Number.isNaN(Date.parse(cell)) ? { wrong: `is no timestamp: ${shown(value)}` } : { cell };
}

function readArray(values: readonly unknown[]): Read {
  const [first] = values;
  if (values.length === 0 || (values.length === 1 && first === null)) return { cell: null };
  const members: readonly unknown[] = values.length === 1 && Array.isArray(first) ? first : values;
  const cells = members.map(readText).flatMap((read) => ('cell' in read ? [read.cell] : []));
  return cells.length === members.length
    ? { cell: cells.filter((cell) => cell !== null) }
    : { wrong: 'has members that are not text' };
}

/** Date.parse takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 40);
}
