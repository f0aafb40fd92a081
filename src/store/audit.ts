// The audit trail: who did what to what, written in the transaction of what it tells.
// Entries are only ever inserted; committed ones are numbered and chained afterwards: audit-chain.ts.
import { randomFillSync } from 'node:crypto';
import { CompiledQuery, sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { newId } from '#lib/ids.ts';
import { type AuditTexts, saltBytes, textDigest } from './audit-format.ts';
import { copyIn } from './copy-in.ts';
import { type Db, given, inTransaction, type Tx } from './db.ts';
import { refuseSecrets } from './plain.ts';

export type AuditOutcome = 'intent' | 'done' | 'refused' | 'failed';

export type AuditEntry = {
  readonly actor: Actor;
  /** In the past tense: account.disabled. */
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string; readonly name: string };
  /** For an update: one entry a changed field. */
  readonly field?: string;
  readonly before?: string | null;
  readonly after?: string | null;
  readonly outcome: AuditOutcome;
  readonly because?: string;
  readonly runId?: string;
  /** What it concerns, for those who look for it. */
  readonly ticketId?: number;
  readonly userId?: number;
  /** Whose it is: who is bound to a client sees that client's entries alone. */
  readonly clientId?: number | null;
  /** The agent who acted; where nobody did, as when a sign-in is refused, the one it is about. */
  readonly agentId?: number;
};

/** Longer texts are cut: an entry tells, it does not archive. */
const textMax = 8_000;
/** From so many on, two COPYs cost less than the arrays of one statement. */
const copiedMin = 50;

/**
 * Part of the caller's transaction. Gives back their ids: what is answered only once its entry is
 * chained awaits chained() (audit-chain.ts) after the commit.
 */
export async function audit(
  db: Db | Tx,
  entries: readonly AuditEntry[],
): Promise<readonly string[]> {
  if (entries.length === 0) return [];
  const rows = rowsOf(entries);
  if (rows.length < copiedMin) await db.executeQuery(insertOf(rows));
  else await inTransaction(db, (tx) => copyRows(tx, rows));
  return rows.map(({ id }) => id);
}

async function copyRows(tx: Tx, rows: readonly Row[]): Promise<void> {
  await copyIn(tx, 'audit_entries', entryColumns, rows.map(entryValues));
  await copyIn(tx, 'audit_texts', textColumns, rows.map(textValues));
}

/**
 * The entries as the beginning of a statement that also does what they tell: one trip to the database
 * where a transaction takes four, for what is done for every person of a run.
 */
export function audited(db: Db | Tx, entries: readonly AuditEntry[]) {
  const rows = rowsOf(entries);
  const texts = given('audit_texts', rows.map(textsRow), 'row');
  return insertEntries(db, rows).with('audit_told', (cte) =>
    cte
      .insertInto('audit_texts')
      .columns(textColumns)
      .expression((from) => from.selectFrom(texts).select(textColumns)),
  );
}

/**
 * In the database's own words, and kept: an entry goes with every write, and to build and plan the statement
 * anew cost more than to run it.
 */
function insertOf(rows: readonly Row[]): CompiledQuery {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) {
    return CompiledQuery.raw(insertOne, valuesOf(only));
  }
  const values = rows.map(valuesOf);
  return CompiledQuery.raw(
    insertMany,
    names.map((_, at) => values.map((row) => row[at])),
  );
}

const entryColumns = [
  ...(['id', 'actor_kind', 'actor_id', 'actor_name'] as const),
  ...(['behind_kind', 'behind_id', 'behind_name', 'address', 'action'] as const),
  ...(['subject_kind', 'subject_id', 'field', 'outcome', 'run_id'] as const),
  ...(['ticket_id', 'agent_id', 'user_id', 'client_id', 'text_digest'] as const),
];

const textsOwn = ['salt', 'before', 'after', 'because', 'subject_name'] as const;
const textColumns = ['entry_id', ...textsOwn] as const;

const types = {
  ...{ id: 'uuid', actor_kind: 'text', actor_id: 'text', actor_name: 'text' },
  ...{ behind_kind: 'text', behind_id: 'text', behind_name: 'text', address: 'text' },
  ...{ action: 'text', subject_kind: 'text', subject_id: 'text', field: 'text', outcome: 'text' },
  ...{ run_id: 'text', ticket_id: 'integer', agent_id: 'integer', user_id: 'integer' },
  ...{ client_id: 'integer', text_digest: 'bytea' },
  ...{ salt: 'bytea', before: 'text', after: 'text', because: 'text', subject_name: 'text' },
} as const;
const names = [...entryColumns, ...textsOwn];
type Name = (typeof names)[number];

const insertOne = insertSql(
  'audit-one',
  (column) => `$${names.indexOf(column) + 1}::${types[column]}`,
);
const insertMany = insertSql(
  'audit-many',
  (column) => column,
  `from unnest(${names
    .map((name, at) => `$${at + 1}::${types[name]}[]`)
    .join(', ')}) as told (${names.join(', ')})`,
);

function insertSql(name: string, value: (column: Name) => string, from = ''): string {
  return `/* kept: ${name} */ with entries as (
      insert into audit_entries (${entryColumns.join(', ')})
      select ${entryColumns.map(value).join(', ')} ${from}
    )
    insert into audit_texts (${textColumns.join(', ')})
    select ${[value('id'), ...textsOwn.map(value)].join(', ')} ${from}`;
}

function valuesOf(row: Row): unknown[] {
  const [, ...texts] = textValues(row);
  return [...entryValues(row), ...texts];
}

/** In the order of `entryColumns`. */
function entryValues(row: Row) {
  const columns = columnsOf(row);
  return entryColumns.map((name) => columns[name]);
}

/** In the order of `textColumns`. */
function textValues({ id, texts }: Row) {
  return [id, texts.salt, texts.before, texts.after, texts.because, texts.subjectName];
}

type Row = { readonly id: string; readonly entry: AuditEntry; readonly texts: AuditTexts };

export type AuditRow = {
  readonly id: string;
  readonly at: Date;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string };
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string; readonly name: string };
  readonly field: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly outcome: AuditOutcome;
  readonly because: string | null;
  readonly runId: string | null;
};

export type AuditQuery = {
  readonly limit: number;
  /** The `next` of the page before. */
  readonly before?: string;
  readonly subject?: { readonly kind: string; readonly id: string };
  readonly runId?: string;
};

/** The newest first, page by page. */
export async function listAudit(
  db: Db | Tx,
  query: AuditQuery,
): Promise<{ readonly items: readonly AuditRow[]; readonly next: string | undefined }> {
  let select = db
    .selectFrom('audit_entries as entry')
    .leftJoin('audit_texts as text', 'text.entry_id', 'entry.id')
    .selectAll('entry')
    .select(['text.before', 'text.after', 'text.because', 'text.subject_name'])
    .orderBy('entry.id', 'desc')
    .limit(query.limit + 1);
  if (query.before !== undefined) select = select.where('entry.id', '<', query.before);
  if (query.runId !== undefined) select = select.where('entry.run_id', '=', query.runId);
  if (query.subject !== undefined) {
    const { kind, id } = query.subject;
    const [first = ''] = id.split('/');
    select = select
      .where('subject_kind', '=', kind)
      .where('subject_id', '=', id)
      // By which it is found: 0041-audit-pages.sql.
      .where(sql<string>`split_part(subject_id, '/', 1)`, '=', first);
  }
  const rows = await select.execute();
  const items = rows.slice(0, query.limit).map((row) => ({
    id: row.id,
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name ?? '' },
    field: row.field,
    before: row.before,
    after: row.after,
    outcome: row.outcome,
    because: row.because,
    runId: row.run_id,
  }));
  return { items, next: rows.length > query.limit ? items.at(-1)?.id : undefined };
}

function rowsOf(entries: readonly AuditEntry[]): readonly Row[] {
  refuseSecrets(entries);
  const salts = randomFillSync(Buffer.allocUnsafe(entries.length * saltBytes));
  return entries.map((entry, at) => ({
    id: newId(),
    entry,
    texts: textsOf(entry, salts.subarray(at * saltBytes, (at + 1) * saltBytes)),
  }));
}

function insertEntries(db: Db | Tx, rows: readonly Row[]) {
  const entries = given('audit_entries', rows.map(columnsOf), 'row');
  return db.with('audit_told_of', (cte) =>
    cte
      .insertInto('audit_entries')
      .columns(entryColumns)
      .expression((from) => from.selectFrom(entries).select(entryColumns)),
  );
}

function textsRow({ id, texts: { subjectName, ...texts } }: Row) {
  return { entry_id: id, subject_name: subjectName, ...texts };
}

function columnsOf({ id, entry, texts }: Row) {
  const { actor, subject } = entry;
  return {
    id,
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    behind_kind: actor.behind?.kind ?? null,
    behind_id: actor.behind?.id ?? null,
    behind_name: actor.behind?.name ?? null,
    address: actor.address ?? null,
    action: entry.action,
    subject_kind: subject.kind,
    subject_id: subject.id,
    field: entry.field ?? null,
    outcome: entry.outcome,
    run_id: entry.runId ?? null,
    ticket_id: entry.ticketId ?? null,
    agent_id: entry.agentId ?? actor.agentId ?? null,
    user_id: entry.userId ?? actor.userId ?? null,
    client_id: entry.clientId ?? actor.clientId ?? null,
    text_digest: textDigest(texts),
  };
}

function textsOf(entry: AuditEntry, salt: Buffer): AuditTexts {
  return {
    salt,
    before: text(entry.before),
    after: text(entry.after),
    because: text(entry.because),
    subjectName: entry.subject.name,
  };
}

function text(value: string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return value.length > textMax ? `${value.slice(0, textMax)}…` : value;
}
