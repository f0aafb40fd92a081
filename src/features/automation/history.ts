// What runs have done to a directory lately, and are about to do: the guards add it to what is planned.
import { sql } from 'kysely';
import { Automation } from '#domain/automation.ts';
import type { ChangeKind } from '#domain/change.ts';
import { judgeAmounts } from '#domain/guards.ts';
import type { GuardVerdict } from '#domain/plan.ts';
import { refuse } from '#domain/problem.ts';
import { SyncSettings } from '#domain/sync/settings.ts';
import { addUp, countedAs, keyAttributes, noTotals, type Totals } from '#domain/totals.ts';
import type { Db, Tx } from '#store/db.ts';
import { lastDayMs } from './counted.ts';
import { ChangeDocument } from './documents.ts';
import { doneBySyncSince, totalsOfPlan } from './sync-past.ts';

/** Added up as the guards add up a plan, over every automation; what a run has still to do counts as done. */
export async function doneSince(db: Db | Tx, connectionId: string, since: Date): Promise<Totals> {
  const { rows } = await sql<{ kind: ChangeKind; touches_key: boolean; count: number }>`
    select outcomes.kind, count(*) as count, outcomes.kind = 'update' and exists (
        select 1 from json_object_keys(plan_changes.document -> 'after') as name
        where lower(name) = any(${[...keyAttributes]}::text[])
      ) as touches_key
    from outcomes
    join runs on runs.id = outcomes.run_id
    join plan_changes using (plan_id, change_id)
    where outcomes.connection_id = ${connectionId} and (outcomes.settled_at is null
      or (outcomes.result = 'done' and outcomes.settled_at >= ${since}))
    group by 1, 3`.execute(db);
  const totals: { -readonly [Name in keyof Totals]: number } = { ...noTotals };
  for (const { kind, touches_key, count } of rows) {
    totals[countedAs[kind]] += count;
    if (touches_key) totals.keyAttributes += count;
  }
  return totals;
}

export type Startable = {
  readonly id: string;
  readonly automation_id: string | null;
  readonly sync_id: number | null;
  readonly automation_version: number;
  readonly account_count: number;
};

/**
 * Judges the amounts of a plan once more as its run begins: other plans may have been applied since it
 * was made, each within the limits and all of them together beyond. Runs on one directory begin one
 * after the other, so that each counts those before it.
 */
export async function judgeAgain(tx: Tx, plan: Startable, now: Date): Promise<void> {
  if (plan.sync_id !== null) return judgeSyncAgain(tx, plan, plan.sync_id, now);
  if (plan.automation_id === null) return;
  const { document } = await tx
    .selectFrom('automation_versions')
    .select('document')
    .where('automation_id', '=', plan.automation_id)
    .where('version', '=', plan.automation_version)
    .executeTakeFirstOrThrow();
  const { directoryConnectionId, guards: limits } = Automation.parse(document);
  await oneAfterTheOther(tx, directoryConnectionId);
  const verdicts = judgeAmounts({
    totals: await totalsOf(tx, plan.id),
    limits,
    lastDay: await doneSince(tx, directoryConnectionId, new Date(now.getTime() - lastDayMs)),
    accounts: plan.account_count,
  });
  await refuseStopped(tx, plan.id, verdicts);
}

async function judgeSyncAgain(tx: Tx, plan: Startable, syncId: number, now: Date): Promise<void> {
  await oneAfterTheOther(tx, `sync ${syncId}`);
  const { settings } = await tx
    .selectFrom('directory_syncs')
    .select('settings')
    .where('id', '=', syncId)
    .executeTakeFirstOrThrow();
  const verdicts = judgeAmounts({
    totals: await totalsOfPlan(tx, plan.id),
    limits: SyncSettings.parse(settings).limits,
    lastDay: await doneBySyncSince(tx, syncId, new Date(now.getTime() - lastDayMs)),
    accounts: plan.account_count,
    of: 'people',
  });
  await refuseStopped(tx, plan.id, verdicts);
}

async function oneAfterTheOther(tx: Tx, whose: string): Promise<void> {
  const name = `sundog guards ${whose}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
}

async function refuseStopped(
  tx: Tx,
  planId: string,
  verdicts: readonly GuardVerdict[],
): Promise<void> {
  const allowed = await overriddenIn(tx, planId);
  const stop = verdicts.find((one) => one.verdict === 'stop' && !allowed.includes(one.name));
  if (stop !== undefined) refuse('plan.guard-since', { sentence: stop.sentence });
}

async function totalsOf(tx: Tx, planId: string): Promise<Totals> {
  const rows = await tx
    .selectFrom('plan_changes')
    .select('document')
    .where('plan_id', '=', planId)
    .execute();
  return rows.reduce(
    (totals, { document }) => addUp(totals, [ChangeDocument.parse(document)]),
    noTotals,
  );
}

async function overriddenIn(tx: Tx, planId: string): Promise<readonly string[]> {
  const row = await tx
    .selectFrom('approvals')
    .select('overridden')
    .where('plan_id', '=', planId)
    .executeTakeFirst();
  return row?.overridden ?? [];
}
