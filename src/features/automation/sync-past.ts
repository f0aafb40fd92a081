// What earlier plans of a sync came to: the guards of the next judge by it, as it is made and as it begins.
import { sql } from 'kysely';
import type { ChangeKind } from '#domain/change.ts';
import type { SyncPast } from '#domain/ports/sync-plans.ts';
import { addTotals, keyFields, moveFields, noTotals, Totals } from '#domain/totals.ts';
import { type Db, json, type Tx } from '#store/db.ts';
import { countedAs, lastDayMs } from './counted.ts';

export async function pastOf(
  db: Db | Tx,
  syncId: number,
  settingsDigest: string,
  now: Date,
): Promise<SyncPast> {
  const [lastDay, firstRun] = await Promise.all([
    doneBySyncSince(db, syncId, new Date(now.getTime() - lastDayMs)),
    isFirstRun(db, syncId, settingsDigest),
  ]);
  return { lastDay, firstRun };
}

/** What a plan's changes come to, counted where they are: they may be more than memory holds. */
export async function totalsOfPlan(db: Db | Tx, planId: string): Promise<Totals> {
  const { rows } = await sql<Counted>`
    select kind, ${touchesAny(keyFields)} as key, ${touchesAny(moveFields)} as move, count(*) as count
    from plan_changes where plan_id = ${planId}::uuid group by 1, 2, 3`.execute(db);
  return totalsOf(rows);
}

/**
 * Of runs of this sync alone: nobody else's plans write its people by the thousand. A run that has ended counts as
 * a whole, also what it did more than that long ago.
 */
export async function doneBySyncSince(db: Db | Tx, syncId: number, since: Date): Promise<Totals> {
  const rows = await db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .select(['runs.id', 'runs.plan_id', 'runs.totals'])
    .where('plans.sync_id', '=', syncId)
    .where((where) =>
      where.or([where('finished_at', 'is', null), where('finished_at', '>=', since)]),
    )
    .execute();
  let sum = noTotals;
  for (const { id, plan_id: planId, totals } of rows) {
    sum = addTotals(sum, Totals.safeParse(totals).data ?? (await doneBy(db, id, planId)));
  }
  return sum;
}

/** What a run did, and has still to do. */
async function doneBy(db: Db | Tx, runId: string, planId: string): Promise<Totals> {
  const { rows } = await sql<Counted>`
    select outcomes.kind, ${touchesAny(keyFields)} as key, ${touchesAny(moveFields)} as move,
      count(*) as count
    from outcomes
    join plan_changes on plan_changes.plan_id = ${planId}::uuid
      and plan_changes.change_id = outcomes.change_id
    where outcomes.run_id = ${runId}::uuid and (outcomes.settled_at is null or outcomes.result = 'done')
    group by 1, 2, 3`.execute(db);
  return totalsOf(rows);
}

/** In the transaction that ends it. */
export async function keepTotals(
  tx: Tx,
  { id, planId }: { readonly id: string; readonly planId: string },
): Promise<void> {
  const totals = json(await doneBy(tx, id, planId));
  await tx.updateTable('runs').set({ totals }).where('id', '=', id).execute();
}

type Counted = {
  readonly kind: ChangeKind;
  readonly key: boolean;
  readonly move: boolean;
  readonly count: number;
};

function touchesAny(fields: ReadonlySet<string>) {
  return sql`(plan_changes.kind = 'update'
    and jsonb_exists_any(plan_changes.document -> 'after', ${[...fields]}::text[]))`;
}

function totalsOf(rows: readonly Counted[]): Totals {
  const totals: { -readonly [Name in keyof Totals]: number } = { ...noTotals };
  for (const { kind, key, move, count } of rows) {
    totals[countedAs[kind]] += count;
    if (key) totals.keyAttributes += count;
    if (move) totals.moves += count;
  }
  return totals;
}

async function isFirstRun(db: Db | Tx, syncId: number, settingsDigest: string): Promise<boolean> {
  const row = await db
    .selectFrom('plans')
    .select('id')
    .where('sync_id', '=', syncId)
    .where('definition_digest', '=', settingsDigest)
    .where('undoes_run_id', 'is', null)
    .where('state', 'in', ['applying', 'applied'])
    .limit(1)
    .executeTakeFirst();
  return row === undefined;
}
