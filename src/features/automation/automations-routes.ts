// The endpoints of /v1 for automations: making, moving, planning and explaining.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { Automation } from '#domain/automation.ts';
import { refuse } from '#domain/problem.ts';
import { PageQuery } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { checkClient } from '#store/known-client.ts';
import { automationRow } from './automation-rows.ts';
import {
  AutomationInput,
  createAutomation,
  deleteAutomation,
  getAutomation,
  listAutomations,
  loadAutomation,
  moveAutomation,
  updateAutomation,
} from './automations.ts';
import { checkAutomation } from './check.ts';
import { issuesOf } from './definition-routes.ts';
import { explainPerson } from './explain.ts';
import { forgetLink } from './links.ts';
import { overviewOf } from './overview.ts';
import { planAutomation, sourceOf } from './plan.ts';
import { getPlan } from './plan-view.ts';
import type { AutomationPorts } from './ports.ts';
import { AutomationRowWire, ExplainedWire, OverviewWire, PlanWire, pageOf } from './wire.ts';

const Params = z.object({ id: z.uuid() });
const PersonParams = z.object({ id: z.uuid(), key: z.string().min(1).max(500) });
const Move = z.strictObject({ state: Automation.shape.state });
const PlanAsked = z.strictObject({ person: z.string().min(1).max(500).optional() }).prefault({});

export function automationsRoutes(ports: AutomationPorts): Route[] {
  const { db } = ports;
  const by = (actor: Actor) => ({ actor, now: ports.clock() });
  return [
    route({
      method: 'GET',
      path: '/v1/overview',
      summary: 'What needs attention, in one sentence and in lists',
      dialect: 'v1',
      access: ['plans:read'],
      answers: { 200: OverviewWire },
      handle: async ({ actor }) => ({ status: 200, body: await overviewOf(ports, actor) }),
    }),
    route({
      method: 'GET',
      path: '/v1/automations',
      summary: 'Lists automations with their last run and the plan that waits',
      dialect: 'v1',
      access: ['automations:read'],
      query: PageQuery,
      answers: { 200: pageOf(AutomationRowWire) },
      async handle({ actor, query }) {
        const { items, next } = await listAutomations(db, actor, query);
        const rows = await Promise.all(items.map((each) => automationRow(ports, each, actor)));
        return { status: 200, body: { items: rows, next } };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/automations',
      summary: 'Makes an automation, as a draft',
      dialect: 'v1',
      access: ['automations:edit'],
      body: AutomationInput,
      answers: { 201: Automation },
      handle: async ({ actor, body }) => {
        await checkClient(db, body.clientId);
        return { status: 201, body: await createAutomation(db, checkAutomation(body), by(actor)) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/automations/:id',
      summary: 'One automation, with everything that was set',
      dialect: 'v1',
      access: ['automations:read'],
      params: Params,
      answers: { 200: Automation },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: await getAutomation(db, params.id, actor),
      }),
    }),
    route({
      method: 'PATCH',
      path: '/v1/automations/:id',
      summary: 'Changes the members given, as a new version; its first run is approved by hand',
      dialect: 'v1',
      access: ['automations:edit'],
      params: Params,
      body: z.record(z.string(), z.json()),
      answers: { 200: Automation },
      handle: async ({ actor, params, body }) => ({
        status: 200,
        body: await updateAutomation(
          db,
          params.id,
          (before) => checkAutomation(parsedInput({ ...before, ...body })),
          by(actor),
        ),
      }),
    }),
    ...workRoutes(ports),
  ];
}

function workRoutes(ports: AutomationPorts): Route[] {
  const { db } = ports;
  return [
    route({
      method: 'DELETE',
      path: '/v1/automations/:id',
      summary: 'Deletes an automation that never ran',
      dialect: 'v1',
      access: ['automations:edit'],
      params: Params,
      answers: { 204: 'empty' },
      async handle({ actor, params }) {
        await deleteAutomation(db, params.id, actor);
        return { status: 204 };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/automations/:id/state',
      summary: 'Proposes, activates or pauses an automation, or makes it a draft again',
      dialect: 'v1',
      access: ['automations:edit'],
      params: Params,
      body: Move,
      answers: { 200: Automation },
      handle: async ({ actor, params, body }) => ({
        status: 200,
        body: await moveAutomation(db, params.id, body.state, { actor, now: ports.clock() }),
      }),
    }),
    route({
      method: 'POST',
      path: '/v1/automations/:id/plan',
      summary: 'Looks and plans, for everybody or one person; writes nothing anywhere',
      dialect: 'v1',
      access: ['plans:create'],
      params: Params,
      body: PlanAsked,
      answers: { 201: PlanWire },
      async handle({ actor, params, body, signal }) {
        const asked = { person: body.person, actor, signal };
        const { id } = await planAutomation(ports, params.id, asked);
        return { status: 201, body: await getPlan(db, id, actor, ports.clock()) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/automations/:id/people/:key/explanation',
      summary: 'Why a person is planned as they are: fetch, join, scope, match, mapping, decision',
      dialect: 'v1',
      access: ['plans:create'],
      params: PersonParams,
      answers: { 200: ExplainedWire },
      async handle({ actor, params, signal }) {
        const lines = await explainPerson(ports, params.id, params.key, actor, signal);
        return { status: 200, body: { lines } };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/automations/:id/people/:key/link',
      summary: 'Forgets which account a person has, so that the next plan matches them anew',
      dialect: 'v1',
      access: ['automations:edit', 'plans:approve'],
      params: PersonParams,
      answers: { 204: 'empty' },
      async handle({ actor, params }) {
        const loaded = await loadAutomation(ports, params.id, actor);
        const { directoryConnectionId } = loaded.definition.automation;
        const of = { directoryConnectionId, sourceConnectionId: sourceOf(loaded) };
        await forgetLink(db, { ...of, personKey: params.key }, actor);
        return { status: 204 };
      },
    }),
  ];
}

function parsedInput(document: unknown): AutomationInput {
  const result = AutomationInput.safeParse(document);
  return result.success
    ? result.data
    : refuse('request.invalid', { reason: issuesOf(result.error) });
}
