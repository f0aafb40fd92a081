// Looks for a text in every table of a database: where a secret must not stand.
import type { TestDatabase } from './database.ts';

/** The tables in which the text stands, in whatever column; sorted. */
export async function tablesHolding(
  { pool }: Pick<TestDatabase, 'pool'>,
  text: string,
): Promise<string[]> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select table_schema || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
     order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query(
      `select 1 from ${name} as row where row::text like '%' || $1 || '%' limit 1`,
      [text],
    );
    if (rows.length > 0) found.push(name);
  }
  return found;
}
