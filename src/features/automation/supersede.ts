// Says no to plans that wait, in the hub's own name, where what they were made from is no longer so.
import { theHub } from '#domain/actor.ts';
import type { WhichPlans } from '#domain/ports/sync-plans.ts';
import { audit } from '#store/audit.ts';
import type { Tx } from '#store/db.ts';

export async function rejectWaiting(
  tx: Tx,
  planIds: readonly string[],
  { comment, newerId }: { readonly comment: string; readonly newerId: string | null },
  now: Date,
): Promise<readonly string[]> {
  if (planIds.length === 0) return [];
  const rejected = await tx
    .updateTable('plans')
    .set({ state: 'rejected' })
    .where('id', 'in', planIds)
    .where('state', '=', 'waiting')
    .returning(['id', 'hash', 'title', 'client_id'])
    .execute();
  if (rejected.length === 0) return [];
  await tx
    .insertInto('approvals')
    .values(
      rejected.map(({ id, hash }) => ({
        ...{ plan_id: id, decision: 'rejected', hash, comment, decided_at: now },
        ...{ decided_by_kind: theHub.kind, decided_by_id: theHub.id, decided_by: theHub.name },
      })),
    )
    .execute();
  await audit(
    tx,
    rejected.map(({ id, title, client_id: clientId }) => ({
      ...{ actor: theHub, action: 'plan.superseded', outcome: 'done' as const, clientId },
      subject: { kind: 'plan', id, name: title },
      ...(newerId === null ? { because: comment } : { after: newerId }),
    })),
  );
  return rejected.map(({ id }) => id);
}

/**
 * Plans of a sync with something in them: all but the newer, or that one alone. One without changes waits for nobody's
 * yes and stays with what it says of people. So does what takes a run back: no read of the directory makes it untrue.
 */
export async function rejectSyncPlans(
  tx: Tx,
  syncId: number,
  which: WhichPlans,
  comment: string,
  now: Date,
): Promise<void> {
  const rows = await tx
    .selectFrom('plans')
    .select('id')
    .where('sync_id', '=', syncId)
    .where('state', '=', 'waiting')
    .where('undoes_run_id', 'is', null)
    .where('change_count', '>', 0)
    .execute();
  const ids = rows
    .map(({ id }) => id)
    .filter((id) => ('only' in which ? id === which.only : id !== which.but));
  const newerId = 'but' in which ? which.but : null;
  await rejectWaiting(tx, ids, { comment, newerId }, now);
}
