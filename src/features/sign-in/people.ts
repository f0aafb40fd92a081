// Finding the person who signs in, by name or as the owner of a session.
import type { Actor } from '#domain/actor.ts';
import type { DeskAgent } from '#domain/ports/agents.ts';
import type { People, Person, PersonId } from '#domain/ports/people.ts';
import type { DeskUser } from '#domain/ports/users.ts';

export async function findPerson(
  { agents, users }: People,
  { kind, id }: PersonId,
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

/** The person, or who acts as them. */
export function actorOf(person: Person, behind?: Person): Actor {
  const { kind, id, name, permissions, clientId } = person;
  return {
    kind,
    id: String(id),
    name,
    permissions,
    ...(kind === 'agent' ? { agentId: id } : { userId: id }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(behind === undefined
      ? {}
      : { behind: { kind: 'agent', id: String(behind.id), name: behind.name } }),
  };
}

export function about({ kind, id, name }: PersonId & { readonly name: string }) {
  return { kind, id: String(id), name };
}
