// Active people of the desk in order of their ids: for a report of whom no directory has.
import { sql } from 'kysely';
import type { SyncTarget } from '#domain/sync/settings.ts';
import type { Db } from '#store/db.ts';
import { kinds } from './kinds.ts';

export type ActiveAsked = {
  /** Of users: at these sites. */
  readonly siteIds: readonly number[];
  readonly after: number;
  readonly limit: number;
  /** Whose alone; null for everybody's. */
  readonly clientId: number | null;
};

export async function listActiveRecords(
  db: Db,
  target: SyncTarget,
  { siteIds, after, limit, clientId }: ActiveAsked,
): Promise<readonly { readonly id: number; readonly name: string }[]> {
  const kind = kinds[target];
  if (clientId !== null && target !== 'user') return [];
  const columns = kind.columns.map((name) => `t."${name}"`).join(', ');
  const { rows } = await sql<Readonly<Record<string, unknown>>>`
    select t.id, ${sql.raw(`${columns}, ${kind.besides}`)} from ${sql.raw(kind.from)}
    where t.id > ${after} and not t.${sql.ref(kind.gone)} and not (${sql.raw(kind.apart)})
      ${target === 'user' ? sql`and t.site_id = any(${[...siteIds]}::integer[])` : sql``}
      ${clientId === null ? sql`` : sql`and s.client_id = ${clientId}`}
    order by t.id limit ${limit}`.execute(db);
  return rows.map((row) => ({ id: Number(row.id), name: kind.nameOf(row) }));
}
