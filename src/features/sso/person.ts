// People as they stand within the transaction of a sign-on.
import type { Person, PersonId } from '#domain/ports/people.ts';
import type { Tx } from '#store/db.ts';
import type { SsoPorts } from './ports.ts';

export async function findPersonIn(
  { desk }: Pick<SsoPorts, 'desk'>,
  tx: Tx,
  { kind, id }: PersonId,
): Promise<Person | undefined> {
  const { agents, users } = desk.peopleIn(tx);
  const found = kind === 'agent' ? await agents.find(id) : await users.find(id);
  return found && { ...found, kind };
}

/** As entries of the audit trail have it. */
export function concerned({ kind, id }: PersonId) {
  return kind === 'agent' ? { agentId: id } : { userId: id };
}
