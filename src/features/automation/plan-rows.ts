// The rows of a plan on their way to PostgreSQL: spelt for COPY, counted, and hashed as they pass.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Change } from '#domain/change.ts';
import type { PlannedPerson } from '#domain/plan.ts';
import type { PlanHash } from '#domain/plan-hash.ts';
import type { SourceRecord } from '#domain/record.ts';

export type PlannedFor = Omit<PlannedPerson, 'leftOut'>;

export type Row = readonly (string | null)[];

export const changeColumns =
  'plan_id, position, change_id, person_key, kind, connection_id, step, document';

/** One text of a change is hashed and kept: it is most of what writing a plan costs. */
export function* changeRows(
  planId: string,
  firstPosition: number,
  changes: Iterable<Change>,
  hash: Pick<PlanHash, 'add'>,
): Generator<Row> {
  let position = firstPosition;
  for (const change of changes) {
    const { id, personKey, kind, connectionId, step } = change;
    const document = hash.add(change);
    yield [planId, String(position), id, personKey, kind, connectionId, String(step), document];
    position += 1;
  }
}

export const personColumns =
  'plan_id, position, person_key, person_name, situation, in_group, change_count, notes, record';

export function* personRows(
  planId: string,
  firstPosition: number,
  people: Iterable<PlannedFor>,
  record: (key: string) => SourceRecord | undefined,
): Generator<Row> {
  let position = firstPosition;
  for (const person of people) {
    const said = person.changes.length > 0 ? record(person.key) : undefined;
    yield [
      ...[planId, String(position), person.key, person.name, person.situation, person.group],
      ...[String(person.changes.length), JSON.stringify(person.notes)],
      said === undefined ? null : JSON.stringify(said),
    ];
    position += 1;
  }
}

/** Rows are sent in pieces of about this many characters. */
const pieceLength = 65_536;

export async function copyRows(
  client: pg.PoolClient,
  table: string,
  columns: string,
  rows: Iterable<Row>,
): Promise<void> {
  const stream = client.query(copyFrom(`copy ${table} (${columns}) from stdin`));
  await pipeline(Readable.from(pieces(rows)), stream);
}

function* pieces(rows: Iterable<Row>): Generator<string> {
  let piece = '';
  for (const row of rows) {
    let separator = '';
    for (const value of row) {
      piece += separator + spelt(value);
      separator = '\t';
    }
    piece += '\n';
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** COPY's text format: a backslash, a tab and line ends are escaped, \N is null. */
function spelt(value: string | null): string {
  if (value === null) return '\\N';
  return value.replace(/[\\\t\n\r]/g, (one) => escapes[one] ?? one);
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};
