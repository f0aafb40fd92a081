// Reads the trail, newest first, a page at a time; whoever is bound to a client sees that client's entries alone.
import { type RawBuilder, sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { Db } from '#store/db.ts';

export type AuditRecord = {
  readonly seq: number;
  readonly id: string;
  readonly at: Date;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string };
  readonly behind: { readonly kind: string; readonly id: string; readonly name: string } | null;
  readonly address: string | null;
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly field: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly because: string | null;
  readonly outcome: string;
  readonly runId: string | null;
  readonly ticketId: number | null;
  readonly agentId: number | null;
  readonly userId: number | null;
  readonly clientId: number | null;
  readonly hash: string;
  readonly redacted: boolean;
};

export type AuditFilter = {
  readonly ticketId?: number | undefined;
  readonly agentId?: number | undefined;
  readonly userId?: number | undefined;
  readonly clientId?: number | undefined;
  readonly kind?: string | undefined;
  /** Of the record: the first number of it, or all of it. */
  readonly recordId?: string | undefined;
  readonly action?: string | undefined;
  readonly from?: Date | undefined;
  /** Not included. */
  readonly until?: Date | undefined;
  readonly search?: string | undefined;
};

export type AuditPage = {
  readonly limit: number;
  readonly offset?: number;
  /** Only numbers below this: the page after the one that ended there. */
  readonly below?: number | undefined;
};

type Sql = RawBuilder<unknown>;
type Seer = Pick<Actor, 'clientId' | 'kind'>;

/** An id holds the hub's time, an entry the database's: they differ by less than this. */
const clockSkewMs = 24 * 60 * 60_000;

export async function listRecords(
  db: Db,
  actor: Seer,
  filter: AuditFilter,
  page: AuditPage,
): Promise<readonly AuditRecord[]> {
  const conditions = conditionsOf(actor, filter);
  const { rows } = await (conditions.length === 0
    ? sql<Row>`${columns} ${joined} where ${byNumber(page)} order by link.seq desc limit ${page.limit}`
    : sql<Row>`${columns} ${oneByOne} where ${sql.join([...conditions, ...after(page)], sql` and `)}
        order by entry.id desc limit ${page.limit} offset ${page.offset ?? 0}`
  ).execute(db);
  return rows.map(recordOf);
}

/** Numbers have no gaps: without a filter the highest is the count, and a page begins where it is computed to. */
export async function countRecords(db: Db, actor: Seer, filter: AuditFilter): Promise<number> {
  const conditions = conditionsOf(actor, filter);
  const { rows } = await (conditions.length === 0
    ? sql<{ count: number }>`select coalesce(max(seq), 0) as count from audit_chain`
    : sql<{ count: number }>`select count(*) as count from (${columns} ${joined}
        where ${sql.join(conditions, sql` and `)}) as found`
  ).execute(db);
  return rows[0]?.count ?? 0;
}

export async function findRecord(
  db: Db,
  actor: Seer,
  seq: number,
): Promise<AuditRecord | undefined> {
  const conditions = [...scope(actor), sql`link.seq = ${seq}`];
  const { rows } = await sql<Row>`${columns} ${joined}
    where ${sql.join(conditions, sql` and `)}`.execute(db);
  return rows.map(recordOf)[0];
}

const columns = sql`select link.seq, encode(link.hash, 'hex') as hash, entry.*,
    texts.before, texts.after, texts.because, texts.subject_name, texts.salt is null as redacted`;

const joined = sql`from audit_chain as link
  join audit_entries as entry on entry.id = link.entry_id
  left join audit_texts as texts on texts.entry_id = link.entry_id`;

/**
 * The entries in their order, and for each its link and texts, until the page is full. With `offset 0` the
 * database cannot join it otherwise: over millions it guesses at times that it would find a page sooner.
 */
const oneByOne = sql`from audit_entries as entry
  cross join lateral (select * from audit_chain where entry_id = entry.id offset 0) as link
  left join lateral (select * from audit_texts where entry_id = entry.id offset 0) as texts on true`;

/** By seek: however far back the page lies, it is found by its number. */
function byNumber({ offset = 0, below }: AuditPage): Sql {
  const top = below ?? sql`(select coalesce(max(seq), 0) + 1 from audit_chain)`;
  return sql`link.seq < ${top}::bigint - ${offset}::bigint`;
}

function after({ below }: AuditPage): readonly Sql[] {
  return below === undefined
    ? []
    : [sql`entry.id < (select entry_id from audit_chain where seq = ${below})`];
}

function scope(actor: Seer): readonly Sql[] {
  if (actor.kind === 'user') return [sql`false`];
  return actor.clientId === undefined ? [] : [sql`entry.client_id = ${actor.clientId}`];
}

function conditionsOf(actor: Seer, filter: AuditFilter): readonly Sql[] {
  const { ticketId, agentId, userId, clientId, kind, recordId, action, from, until } = filter;
  const equal = (column: string, value: number | string | undefined) =>
    value === undefined ? [] : [sql`${sql.ref(`entry.${column}`)} = ${value}`];
  const search = filter.search?.trim() ?? '';
  return [
    ...scope(actor),
    ...equal('ticket_id', ticketId),
    ...equal('agent_id', agentId),
    ...equal('user_id', userId),
    ...equal('client_id', clientId),
    ...equal('subject_kind', kind),
    ...equal('action', action),
    ...(recordId === undefined ? [] : [ofRecord(recordId)]),
    ...(from === undefined ? [] : [since(from)]),
    ...(until === undefined ? [] : [before(until)]),
    ...(search === '' ? [] : [saying(search)]),
  ];
}

/** 12 finds 12 and what is numbered within it, 12/3; 12/3 finds itself and what is within that. */
function ofRecord(id: string): Sql {
  const [first = ''] = id.split('/');
  const within = sql`split_part(entry.subject_id, '/', 1) = ${first}`;
  if (first === id) return within;
  return sql`${within} and (entry.subject_id = ${id} or entry.subject_id like ${`${escaped(id)}/%`})`;
}

function since(time: Date): Sql {
  return sql`entry.at >= ${time} and entry.id >= ${idAt(time.getTime() - clockSkewMs)}::uuid`;
}

function before(time: Date): Sql {
  return sql`entry.at < ${time} and entry.id < ${idAt(time.getTime() + clockSkewMs)}::uuid`;
}

/** The lowest id of that millisecond: ids begin with the time (RFC 9562 §5.7). */
function idAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0').slice(-12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

function saying(search: string): Sql {
  const like = `%${escaped(search)}%`;
  const places = ['texts.before', 'texts.after', 'texts.because', 'texts.subject_name'];
  const more = ['entry.actor_name', 'entry.behind_name', 'entry.action', 'entry.field'];
  const found = [...places, ...more].map((name) => sql`${sql.ref(name)} ilike ${like}`);
  return sql`(${sql.join(found, sql` or `)})`;
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

type Row = {
  readonly seq: number;
  readonly hash: string;
  readonly id: string;
  readonly at: Date;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly actor_name: string;
  readonly behind_kind: string | null;
  readonly behind_id: string | null;
  readonly behind_name: string | null;
  readonly address: string | null;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly subject_name: string | null;
  readonly field: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly because: string | null;
  readonly outcome: string;
  readonly run_id: string | null;
  readonly ticket_id: number | null;
  readonly agent_id: number | null;
  readonly user_id: number | null;
  readonly client_id: number | null;
  readonly redacted: boolean;
};

function recordOf(row: Row): AuditRecord {
  const { behind_kind: kind, behind_id: id, behind_name: name } = row;
  return {
    seq: row.seq,
    id: row.id,
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    behind: kind === null || id === null ? null : { kind, id, name: name ?? '' },
    address: row.address,
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
    field: row.field,
    before: row.before,
    after: row.after,
    because: row.because,
    outcome: row.outcome,
    runId: row.run_id,
    ticketId: row.ticket_id,
    agentId: row.agent_id,
    userId: row.user_id,
    clientId: row.client_id,
    hash: row.hash,
    redacted: row.redacted,
  };
}
