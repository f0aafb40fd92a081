// Which roles an agent has: given with the agent as `roles` (all of them) or `add_roles` (those besides).
import { sql } from 'kysely';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import type { Saving } from '#features/desk/resource/resource.ts';
import { audit } from '#store/audit.ts';
import type { Tx } from '#store/db.ts';

const rolesMax = 50;

/** Each by its id, or by the number that is `id_int`. */
const Named = z
  .array(
    z.looseObject({
      id: z.union([z.string(), z.number()]).nullish(),
      id_int: z.number().nullish(),
      name: z.string().nullish(),
    }),
  )
  .max(rolesMax);

type Role = { readonly id: string; readonly name: string };

export async function assignRoles(
  { tx, actor, given }: Saving,
  agent: { readonly id: number; readonly name: string },
): Promise<void> {
  const [all, more] = [given.roles, given.add_roles].map((value) => value ?? undefined);
  if (all === undefined && more === undefined) return;
  const present = await rolesOf(tx, agent.id);
  const wanted = [
    ...(all === undefined ? present : await named(tx, 'roles', all)),
    ...(more === undefined ? [] : await named(tx, 'add_roles', more)),
  ];
  const ids = [...new Set(wanted.map(({ id }) => id))];
  if (sameIds(ids, present)) return;
  await sql`delete from desk_agent_roles
    where agent_id = ${agent.id} and role_id <> all(${ids}::uuid[])`.execute(tx);
  await sql`insert into desk_agent_roles (agent_id, role_id)
    select ${agent.id}, unnest(${ids}::uuid[]) on conflict do nothing`.execute(tx);
  await audit(tx, [
    {
      ...{ actor, action: 'agent.updated', outcome: 'done', field: 'roles' },
      subject: { kind: 'agent', id: String(agent.id), name: agent.name },
      before: namesOf(present),
      after: namesOf(await rolesOf(tx, agent.id)),
    },
  ]);
}

function sameIds(ids: readonly string[], present: readonly Role[]): boolean {
  return ids.length === present.length && present.every(({ id }) => ids.includes(id));
}

function namesOf(roles: readonly Role[]): string {
  return roles.map(({ name }) => name).join(', ');
}

async function rolesOf(tx: Tx, agentId: number): Promise<readonly Role[]> {
  const { rows } = await sql<Role>`
    select r.id::text as id, r.name from desk_agent_roles a join desk_roles r on r.id = a.role_id
    where a.agent_id = ${agentId} order by lower(r.name)`.execute(tx);
  return rows;
}

async function named(tx: Tx, member: string, value: unknown): Promise<readonly Role[]> {
  const read = Named.safeParse(value);
  if (!read.success) return refuse('request.invalid', { reason: `${member}: each needs its id` });
  const wanted = read.data.map(({ id, id_int, name }) => String(id ?? id_int ?? name ?? ''));
  const { rows } = await sql<Role & { readonly number: number }>`
    select id::text as id, name, number from desk_roles
    where id::text = any(${wanted.map((word) => word.toLowerCase())}::text[])
      or number::text = any(${wanted}::text[]) or name = any(${wanted}::text[])`.execute(tx);
  for (const word of wanted) {
    const isKnown = rows.some(
      (role) =>
        role.id === word.toLowerCase() || String(role.number) === word || role.name === word,
    );
    if (!isKnown) refuse('record.refers-to-nothing', { member });
  }
  return rows;
}
