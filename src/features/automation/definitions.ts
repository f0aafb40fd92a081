// Definitions are the named things automations are made of: inbound endpoints, mappings, outbound webhooks.
import type { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { InboundEndpoint } from '#domain/endpoint.ts';
import { Mapping } from '#domain/mapping.ts';
import { refuse } from '#domain/problem.ts';
import { OutboundWebhook } from '#domain/webhook.ts';
import { type Page, type PageQuery, pageFrom, pageRows } from '#http/page.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, json, type Tx } from '#store/db.ts';
import type { Definitions } from '#store/tables.ts';
import { isUniqueViolation } from './violations.ts';

type Named = { readonly id: string; readonly name: string };

/** What tells one kind of definition from another. */
export type Kind<T extends Named> = {
  readonly kind: Definitions['kind'];
  readonly word: string;
  readonly model: z.ZodType<T>;
  /** The columns the database holds beside the document. */
  columns(thing: T): {
    readonly connection_id: string | null;
    readonly state: Definitions['state'];
  };
};

export const inboundEndpoints: Kind<InboundEndpoint> = {
  kind: 'inbound-endpoint',
  word: 'inbound endpoint',
  model: InboundEndpoint,
  columns: ({ connectionId, state }) => ({ connection_id: connectionId, state }),
};

export const mappings: Kind<Mapping> = {
  kind: 'mapping',
  word: 'mapping',
  model: Mapping,
  columns: () => ({ connection_id: null, state: 'active' }),
};

export const outboundWebhooks: Kind<OutboundWebhook> = {
  kind: 'outbound-webhook',
  word: 'outbound webhook',
  model: OutboundWebhook,
  columns: ({ connectionId, state }) => ({ connection_id: connectionId, state }),
};

export type Owned<T> = { readonly thing: T; readonly clientId: number | null };

export async function listDefinitions<T extends Named>(
  db: Db,
  kind: Kind<T>,
  actor: Actor,
  page: PageQuery,
): Promise<Page<Owned<T>>> {
  let query = db
    .selectFrom('definitions')
    .select(['id', 'client_id', 'document'])
    .where('kind', '=', kind.kind)
    .orderBy('id', 'desc')
    .limit(pageRows(page));
  if (actor.clientId !== undefined) query = query.where('client_id', '=', actor.clientId);
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor);
  return pageFrom(await query.execute(), page, (row) => ({
    thing: kind.model.parse(row.document),
    clientId: row.client_id,
  }));
}

export async function findDefinition<T extends Named>(
  db: Db | Tx,
  kind: Kind<T>,
  id: string,
  actor?: Actor,
): Promise<Owned<T> | undefined> {
  let query = db
    .selectFrom('definitions')
    .select(['client_id', 'document'])
    .where('kind', '=', kind.kind)
    .where('id', '=', id);
  if (actor?.clientId !== undefined) query = query.where('client_id', '=', actor.clientId);
  const row = await query.executeTakeFirst();
  if (row === undefined) return undefined;
  return { thing: kind.model.parse(row.document), clientId: row.client_id };
}

export async function getDefinition<T extends Named>(
  db: Db | Tx,
  kind: Kind<T>,
  id: string,
  actor?: Actor,
): Promise<Owned<T>> {
  const found = await findDefinition(db, kind, id, actor);
  return found ?? refuse('record.unknown', { kind: kind.word, id });
}

export async function createDefinition<T extends Named>(
  db: Db,
  kind: Kind<T>,
  given: { readonly make: (id: string) => T; readonly clientId: number | null },
  by: { readonly actor: Actor; readonly now: Date },
): Promise<Owned<T>> {
  const thing = given.make(newId());
  const clientId = by.actor.clientId ?? given.clientId;
  await inTransaction(db, async (tx) => {
    const row = { id: thing.id, kind: kind.kind, client_id: clientId, created_at: by.now };
    await nameKept(kind, thing, () =>
      tx
        .insertInto('definitions')
        .values({ ...row, ...rowOf(kind, thing, by.now) })
        .execute(),
    );
    await audit(tx, [entry(kind, thing, by.actor, 'created')]);
  });
  return { thing, clientId };
}

export async function updateDefinition<T extends Named>(
  db: Db,
  kind: Kind<T>,
  id: string,
  change: (before: T) => T,
  by: { readonly actor: Actor; readonly now: Date },
): Promise<Owned<T>> {
  return inTransaction(db, async (tx) => {
    await tx.selectFrom('definitions').select('id').where('id', '=', id).forUpdate().execute();
    const { thing: before, clientId } = await getDefinition(tx, kind, id, by.actor);
    const thing = change(before);
    await nameKept(kind, thing, () =>
      tx
        .updateTable('definitions')
        .set(rowOf(kind, thing, by.now))
        .where('id', '=', id)
        .execute(),
    );
    await audit(tx, [entry(kind, thing, by.actor, 'updated')]);
    return { thing, clientId };
  });
}

/** What an automation still names is not deleted from under it. */
export async function deleteDefinition<T extends Named>(
  db: Db,
  kind: Kind<T>,
  id: string,
  actor: Actor,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { thing } = await getDefinition(tx, kind, id, actor);
    const user = await tx
      .selectFrom('automations')
      .innerJoin('automation_versions as version', (join) =>
        join
          .onRef('version.automation_id', '=', 'automations.id')
          .onRef('version.version', '=', 'automations.version'),
      )
      .select('automations.name')
      .where((where) => where(where.cast<string>('version.document', 'text'), 'like', `%${id}%`))
      .executeTakeFirst();
    if (user !== undefined) {
      refuse('definition.in-use', { kind: kind.word, name: thing.name, automation: user.name });
    }
    await tx.deleteFrom('definitions').where('id', '=', id).execute();
    await audit(tx, [entry(kind, thing, actor, 'deleted')]);
  });
}

function rowOf<T extends Named>(kind: Kind<T>, thing: T, now: Date) {
  return { name: thing.name, ...kind.columns(thing), document: json(thing), updated_at: now };
}

/** The unique key of the table is the judge, so that two at once never share a name. */
async function nameKept<T extends Named>(
  kind: Kind<T>,
  { name }: T,
  write: () => Promise<unknown>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isUniqueViolation(error)) refuse('name.in-use', { kind: kind.word, name });
    throw error;
  }
}

function entry<T extends Named>(kind: Kind<T>, thing: T, actor: Actor, what: string) {
  return {
    actor,
    action: `${kind.kind}.${what}`,
    subject: { kind: kind.kind, id: thing.id, name: thing.name },
    outcome: 'done' as const,
  };
}
