// The hash chain over the audit trail: committed entries are numbered and chained, by whoever comes first.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import type { Db } from './db.ts';

/** Of other entries in one go beside those asked for: helps out, and keeps nobody waiting. */
const helpedMax = 1_000;
const batchMax = 5_000;

/**
 * Resolves once these entries are numbered and chained. Commit first, then wait for this, then answer.
 * Refuses with 503 when they are not: what was asked must then not be answered.
 */
export async function chained(db: Db, ids: readonly string[]): Promise<void> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return;
  const { standing } = await chainNext(db, wanted, helpedMax).catch((error: unknown) =>
    refuse('audit.unavailable', {}, error),
  );
  // Not committed, or gone again.
  if (standing !== wanted.length) refuse('audit.unavailable');
}

/** Chains the oldest entries that wait; says how many there were. */
export async function chainOldest(db: Db, atMost: number): Promise<number> {
  const { added } = await chainNext(db, [], atMost);
  return added;
}

/** Chains all that waits: what a command wrote while no hub runs, say. */
export async function chainAll(db: Db): Promise<void> {
  while ((await chainOldest(db, batchMax)) === batchMax);
}

async function chainNext(
  db: Db,
  wanted: readonly string[],
  atMost: number,
): Promise<{ readonly added: number; readonly standing: number }> {
  const { rows } = await sql<{ added: number; standing: number }>`/* kept: audit-chain */
    select added, standing from audit_chain_next(${wanted}::uuid[], ${atMost}::integer)`.execute(
    db,
  );
  return rows[0] ?? { added: 0, standing: 0 };
}
