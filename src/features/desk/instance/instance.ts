// What the instance says about itself: where to sign in, its version, and who is asking.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { agents } from '#features/desk/agents/agents.ts';
import { clients } from '#features/desk/clients/clients.ts';
import { modelsOf } from '#features/desk/resource/model.ts';
import { findRecord } from '#features/desk/resource/read.ts';
import type { Resource } from '#features/desk/resource/resource.ts';
import { type DeskPorts, HaloObject, mayRead } from '#features/desk/resource/routes.ts';
import { users } from '#features/desk/users/users.ts';
import { type Route, route } from '#http/route.ts';

export type InstancePorts = DeskPorts & {
  /** Where the hub is reached from outside, without a slash at the end. */
  readonly publicUrl: string;
  readonly version: string;
  readonly tenant: string;
};

export function instanceRoutes(ports: InstancePorts): Route[] {
  return [
    authInfo(ports),
    instanceInfo(ports),
    versionInfo(ports),
    health(ports),
    me(ports, users, async ({ userId }) => userId, 'this sign-in stands for no user'),
    me(ports, agents, async ({ agentId }) => agentId, 'this sign-in stands for no agent'),
    me(ports, clients, (actor) => clientOf(ports, actor), 'this sign-in belongs to no client'),
  ];
}

/** Clients ask this first, without a token, for where to get one (halo-api.md 1.1). */
function authInfo({ publicUrl, tenant }: InstancePorts): Route {
  return route({
    method: 'GET',
    path: '/api/AuthInfo',
    summary: 'Where to sign in',
    dialect: 'halo',
    access: 'anyone',
    answers: { 200: HaloObject },
    handle: async () => ({
      status: 200,
      body: { auth_url: `${publicUrl}/auth`, tenant_id: tenant },
    }),
  });
}

function instanceInfo({ db, publicUrl, version }: InstancePorts): Route {
  return route({
    method: 'GET',
    path: '/api/InstanceInfo',
    summary: 'What this instance is',
    dialect: 'halo',
    access: 'signed-in',
    answers: { 200: HaloObject },
    handle: async () => {
      const { rows } = await sql<{ readonly agents: number; readonly migration: string }>`
        select (select count(*)::integer from desk_agents where not disabled) as agents,
          (select max(name) from schema_migrations) as migration`.execute(db);
      const agentCount = rows[0]?.agents ?? 0;
      return {
        status: 200,
        body: {
          dbid: 1,
          app_name: 'Sundog',
          app_version: version,
          database_version: rows[0]?.migration ?? '',
          agent_count: agentCount,
          licensed_agent_count: agentCount,
          agent_url: publicUrl,
          portal_url: publicUrl,
          auth_url: `${publicUrl}/auth`,
        },
      };
    },
  });
}

function versionInfo({ version }: InstancePorts): Route {
  return route({
    method: 'GET',
    path: '/api/VersionInfo',
    summary: 'Which version this is',
    dialect: 'halo',
    access: 'signed-in',
    answers: { 200: HaloObject },
    handle: async () => ({ status: 200, body: { version, app_version: version } }),
  });
}

function health({ db }: InstancePorts): Route {
  return route({
    method: 'GET',
    path: '/api/Health',
    summary: 'Whether the desk answers',
    dialect: 'halo',
    access: 'anyone',
    answers: { 200: z.object({ status: z.string() }) },
    handle: async () => {
      await sql`select 1`.execute(db);
      return { status: 200, body: { status: 'Healthy' } };
    },
  });
}

function me(
  { db }: InstancePorts,
  resource: Resource,
  idOf: (actor: Actor) => Promise<number | undefined>,
  reason: string,
): Route {
  return route({
    method: 'GET',
    path: `/api/${resource.path}/me`,
    summary: `The ${resource.kind} that is asking`,
    dialect: 'halo',
    access: 'signed-in',
    answers: { 200: modelsOf(resource).single },
    handle: async ({ actor }) => {
      const id = await idOf(actor);
      if (id === undefined) return refuse('record.not-yours', { kind: resource.kind, reason });
      if (resource === clients) mayRead(actor, resource);
      const found = await findRecord(db, resource, { actor, keys: { id } });
      return { status: 200, body: found ?? refuse('record.unknown', { kind: resource.kind, id }) };
    },
  });
}

async function clientOf({ db }: InstancePorts, actor: Actor): Promise<number | undefined> {
  if (actor.clientId !== undefined || actor.userId === undefined) return actor.clientId;
  const { rows } = await sql<{ readonly client_id: number }>`
    select s.client_id from desk_users u join desk_sites s on s.id = u.site_id
    where u.id = ${actor.userId}`.execute(db);
  return rows[0]?.client_id;
}
