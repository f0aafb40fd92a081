// The end of acting as somebody else: by order, or noted afterwards when the session ended by itself.
import type { Actor } from '#domain/actor.ts';
import type { PersonId } from '#domain/ports/people.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { accessBell, ring } from '#store/bell.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { type Request, requestOf } from './queries.ts';

const endedAtOnceMax = 500;

export type Which =
  | { readonly target: PersonId['kind'] }
  | { readonly id: number; readonly toldTo?: PersonId; readonly clientId?: number };

/** Ends those under way by order of somebody; every process hears of it when this commits. */
export async function endImpersonations(
  tx: Tx,
  which: Which,
  { actor, because }: { readonly actor: Actor; readonly because: string },
): Promise<number> {
  let query = tx
    .selectFrom('impersonation_requests')
    .selectAll()
    .where('used_at', 'is not', null)
    .where('ended_at', 'is', null)
    .forUpdate();
  if ('target' in which) query = query.where('target_kind', '=', which.target);
  else query = query.where('id', '=', which.id);
  if ('toldTo' in which && which.toldTo !== undefined) {
    const { kind, id } = which.toldTo;
    query = query.where('told', '=', true);
    query = query.where('target_kind', '=', kind).where('target_id', '=', id);
  }
  const requests = (await query.execute()).map(requestOf);
  if (requests.length === 0) return 0;
  const ids = requests.map(({ id }) => id);
  await tx
    .updateTable('impersonation_requests')
    .set((is) => ({
      ended_at: is.fn('clock_timestamp'),
      ended_because: because,
      end_audited: true,
    }))
    .where('id', 'in', ids)
    .execute();
  await tx.deleteFrom('sessions').where('impersonation_id', 'in', ids).execute();
  await audit(
    tx,
    requests.map((request) => ({ ...entryOf(request, because), actor })),
  );
  await ring(tx, accessBell);
  return requests.length;
}

/** One that ends by its session: by the one who acts, or because they may no more. */
export async function noteEnd(
  tx: Tx,
  id: number,
  because: string,
  address: string | undefined,
): Promise<void> {
  const row = await tx
    .updateTable('impersonation_requests')
    .set((is) => ({
      ended_at: is.fn('clock_timestamp'),
      ended_because: because,
      end_audited: true,
    }))
    .where('id', '=', id)
    .where('end_audited', '=', false)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return;
  const { actor, ...entry } = entryOf(requestOf(row), because);
  await audit(tx, [{ ...entry, actor: address === undefined ? actor : { ...actor, address } }]);
}

/**
 * Writes the ends that came by themselves (time, sign-out, a right taken away) into the audit trail. The
 * database noted them when they came: 0037-impersonation.sql.
 */
export async function noteEnds(db: Db, now: Date): Promise<number> {
  return inTransaction(db, async (tx) => {
    await tx
      .deleteFrom('sessions')
      .where('impersonation_id', 'is not', null)
      .where('ends_at', '<=', now)
      .execute();
    const rows = await tx
      .selectFrom('impersonation_requests')
      .selectAll()
      .where('used_at', 'is not', null)
      .where('end_audited', '=', false)
      .where('ended_at', 'is not', null)
      .orderBy('id')
      .limit(endedAtOnceMax)
      .forUpdate()
      .skipLocked()
      .execute();
    const requests = rows.map(requestOf);
    if (requests.length === 0) return 0;
    await audit(
      tx,
      requests.map((request) => entryOf(request, becauseOf(request))),
    );
    for (const request of requests) {
      await tx
        .updateTable('impersonation_requests')
        .set({ ended_because: becauseOf(request), end_audited: true })
        .where('id', '=', request.id)
        .execute();
    }
    return requests.length;
  });
}

function becauseOf({ endedBecause, endsAt, endedAt }: Request): string {
  if (endedBecause !== null) return endedBecause;
  const isOver = endsAt !== null && endedAt !== null && endedAt >= endsAt;
  return isOver ? 'its time was over' : 'its session ended';
}

export function entryOf(
  { by, target }: Pick<Request, 'by' | 'target'>,
  because: string,
  action = 'impersonation.ended',
): AuditEntry {
  const { kind, name } = target;
  const id = String(target.id);
  return {
    actor: {
      kind,
      id,
      name,
      permissions: new Set(),
      behind: { kind: 'agent', id: String(by.id), name: by.name },
    },
    action,
    subject: { kind, id, name },
    outcome: 'done',
    because,
    ...(kind === 'user' ? { userId: target.id } : {}),
  };
}
