// Writing the rows of people: one statement for all of them; one by one where the database refuses some.
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import { Problem } from '#domain/problem.ts';
import type { Raw } from '#features/desk/resource/resource.ts';
import { type CopiedValue, copyIn } from '#store/copy-in.ts';
import { json, type Tx } from '#store/db.ts';
import type { Kind } from './kinds.ts';

/** The problems of those that could not be written, by id. */
type Refused = ReadonlyMap<number, Problem>;

type Write = (tx: Tx, kind: Kind, rows: readonly Raw[], now: Date) => Promise<void>;

export async function nextIds(tx: Tx, { table }: Kind, count: number): Promise<readonly number[]> {
  if (count === 0) return [];
  const { rows } = await sql<{ readonly id: number }>`
    with own as materialized (select pg_get_serial_sequence(${table}, 'id')::regclass as sequence)
    select nextval(own.sequence)::integer as id from own, generate_series(1, ${count}::integer)`.execute(
    tx,
  );
  return rows.map(({ id }) => id);
}

export const insertRows: Write = async (tx, kind, rows, now) => {
  const columns = ['id', ...kind.columns];
  const stamps = kind.dated ? ['created_at', 'updated_at'] : [];
  const values = rows.map((row) => [
    ...columns.map((name) => copied(row[name])),
    ...stamps.map(() => now),
  ]);
  await copyIn(tx, kind.table, [...columns, ...stamps], values);
};

function copied(value: unknown): CopiedValue {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'object':
      return value;
    case 'undefined':
      return null;
  }
  throw new TypeError(`A ${typeof value} is no value of a person.`);
}

export const updateRows: Write = async (tx, kind, rows, now) => {
  const sets = sql.raw(kind.columns.map((name) => `"${name}" = r."${name}"`).join(', '));
  const stamp = kind.dated ? sql`, updated_at = ${now}::timestamptz` : sql``;
  await sql`update ${sql.table(kind.table)} as t set ${sets}${stamp}
    from ${recordset(kind, rows)} where t.id = r.id`.execute(tx);
};

/** All at once where the database takes all; else each by itself, so that nobody fails by another's fault. */
export async function written(
  tx: Tx,
  kind: Kind,
  rows: readonly Raw[],
  now: Date,
  write: Write,
): Promise<Refused> {
  const refused = new Map<number, Problem>();
  if (rows.length === 0) return refused;
  if ((await tried(tx, () => write(tx, kind, rows, now))) === undefined) return refused;
  for (const row of rows) {
    const error = await tried(tx, () => write(tx, kind, [row], now));
    if (error !== undefined) refused.set(Number(row.id), problemOf(error, kind));
  }
  return refused;
}

/** In a savepoint, which leaves the transaction usable. What another attempt may mend is thrown. */
async function tried(tx: Tx, work: () => Promise<void>): Promise<DatabaseError | undefined> {
  await sql`savepoint people`.execute(tx);
  try {
    await work();
    await sql`release savepoint people`.execute(tx);
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError) || !isOfTheRow(error)) throw error;
    await sql`rollback to savepoint people`.execute(tx);
    return error;
  }
}

/** PostgreSQL, appendix A: class 22 data, 23 constraints, 54 too large. */
function isOfTheRow({ code = '' }: DatabaseError): boolean {
  return ['22', '23', '54'].includes(code.slice(0, 2));
}

function problemOf({ code, constraint = '' }: DatabaseError, { word }: Kind): Problem {
  const member = /_(email|login|user|agent)$/.exec(constraint)?.[1] ?? 'record';
  if (code === '23505') return new Problem('record.taken', { kind: word, member });
  if (code === '23503') return new Problem('record.refers-to-nothing', { member: constraint });
  return new Problem('person.misfit', {
    field: 'record',
    reason: 'the database cannot hold one of its values',
  });
}

function recordset(kind: Kind, rows: readonly Raw[]) {
  const given = rows.map((row) =>
    Object.fromEntries(['id', ...kind.columns].map((name) => [name, asJson(row[name])])),
  );
  return sql`json_populate_recordset(null::${sql.table(kind.table)}, ${json(given)}::json) r`;
}

function asJson(value: unknown): unknown {
  return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value;
}
