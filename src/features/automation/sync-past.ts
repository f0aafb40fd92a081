// What earlier plans of a sync came to: the guards of the next judge by it, as it is made and as it begins.
import { sql } from 'kysely';
import type { SyncPast } from '#domain/ports/sync-plans.ts';
import {
  type Alike,
  addAlike,
  addTotals,
  keyFields,
  moveFields,
  noTotals,
  Totals,
} from '#domain/totals.ts';
import { type Db, json, type Tx } from '#store/db.ts';
import { lastDayMs } from './counted.ts';

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

/** Takes everything of these people out of a plan; gives what it came to, counted where it was. */
export async function takeOut(
  tx: Tx,
  planId: string,
  personKeys: readonly string[],
): Promise<Totals> {
  const { rows } = await sql<Alike>`
    with taken as (
      delete from plan_changes
      where plan_id = ${planId}::uuid and person_key = any(${[...personKeys]}::text[])
      returning kind, document
    )
    select kind, ${touchesAny(keyFields, 'taken')} as key, ${touchesAny(moveFields, 'taken')} as move,
      count(*) as count
    from taken group by 1, 2, 3`.execute(tx);
  return addAlike(rows);
}

/** What a plan's changes come to, counted where they are: they may be more than memory holds. */
export async function totalsOfPlan(db: Db | Tx, planId: string): Promise<Totals> {
  const { rows } = await sql<Alike>`
    select kind, ${touchesAny(keyFields)} as key, ${touchesAny(moveFields)} as move, count(*) as count
    from plan_changes where plan_id = ${planId}::uuid group by 1, 2, 3`.execute(db);
  return addAlike(rows);
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

/** What a run did, and has still to do. Only of updates is it asked which fields: most of a first run is creations. */
async function doneBy(db: Db | Tx, runId: string, planId: string): Promise<Totals> {
  const counts = sql`outcomes.run_id = ${runId}::uuid
    and (outcomes.settled_at is null or outcomes.result = 'done')`;
  const { rows } = await sql<Alike>`
    select kind, false as key, false as move, count(*) as count
    from outcomes where ${counts} and kind <> 'update' group by 1
    union all
    select outcomes.kind, ${touchesAny(keyFields)}, ${touchesAny(moveFields)}, count(*)
    from outcomes
    join plan_changes on plan_changes.plan_id = ${planId}::uuid and plan_changes.kind = 'update'
      and plan_changes.change_id = outcomes.change_id
    where ${counts} and outcomes.kind = 'update' group by 1, 2, 3`.execute(db);
  return addAlike(rows);
}

/** In the transaction that ends it. */
export async function keepTotals(
  tx: Tx,
  { id, planId }: { readonly id: string; readonly planId: string },
): Promise<void> {
  const totals = json(await doneBy(tx, id, planId));
  await tx.updateTable('runs').set({ totals }).where('id', '=', id).execute();
}

/** Of a change under this name, as a row of plan_changes. */
function touchesAny(fields: ReadonlySet<string>, change = 'plan_changes') {
  return sql`(${sql.ref(`${change}.kind`)} = 'update'
    and jsonb_exists_any((${sql.ref(`${change}.document`)} -> 'after')::jsonb, ${[...fields]}::text[]))`;
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
