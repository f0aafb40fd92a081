// Agents: who works at the desk. Everybody who may read the desk may read them; administrators change them.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { byFlag, byInt, byInts, byText, type Filter } from '#features/desk/resource/filter.ts';
import { mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { activity } from '#features/desk/resource/scope.ts';
import type { Given } from '#http/halo/model.ts';
import { assignRoles } from './agent-roles.ts';
import { agentMembers } from './members.ts';

const filters: Readonly<Record<string, Filter>> = {
  includeenabled: byFlag(() => undefined),
  includedisabled: byFlag(() => undefined),
  activeinactive: byText(() => undefined),
  includeapiagents: byFlag((yes) => (yes ? undefined : sql`not t.for_applications`)),
  team: byText((name) => sql`lower(t.team) = lower(${name})`),
  team_id: byInt((id) => memberOf('teams', { team_id: id })),
  teams: byInts(
    (ids) =>
      sql`(${sql.join(
        ids.map((id) => memberOf('teams', { team_id: id })),
        sql` or `,
      )})`,
  ),
  department_id: byInt((id) => memberOf('departments', { department_id: id })),
  departments: byInts(
    (ids) =>
      sql`(${sql.join(
        ids.map((id) => memberOf('departments', { department_id: id })),
        sql` or `,
      )})`,
  ),
  role: byText(
    (id) => sql`exists (select 1 from desk_agent_roles a join desk_roles r on r.id = a.role_id
      where a.agent_id = t.id and (r.number::text = ${id} or r.id::text = lower(${id})))`,
  ),
  excludeagent: byInt((id) => sql`t.id <> ${id}`),
  thisagentonly: byFlag((yes, { actor }) =>
    yes ? sql`t.id = ${actor.agentId ?? null}` : undefined,
  ),
  withemail: byFlag((yes) => (yes ? sql`coalesce(t.email, '') <> ''` : undefined)),
  integration_type: byText((type) =>
    type.toLowerCase() === 'okta' ? sql`t.extra ->> 'oktaid' is not null` : sql`false`,
  ),
};

export const agents: Resource = {
  path: 'Agent',
  model: ['Uname', 'Uname_List'],
  kind: 'agent',
  table: 'desk_agents',
  from: 'desk_agents t',
  members: agentMembers,
  keys: ['id'],
  named: 'name',
  dated: true,
  order: 'lower(t.name)',
  search: ['t.name', 't.email', 't.login', `t.extra ->> 'sms'`],
  filters,
  always: (asked) =>
    activity(
      {
        activeinactive: asked.activeinactive,
        includeactive: asked.includeenabled,
        includeinactive: asked.includedisabled,
      },
      't.disabled',
    ),
  customFields: 'agent',
  visibleTo: (actor) => (actor.kind === 'user' ? sql`false` : undefined),
  read: ['read:tickets', 'read:customers', 'read:assets'],
  edit: 'admin',
  shared: true,
  rules: { create, change, created },
};

function memberOf(list: 'teams' | 'departments', part: object) {
  return sql`t.extra -> ${list}::text @> ${JSON.stringify([part])}::jsonb`;
}

async function create({ given }: Saving): Promise<Given> {
  const first = textOf(given, 'firstname');
  const last = textOf(given, 'surname');
  const isNamed = textOf(given, 'name') !== undefined;
  const name = isNamed ? given.name : [first, last].filter(Boolean).join(' ');
  if (name === '') return refuse('record.incomplete', { kind: 'agent', member: 'a name' });
  return { ...withoutNulls(given), name };
}

async function created(saving: Saving & { readonly after: Raw }): Promise<void> {
  await assignRoles(saving, agentOf(saving.after));
}

async function change(saving: Saving & { readonly before: Raw }): Promise<Given> {
  const { given, before } = saving;
  await assignRoles(saving, agentOf(before));
  mustStay(given, 'agent', ['name', 'isdisabled', 'isapiagent', 'is_admin']);
  return given;
}

function agentOf(row: Raw): { readonly id: number; readonly name: string } {
  return { id: Number(row.id), name: String(row.name) };
}
