// Disputes: matches that a person decides once and for all, and the next sync obeys.
import { sql } from 'kysely';
import { z } from 'zod';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { refuse } from '#domain/problem.ts';
import type { SyncTarget } from '#domain/sync/settings.ts';
import { errorCode } from '#lib/errors.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { checkMayMake } from './may-make.ts';
import { findKnown, findTaken } from './people-rows.ts';
import type { SyncPorts } from './ports.ts';
import { getSyncState, type SyncState } from './syncs.ts';

export const DisputeDecision = z.discriminatedUnion('decision', [
  z.object({ decision: z.literal('link'), deskId: z.int() }),
  z.object({ decision: z.literal('create') }),
  z.object({ decision: z.literal('leave-out') }),
]);
export type DisputeDecision = z.infer<typeof DisputeDecision>;

const Candidates = z.array(z.object({ deskId: z.int(), name: z.string(), email: z.string() }));

export type DisputeRow = {
  readonly id: string;
  readonly syncId: number;
  readonly target: SyncTarget;
  readonly entryId: string;
  readonly name: string;
  readonly dn: string;
  readonly code: string;
  readonly sentence: string;
  readonly candidates: z.infer<typeof Candidates>;
  readonly foundAt: Date;
  readonly decision: DisputeDecision['decision'] | null;
  readonly deskId: number | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
};

export type DisputesAsked = {
  readonly limit: number;
  /** After this one. */
  readonly cursor?: string | undefined;
  /** Those that wait for a decision, unless all are asked for. */
  readonly all?: boolean;
};

export async function listDisputes(
  db: Db,
  syncId: number,
  { limit, cursor, all = false }: DisputesAsked,
  actor: Actor,
): Promise<readonly DisputeRow[]> {
  await getSyncState(db, syncId, actor);
  const rows = await db
    .selectFrom('sync_disputes')
    .selectAll()
    .where('sync_id', '=', syncId)
    .$if(!all, (query) => query.where('decision', 'is', null))
    .$if(cursor !== undefined, (query) => query.where('id', '>', cursor ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(disputeFrom);
}

type Row = Parameters<typeof disputeFrom>[0];

function disputeFrom(row: {
  readonly id: string;
  readonly sync_id: number;
  readonly target: SyncTarget;
  readonly entry_id: string;
  readonly name: string;
  readonly dn: string;
  readonly code: string;
  readonly sentence: string;
  readonly candidates: unknown;
  readonly found_at: Date;
  readonly decision: DisputeDecision['decision'] | null;
  readonly desk_id: number | null;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
}): DisputeRow {
  return {
    ...{ id: row.id, syncId: row.sync_id, target: row.target, entryId: row.entry_id },
    ...{ name: row.name, dn: row.dn, code: row.code, sentence: row.sentence },
    ...{ candidates: Candidates.parse(row.candidates), foundAt: row.found_at },
    ...{ decision: row.decision, deskId: row.desk_id },
    ...{ decidedBy: row.decided_by, decidedAt: row.decided_at },
  };
}

/** The next sync plans this person anew. */
export async function decideDispute(
  { db, clock, openDesk }: Pick<SyncPorts, 'db' | 'clock' | 'openDesk'>,
  id: string,
  decided: DisputeDecision,
  actor: Actor,
): Promise<DisputeRow> {
  refuseImpersonated(actor);
  const now = clock();
  const deskId = decided.decision === 'link' ? decided.deskId : null;
  return inTransaction(db, async (tx) => {
    const row = await tx
      .selectFrom('sync_disputes')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) refuse('record.unknown', { kind: 'dispute', id });
    const sync = await getSyncState(tx, row.sync_id, actor);
    checkMayMake(actor, row.target);
    await checkUnpaired(tx, row);
    if (deskId !== null) await checkRecord(tx, { openDesk }, sync, row, deskId);
    const saved = await tx
      .updateTable('sync_disputes')
      .set({ decision: decided.decision, desk_id: deskId })
      .set({ decided_by: actor.name, decided_at: now })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await markForNext(tx, row);
    const subject = { kind: 'directory sync', id: String(sync.id), name: sync.settings.name };
    await audit(tx, [
      {
        ...{ actor, action: 'directory-sync.dispute-decided', subject, outcome: 'done' },
        ...{ field: row.name, before: row.decision, clientId: sync.clientId },
        after: deskId === null ? decided.decision : `link to ${deskId}`,
      },
    ]);
    return disputeFrom(saved);
  }).catch((error: unknown) => {
    // Held by a unique index: of two entries that are linked to one record, one is told.
    if (errorCode(error) !== '23505') throw error;
    const reason = 'somebody else of the directory is to be linked to it';
    return refuse('sync.dispute-record', { id: deskId ?? 0, reason }, error);
  });
}

/** Whoever has a record keeps it, unless it is the record that is gone: a decision would be read by nobody. */
async function checkUnpaired(
  tx: Tx,
  { sync_id, target, entry_id, name, code }: Row,
): Promise<void> {
  if (code === 'sync.desk-record-gone') return;
  const person = (await findKnown(tx, sync_id, target, [entry_id])).get(entry_id);
  if (person?.state !== 'linked') return;
  refuse('sync.dispute-settled', { person: name, id: person.deskId ?? 0 });
}

async function checkRecord(
  tx: Tx,
  { openDesk }: Pick<SyncPorts, 'openDesk'>,
  sync: SyncState,
  { target, entry_id: entryId }: Pick<Row, 'target' | 'entry_id'>,
  id: number,
): Promise<void> {
  await using desk = await openDesk(sync);
  const [person] = await asked(desk.name, id, desk.find(target, [id], ['name']));
  if (person === undefined) refuse('sync.dispute-record', { id, reason: 'the desk has none' });
  if (person.apart !== undefined) {
    refuse('sync.dispute-record', { id, reason: `it is ${person.apart}` });
  }
  const taken = (await findTaken(tx, sync, target, [id])).get(id);
  if (taken?.isGone === false && taken.entryId !== entryId) {
    refuse('sync.dispute-record', { id, reason: 'it belongs to somebody else of a directory' });
  }
  // Whoever was linked to it before and is gone gives it up.
  await tx
    .deleteFrom('sync_disputes')
    .where('sync_id', '=', sync.id)
    .where('target', '=', target)
    .where('desk_id', '=', id)
    .where('entry_id', '<>', entryId)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('sync_people')
          .select('entry_id')
          .whereRef('sync_people.entry_id', '=', 'sync_disputes.entry_id')
          .whereRef('sync_people.sync_id', '=', 'sync_disputes.sync_id')
          .whereRef('sync_people.target', '=', 'sync_disputes.target')
          .where('state', '=', 'gone'),
      ),
    )
    .execute();
}

async function asked<T>(desk: string, id: number, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ApplicationRefusal)) throw error;
    return refuse('sync.desk-unreachable', { desk, id, reason: error.message }, error.detail);
  }
}

/**
 * Also one whose plan was not applied yet. Of somebody who is back the record of before is no longer theirs: it would
 * be taken for them again, and nobody would read what was decided.
 */
async function markForNext(tx: Tx, row: Row): Promise<void> {
  await tx
    .insertInto('sync_people')
    .values({
      ...{ sync_id: row.sync_id, target: row.target, entry_id: row.entry_id },
      ...{ digest: Buffer.alloc(16), dn: row.dn, name: row.name, place_id: 0 },
      ...{ state: 'disputed', desk_id: null, due: true },
    })
    .onConflict((conflict) =>
      conflict.columns(['sync_id', 'target', 'entry_id']).doUpdateSet({
        due: true,
        state: sql`case when sync_people.state = 'gone' then 'disputed' else sync_people.state end`,
        desk_id: sql`case when sync_people.state = 'gone' then null else sync_people.desk_id end`,
      }),
    )
    .execute();
}
