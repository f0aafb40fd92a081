// Runs as people read them: their first line, what became of every change, and what is still open.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { runSentence } from '#domain/sentences.ts';
import { type Page, type PageQuery, pageFrom, pageRows } from '#http/page.ts';
import type { Db } from '#store/db.ts';
import type { OutcomeWire, RunRowWire, RunWire } from './wire.ts';
import { blockedCode } from './work.ts';

/** A run of more changes is read in pages at /v1/runs/{id}/outcomes. */
export const outcomesMax = 5_000;

export async function listRuns(
  db: Db,
  actor: Actor,
  now: Date,
  page: PageQuery,
  filter: { readonly automationId?: string | undefined } = {},
): Promise<Page<RunRowWire>> {
  const rows = await visible(db, actor)
    .$if(filter.automationId !== undefined, (query) =>
      query.where('plans.automation_id', '=', filter.automationId ?? ''),
    )
    .$if(page.cursor !== undefined, (query) => query.where('runs.id', '<', page.cursor ?? ''))
    .orderBy('runs.id', 'desc')
    .limit(pageRows(page))
    .execute();
  return pageFrom(rows, page, (row) => rowOf(row, now));
}

export async function getRunRow(db: Db, id: string, actor: Actor, now: Date): Promise<RunRowWire> {
  const row = await visible(db, actor).where('runs.id', '=', id).executeTakeFirst();
  return row === undefined ? refuse('record.unknown', { kind: 'run', id }) : rowOf(row, now);
}

export async function getRun(db: Db, id: string, actor: Actor, now: Date): Promise<RunWire> {
  const row = await getRunRow(db, id, actor, now);
  const { items } = await outcomesAfter(db, id, -1, outcomesMax);
  return { ...row, outcomes: items };
}

export async function listOutcomes(
  db: Db,
  id: string,
  actor: Actor,
  now: Date,
  page: { readonly cursor?: number | undefined; readonly limit: number },
): Promise<Page<OutcomeWire>> {
  await getRunRow(db, id, actor, now);
  return outcomesAfter(db, id, page.cursor ?? -1, page.limit);
}

/** Runs of the last day with a failure, and who it was for: for the overview's first line. */
export async function listFailuresSince(db: Db, actor: Actor, since: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .innerJoin('outcomes', 'outcomes.run_id', 'runs.id')
    .innerJoin('plan_people', (join) =>
      join
        .onRef('plan_people.plan_id', '=', 'runs.plan_id')
        .onRef('plan_people.person_key', '=', 'outcomes.person_key'),
    )
    .select(['runs.id', 'plans.title', 'plan_people.person_name', 'outcomes.because'])
    .distinctOn('runs.id')
    .where('runs.started_at', '>=', since)
    .where('outcomes.result', 'in', ['failed', 'conflict'])
    .$if(actor.clientId !== undefined, (query) =>
      query.where('runs.client_id', '=', actor.clientId ?? null),
    )
    .orderBy('runs.id', 'desc')
    .orderBy('outcomes.position')
    .execute();
  return rows.map(
    ({ title, person_name, because }) => `${title}, for ${person_name}: ${because ?? 'unknown'}`,
  );
}

function visible(db: Db, actor: Actor) {
  const query = db
    .selectFrom('runs')
    .innerJoin('plans', 'plans.id', 'runs.plan_id')
    .leftJoin('automations', 'automations.id', 'plans.automation_id')
    .leftJoin('definitions', 'definitions.id', 'plans.outbound_webhook_id')
    .leftJoinLateral(
      (from) =>
        from
          .selectFrom('outcomes')
          .whereRef('outcomes.run_id', '=', 'runs.id')
          .select([
            countIf(sql`result = 'done'`).as('done'),
            countIf(sql`result = 'skipped' and code is distinct from ${blockedCode}`).as('skipped'),
            countIf(sql`result in ('failed', 'conflict') or code = ${blockedCode}`).as('failed'),
            countIf(sql`result = 'waiting'`).as('waiting'),
            countIf(sql`result = 'pending'`).as('pending'),
            sql<Date | null>`min(until)`.as('until'),
          ])
          .as('counts'),
      (join) => join.onTrue(),
    )
    .select(['runs.id', 'runs.plan_id', 'runs.undoes_run_id', 'runs.started_at'])
    .select(['runs.finished_at', 'runs.started_by', 'plans.title'])
    .select(['plans.automation_id', 'plans.outbound_webhook_id', 'plans.sync_id'])
    .select('runs.cancelled_by')
    .select(['automations.name as automation_name', 'definitions.name as webhook_name'])
    .select(['done', 'skipped', 'failed', 'waiting', 'pending', 'until'])
    .select(({ selectFrom }) =>
      selectFrom('runs as undoing')
        .select('undoing.id')
        .whereRef('undoing.undoes_run_id', '=', 'runs.id')
        .orderBy('undoing.id', 'desc')
        .limit(1)
        .as('undone_by'),
    );
  return actor.clientId === undefined ? query : query.where('runs.client_id', '=', actor.clientId);
}

function countIf(condition: ReturnType<typeof sql>) {
  return sql<number>`(count(*) filter (where ${condition}))`;
}

type Row = Awaited<ReturnType<ReturnType<typeof visible>['execute']>>[number];

function rowOf(row: Row, now: Date): RunRowWire {
  const counts = {
    done: row.done ?? 0,
    skipped: row.skipped ?? 0,
    failed: row.failed ?? 0,
    waiting: row.waiting ?? 0,
    pending: row.pending ?? 0,
  };
  const state = stateOf(row.finished_at, counts);
  const until =
    row.until === null ? {} : { waitsUntil: `${row.until.toISOString().slice(11, 16)} UTC` };
  const cancelled = row.cancelled_by === null ? {} : { cancelledBy: row.cancelled_by };
  const tookMs = (row.finished_at ?? now).getTime() - row.started_at.getTime();
  return {
    id: row.id,
    planId: row.plan_id,
    automation: {
      id: row.automation_id ?? row.outbound_webhook_id ?? String(row.sync_id ?? row.plan_id),
      name: row.automation_name ?? row.webhook_name ?? row.title,
    },
    undoes: row.undoes_run_id,
    undoneBy: row.undone_by,
    state,
    sentence: runSentence({ state, counts, tookMs, ...until, ...cancelled }),
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    startedBy: row.started_by,
    counts,
  };
}

/** Derived, so that it can never disagree with the outcomes. */
function stateOf(finishedAt: Date | null, counts: RunRowWire['counts']): RunRowWire['state'] {
  if (finishedAt !== null) return counts.failed > 0 ? 'failed' : 'finished';
  return counts.pending === 0 && counts.waiting > 0 ? 'waiting' : 'running';
}

async function outcomesAfter(
  db: Db,
  runId: string,
  position: number,
  limit: number,
): Promise<Page<OutcomeWire>> {
  const rows = await db
    .selectFrom('outcomes')
    .innerJoin('runs', 'runs.id', 'outcomes.run_id')
    .innerJoin('plan_changes', (join) =>
      join
        .onRef('plan_changes.plan_id', '=', 'runs.plan_id')
        .onRef('plan_changes.change_id', '=', 'outcomes.change_id'),
    )
    .leftJoin('password_handovers as handover', (join) =>
      join
        .onRef('handover.run_id', '=', 'outcomes.run_id')
        .onRef('handover.change_id', '=', 'outcomes.change_id'),
    )
    .select(['outcomes.change_id', 'outcomes.person_key', 'outcomes.kind', 'outcomes.result'])
    .select(['outcomes.because', 'outcomes.code', 'outcomes.settled_at', 'outcomes.until'])
    .select(['outcomes.position', 'handover.state as password'])
    .select([
      sql<string>`document ->> 'personName'`.as('person_name'),
      sql<string>`document ->> 'system'`.as('system'),
      sql<string>`document ->> 'action'`.as('action'),
      sql<string>`coalesce(document #>> '{group,name}', document #>> '{target,name}')`.as('target'),
    ])
    .where('outcomes.run_id', '=', runId)
    .where('outcomes.position', '>', position)
    .orderBy('outcomes.position')
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit);
  return {
    items: shown.map((row) => ({
      changeId: row.change_id,
      personKey: row.person_key,
      personName: row.person_name,
      system: row.system,
      action: row.action,
      kind: row.kind,
      targetName: row.target,
      result: row.result,
      because: row.because,
      code: row.code,
      at: row.settled_at?.toISOString() ?? null,
      until: row.until?.toISOString() ?? null,
      password: row.password ?? 'none',
    })),
    next: rows.length > limit ? String(shown.at(-1)?.position ?? 0) : null,
  };
}
