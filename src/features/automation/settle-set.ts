// Writes what became of a set of changes, with the audit entries, as part of the transaction that made them.
import { sql } from 'kysely';
import type { Change } from '#domain/change.ts';
import type { Outcome } from '#domain/outcome.ts';
import { audit } from '#store/audit.ts';
import type { Tx } from '#store/db.ts';
import { outcomeEntries, type RunFacts } from './work.ts';
import { rangeOf } from './work-set.ts';

/** Another worker or a cancellation settled one of them meanwhile: the transaction must not be kept. */
export class SettledElsewhere extends Error {
  override readonly name = 'SettledElsewhere';
}

export type Settled = {
  readonly position: number;
  readonly change: Change;
  readonly outcome: Outcome;
  /** For what is not a failure and has a code all the same. */
  readonly code?: string;
};

export async function settleSet(
  tx: Tx,
  run: RunFacts,
  settled: readonly Settled[],
  now: Date,
): Promise<void> {
  if (settled.length === 0) return;
  const rows = settled.map(rowOf);
  const [from, to] = rangeOf(settled);
  const column = <Name extends keyof (typeof rows)[number]>(name: Name) =>
    rows.map((row) => row[name]);
  const { numAffectedRows } = await sql`
    update outcomes set result = told.result, because = told.because, code = told.code,
      target_id = coalesce(told.target_id, outcomes.target_id), until = told.until,
      attempts = outcomes.attempts + case when told.result = 'waiting' then 1 else 0 end,
      settled_at = case when told.result = 'waiting' then null else ${now}::timestamptz end
    from unnest(${column('position')}::int[], ${column('result')}::text[], ${column('because')}::text[],
      ${column('code')}::text[], ${column('targetId')}::text[], ${column('until')}::timestamptz[])
      as told (position, result, because, code, target_id, until)
    where outcomes.run_id = ${run.id}::uuid and outcomes.position = told.position
      and outcomes.position between ${from}::int and ${to}::int
      and outcomes.settled_at is null`.execute(tx);
  if (Number(numAffectedRows ?? 0) !== settled.length) {
    throw new SettledElsewhere('The changes were settled by somebody else meanwhile.');
  }
  await audit(
    tx,
    settled.flatMap(({ change, outcome }) => outcomeEntries(run, change, outcome)),
  );
}

function rowOf({ position, outcome, code }: Settled) {
  const { result } = outcome;
  return {
    position,
    result,
    because: result === 'done' ? (outcome.note ?? null) : outcome.because,
    code: result === 'failed' ? outcome.code : (code ?? null),
    targetId: result === 'done' ? (outcome.targetId ?? null) : null,
    until: result === 'waiting' ? outcome.until : null,
  };
}
