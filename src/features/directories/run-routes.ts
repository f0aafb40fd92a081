// The endpoints of a directory sync's runs under /v1: start, watch, cancel, disputes, and why something happened.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { SourceOverride } from '#domain/sync/guards.ts';
import { syncTargets } from '#domain/sync/settings.ts';
import { NumberPageQuery, PageQuery, pageFrom, pageRows } from '#http/page.ts';
import { type Route, route, type ServerEvent } from '#http/route.ts';
import type { Db } from '#store/db.ts';
import { type AppliedCount, countApplied, countSeldom } from './applied-count.ts';
import { DisputeDecision, decideDispute, listDisputes } from './disputes.ts';
import type { SyncPorts } from './ports.ts';
import { getOwnSync } from './queries.ts';
import { getRun, listDrift, listRuns, runPurposes, runStates } from './run-list.ts';
import {
  DisputesWire,
  DisputeWire,
  DriftWire,
  disputeToWire,
  PeopleWire,
  RunsWire,
  RunWire,
  runToWire,
  TraceWire,
  traceToWire,
} from './run-wire.ts';
import { cancelSync, startSync } from './runs.ts';
import { explainPerson, findPeople } from './trace.ts';

const SyncParams = z.object({ id: z.coerce.number().pipe(z.int32().positive()) });
const RunParams = SyncParams.extend({ runId: z.uuid().toLowerCase() });
const DisputeParams = SyncParams.extend({ disputeId: z.uuid().toLowerCase() });
const PersonParams = SyncParams.extend({
  target: z.enum(syncTargets),
  entryId: z.uuid().toLowerCase(),
});
const RunsQuery = PageQuery.extend({
  purpose: z.enum(runPurposes).optional(),
  state: z.enum(runStates).optional(),
});
const read = ['directory-syncs:read'] as const;
const edit = ['directory-syncs:edit'] as const;
/** A watcher looks so often, and seldom where a person or the counting of outcomes is waited for. */
const lookEveryMs = 500;
const lookSeldomMs = 2_000;
const awaited: readonly string[] = ['planned', 'applying'];
/** For so long at most: then it asks anew. */
const watchMs = 30 * 60_000;

export function directorySyncRunRoutes(ports: SyncPorts): Route[] {
  const { db } = ports;
  const own = (actor: Actor, id: number) => getOwnSync(db, actor, id);
  const count = countSeldom((runId) => countApplied(db, runId));
  return [
    route({
      method: 'POST',
      path: '/v1/directory-syncs/:id/sync',
      summary: 'Starts a sync: of what changed, or of everything; or a report of what differs',
      dialect: 'v1',
      access: edit,
      params: SyncParams,
      body: z.strictObject({
        whole: z.boolean().default(false),
        purpose: z.enum(runPurposes).default('sync'),
        override: SourceOverride.optional(),
      }),
      answers: { 202: z.object({ runId: z.uuid() }) },
      async handle({ actor, params, body }) {
        await own(actor, params.id);
        return { status: 202, body: await startSync(ports, params.id, body, actor) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id/runs',
      summary: 'The runs of a sync, the newest first; of one purpose or in one state, where asked',
      dialect: 'v1',
      access: read,
      params: SyncParams,
      query: RunsQuery,
      answers: { 200: RunsWire },
      async handle({ actor, params, query }) {
        const page = { ...query, limit: pageRows(query) };
        const rows = await listRuns(db, params.id, page, actor);
        return { status: 200, body: pageFrom(rows, query, runToWire) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id/runs/:runId',
      summary: 'One run of a sync',
      dialect: 'v1',
      access: read,
      params: RunParams,
      answers: { 200: RunWire },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: runToWire(await runOf(db, params, actor, count)),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id/runs/:runId/events',
      summary: 'Tells of the run while it goes on: state, end',
      dialect: 'v1',
      access: read,
      params: RunParams,
      answers: { 200: 'events' },
      async handle({ actor, params, signal }) {
        await runOf(db, params, actor, count);
        const look = () => getRun(db, params.runId, actor, count);
        return { status: 200, events: eventsOf(look, signal) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/directory-syncs/:id/runs/:runId/cancel',
      summary: 'Stops a run at once; what is applied stays applied',
      dialect: 'v1',
      access: edit,
      params: RunParams,
      answers: { 200: RunWire },
      async handle({ actor, params }) {
        await runOf(db, params, actor);
        await own(actor, params.id);
        await cancelSync(ports, params.runId, actor);
        return { status: 200, body: runToWire(await getRun(db, params.runId, actor)) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id/runs/:runId/drift',
      summary: 'What a report found to differ, in both directions',
      dialect: 'v1',
      access: read,
      params: RunParams,
      query: NumberPageQuery,
      answers: { 200: DriftWire },
      async handle({ actor, params, query }) {
        const page = { limit: pageRows(query), after: query.cursor };
        await runOf(db, params, actor);
        const rows = await listDrift(db, params.runId, page, actor);
        const numbered = rows.map((row) => ({ ...row, id: row.position }));
        return { status: 200, body: pageFrom(numbered, query, ({ id: _, ...row }) => row) };
      },
    }),
    ...peopleRoutes(ports),
  ];
}

function peopleRoutes(ports: SyncPorts): Route[] {
  const { db } = ports;
  return [
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id/disputes',
      summary: 'People whom somebody has to decide on, once and for all',
      dialect: 'v1',
      access: read,
      params: SyncParams,
      query: PageQuery.extend({ all: z.stringbool().default(false) }),
      answers: { 200: DisputesWire },
      async handle({ actor, params, query }) {
        const asked = { limit: pageRows(query), cursor: query.cursor, all: query.all };
        const rows = await listDisputes(db, params.id, asked, actor);
        return { status: 200, body: pageFrom(rows, query, disputeToWire) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/directory-syncs/:id/disputes/:disputeId',
      summary: 'Decides a dispute: link to a record, make a new one, or leave out',
      dialect: 'v1',
      access: edit,
      params: DisputeParams,
      body: DisputeDecision,
      answers: { 200: DisputeWire },
      async handle({ actor, params, body }) {
        await getOwnSync(db, actor, params.id);
        await checkDispute(db, params);
        const decided = await decideDispute(ports, params.disputeId, body, actor);
        return { status: 200, body: disputeToWire(decided) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id/people',
      summary: 'Whom the sync knows by an id, or by how a name or DN begins',
      dialect: 'v1',
      access: read,
      params: SyncParams,
      query: z.object({ text: z.string().min(1).max(500) }),
      answers: { 200: PeopleWire },
      handle: async ({ actor, params, query }) => ({
        status: 200,
        body: { items: await findPeople(db, params.id, query.text, actor) },
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id/people/:target/:entryId',
      summary: 'Why something happened to a person: every plan that spoke of them',
      dialect: 'v1',
      access: read,
      params: PersonParams,
      answers: { 200: TraceWire },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: traceToWire(await explainPerson(ports, params.id, params, actor)),
      }),
    }),
  ];
}

/** The run, if it is this sync's. */
async function runOf(
  db: Db,
  { id, runId }: z.output<typeof RunParams>,
  actor: Actor,
  count?: AppliedCount,
) {
  const run = await getRun(db, runId, actor, count);
  if (run.syncId !== id) refuse('record.unknown', { kind: 'run of a directory sync', id: runId });
  return run;
}

async function checkDispute(
  db: Db,
  { id, disputeId }: z.output<typeof DisputeParams>,
): Promise<void> {
  const row = await db
    .selectFrom('sync_disputes')
    .select('sync_id')
    .where('id', '=', disputeId)
    .executeTakeFirst();
  if (row?.sync_id !== id) refuse('record.unknown', { kind: 'dispute', id: disputeId });
}

async function* eventsOf(
  look: () => ReturnType<typeof getRun>,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(watchMs)]);
  let told = '';
  while (!until.aborted) {
    const run = runToWire(await look());
    const now = JSON.stringify(run);
    if (run.finishedAt !== null) {
      yield { event: 'end', data: run };
      return;
    }
    if (now !== told) yield { event: 'state', data: run };
    told = now;
    const pauseMs = awaited.includes(run.state) ? lookSeldomMs : lookEveryMs;
    await wait(pauseMs, undefined, { signal: until }).catch(() => {});
  }
}
