// The endpoints of /v1 for runs: reading, watching, undoing, and the one reveal of a first password.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { PageQuery } from '#http/page.ts';
import { type Route, route, type ServerEvent } from '#http/route.ts';
import type { RunEvents } from './events.ts';
import { PositionQuery } from './pages.ts';
import { revealPassword } from './passwords.ts';
import { getPlan } from './plan-view.ts';
import type { AutomationPorts } from './ports.ts';
import { getRun, getRunRow, listOutcomes, listRuns } from './run-view.ts';
import { planUndoOf } from './undo.ts';
import { OutcomeWire, PlanWire, pageOf, RunRowWire, RunWire } from './wire.ts';

const Params = z.object({ id: z.uuid() });
const RevealParams = z.object({ id: z.uuid(), changeId: z.string().min(1).max(200) });
const Nothing = z.strictObject({}).prefault({});
const RunsQuery = PageQuery.extend({ automationId: z.uuid().optional() });

/** A run that changes faster is told of less often; one that is quiet is looked at all the same. */
const watchLimits = { atMostEveryMs: 250, atLeastEveryMs: 10_000 } as const;

export function runRoutes(ports: AutomationPorts & { readonly runEvents: RunEvents }): Route[] {
  const { db, clock } = ports;
  return [
    route({
      method: 'GET',
      path: '/v1/runs',
      summary: 'Lists runs, the newest first',
      dialect: 'v1',
      access: ['plans:read'],
      query: RunsQuery,
      answers: { 200: pageOf(RunRowWire) },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: await listRuns(db, actor, clock(), query, query),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/runs/:id',
      summary: 'One run with what became of its changes',
      dialect: 'v1',
      access: ['plans:read'],
      params: Params,
      answers: { 200: RunWire },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: await getRun(db, params.id, actor, clock()),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/runs/:id/outcomes',
      summary: 'The outcomes of a large run, page by page',
      dialect: 'v1',
      access: ['plans:read'],
      params: Params,
      query: PositionQuery,
      answers: { 200: pageOf(OutcomeWire) },
      handle: async ({ actor, params, query }) => ({
        status: 200,
        body: await listOutcomes(db, params.id, actor, clock(), query),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/runs/:id/events',
      summary: 'Tells of the run while it goes on: state, outcome, end',
      dialect: 'v1',
      access: ['plans:read'],
      params: Params,
      answers: { 200: 'events' },
      async handle({ actor, params, signal }) {
        await getRunRow(db, params.id, actor, clock());
        return { status: 200, events: eventsOf(ports, params.id, actor, signal) };
      },
    }),
    ...afterRoutes(ports),
  ];
}

function afterRoutes(ports: AutomationPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/runs/:id/undo',
      summary: 'Plans to take the run back; nothing is taken back before that plan is approved',
      dialect: 'v1',
      access: ['plans:create'],
      params: Params,
      body: Nothing,
      answers: { 201: PlanWire },
      async handle({ actor, params }) {
        const { id } = await planUndoOf(ports, params.id, actor);
        return { status: 201, body: await getPlan(ports.db, id, actor, ports.clock()) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/runs/:id/passwords/:changeId/reveal',
      summary: 'Shows a first password once, to a person, audited',
      dialect: 'v1',
      access: ['passwords:reveal'],
      params: RevealParams,
      body: Nothing,
      answers: { 200: z.object({ password: z.string() }) },
      async handle({ actor, params }) {
        const password = await revealPassword(ports, params.id, params.changeId, actor);
        return { status: 200, body: { password: password.reveal() } };
      },
    }),
  ];
}

async function* eventsOf(
  ports: AutomationPorts & { readonly runEvents: RunEvents },
  runId: string,
  actor: Actor,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  using watch = ports.runEvents.watch();
  let told = '';
  let event: 'state' | 'outcome' = 'state';
  while (!signal.aborted) {
    const row = await getRunRow(ports.db, runId, actor, ports.clock());
    const now = JSON.stringify([row.state, row.counts]);
    if (now !== told) yield { event, data: row };
    if (row.finishedAt !== null) {
      yield { event: 'end', data: row };
      return;
    }
    told = now;
    event = 'outcome';
    await watch.next(watchLimits.atLeastEveryMs, signal);
    await pause(watchLimits.atMostEveryMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
