// Change advisory boards, and who sits on each: users, agents, and people known by name and address alone.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { byInt } from '#features/desk/resource/filter.ts';
import { intOf, mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { boundTo } from '#features/desk/resource/scope.ts';
import type { Given } from '#http/halo/model.ts';
import { cabMemberMembers, cabMembersOf } from './members.ts';

const common = {
  keys: ['id'],
  dated: false,
  // A board is the whole desk's, and people of every client sit on it.
  visibleTo: (actor) => boundTo(actor, { client: () => sql`false`, user: () => sql`false` }),
  read: ['read:tickets', 'read:customers', 'read:assets'],
  edit: 'admin',
  shared: true,
} as const satisfies Partial<Resource>;

export const cabs: Resource = {
  ...common,
  path: 'Cab',
  model: ['Cab', 'Cab'],
  kind: 'board',
  table: 'desk_cabs',
  from: 'desk_cabs t',
  members: cabMembersOf,
  named: 'name',
  order: 'lower(t.name)',
  search: ['t.name'],
  filters: {},
  rules: {
    create: async ({ given }) => {
      if (textOf(given, 'name') === undefined) {
        refuse('record.incomplete', { kind: 'board', member: 'a name' });
      }
      return withoutNulls(given);
    },
    change: async ({ given }) => {
      mustStay(given, 'board', ['name']);
      return given;
    },
  },
};

export const cabMembers: Resource = {
  ...common,
  path: 'CabMember',
  model: ['CabMember', 'CabMember'],
  kind: 'board member',
  table: 'desk_cab_members',
  from: `desk_cab_members t join desk_cabs b on b.id = t.cab_id
    left join desk_users u on u.id = t.user_id left join desk_agents a on a.id = t.agent_id`,
  members: cabMemberMembers,
  named: 'member_name',
  order: 't.cab_id, t.id',
  search: ['t.name', 't.email', 'u.name', 'u.email', 'a.name', 'a.email'],
  filters: {
    cab_id: byInt((id) => sql`t.cab_id = ${id}`),
    user_id: byInt((id) => sql`t.user_id = ${id}`),
    agent_id: byInt((id) => sql`t.agent_id = ${id}`),
  },
  always: () => [sql`not t.inactive`],
  rules: { create: createMember, change: changeMember },
};

async function createMember({ given }: Saving): Promise<Given> {
  if (intOf(given, 'cab_id') === undefined) {
    refuse('record.incomplete', { kind: 'board member', member: 'a cab_id' });
  }
  const whole = withoutNulls(given);
  checkPerson(intOf(whole, 'user_id'), intOf(whole, 'agent_id'), textOf(whole, 'member_name'));
  return whole;
}

async function changeMember({ given, before }: Saving & { readonly before: Raw }): Promise<Given> {
  mustStay(given, 'board member', ['cab_id', 'is_mandatory']);
  const then = (member: string, column: string) =>
    (given[member] === undefined ? before[column] : given[member]) ?? undefined;
  checkPerson(
    then('user_id', 'user_id'),
    then('agent_id', 'agent_id'),
    then('member_name', 'name'),
  );
  return given;
}

function checkPerson(userId: unknown, agentId: unknown, name: unknown): void {
  if (userId !== undefined && agentId !== undefined) {
    refuse('request.invalid', { reason: 'a member is a user or an agent, not both' });
  }
  if (userId === undefined && agentId === undefined && name === undefined) {
    const member = 'a user_id, an agent_id or a member_name';
    refuse('record.incomplete', { kind: 'board member', member });
  }
}
