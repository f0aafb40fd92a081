// What tickets are sorted by: statuses, types, priorities, teams, outcomes and lookup lists. One for all clients.
import { sql } from 'kysely';
import { codeRows, firstOwnLookup } from '#domain/halo-codes.ts';
import { refuse } from '#domain/problem.ts';
import { byFlag, byInt, byInts, byText } from '#features/desk/resource/filter.ts';
import { intOf, mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Resource, Rules, Saving } from '#features/desk/resource/resource.ts';
import type { Given } from '#http/halo/model.ts';
import {
  lookupMembers,
  outcomeMembers,
  priorityMembers,
  statusMembers,
  teamMembers,
  ticketTypeMembers,
} from './members.ts';

const common = {
  keys: ['id'],
  named: 'name',
  dated: false,
  order: 't.position, lower(t.name)',
  search: ['t.name'],
  filters: {},
  visibleTo: () => undefined,
  read: 'signed-in',
  edit: 'admin',
  shared: true,
} as const satisfies Partial<Resource>;

export const statuses: Resource = {
  ...common,
  path: 'Status',
  model: ['TStatus', 'TStatus'],
  kind: 'status',
  table: 'ticket_statuses',
  from: 'ticket_statuses t',
  members: statusMembers,
  filters: {
    excludeclosed: byFlag((yes) => (yes ? sql`t.kind <> 1` : undefined)),
    excludepending: byFlag((yes) => (yes ? sql`t.kind <> 2` : undefined)),
  },
  rules: named('status', ['type', 'sequence']),
};

export const ticketTypes: Resource = {
  ...common,
  path: 'TicketType',
  model: ['RequestType', 'RequestType_List'],
  kind: 'ticket type',
  table: 'ticket_types',
  from: 'ticket_types t',
  members: ticketTypeMembers,
  filters: {
    showinactive: byFlag(() => undefined),
    canagentsselect: byFlag((yes) => sql`t.agents_can_select = ${yes}`),
    canusercreate: byFlag((yes) => sql`t.users_can_select = ${yes}`),
    group_id: byInt((id) => sql`(t.extra ->> 'group_id')::integer = ${id}`),
    itil_type: byInt((id) => sql`(t.extra ->> 'itilrequesttype')::integer = ${id}`),
    searchtickets: byText(() => undefined),
  },
  always: (asked) => (asked.showinactive === true ? [] : [sql`t.visible`]),
  rules: named('ticket type', ['visible', 'agentscanselect', 'enduserscanselect', 'sequence']),
};

export const priorities: Resource = {
  ...common,
  path: 'Priority',
  model: ['Policy', 'Policy'],
  kind: 'priority',
  table: 'desk_priorities',
  from: 'desk_priorities t',
  members: priorityMembers,
  order: 't.sla_id, t.id',
  filters: { slaid: byInt((id) => sql`t.sla_id = ${id}`) },
  rules: {
    ...named('priority', ['slaid', 'priorityid', 'ishidden']),
    create: async (saving) => {
      const sla = intOf(saving.given, 'slaid') ?? 1;
      const next = sql<{ readonly id: number }>`
        select coalesce(max(id), 0) + 1 as id from desk_priorities where sla_id = ${sla}`;
      const id = intOf(saving.given, 'priorityid') ?? (await next.execute(saving.tx)).rows[0]?.id;
      return { ...(await nameNeeded('priority', saving)), slaid: sla, priorityid: id };
    },
  },
};

export const teams: Resource = {
  ...common,
  path: 'Team',
  model: ['SectionDetail', 'SectionDetail_List'],
  kind: 'team',
  table: 'desk_teams',
  from: 'desk_teams t',
  members: teamMembers,
  filters: {
    includeenabled: byFlag(() => undefined),
    includedisabled: byFlag(() => undefined),
    department_id: byInt((id) => sql`t.department_id = ${id}`),
    ids: byInts((ids) => sql`t.id = any(${[...ids]}::integer[])`),
  },
  always: (asked) => [
    ...(asked.includedisabled === true ? [] : [sql`not t.inactive`]),
    ...(asked.includeenabled === false ? [sql`t.inactive`] : []),
  ],
  rules: named('team', ['inactive', 'sequence']),
};

export const outcomes: Resource = {
  ...common,
  path: 'Outcome',
  model: ['TOutcome', 'TOutcome'],
  kind: 'outcome',
  table: 'desk_outcomes',
  from: 'desk_outcomes t',
  members: outcomeMembers,
  rules: named('outcome', ['sequence', 'hidden']),
};

export const lookups: Resource = {
  ...common,
  path: 'Lookup',
  model: ['Lookup', 'Lookup'],
  kind: 'lookup',
  table: 'desk_lookups',
  from: 'desk_lookups t',
  readFrom: `(select list_id, id, name, position, inactive, extra from desk_lookups
    union all ${ownLists()}) t`,
  members: lookupMembers,
  keys: ['lookupid', 'id'],
  order: 't.list_id, t.position, t.id',
  filters: { lookupid: byInt((id) => sql`t.list_id = ${id}`) },
  rules: {
    ...named('lookup', ['inactive', 'sequence']),
    create: async (saving) => {
      const list =
        intOf(saving.given, 'lookupid') ??
        refuse('record.incomplete', { kind: 'lookup', member: 'a lookupid, the list it is for' });
      if (list >= firstOwnLookup) {
        refuse('request.invalid', { reason: `lists from ${firstOwnLookup} on are the hub's own` });
      }
      // Two new entries of one list wait for each other, so that each gets a number of its own.
      await sql`select pg_advisory_xact_lock(hashtext('lookups'), ${list})`.execute(saving.tx);
      const { rows } = await sql<{ readonly id: number }>`
        select coalesce(max(id), 0) + 1 as id from desk_lookups where list_id = ${list}`.execute(
        saving.tx,
      );
      return { ...(await nameNeeded('lookup', saving)), lookupid: list, id: rows[0]?.id };
    },
  },
};

export const settings: readonly Resource[] = [
  statuses,
  ticketTypes,
  priorities,
  teams,
  outcomes,
  lookups,
];

/** What the integers of Halo's models mean here (docs/halo-codes.md): lists that nobody changes. */
function ownLists(): string {
  const rows = codeRows().map(
    ({ lookupId, code, name, meaning }) =>
      `(${lookupId}, ${code}, '${quoted(name)}', ${code}, false,
        jsonb_build_object('value2', '${quoted(meaning)}'))`,
  );
  return `values ${rows.join(', ')}`;
}

function quoted(text: string): string {
  return text.replaceAll("'", "''");
}

/** The rules of a thing that is little more than its name. */
function named(kind: string, staying: readonly string[]): Rules {
  return {
    create: (saving) => nameNeeded(kind, saving),
    change: async ({ given }) => {
      mustStay(given, kind, ['name', ...staying]);
      return given;
    },
  };
}

async function nameNeeded(kind: string, { given }: Saving): Promise<Given> {
  if (textOf(given, 'name') === undefined) refuse('record.incomplete', { kind, member: 'a name' });
  return withoutNulls(given);
}
