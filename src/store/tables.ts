// Generated from the migrated database by scripts/tables.ts: do not edit.
import type { ColumnType, Generated } from 'kysely';

/** Read as what JSON.parse gives: parse it with zod. Written as text: see json() in db.ts. */
export type JsonColumn = ColumnType<unknown, string, string>;

export type AuditEntries = {
  id: string;
  at: Generated<Date>;
  actor_kind: 'agent' | 'user' | 'application' | 'system' | 'nobody';
  actor_id: string;
  actor_name: string;
  action: string;
  subject_kind: string;
  subject_id: string;
  subject_name: string;
  field: string | null;
  outcome: 'intent' | 'done' | 'refused' | 'failed';
  run_id: string | null;
};

export type AuditTexts = {
  entry_id: string;
  before: string | null;
  after: string | null;
  because: string | null;
};

export type Marks = {
  name: string;
  value: string;
  made_at: Generated<Date>;
};

export type Outbox = {
  id: string;
  kind: string;
  key: string;
  line: string | null;
  payload: JsonColumn;
  state: Generated<'waiting' | 'delivered' | 'dead'>;
  attempts: Generated<number>;
  problem: string | null;
  posted_at: Generated<Date>;
  due_at: Generated<Date>;
  settled_at: Date | null;
};

export type SchemaMigrations = {
  name: string;
  checksum: string;
  applied_at: Generated<Date>;
};

export type Tables = {
  audit_entries: AuditEntries;
  audit_texts: AuditTexts;
  marks: Marks;
  outbox: Outbox;
  schema_migrations: SchemaMigrations;
};
