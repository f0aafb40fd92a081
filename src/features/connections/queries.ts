// What the database knows of connections; every function takes it first.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import {
  type ConnectionFacts,
  connectionKinds,
  probeStages,
  type Reached,
} from '#domain/connection.ts';
import { type Page, type PageQuery, pageFrom, pageRows } from '#http/page.ts';
import { type Db, json, type Tx } from '#store/db.ts';
import { after, seen, withinReach } from '#store/owned.ts';
import { type Connection, parseSettings, placeOf } from './model.ts';
import { keptFrom, type Stored, secretValues } from './stored-secret.ts';

export async function listConnections(
  db: Db,
  actor: Pick<Actor, 'clientId'>,
  page: PageQuery,
): Promise<Page<Connection>> {
  const rows = await selection(db)
    .where(withinReach(actor))
    .where(after(page.cursor))
    .orderBy('id')
    .limit(pageRows(page))
    .execute();
  return pageFrom(rows, page, connectionFrom);
}

/** The connection, if the actor may see it: their client's, or every client's. */
export async function getConnection(
  db: Db | Tx,
  actor: Pick<Actor, 'clientId'>,
  id: string,
): Promise<Connection> {
  const row = await selection(db).where('id', '=', id).executeTakeFirst();
  return seen(actor, row && connectionFrom(row), { kind: 'connection', id });
}

/** Those of the ids that the actor may see. */
export async function findConnections(
  db: Db | Tx,
  actor: Pick<Actor, 'clientId'>,
  ids: readonly string[],
): Promise<readonly Connection[]> {
  if (ids.length === 0) return [];
  const rows = await selection(db)
    .where('id', 'in', [...new Set(ids)])
    .where(withinReach(actor))
    .execute();
  return rows.map(connectionFrom);
}

export async function insertConnection(
  tx: Tx,
  connection: Connection,
  secret: Stored,
): Promise<boolean> {
  const row = await tx
    .insertInto('connections')
    .values({
      id: connection.id,
      ...columnsOf(connection),
      ...secretValues(secret),
      created_at: connection.createdAt,
    })
    // The name is unique within the client: of two who take it at once, one is told.
    .onConflict((conflict) => conflict.columns(['client_id', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function updateConnection(
  tx: Tx,
  connection: Connection,
  secret: Stored,
): Promise<void> {
  await tx
    .updateTable('connections')
    .set({ ...columnsOf(connection), ...secretValues(secret) })
    .where('id', '=', connection.id)
    .execute();
}

/** What automations need to speak of connections, by id; unknown ones are left out. */
export async function findConnectionFacts(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ConnectionFacts>> {
  if (ids.length === 0) return new Map();
  const rows = await selection(db)
    .where('id', 'in', [...ids])
    .execute();
  return new Map(rows.map(connectionFrom).map((one) => [one.id, factsOf(one)]));
}

const factsMax = 1_000;

/** Every connection the actor may see, by name: for an overview. */
export async function listConnectionFacts(
  db: Db,
  actor: Pick<Actor, 'clientId'> = {},
): Promise<readonly ConnectionFacts[]> {
  const { items } = await listConnections(db, actor, { limit: factsMax });
  return items.map(factsOf).toSorted((one, other) => one.name.localeCompare(other.name));
}

function factsOf(connection: Connection): ConnectionFacts {
  const { id, name, clientId, reached, health } = connection;
  return {
    id,
    name,
    kind: reached.kind,
    clientId,
    origin: originOf(reached),
    host: placeOf(reached),
    tenant: reached.kind === 'halo' ? reached.settings.tenant : null,
    health: {
      healthy: health.state === 'healthy',
      sentence: health.sentence ?? 'It was not tried yet.',
      checkedAt: health.checkedAt,
    },
  };
}

function originOf(reached: Reached): string | null {
  if (reached.kind === 'halo') return new URL(reached.settings.address).origin;
  return reached.kind === 'webhook' ? new URL(reached.settings.url).origin : null;
}

const Confirmations = z.array(
  z.object({
    host: z.string(),
    port: z.int(),
    by: z.string(),
    at: z.string().transform((text) => new Date(text)),
  }),
);

function selection(db: Db | Tx) {
  return db
    .selectFrom('connections')
    .select([
      'id',
      'kind',
      'name',
      'client_id',
      'lab',
      'settings',
      'version',
      'vault_id',
      'vault_secret',
      'vault_version',
      'health',
      'health_stage',
      'health_code',
      'health_sentence',
      'checked_at',
      'created_at',
      'updated_at',
    ])
    .select((row) => [
      row.or([row('secret', 'is not', null), row('vault_id', 'is not', null)]).as('has_secret'),
      sql<unknown>`(
        select coalesce(
          jsonb_agg(
            jsonb_build_object('host', host, 'port', port, 'by', confirmed_by, 'at', confirmed_at)
            order by host, port
          ),
          '[]'
        )
        from connection_confirmations where connection_id = connections.id
      )`.as('confirmations'),
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof selection>['execute']>>[number];

const Kind = z.enum(connectionKinds);
const HealthState = z.enum(['unknown', 'healthy', 'broken']);
const Stage = z.enum(probeStages).nullable();

function connectionFrom(row: Row): Connection {
  const reached: Reached = parseSettings(Kind.parse(row.kind), row.settings);
  return {
    id: row.id,
    name: row.name,
    clientId: row.client_id,
    lab: row.lab,
    reached,
    hasSecret: Boolean(row.has_secret),
    keptAt: keptFrom(row),
    version: row.version,
    confirmations: Confirmations.parse(row.confirmations),
    health: {
      state: HealthState.parse(row.health),
      stage: Stage.parse(row.health_stage),
      code: row.health_code,
      sentence: row.health_sentence,
      checkedAt: row.checked_at,
    },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function columnsOf(connection: Connection) {
  const { health, reached } = connection;
  return {
    kind: reached.kind,
    name: connection.name,
    client_id: connection.clientId,
    lab: connection.lab,
    settings: json(reached.settings),
    version: connection.version,
    health: health.state,
    health_stage: health.stage,
    health_code: health.code,
    health_sentence: health.sentence,
    checked_at: health.checkedAt,
    updated_at: connection.updatedAt,
  };
}
