// Plans as people read them: one by one with people and changes, and in lists.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { Change } from '#domain/change.ts';
import { refuse } from '#domain/problem.ts';
import { type Page, type PageQuery, pageFrom, pageRows } from '#http/page.ts';
import type { Db } from '#store/db.ts';
import { ChangeDocument, FactsDocument, GuardsDocument, NotesDocument } from './documents.ts';
import type { ChangeWire, PlanPersonWire, PlanRowWire, PlanWire } from './wire.ts';

/** How much of a plan one answer holds; the rest comes in pages. */
export const planLimits = { changes: 2_000, changed: 2_000, unchanged: 200 } as const;

export type PlanFilter = {
  readonly automationId?: string | undefined;
  /** Only those that wait for a yes. */
  readonly waiting?: boolean | undefined;
};

export async function listPlans(
  db: Db,
  actor: Actor,
  now: Date,
  page: PageQuery,
  filter: PlanFilter = {},
): Promise<Page<PlanRowWire>> {
  const rows = await visible(db, actor)
    .$if(filter.automationId !== undefined, (query) =>
      query.where('plans.automation_id', '=', filter.automationId ?? ''),
    )
    .$if(filter.waiting === true, (query) =>
      query
        .where('plans.state', '=', 'waiting')
        .where('plans.needs_approval', '=', true)
        .where('plans.change_count', '>', 0)
        .where('plans.expires_at', '>', now),
    )
    .$if(page.cursor !== undefined, (query) => query.where('plans.id', '<', page.cursor ?? ''))
    .orderBy('plans.id', 'desc')
    .limit(pageRows(page))
    .execute();
  return pageFrom(rows, page, (row) => rowOf(row, now));
}

export async function getPlan(db: Db, id: string, actor: Actor, now: Date): Promise<PlanWire> {
  const head = await getPlanHead(db, id, actor, now);
  const { items: changes, next } = await changesAfter(db, id, -1, planLimits.changes);
  return { ...head, people: await peopleOf(db, id), changes, next };
}

/** Everything but what may be as long as a directory. */
export async function getPlanHead(
  db: Db,
  id: string,
  actor: Actor,
  now: Date,
): Promise<Omit<PlanWire, 'people' | 'changes' | 'next'>> {
  const row = await getRow(db, id, actor);
  const { disables } = await db
    .selectFrom('plan_changes')
    .select(({ fn }) => fn.countAll<number>().as('disables'))
    .where('plan_id', '=', id)
    .where('kind', '=', 'disable')
    .executeTakeFirstOrThrow();
  return { ...rowOf(row, now), guards: GuardsDocument.parse(row.guards), disables };
}

export async function listChanges(
  db: Db,
  id: string,
  actor: Actor,
  page: { readonly cursor?: number | undefined; readonly limit: number },
): Promise<Page<ChangeWire>> {
  await getRow(db, id, actor);
  return changesAfter(db, id, page.cursor ?? -1, page.limit);
}

export async function getPlanRow(
  db: Db,
  id: string,
  actor: Actor,
  now: Date,
): Promise<PlanRowWire> {
  return rowOf(await getRow(db, id, actor), now);
}

async function getRow(db: Db, id: string, actor: Actor): Promise<Row> {
  const row = await visible(db, actor).where('plans.id', '=', id).executeTakeFirst();
  return row ?? refuse('record.unknown', { kind: 'plan', id });
}

function visible(db: Db, actor: Actor) {
  const query = db
    .selectFrom('plans')
    .leftJoin('automations', 'automations.id', 'plans.automation_id')
    .leftJoin('definitions', 'definitions.id', 'plans.outbound_webhook_id')
    .leftJoin('approvals', 'approvals.plan_id', 'plans.id')
    .leftJoin('runs', 'runs.plan_id', 'plans.id')
    .selectAll('plans')
    .select(['automations.name as automation_name', 'definitions.name as webhook_name'])
    .select(['approvals.decided_at', 'approvals.decided_by', 'approvals.comment'])
    .select('runs.id as run_id')
    .where('plans.state', '<>', 'planning');
  return actor.clientId === undefined ? query : query.where('plans.client_id', '=', actor.clientId);
}

type Row = Awaited<ReturnType<ReturnType<typeof visible>['execute']>>[number];

function rowOf(row: Row, now: Date): PlanRowWire {
  const { records, complete } = FactsDocument.parse(row.source);
  const state = stateOf(row, now);
  const open = state === 'waiting' || state === 'stopped';
  return {
    id: row.id,
    hash: row.hash,
    state,
    automation: {
      kind: kindOf(row),
      id: row.automation_id ?? row.outbound_webhook_id ?? String(row.sync_id ?? row.id),
      name: row.automation_name ?? row.webhook_name ?? row.title,
      version: row.automation_version,
    },
    sentence: open ? `${row.sentence} Nothing is written until you approve.` : row.sentence,
    undoes: row.undoes_run_id,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    expiresAt: row.expires_at.toISOString(),
    decidedAt: row.decided_at?.toISOString() ?? null,
    decidedBy: row.decided_by,
    comment: row.comment,
    runId: row.run_id,
    source: { records, complete },
    changeCount: row.change_count,
  };
}

function kindOf(row: Row): PlanRowWire['automation']['kind'] {
  if (row.sync_id !== null) return 'directory-sync';
  if (row.automation_id !== null) return 'automation';
  return row.outbound_webhook_id === null ? 'password-reset' : 'outbound-webhook';
}

function stateOf(row: Row, now: Date): PlanRowWire['state'] {
  switch (row.state) {
    case 'rejected':
    case 'applying':
    case 'applied':
      return row.state;
    case 'approved':
      return row.expires_at <= now ? 'expired' : 'approved';
    default:
      if (row.change_count === 0) return 'empty';
      if (row.expires_at <= now) return 'expired';
      if (!row.needs_approval) return 'approved';
      return row.verdict === 'stop' ? 'stopped' : 'waiting';
  }
}

export async function changesAfter(
  db: Db,
  planId: string,
  position: number,
  limit: number,
): Promise<Page<ChangeWire>> {
  const rows = await db
    .selectFrom('plan_changes')
    .select(['position', 'document'])
    .where('plan_id', '=', planId)
    .where('position', '>', position)
    .orderBy('position')
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1)?.position ?? 0;
  return {
    items: shown.map(({ document }) => changeToWire(ChangeDocument.parse(document))),
    next: rows.length > limit ? String(last) : null,
  };
}

/** Everyone with something to read; of those with nothing to do, the first few. */
async function peopleOf(db: Db, planId: string): Promise<PlanPersonWire[]> {
  const [changed, unchanged] = await Promise.all([
    peopleAfter(db, planId, -1, planLimits.changed, 'said'),
    peopleAfter(db, planId, -1, planLimits.unchanged, 'quiet'),
  ]);
  return [...changed, ...unchanged]
    .toSorted((one, other) => one.position - other.position)
    .map(({ person }) => person);
}

/** Spelt as the indexes are that find them. */
const which = {
  said: sql<boolean>`(change_count > 0 or notes <> '[]'::jsonb)`,
  quiet: sql<boolean>`not (change_count > 0 or notes <> '[]'::jsonb)`,
} as const;

export async function peopleAfter(
  db: Db,
  planId: string,
  position: number,
  limit: number,
  those: keyof typeof which,
): Promise<readonly { readonly position: number; readonly person: PlanPersonWire }[]> {
  const rows = await db
    .selectFrom('plan_people')
    .select(['position', 'person_key', 'person_name', 'in_group', 'change_count', 'notes'])
    .where('plan_id', '=', planId)
    .where('position', '>', position)
    .where(which[those])
    .orderBy('position')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    position: row.position,
    person: {
      key: row.person_key,
      name: row.person_name,
      group: row.in_group,
      changes: row.change_count,
      notes: NotesDocument.parse(row.notes).map(({ sentence, code }) => ({
        sentence,
        code: code ?? null,
      })),
    },
  }));
}

export function changeToWire(change: Change): ChangeWire {
  const { target } = change;
  return {
    id: change.id,
    personKey: change.personKey,
    personName: change.personName,
    system: change.system,
    action: change.action,
    kind: change.kind,
    target: {
      kind: target.kind,
      id: target.kind === 'existing' ? target.id : target.change,
      name: target.name,
    },
    before: copied(change.before),
    after: copied(change.after),
    fallbacks: change.fallbacks.map(copied),
    because: [...change.because],
    reversible: change.reversible,
    irreversibleBecause: change.irreversibleBecause ?? null,
  };
}

function copied(attributes: Change['before']): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => [name, [...values]]),
  );
}
