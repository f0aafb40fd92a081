// The endpoints of /v1 for what automations are made of: inbound endpoints, mappings, outbound webhooks.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { InboundEndpoint } from '#domain/endpoint.ts';
import { Mapping } from '#domain/mapping.ts';
import { refuse } from '#domain/problem.ts';
import { OutboundWebhook } from '#domain/webhook.ts';
import { PageQuery } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { checkClient } from '#store/known-client.ts';
import { checkEndpoint, checkMapping, checkWebhook } from './check.ts';
import {
  createDefinition,
  deleteDefinition,
  getDefinition,
  inboundEndpoints,
  type Kind,
  listDefinitions,
  mappings,
  type Owned,
  outboundWebhooks,
  updateDefinition,
} from './definitions.ts';
import type { AutomationPorts } from './ports.ts';
import { preconfiguredEndpoints, preconfiguredWebhooks } from './preconfigured.ts';
import { testEndpoint } from './try-endpoint.ts';
import { testWebhook } from './try-webhook.ts';
import { pageOf, TestedWire, WebhookTestedWire, WebhookTestWire } from './wire.ts';

const Params = z.object({ id: z.uuid() });
const ClientId = z.object({ clientId: z.int().nullable().default(null) });
const draft = z.enum(['draft', 'active']).default('draft');

export function definitionRoutes(ports: AutomationPorts): Route[] {
  return [
    ...routesOf(ports, inboundEndpoints, {
      path: '/v1/inbound-endpoints',
      input: InboundEndpoint.omit({ id: true }).extend({ state: draft }).extend(ClientId.shape),
      answer: InboundEndpoint.extend(ClientId.shape),
      check: checkEndpoint,
      preconfigured: preconfiguredEndpoints,
    }),
    ...routesOf(ports, mappings, {
      path: '/v1/mappings',
      input: Mapping.omit({ id: true }).extend(ClientId.shape),
      answer: Mapping.extend(ClientId.shape),
      check: checkMapping,
      preconfigured: [],
    }),
    ...routesOf(ports, outboundWebhooks, {
      path: '/v1/outbound-webhooks',
      input: OutboundWebhook.omit({ id: true }).extend({ state: draft }).extend(ClientId.shape),
      answer: OutboundWebhook.extend(ClientId.shape),
      check: checkWebhook,
      preconfigured: preconfiguredWebhooks,
    }),
    ...testRoutes(ports),
  ];
}

type Named = { readonly id: string; readonly name: string };

function routesOf<T extends Named>(
  ports: AutomationPorts,
  kind: Kind<T>,
  given: {
    readonly path: string;
    readonly input: z.ZodType<Omit<T, 'id'> & { readonly clientId: number | null }>;
    readonly answer: z.ZodType;
    readonly check: (thing: T) => T;
    readonly preconfigured: readonly unknown[];
  },
): Route[] {
  const { path, input, answer, check } = given;
  const { db } = ports;
  const by = (actor: Actor) => ({ actor, now: ports.clock() });
  const made = (document: object, id: string): T => check(parsed(kind, { ...document, id }));
  return [
    route({
      method: 'GET',
      path,
      summary: `Lists ${kind.word}s`,
      dialect: 'v1',
      access: ['automations:read'],
      query: PageQuery,
      answers: { 200: pageOf(answer) },
      async handle({ actor, query }) {
        const { items, next } = await listDefinitions(db, kind, actor, query);
        return { status: 200, body: { items: items.map(spelt), next } };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/preconfigured`,
      summary: `Lists ready-made ${kind.word}s to begin with`,
      dialect: 'v1',
      access: ['automations:read'],
      answers: { 200: z.object({ items: z.array(z.looseObject({})) }) },
      handle: async () => ({ status: 200, body: { items: given.preconfigured } }),
    }),
    route({
      method: 'POST',
      path,
      summary: `Makes one of the ${kind.word}s`,
      dialect: 'v1',
      access: ['automations:edit'],
      body: input,
      answers: { 201: answer },
      async handle({ actor, body }) {
        const { clientId, ...document } = body;
        await checkClient(db, clientId);
        const make = (id: string) => made(document, id);
        return {
          status: 201,
          body: spelt(await createDefinition(db, kind, { make, clientId }, by(actor))),
        };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:id`,
      summary: `One of the ${kind.word}s`,
      dialect: 'v1',
      access: ['automations:read'],
      params: Params,
      answers: { 200: answer },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: spelt(await getDefinition(db, kind, params.id, actor)),
      }),
    }),
    route({
      method: 'PATCH',
      path: `${path}/:id`,
      summary: `Changes the members given of one of the ${kind.word}s`,
      dialect: 'v1',
      access: ['automations:edit'],
      params: Params,
      body: z.record(z.string(), z.json()),
      answers: { 200: answer },
      async handle({ actor, params: { id }, body }) {
        const change = (before: T) => made({ ...before, ...body }, id);
        return {
          status: 200,
          body: spelt(await updateDefinition(db, kind, id, change, by(actor))),
        };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:id`,
      summary: `Deletes one of the ${kind.word}s that no automation uses`,
      dialect: 'v1',
      access: ['automations:edit'],
      params: Params,
      answers: { 204: 'empty' },
      async handle({ actor, params }) {
        await deleteDefinition(db, kind, params.id, actor);
        return { status: 204 };
      },
    }),
  ];
}

function testRoutes(ports: AutomationPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/inbound-endpoints/:id/test',
      summary: 'Asks once and shows request, answer and the fields that can become columns',
      dialect: 'v1',
      access: ['automations:edit'],
      params: Params,
      answers: { 200: TestedWire },
      handle: async ({ actor, params, signal }) => ({
        status: 200,
        body: await testEndpoint(ports, params.id, actor, signal),
      }),
    }),
    route({
      method: 'POST',
      path: '/v1/outbound-webhooks/:id/test',
      summary: 'Really sends it, for a chosen person or group, as a plan and run of one change',
      dialect: 'v1',
      access: ['automations:edit', 'plans:apply'],
      params: Params,
      body: WebhookTestWire,
      answers: { 200: WebhookTestedWire },
      async handle({ actor, params, body, signal }) {
        const { planId, runId, ...tested } = await testWebhook(
          ports,
          params.id,
          body,
          actor,
          signal,
        );
        return { status: 200, body: { plan: planId, run: runId, ...tested } };
      },
    }),
  ];
}

function parsed<T extends Named>(kind: Kind<T>, document: unknown): T {
  const result = kind.model.safeParse(document);
  if (result.success) return result.data;
  return refuse('request.invalid', { reason: issuesOf(result.error) });
}

export function issuesOf({ issues }: z.ZodError): string {
  const told = issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
  return told.join('; ');
}

function spelt<T>({ thing, clientId }: Owned<T>): T & { readonly clientId: number | null } {
  return { ...thing, clientId };
}
