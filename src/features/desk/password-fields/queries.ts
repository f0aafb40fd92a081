// The list of reveals, and where a password field stands; every function takes the database first.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { type List, type Page, unpagedMax } from '#http/halo/list.ts';
import type { Db, Tx } from '#store/db.ts';

export type Reveal = {
  readonly id: number;
  readonly objectType: number;
  readonly objectId: number;
  readonly fieldId: number;
  readonly objectName: string;
  readonly fieldName: string;
  readonly at: Date;
  readonly actorKind: string;
  readonly actorName: string;
  readonly agentId: number | null;
};

export type Wanted = {
  readonly object_type?: number | undefined;
  readonly object_id?: number | undefined;
  readonly field_id?: number | undefined;
  readonly agent_id?: number | undefined;
  readonly startdate?: Date | undefined;
  readonly enddate?: Date | undefined;
};

/** The newest first; who is bound to a client sees that client's alone. */
export async function listReveals(
  db: Db,
  actor: Pick<Actor, 'clientId'>,
  wanted: Wanted,
  page: Page,
): Promise<List<Reveal>> {
  const matching = selection(db, actor)
    .$if(wanted.object_type !== undefined, (query) =>
      query.where('object_type', '=', wanted.object_type ?? 0),
    )
    .$if(wanted.object_id !== undefined, (query) =>
      query.where('object_id', '=', wanted.object_id ?? 0),
    )
    .$if(wanted.field_id !== undefined, (query) =>
      query.where('field_id', '=', wanted.field_id ?? 0),
    )
    .$if(wanted.agent_id !== undefined, (query) =>
      query.where('agent_id', '=', wanted.agent_id ?? 0),
    )
    .$if(wanted.startdate !== undefined, (query) =>
      query.where('at', '>=', wanted.startdate ?? new Date(0)),
    )
    .$if(wanted.enddate !== undefined, (query) =>
      query.where('at', '<=', wanted.enddate ?? new Date(0)),
    );
  const { total } = await matching
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await matching
    .selectAll()
    .orderBy('id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  if (rows.length > unpagedMax) refuse('list.too-long', { kind: 'PasswordField', max: unpagedMax });
  return {
    rows: rows.map(revealOf),
    recordCount: total,
    pageNo: page.pageNo,
    pageSize: page.pageSize ?? total,
  };
}

export async function findReveal(
  db: Db,
  actor: Pick<Actor, 'clientId'>,
  id: number,
): Promise<Reveal | undefined> {
  const row = await selection(db, actor).selectAll().where('id', '=', id).executeTakeFirst();
  return row && revealOf(row);
}

/** Whose record a custom field belongs to. */
export async function ownerOfField(tx: Tx, fieldId: number): Promise<string | undefined> {
  const { rows } = await sql<{ readonly owner: string }>`
    select owner from custom_field_definitions where id = ${fieldId}`.execute(tx);
  return rows[0]?.owner;
}

function selection(db: Db, { clientId }: Pick<Actor, 'clientId'>) {
  return db
    .selectFrom('password_reveals')
    .$if(clientId !== undefined, (query) => query.where('client_id', '=', clientId ?? 0));
}

function revealOf(row: {
  readonly id: number;
  readonly object_type: number;
  readonly object_id: number;
  readonly field_id: number;
  readonly object_name: string;
  readonly field_name: string;
  readonly at: Date;
  readonly actor_kind: string;
  readonly actor_name: string;
  readonly agent_id: number | null;
}): Reveal {
  return {
    id: row.id,
    objectType: row.object_type,
    objectId: row.object_id,
    fieldId: row.field_id,
    objectName: row.object_name,
    fieldName: row.field_name,
    at: row.at,
    actorKind: row.actor_kind,
    actorName: row.actor_name,
    agentId: row.agent_id,
  };
}
