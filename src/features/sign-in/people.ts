// Who signs in: an agent or a user of the desk, told apart by their kind and alike in everything else.
import type { Actor } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import type { Agents, DeskAgent } from '#domain/ports/agents.ts';
import type { DeskUser, Users } from '#domain/ports/users.ts';
import type { Owner } from './queries.ts';

export type Person = Owner & {
  readonly name: string;
  readonly email: string;
  readonly enabled: boolean;
  readonly permissions: ReadonlySet<Permission>;
  /** Of a user: whose things alone they may see, in so far as they are theirs. */
  readonly clientId?: number;
};

export type People = { readonly agents: Agents; readonly users: Users };

export async function findPerson(
  { agents, users }: People,
  { kind, id }: Owner,
): Promise<Person | undefined> {
  if (kind === 'user') return personOfUser(await users.find(id));
  return personOfAgent(await agents.find(id));
}

/**
 * An agent goes before a user of the same name, unless the agent is disabled. Both are always looked
 * for, so that neither can be told from the time it takes.
 */
export async function findPersonByLogin(
  { agents, users }: People,
  login: string,
): Promise<Person | undefined> {
  const agent = personOfAgent(await agents.findByLogin(login));
  const user = personOfUser(await users.findByLogin(login));
  return agent?.enabled === true ? agent : (user ?? agent);
}

export function personOfAgent(agent: DeskAgent): Person;
export function personOfAgent(agent: DeskAgent | undefined): Person | undefined;
export function personOfAgent(agent: DeskAgent | undefined): Person | undefined {
  return agent && { ...agent, kind: 'agent' };
}

function personOfUser(user: DeskUser | undefined): Person | undefined {
  return user && { ...user, kind: 'user' };
}

export function actorOf(person: Person): Actor {
  const { kind, id, name, permissions, clientId } = person;
  return {
    kind,
    id: String(id),
    name,
    permissions,
    ...(kind === 'agent' ? { agentId: id } : { userId: id }),
    ...(clientId === undefined ? {} : { clientId }),
  };
}

export function about({ kind, id, name }: Owner & { readonly name: string }) {
  return { kind, id: String(id), name };
}
