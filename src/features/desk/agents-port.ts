// The desk's agents as sign-in and API applications ask for them.
import { sql } from 'kysely';
import { theHub } from '#domain/actor.ts';
import { permissionsOfAgent } from '#domain/permission.ts';
import type { Agents, DeskAgent, NewDeskAgent } from '#domain/ports/agents.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';
import { agents } from './agents/agents.ts';
import type { Sql } from './resource/filter.ts';
import { saveRecords } from './resource/save.ts';

export function agentsOfTheHub(db: Db, clock: Clock): Agents {
  return {
    findByLogin: (login) =>
      findAgent(db, sql`lower(email) = lower(${login}) or lower(login) = lower(${login})`),
    find: (id) => findAgent(db, sql`id = ${id}`, kept),
    create: (agent) => createAgent(db, clock, agent),
  };
}

type AgentRow = {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly disabled: boolean;
  readonly administrator: boolean;
  readonly standard: boolean;
  readonly granted: readonly string[];
};

/** One by id is asked for at every request that nothing is remembered for. */
const kept = sql`/* kept: find-agent */`;

/** An address goes before a login name, should two agents have one as each. */
async function findAgent(db: Db, condition: Sql, how = sql``): Promise<DeskAgent | undefined> {
  const { rows } = await sql<AgentRow>`${how}
    select a.id, a.name, a.email, a.disabled, a.administrator, coalesce(r.standard, false) as standard, coalesce(r.granted, '{}') as granted
    from (select id, name, email, disabled, administrator from desk_agents
      where ${condition} order by id limit 1) a
    left join lateral (select bool_or(x.standard) as standard, array_agg(p) as granted
      from desk_agent_roles l join desk_roles x on x.id = l.role_id
      left join lateral unnest(x.permissions) p on true where l.agent_id = a.id) r on true`.execute(
    db,
  );
  const [row] = rows;
  return row && toAgent(row);
}

function toAgent(row: AgentRow): DeskAgent {
  return {
    id: row.id,
    name: row.name,
    email: row.email ?? '',
    enabled: !row.disabled,
    permissions: permissionsOfAgent(row),
  };
}

async function createAgent(db: Db, clock: Clock, agent: NewDeskAgent): Promise<DeskAgent> {
  const [saved] = await saveRecords(db, agents, { actor: theHub, now: clock() }, [
    { name: agent.name, email: agent.email, is_admin: agent.administrator },
  ]);
  const found = await findAgent(db, sql`id = ${saved?.id ?? null}`);
  if (found === undefined) throw new Error('The agent just made is gone.');
  return found;
}
