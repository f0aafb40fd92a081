// A notification channel: who is told of which events, by mail or by webhook.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { ConnectionFacts } from '#domain/connection.ts';
import { noticeEvents } from '#domain/notice.ts';
import { refuse } from '#domain/problem.ts';
import { type Page, type PageQuery, pageFrom, pageRows } from '#http/page.ts';
import type { Clock } from '#lib/clock.ts';
import { newId } from '#lib/ids.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { checkClient } from '#store/known-client.ts';
import { after, nameTaken, owned, seen, withinReach } from '#store/owned.ts';

export const recipientsMax = 50;

export const Recipient = z.email().max(254);

/** What of a channel an administrator decides. */
export const ChannelDraft = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line' }),
  clientId: z.int().positive().nullable().default(null),
  /** A connection of the kind mail or webhook. */
  connectionId: z.uuid(),
  events: z.array(z.enum(noticeEvents)).min(1).transform(distinct),
  /** Mail addresses; none for a webhook. */
  recipients: z.array(Recipient).max(recipientsMax).transform(distinct).default([]),
  active: z.boolean().default(true),
});
export type ChannelDraft = z.infer<typeof ChannelDraft>;

export type Channel = ChannelDraft & {
  readonly id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type ChannelPorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly findConnections: (
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, ConnectionFacts>>;
};

export async function createChannel(
  { db, clock, findConnections }: ChannelPorts,
  actor: Actor,
  asked: ChannelDraft,
): Promise<Channel> {
  const now = clock();
  const draft = { ...asked, clientId: actor.clientId ?? asked.clientId };
  await checkConnection(findConnections, draft);
  const channel: Channel = { ...draft, id: newId(), createdAt: now, updatedAt: now };
  await inTransaction(db, async (tx) => {
    await checkClient(tx, channel.clientId);
    const row = await tx
      .insertInto('notification_channels')
      .values({ id: channel.id, created_at: now, ...columnsOf(channel) })
      .onConflict((conflict) => conflict.columns(['client_id', 'name']).doNothing())
      .returning('id')
      .executeTakeFirst();
    if (row === undefined) refuse('channel.name-taken', { name: channel.name });
    await audit(tx, [entry(actor, 'channel.created', channel)]);
  });
  return channel;
}

export async function changeChannel(
  { db, clock, findConnections }: ChannelPorts,
  actor: Actor,
  id: string,
  asked: { readonly [K in keyof ChannelDraft]?: ChannelDraft[K] | undefined },
): Promise<Channel> {
  return inTransaction(db, async (tx) => {
    await tx
      .selectFrom('notification_channels')
      .select('id')
      .where('id', '=', id)
      .forUpdate()
      .execute();
    const before = await getOwn(tx, actor, id);
    const draft = ChannelDraft.parse({ ...draftOf(before), ...given(asked) });
    const after: Channel = {
      ...before,
      ...draft,
      clientId: actor.clientId ?? draft.clientId,
      updatedAt: clock(),
    };
    if (after.clientId !== before.clientId) await checkClient(tx, after.clientId);
    await checkConnection(findConnections, after);
    if (await nameTaken(tx, 'notification_channels', after))
      refuse('channel.name-taken', { name: after.name });
    await tx
      .updateTable('notification_channels')
      .set(columnsOf(after))
      .where('id', '=', id)
      .execute();
    await audit(tx, differences(actor, before, after));
    return after;
  });
}

export async function deleteChannel({ db }: ChannelPorts, actor: Actor, id: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    const channel = await getOwn(tx, actor, id);
    await tx.deleteFrom('notification_channels').where('id', '=', id).execute();
    await audit(tx, [entry(actor, 'channel.deleted', channel)]);
  });
}

export async function listChannels(
  db: Db,
  actor: Pick<Actor, 'clientId'>,
  page: PageQuery,
): Promise<Page<Channel>> {
  const rows = await db
    .selectFrom('notification_channels')
    .selectAll()
    .where(withinReach(actor))
    .where(after(page.cursor))
    .orderBy('id')
    .limit(pageRows(page))
    .execute();
  return pageFrom(rows, page, channelFrom);
}

export async function getChannel(
  db: Db | Tx,
  actor: Pick<Actor, 'clientId'>,
  id: string,
): Promise<Channel> {
  return seen(actor, await findChannel(db, id), { kind: 'channel', id });
}

export async function findChannel(db: Db | Tx, id: string): Promise<Channel | undefined> {
  const row = await db
    .selectFrom('notification_channels')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && channelFrom(row);
}

/** The channels that stand on a connection, as people call them: such a connection is not deleted. */
export async function channelsOn(db: Db | Tx, connectionId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('notification_channels')
    .select('name')
    .where('connection_id', '=', connectionId)
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => `the notification channel "${name}"`);
}

export async function getOwn(db: Db | Tx, actor: Actor, id: string): Promise<Channel> {
  return owned(actor, await getChannel(db, actor, id), { kind: 'channel', id });
}

/** Mail needs somebody to go to; a webhook goes where its connection says. No client uses another's. */
async function checkConnection(
  findConnections: ChannelPorts['findConnections'],
  { connectionId, clientId, recipients }: ChannelDraft,
): Promise<void> {
  const connection = (await findConnections([connectionId])).get(connectionId);
  const foreign = connection?.clientId != null && connection.clientId !== clientId;
  if (connection === undefined || foreign) {
    refuse('record.unknown', { kind: 'connection', id: connectionId });
  }
  const { name, kind } = connection;
  if (kind !== 'mail' && kind !== 'webhook') {
    refuse('connection.wrong-kind', { name, kind, wanted: 'mail or webhook' });
  }
  if (kind === 'mail' && recipients.length === 0) {
    refuse('channel.recipients', { reason: 'mail needs at least one address' });
  }
  if (kind === 'webhook' && recipients.length > 0) {
    refuse('channel.recipients', {
      reason: 'a webhook goes to the address of its connection alone',
    });
  }
}

type Row = {
  readonly id: string;
  readonly name: string;
  readonly client_id: number | null;
  readonly connection_id: string;
  readonly events: readonly string[];
  readonly recipients: readonly string[];
  readonly active: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
};

function channelFrom(row: Row): Channel {
  const draft = ChannelDraft.parse({
    name: row.name,
    clientId: row.client_id,
    connectionId: row.connection_id,
    events: row.events,
    recipients: row.recipients,
    active: row.active,
  });
  return { ...draft, id: row.id, createdAt: row.created_at, updatedAt: row.updated_at };
}

function columnsOf(channel: Channel) {
  return {
    name: channel.name,
    client_id: channel.clientId,
    connection_id: channel.connectionId,
    events: [...channel.events],
    recipients: [...channel.recipients],
    active: channel.active,
    updated_at: channel.updatedAt,
  };
}

function draftOf({ id: _id, createdAt: _created, updatedAt: _updated, ...draft }: Channel) {
  return draft;
}

function given(asked: object): object {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function entry(actor: Actor, action: string, { id, name, clientId }: Channel): AuditEntry {
  return { actor, action, subject: { kind: 'channel', id, name }, outcome: 'done', clientId };
}

function differences(actor: Actor, before: Channel, after: Channel): AuditEntry[] {
  const old = texts(before);
  return Object.entries(texts(after))
    .filter(([field, value]) => old[field] !== value)
    .map(([field, value]) => ({
      ...entry(actor, 'channel.changed', after),
      field,
      before: old[field] ?? null,
      after: value,
    }));
}

function texts(channel: Channel): Record<string, string> {
  return Object.fromEntries(
    Object.entries(draftOf(channel)).map(([name, value]) => [name, String(value)]),
  );
}
