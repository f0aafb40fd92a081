// The audit trail: who did what to what, written in the transaction of what it tells.
// Entries are only ever inserted; numbering and chaining committed ones is a sequencer's work.
import type { Actor } from '#domain/actor.ts';
import { newId } from '#lib/ids.ts';
import type { Db, Tx } from './db.ts';

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

export async function audit(db: Db | Tx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
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
