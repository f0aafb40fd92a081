// The way into the database: a pool of connections, queries typed by the tables, transactions.
import { Kysely, PostgresDialect, type Selectable, sql, Transaction } from 'kysely';
import pg from 'pg';
import { refuse } from '#domain/problem.ts';
import { errorCode, errorMessage } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import { keepingStatements } from './kept-statements.ts';
import type { Tables } from './tables.ts';

export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;

export type PoolOptions = {
  readonly connectionString: Secret;
  readonly name: string;
  readonly connectionsMax: number;
  readonly log: Log;
};

const connectLimitMs = 15_000;
const idleLimitMs = 30_000;
/** A statement that runs longer is a mistake; what is larger is done in pieces. */
const statementLimitMs = 120_000;

export function openPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString.reveal(),
    application_name: options.name,
    max: options.connectionsMax,
    connectionTimeoutMillis: connectLimitMs,
    idleTimeoutMillis: idleLimitMs,
    statement_timeout: statementLimitMs,
    idle_in_transaction_session_timeout: statementLimitMs,
    types: { getTypeParser },
  });
  // A broken connection is reported by the query that meets it; unheard, it would end the process.
  pool.on('error', (error) => options.log.warn('A database connection broke', { error }));
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

export function openDb(pool: pg.Pool): Db {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: keepingStatements(pool) }) });
}

/** Ends both: kysely leaves the pool open when it was never asked anything. */
export async function closeDb(db: Db, pool: pg.Pool): Promise<void> {
  await db.destroy();
  if (!pool.ending) await pool.end();
}

/**
 * All or nothing: what the work wrote is kept when it returns, and gone when it throws. Within a
 * transaction it is a part of that one.
 */
export function inTransaction<T>(db: Db | Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  if (db instanceof Transaction) return work(db);
  return db.transaction().execute(work).catch(retiredKey);
}

/** A process that missed the change of the master key is told so (0023-master-keys.sql). */
function retiredKey(error: unknown): never {
  if (errorCode(error) !== 'SDK01') throw error;
  const key = /[0-9a-f]{16}/.exec(errorMessage(error))?.[0] ?? 'before';
  return refuse('sealing.retired-key', { key }, error);
}

/** For jsonb and json columns: pg would send an array as a PostgreSQL array. */
export function json(value: unknown): string {
  return JSON.stringify(value);
}

/**
 * Rows to write, as one parameter: a statement's text then does not grow with them, and neither does what
 * it costs to make and to read it. They can be selected from like a table, under the name given.
 */
export function given<T extends keyof Tables & string, N extends string>(
  table: T,
  rows: readonly Partial<Selectable<Tables[T]>>[],
  name: N,
) {
  const text = json(rows.map(spelt));
  return sql<
    Selectable<Tables[T]>
  >`json_populate_recordset(null::${sql.table(table)}, ${text}::json)`.as(name);
}

/** As pg would send it: JSON has no bytes, and refuses half a surrogate pair, which UTF-8 replaces. */
function spelt(row: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (Buffer.isBuffer(value)) return [column, `\\x${value.toString('hex')}`];
      return [column, typeof value === 'string' ? value.toWellFormed() : value];
    }),
  );
}

/**
 * How values arrive: int8 as a number (ours are ids and counts; beyond 2^53 it throws), date as the
 * text YYYY-MM-DD (a Date would shift it by the time zone), timestamptz as a Date, numeric as text.
 */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (format !== 'binary' && oid === pg.types.builtins.INT8) return wholeNumber;
  if (format !== 'binary' && oid === pg.types.builtins.DATE) return String;
  return pg.types.getTypeParser(oid, format ?? 'text');
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`${text} is too large to be a number here`);
  return value;
}
