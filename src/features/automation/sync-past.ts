// What earlier plans of a sync came to: the guards of the next judge by it, as it is made and as it begins.
import { sql } from 'kysely';
import type { ChangeKind } from '#domain/change.ts';
import { keyFields, moveFields, noTotals, type Totals } from '#domain/guards.ts';
import type { SyncPast } from '#domain/ports/sync-plans.ts';
import type { SourceFacts } from '#domain/record.ts';
import type { Db, Tx } from '#store/db.ts';
import { countedAs, lastDayMs } from './counted.ts';
import { FactsDocument } from './documents.ts';

export async function pastOf(
  db: Db | Tx,
  syncId: number,
  settingsDigest: string,
  now: Date,
): Promise<SyncPast> {
  const [lastDay, lastSource, firstRun] = await Promise.all([
    doneBySyncSince(db, syncId, new Date(now.getTime() - lastDayMs)),
    lastSourceOf(db, syncId),
    isFirstRun(db, syncId, settingsDigest),
  ]);
  return { lastDay, lastSource, firstRun };
}

/** What a plan's changes come to, counted where they are: they may be more than memory holds. */
export async function totalsOfPlan(db: Db | Tx, planId: string): Promise<Totals> {
  const { rows } = await sql<Counted>`
    select kind, ${touchesAny(keyFields)} as key, ${touchesAny(moveFields)} as move, count(*) as count
    from plan_changes where plan_id = ${planId}::uuid group by 1, 2, 3`.execute(db);
  return totalsOf(rows);
}

/** Of runs of this sync alone: nobody else's plans write its people by the thousand. */
export async function doneBySyncSince(db: Db | Tx, syncId: number, since: Date): Promise<Totals> {
  const { rows } = await sql<Counted>`
    select outcomes.kind, ${touchesAny(keyFields)} as key, ${touchesAny(moveFields)} as move,
      count(*) as count
    from plans
    join runs on runs.plan_id = plans.id and (runs.finished_at is null or runs.finished_at >= ${since})
    join outcomes on outcomes.run_id = runs.id
    join plan_changes on plan_changes.plan_id = plans.id and plan_changes.change_id = outcomes.change_id
    where plans.sync_id = ${syncId} and (outcomes.settled_at is null
      or (outcomes.result = 'done' and outcomes.settled_at >= ${since}))
    group by 1, 2, 3`.execute(db);
  return totalsOf(rows);
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

async function lastSourceOf(db: Db | Tx, syncId: number): Promise<SourceFacts | undefined> {
  const row = await db
    .selectFrom('plans')
    .select('source')
    .where('sync_id', '=', syncId)
    .where('undoes_run_id', 'is', null)
    .where((where) =>
      where.or([
        where('state', 'in', ['applying', 'applied']),
        where.and([
          where('state', '=', 'waiting'),
          where('change_count', '=', 0),
          where('verdict', '=', 'pass'),
        ]),
      ]),
    )
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : FactsDocument.parse(row.source);
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
