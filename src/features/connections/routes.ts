// The endpoints of connections under /v1.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { listRoute, PageQuery } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import {
  changeConnection,
  confirmEndpoint,
  createConnection,
  deleteConnection,
  type Workshop,
} from './commands.ts';
import { type HealthPorts, testByHand } from './health.ts';
import { getConnection, listConnections } from './queries.ts';
import {
  ConnectionChangeWire,
  ConnectionWire,
  connectionToWire,
  EndpointWire,
  NewConnectionWire,
  TestedWire,
} from './wire.ts';

const Params = z.object({ id: z.uuid() });

export function connectionRoutes(ports: Workshop & HealthPorts): Route[] {
  return [
    listRoute({
      path: '/v1/connections',
      summary: 'Lists connections',
      access: ['connections:read'],
      query: PageQuery,
      item: ConnectionWire,
      async list(actor, query) {
        const { items, next } = await listConnections(ports.db, actor, query);
        return { items: items.map(connectionToWire), next };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/connections',
      summary: 'Makes a connection',
      dialect: 'v1',
      access: ['connections:edit'],
      body: NewConnectionWire,
      answers: { 201: ConnectionWire },
      async handle({ actor, body }) {
        const secret = typeof body.secret === 'string' ? new Secret(body.secret) : body.secret;
        const made = await createConnection(ports, actor, { ...body, secret });
        return { status: 201, body: connectionToWire(made) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/connections/:id',
      summary: 'One connection',
      dialect: 'v1',
      access: ['connections:read'],
      params: Params,
      answers: { 200: ConnectionWire },
      async handle({ actor, params }) {
        const found = await getConnection(ports.db, actor, params.id);
        return { status: 200, body: connectionToWire(found) };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v1/connections/:id',
      summary: 'Changes a connection; a new host, port, TLS or address clears its secret',
      dialect: 'v1',
      access: ['connections:edit'],
      params: Params,
      body: ConnectionChangeWire,
      answers: { 200: ConnectionWire },
      async handle({ actor, params, body }) {
        const secret = typeof body.secret === 'string' ? new Secret(body.secret) : body.secret;
        const changed = await changeConnection(ports, actor, params.id, { ...body, secret });
        return { status: 200, body: connectionToWire(changed) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/connections/:id',
      summary: 'Deletes a connection that nothing uses',
      dialect: 'v1',
      access: ['connections:edit'],
      params: Params,
      answers: { 204: 'empty' },
      async handle({ actor, params }) {
        await deleteConnection(ports, actor, params.id);
        return { status: 204 };
      },
    }),
    ...reachRoutes(ports),
  ];
}

function reachRoutes(ports: Workshop & HealthPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/connections/:id/confirm',
      summary:
        'Confirms a host and port of the connection, on a private network or an unusual port',
      dialect: 'v1',
      access: ['connections:edit', 'admin'],
      params: Params,
      body: EndpointWire,
      answers: { 200: ConnectionWire },
      async handle({ actor, params, body }) {
        const confirmed = await confirmEndpoint(ports, actor, params.id, body);
        return { status: 200, body: connectionToWire(confirmed) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/connections/:id/test',
      summary: 'Tries the connection and names the stage that fails',
      dialect: 'v1',
      access: ['connections:edit'],
      params: Params,
      answers: { 200: TestedWire },
      handle: ({ actor, params }) => tested(ports, actor, params.id),
    }),
  ];
}

async function tested(ports: HealthPorts, actor: Actor, id: string) {
  const { result, checkedAt } = await testByHand(ports, actor, id);
  return {
    status: 200,
    body: {
      ok: result.ok,
      stage: result.ok ? null : result.stage,
      code: result.ok ? null : result.code,
      sentence: result.sentence,
      checkedAt: checkedAt.toISOString(),
    },
  };
}
