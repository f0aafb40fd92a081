// The rows of secret links: whose they are stands in every query.
import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import { batches } from '#lib/batches.ts';
import type { Db, Tx } from '#store/db.ts';
import type { Tables } from '#store/tables.ts';
import { linkStates, type SecretLink } from './model.ts';

/** Everything but the content: that is fetched where it is handed out, and nowhere else. */
const columns = [
  'id',
  'token',
  'kind',
  'label',
  'sender_kind',
  'sender_id',
  'sender_name',
  'sender_agent_id',
  'client_id',
  'ticket_id',
  'user_id',
  'state',
  'read_hash',
  'give_hash',
  'passphrase_hash',
  'parts',
  'hours',
  'reveals_max',
  'reveals_left',
  'wrong_passphrases',
  'tell_sender',
  'created_at',
  'expires_at',
  'viewed_at',
  'ended_at',
] as const;

type Row = Pick<Selectable<Tables['secret_links']>, (typeof columns)[number]>;

/** What decides who may open a link; never leaves the feature. */
export type Locks = {
  readonly readHash: Buffer;
  readonly giveHash: Buffer | undefined;
  readonly passphraseHash: string | undefined;
};

export type LockedLink = SecretLink & { readonly locks: Locks };

export async function findByToken(db: Db | Tx, token: string): Promise<LockedLink | undefined> {
  const row = await db
    .selectFrom('secret_links')
    .select(columns)
    .where('token', '=', token)
    .executeTakeFirst();
  return row === undefined ? undefined : toLink(row);
}

/** The same for many callers at once: what is asked at one moment is one question to the database. */
export function tokenFinder(db: Db): (token: string) => Promise<LockedLink | undefined> {
  return batches<string, LockedLink | undefined>({ itemsMax: 500, atOnce: 2 }, async (tokens) => {
    const rows = await db
      .selectFrom('secret_links')
      .select(columns)
      .where((row) => row('token', '=', row.fn.any(row.val([...new Set(tokens)]))))
      .execute();
    const byToken = new Map(rows.map((row) => [row.token, toLink(row)]));
    return tokens.map((token) => byToken.get(token));
  });
}

export type LinksAsked = {
  readonly limit: number;
  readonly offset?: number;
  /** The last id of the page before. */
  readonly before?: number;
  readonly ticketId?: number;
  readonly userId?: number;
};

/** The newest first: one's own, or everyone's within reach for who may manage them. */
export async function listLinks(
  db: Db,
  actor: Actor,
  asked: LinksAsked,
): Promise<readonly LockedLink[]> {
  let select = db
    .selectFrom('secret_links')
    .select(columns)
    .where(withinReach(actor))
    .orderBy('id', 'desc')
    .limit(asked.limit)
    .offset(asked.offset ?? 0);
  if (asked.before !== undefined) select = select.where('id', '<', asked.before);
  if (asked.ticketId !== undefined) select = select.where('ticket_id', '=', asked.ticketId);
  if (asked.userId !== undefined) select = select.where('user_id', '=', asked.userId);
  return (await select.execute()).map(toLink);
}

export async function countLinks(
  db: Db,
  actor: Actor,
  asked: Pick<LinksAsked, 'ticketId' | 'userId'>,
): Promise<number> {
  let select = db
    .selectFrom('secret_links')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where(withinReach(actor));
  if (asked.ticketId !== undefined) select = select.where('ticket_id', '=', asked.ticketId);
  if (asked.userId !== undefined) select = select.where('user_id', '=', asked.userId);
  return Number((await select.executeTakeFirstOrThrow()).count);
}

export async function getLink(db: Db | Tx, actor: Actor, id: number): Promise<LockedLink> {
  const row = await db
    .selectFrom('secret_links')
    .select(columns)
    .where('id', '=', id)
    .where(withinReach(actor))
    .executeTakeFirst();
  return row === undefined ? refuse('record.unknown', { kind: 'secret link', id }) : toLink(row);
}

/** Locked until the transaction ends. */
export async function getLinkForChange(tx: Tx, actor: Actor, id: number): Promise<LockedLink> {
  const row = await tx
    .selectFrom('secret_links')
    .select(columns)
    .where('id', '=', id)
    .where(withinReach(actor))
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? refuse('record.unknown', { kind: 'secret link', id }) : toLink(row);
}

function withinReach(actor: Actor) {
  return (row: ExpressionBuilder<Tables, 'secret_links'>) => {
    const own = row.and([row('sender_kind', '=', actor.kind), row('sender_id', '=', actor.id)]);
    if (!allows(actor.permissions, 'secret-links:manage')) return own;
    return actor.clientId === undefined
      ? sql<boolean>`true`
      : row.or([own, row('client_id', '=', actor.clientId)]);
  };
}

/** The client of the ticket and person a link is for, where the actor may see them. */
export async function placeOf(
  db: Db,
  actor: Actor,
  { ticketId, userId }: { readonly ticketId: number | null; readonly userId: number | null },
): Promise<number | null> {
  const ticket = ticketId === null ? undefined : await clientOfTicket(db, actor, ticketId);
  const user = userId === null ? undefined : await clientOfUser(db, actor, userId);
  return ticket ?? user ?? actor.clientId ?? null;
}

async function clientOfTicket(db: Db, actor: Actor, id: number): Promise<number> {
  let select = db.selectFrom('tickets').select('client_id').where('id', '=', id);
  select = select.where('deleted_at', 'is', null);
  if (actor.clientId !== undefined) select = select.where('client_id', '=', actor.clientId);
  const row = await select.executeTakeFirst();
  return row?.client_id ?? refuse('record.refers-to-nothing', { member: 'ticket_id' });
}

async function clientOfUser(db: Db, actor: Actor, id: number): Promise<number> {
  let select = db
    .selectFrom('desk_users')
    .innerJoin('desk_sites', 'desk_sites.id', 'desk_users.site_id')
    .select('desk_sites.client_id')
    .where('desk_users.id', '=', id);
  if (actor.clientId !== undefined) {
    select = select.where('desk_sites.client_id', '=', actor.clientId);
  }
  const row = await select.executeTakeFirst();
  return row?.client_id ?? refuse('record.refers-to-nothing', { member: 'user_id' });
}

function toLink(row: Row): LockedLink {
  return {
    id: row.id,
    token: row.token,
    kind: row.kind,
    label: row.label,
    sender: { kind: row.sender_kind, id: row.sender_id, name: row.sender_name },
    senderAgentId: row.sender_agent_id ?? undefined,
    clientId: row.client_id ?? undefined,
    ticketId: row.ticket_id ?? undefined,
    userId: row.user_id ?? undefined,
    state: linkStates.find((state) => state === row.state) ?? 'forfeited',
    hasPassphrase: row.passphrase_hash !== null,
    parts: row.parts,
    hours: row.hours,
    revealsMax: row.reveals_max,
    revealsLeft: row.reveals_left,
    wrongPassphrases: row.wrong_passphrases,
    tellSender: row.tell_sender,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    viewedAt: row.viewed_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    locks: {
      readHash: row.read_hash,
      giveHash: row.give_hash ?? undefined,
      passphraseHash: row.passphrase_hash ?? undefined,
    },
  };
}
