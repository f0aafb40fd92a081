// Which application calls with a bearer token or an API key, and what it may do.
import type { Actor } from '#domain/actor.ts';
import { bothAllow, type Permission, withinOneClient } from '#domain/permission.ts';
import type { Agents, DeskAgent } from '#domain/ports/agents.ts';
import { fastHash } from '#lib/tokens.ts';
import type { Db } from '#store/db.ts';
import type { Application } from './model.ts';
import { findByKey } from './queries.ts';
import { findAccess } from './token-queries.ts';

export type Calling = {
  readonly actor: Actor;
  readonly applicationId: string;
  /** When it stops, at the latest. */
  readonly until: Date | undefined;
};

export type CallerPorts = { readonly db: Db; readonly agents: Agents };

export async function callingWithToken(
  ports: CallerPorts,
  token: string,
  now: Date,
): Promise<Calling | undefined> {
  const found = await findAccess(ports.db, fastHash(token), now);
  if (found === undefined) return undefined;
  const { application, agentId, signedIn, scopes, expiresAt } = found;
  const agent = agentId === undefined ? undefined : await ports.agents.find(agentId);
  if (agentId !== undefined && agent?.enabled !== true) return undefined;
  if (signedIn && !application.allowAgents) return undefined;
  const actor =
    signedIn && agent !== undefined
      ? personThrough(application, agent, scopes)
      : applicationAs(application, scopes, agent);
  return { actor, applicationId: application.id, until: expiresAt };
}

export async function callingWithKey(
  ports: CallerPorts,
  key: string,
  from: string,
  now: Date,
): Promise<Calling | undefined> {
  const found = await findByKey(ports.db, fastHash(key), from, now);
  if (found === undefined) return undefined;
  const { application, expiresAt } = found;
  const { agentId } = application;
  const agent = agentId === undefined ? undefined : await ports.agents.find(agentId);
  if (agentId !== undefined && agent?.enabled !== true) return undefined;
  const actor = applicationAs(application, application.scopes, agent);
  return { actor, applicationId: application.id, until: expiresAt };
}

/** An agent who signed in to an application: a person, within the scopes the application got. */
function personThrough(
  application: Application,
  agent: DeskAgent,
  scopes: readonly Permission[],
): Actor {
  return {
    kind: 'agent',
    id: String(agent.id),
    name: agent.name,
    ...reach(application, bothAllow(new Set(scopes), agent.permissions)),
    agentId: agent.id,
  };
}

function applicationAs(
  application: Application,
  scopes: readonly Permission[],
  agent: DeskAgent | undefined,
): Actor {
  const held = new Set(scopes);
  return {
    kind: 'application',
    id: application.id,
    name: application.name,
    ...reach(application, agent === undefined ? held : bothAllow(held, agent.permissions)),
    ...(agent === undefined ? {} : { agentId: agent.id }),
  };
}

function reach(
  { boundClientId }: Application,
  permissions: ReadonlySet<Permission>,
): Pick<Actor, 'permissions' | 'clientId'> {
  return boundClientId === undefined
    ? { permissions }
    : { permissions: withinOneClient(permissions), clientId: boundClientId };
}
