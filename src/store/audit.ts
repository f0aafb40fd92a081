// The audit trail: who did what to what, written in the transaction of what it tells.
// Entries are only ever inserted; numbering and chaining committed ones is a sequencer's work.
import type { Actor } from '#domain/actor.ts';
import { newId } from '#lib/ids.ts';
import type { Db, Tx } from './db.ts';
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
};

/** Longer texts are cut: an entry tells, it does not archive. */
const textMax = 8_000;
/** Of one statement: PostgreSQL takes 65,535 parameters, an entry has fifteen. */
const rowsMax = 1_000;

/** Part of the caller's transaction. Of many entries, call it inside one. */
export async function audit(db: Db | Tx, entries: readonly AuditEntry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += rowsMax) {
    await insert(db, entries.slice(from, from + rowsMax));
  }
}

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
    .select(['text.before', 'text.after', 'text.because'])
    .orderBy('entry.id', 'desc')
    .limit(query.limit + 1);
  if (query.before !== undefined) select = select.where('entry.id', '<', query.before);
  if (query.runId !== undefined) select = select.where('entry.run_id', '=', query.runId);
  if (query.subject !== undefined) {
    const { kind, id } = query.subject;
    select = select.where('subject_kind', '=', kind).where('subject_id', '=', id);
  }
  const rows = await select.execute();
  const items = rows.slice(0, query.limit).map((row) => ({
    id: row.id,
    at: row.at,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
    field: row.field,
    before: row.before,
    after: row.after,
    outcome: row.outcome,
    because: row.because,
    runId: row.run_id,
  }));
  return { items, next: rows.length > query.limit ? items.at(-1)?.id : undefined };
}

async function insert(db: Db | Tx, entries: readonly AuditEntry[]): Promise<void> {
  refuseSecrets(entries);
  const rows = entries.map((entry) => ({ id: newId(), entry }));
  await db
    .with('entry', (cte) =>
      cte
        .insertInto('audit_entries')
        .values(
          rows.map(({ id, entry }) => ({
            id,
            actor_kind: entry.actor.kind,
            actor_id: entry.actor.id,
            actor_name: entry.actor.name,
            action: entry.action,
            subject_kind: entry.subject.kind,
            subject_id: entry.subject.id,
            subject_name: entry.subject.name,
            field: entry.field ?? null,
            outcome: entry.outcome,
            run_id: entry.runId ?? null,
          })),
        )
        .returning('id'),
    )
    .insertInto('audit_texts')
    .values(
      rows.map(({ id, entry }) => ({
        entry_id: id,
        before: text(entry.before),
        after: text(entry.after),
        because: text(entry.because),
      })),
    )
    .execute();
}

function text(value: string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return value.length > textMax ? `${value.slice(0, textMax)}…` : value;
}
