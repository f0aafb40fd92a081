// Redaction: the texts of an entry are destroyed for good; that it was, by whom and why, is an entry itself.
import { sql } from 'kysely';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { audit } from '#store/audit.ts';
import { chained } from '#store/audit-chain.ts';
import { type Db, inTransaction } from '#store/db.ts';
import { type AuditRecord, findRecord } from './queries.ts';

/** Gives back the entry as it then stands. Twice is once. */
export async function redactEntry(
  db: Db,
  actor: Actor,
  seq: number,
  because: string | undefined,
): Promise<AuditRecord> {
  refuseImpersonated(actor);
  const record = await getRecord(db, actor, seq);
  if (record.redacted) return record;
  const ids = await inTransaction(db, async (tx) => {
    const written = await audit(tx, [
      {
        actor,
        action: 'audit-entry.redacted',
        subject: { kind: 'audit entry', id: record.id, name: `number ${seq}` },
        outcome: 'done',
        ...(because === undefined ? {} : { because }),
        ...(record.clientId === null ? {} : { clientId: record.clientId }),
      },
    ]);
    await sql`select audit_redact(${record.id}::uuid)`.execute(tx);
    return written;
  });
  await chained(db, ids);
  return getRecord(db, actor, seq);
}

export async function getRecord(db: Db, actor: Actor, seq: number): Promise<AuditRecord> {
  const record = await findRecord(db, actor, seq);
  return record ?? refuse('record.unknown', { kind: 'audit entry', id: seq });
}
