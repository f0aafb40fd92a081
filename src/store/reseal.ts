// Going through the sealed values: how many are under which key, and bringing old ones up to date in batches.
import { type RawBuilder, sql } from 'kysely';
import { Problem } from '#domain/problem.ts';
import type { Db, Tx } from './db.ts';
import type { KeyRing } from './master-key.ts';
import { type SealedColumn, sealedColumns, sealedPlace } from './sealed-columns.ts';
import { formatVersion } from './sealing.ts';

export type SealedCount = {
  readonly table: string;
  readonly column: string;
  readonly keyId: string;
  readonly format: number;
  readonly count: number;
};

/** Everything that is sealed, by column, key and format. */
export async function countSealed(db: Db | Tx): Promise<readonly SealedCount[]> {
  const parts = sealedColumns.map(
    ({ table, column }) => sql`
      select ${table}::text as "table", ${column}::text as "column",
        encode(substring(${sql.ref(column)} from 1 for 9), 'hex') as head, count(*)::integer as count
      from ${sql.table(table)} where ${sql.ref(column)} is not null group by 3`,
  );
  const { rows } = await sql<{ table: string; column: string; head: string; count: number }>`
    ${sql.join(parts, sql` union all `)} order by 1, 2, 3`.execute(db);
  return rows.map(({ head, ...row }) => ({
    ...row,
    keyId: head.slice(2),
    format: Number.parseInt(head.slice(0, 2), 16) || 0,
  }));
}

/** Under another key than this one, or in an old format. */
export function isOld(one: SealedCount, keyId: string): boolean {
  return one.keyId !== keyId || one.format !== formatVersion;
}

export function totalOf(counts: readonly SealedCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

/** The parts of a primary key, as text. */
export type Key = readonly string[];

export type Batch = {
  /** The last that was looked at; undefined when the column is through. */
  readonly last: Key | undefined;
  readonly resealed: number;
  /** Left as they are, for they do not open. */
  readonly broken: number;
};

/**
 * The next old values of a column, by primary key, brought up to date. What somebody else is just changing
 * is left out: the next pass finds it, if it is still old then. Part of the caller's transaction.
 */
export async function resealBatch(
  tx: Tx,
  ring: KeyRing,
  at: { readonly column: SealedColumn; readonly after: Key | undefined; readonly limit: number },
): Promise<Batch> {
  const { column, after, limit } = at;
  const types = await keyTypes(tx, column);
  const value = sql.ref(column.column);
  const keys = sql.join(column.keys.map((name) => sql`${sql.ref(name)}`));
  const beyond =
    after === undefined
      ? sql`true`
      : sql`(${keys}) > (${sql.join(after.map((part, index) => typed(part, types[index])))})`;
  const head = `02${ring.currentId()}`;
  const { rows } = await sql<{ readonly key: Key; readonly sealed: Buffer }>`
    select array[${sql.join(column.keys.map((name) => sql`${sql.ref(name)}::text`))}] as key,
      ${value} as sealed
    from ${sql.table(column.table)}
    where ${value} is not null and substring(${value} from 1 for 9) <> decode(${head}, 'hex')
      and ${beyond}
    order by ${keys} limit ${limit} for update skip locked`.execute(tx);
  const fresh = rows.flatMap(({ key, sealed }) => {
    const now = resealed(ring, column, key, sealed);
    return now === undefined ? [] : [{ key, sealed: now }];
  });
  if (fresh.length > 0) await write(tx, column, types, fresh);
  return {
    last: rows.length < limit ? undefined : rows.at(-1)?.key,
    resealed: fresh.length,
    broken: rows.length - fresh.length,
  };
}

function resealed(
  ring: KeyRing,
  column: SealedColumn,
  key: Key,
  sealed: Buffer,
): Buffer | undefined {
  try {
    return ring.reseal(sealedPlace(column, ...key), sealed);
  } catch (error) {
    // Altered, moved, or under a key that nobody gave: it is counted and stays for somebody to look at.
    if (error instanceof Problem && error.code.startsWith('sealing.')) return undefined;
    throw error;
  }
}

async function write(
  tx: Tx,
  { table, column, keys }: SealedColumn,
  types: readonly string[],
  fresh: readonly { readonly key: Key; readonly sealed: Buffer }[],
): Promise<void> {
  const lists = keys.map((_, index) => {
    const parts = fresh.map(({ key }) => key[index] ?? '');
    return sql`${parts}::text[]::${sql.raw(types[index] ?? 'text')}[]`;
  });
  const names = keys.map((_, index) => sql.ref(`key${index}`));
  const same = keys.map(
    (name, index) => sql`${sql.ref(`sealed_row.${name}`)} = ${sql.ref(`given.key${index}`)}`,
  );
  await sql`
    update ${sql.table(table)} as sealed_row set ${sql.ref(column)} = given.sealed
    from unnest(${fresh.map(({ sealed }) => sealed)}::bytea[], ${sql.join(lists)})
      as given (sealed, ${sql.join(names)})
    where ${sql.join(same, sql` and `)}`.execute(tx);
}

function typed(part: string, type = 'text'): RawBuilder<unknown> {
  return sql`${part}::text::${sql.raw(type)}`;
}

/** As PostgreSQL itself spells them, so that they may stand in SQL. */
async function keyTypes(tx: Tx, { table, keys }: SealedColumn): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly name: string; readonly type: string }>`
    select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = to_regclass(${table}) and attname = any(${[...keys]}::text[])`.execute(tx);
  return keys.map((key) => rows.find(({ name }) => name === key)?.type ?? 'text');
}
