// What belongs to one client or to everybody: who sees it, who changes it, which names are taken.
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { Db, Tx } from './db.ts';

/** Tables with a client_id that may be null, and names unique within it. */
export type OwnedTable = 'connections' | 'notification_channels' | 'key_vaults';

type Reach = Pick<Actor, 'clientId'>;
type Owned = { readonly clientId: number | null };
type Called = { readonly kind: string; readonly id: string | number };

/** For a where: who looks after one client sees that client's rows, and everybody's. */
export function withinReach({ clientId }: Reach): RawBuilder<SqlBool> {
  return clientId === undefined
    ? sql<SqlBool>`true`
    : sql<SqlBool>`(client_id is null or client_id = ${clientId})`;
}

/** For a where: the rows that come after the last one of the page before. */
export function after(cursor: string | number | undefined): RawBuilder<SqlBool> {
  return cursor === undefined ? sql<SqlBool>`true` : sql<SqlBool>`id > ${cursor}`;
}

/** The thing, if it is there and the actor may see it. */
export function seen<T extends Owned>(actor: Reach, thing: T | undefined, called: Called): T {
  const hidden =
    thing?.clientId != null && actor.clientId !== undefined && thing.clientId !== actor.clientId;
  if (thing === undefined || hidden) refuse('record.unknown', called);
  return thing;
}

/** Those who look after one client change that client's things and no other's, nor everybody's. */
export function owned<T extends Owned>(actor: Reach, thing: T, called: Called): T {
  if (actor.clientId !== undefined && thing.clientId !== actor.clientId) {
    refuse('record.unknown', called);
  }
  return thing;
}

/** Whether another thing of the same client has the name. */
export async function nameTaken(
  db: Db | Tx,
  table: OwnedTable,
  { id, name, clientId }: Owned & { readonly id: string | number; readonly name: string },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from ${sql.table(table)}
    where name = ${name} and client_id is not distinct from ${clientId} and id <> ${id}
  `.execute(db);
  return rows.length > 0;
}
