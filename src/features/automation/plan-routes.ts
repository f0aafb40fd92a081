// The endpoints of /v1 for plans: reading, deciding, applying, downloading.
import { Readable } from 'node:stream';
import { z } from 'zod';
import { PageQuery } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { approvePlan, rejectPlan } from './approve.ts';
import { PositionQuery } from './pages.ts';
import { startDownload } from './plan-download.ts';
import { getPlan, getPlanRow, listChanges, listPlans } from './plan-view.ts';
import type { AutomationPorts } from './ports.ts';
import { startRun } from './start-run.ts';
import { ApproveWire, ChangeWire, PlanRowWire, PlanWire, pageOf, RejectWire } from './wire.ts';

const Params = z.object({ id: z.uuid() });
const Nothing = z.strictObject({}).prefault({});
const PlansQuery = PageQuery.extend({
  automationId: z.uuid().optional(),
  waiting: z.stringbool().optional(),
});

export function planRoutes(ports: AutomationPorts): Route[] {
  const { db, clock } = ports;
  return [
    route({
      method: 'GET',
      path: '/v1/plans',
      summary: 'Lists plans, the newest first',
      dialect: 'v1',
      access: ['plans:read'],
      query: PlansQuery,
      answers: { 200: pageOf(PlanRowWire) },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: await listPlans(db, actor, clock(), query, query),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/plans/:id',
      summary: 'One plan with its guards, people and first changes',
      dialect: 'v1',
      access: ['plans:read'],
      params: Params,
      answers: { 200: PlanWire },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: await getPlan(db, params.id, actor, clock()),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/plans/:id/changes',
      summary: 'The changes of a large plan, page by page',
      dialect: 'v1',
      access: ['plans:read'],
      params: Params,
      query: PositionQuery,
      answers: { 200: pageOf(ChangeWire) },
      handle: async ({ actor, params, query }) => ({
        status: 200,
        body: await listChanges(db, params.id, actor, query),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/plans/:id/download',
      summary: 'The plan as a file',
      dialect: 'v1',
      access: ['plans:read'],
      params: Params,
      answers: { 200: 'text' },
      handle: async ({ actor, params }) => ({
        status: 200,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-disposition': `attachment; filename="plan-${params.id}.json"`,
        },
        body: Readable.from(await startDownload(db, params.id, actor, clock()), {
          objectMode: false,
        }),
      }),
    }),
    ...decisionRoutes(ports),
  ];
}

function decisionRoutes(ports: AutomationPorts): Route[] {
  const { db, clock } = ports;
  return [
    route({
      method: 'POST',
      path: '/v1/plans/:id/approve',
      summary: 'Says yes to the plan with this hash; a person only',
      dialect: 'v1',
      access: ['plans:approve'],
      params: Params,
      body: ApproveWire,
      answers: { 200: PlanRowWire },
      async handle({ actor, params, body }) {
        await approvePlan(ports, params.id, body, actor);
        return { status: 200, body: await getPlanRow(db, params.id, actor, clock()) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/plans/:id/reject',
      summary: 'Says no to the plan; a person only',
      dialect: 'v1',
      access: ['plans:approve'],
      params: Params,
      body: RejectWire,
      answers: { 200: PlanRowWire },
      async handle({ actor, params, body }) {
        await rejectPlan(ports, params.id, body.comment, actor);
        return { status: 200, body: await getPlanRow(db, params.id, actor, clock()) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/plans/:id/apply',
      summary: 'Applies the plan, once',
      dialect: 'v1',
      access: ['plans:apply'],
      params: Params,
      body: Nothing,
      answers: { 202: z.object({ runId: z.uuid() }) },
      handle: async ({ actor, params }) => ({
        status: 202,
        body: await startRun(ports, params.id, actor),
      }),
    }),
  ];
}
