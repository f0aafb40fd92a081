// The agent an application logs in as and the client it is bound to: both must be there.
import type { Agents } from '#domain/ports/agents.ts';
import { refuse } from '#domain/problem.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';

export type ApplicationPorts = { readonly db: Db; readonly agents: Agents; readonly clock: Clock };

export async function checkOwners(
  { db, agents }: ApplicationPorts,
  given: {
    readonly agentId?: number | undefined;
    readonly boundClientId?: number | undefined;
  },
): Promise<void> {
  const { agentId, boundClientId } = given;
  const agent = agentId === undefined ? undefined : await agents.find(agentId);
  if (agentId !== undefined && agent?.enabled !== true) {
    refuse('application.misfit', { reason: `there is no enabled agent ${agentId}` });
  }
  if (boundClientId === undefined) return;
  const client = await db
    .selectFrom('desk_clients')
    .select('id')
    .where('id', '=', boundClientId)
    .executeTakeFirst();
  if (client === undefined) {
    refuse('application.misfit', { reason: `there is no client ${boundClientId}` });
  }
}
