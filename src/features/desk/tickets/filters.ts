// What a list of tickets may be asked for (halo-api.md, appendix Q). docs/halo-dialect.md lists them for readers.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import {
  byFlag,
  byInt,
  byInts,
  byText,
  changedSince,
  contains,
  type Filter,
  type Sql,
} from '#features/desk/resource/filter.ts';
import type { Given } from '#http/halo/model.ts';
import { readTime } from '#http/halo/time.ts';

/** The list that asks for nothing shows open tickets and those closed within these days. */
export const recentlyClosedDays = 7;

const dayMs = 86_400_000;

function isIn(columnName: string): Filter {
  return byInts((ids) => sql`${sql.ref(`t.${columnName}`)} = any(${[...ids]}::integer[])`);
}

function is(columnName: string): Filter {
  return byInt((id) => sql`${sql.ref(`t.${columnName}`)} = ${id}`);
}

/** Read together in `always`; here so that they are known and checked. */
const readElsewhere = byText(() => undefined);

export const ticketFilters: Readonly<Record<string, Filter>> = {
  tickettype_id: is('ticket_type_id'),
  requesttype_id: is('ticket_type_id'),
  requesttype: isIn('ticket_type_id'),
  status_id: is('status_id'),
  status: isIn('status_id'),
  priority: isIn('priority_id'),
  sla: isIn('sla_id'),
  client_id: is('client_id'),
  client_ids: isIn('client_id'),
  site_id: is('site_id'),
  user_id: is('user_id'),
  agent_id: is('agent_id'),
  agent: isIn('agent_id'),
  parent_id: is('parent_id'),
  ticketids: isIn('id'),
  searchthisticketid: is('id'),
  asset_id: byInt(
    (id) => sql`t.id in (select ticket_id from ticket_assets where asset_id = ${id})`,
  ),
  excludethese: byInts((ids) => sql`t.id <> all(${[...ids]}::integer[])`),
  toplevel_id: byInt((id) => sql`c.top_level_id = ${id}`),
  team_name: byText((name) => sql`lower(t.team) = lower(${name})`),
  team: byInts(
    (ids) =>
      sql`lower(t.team) in (select lower(name) from desk_teams where id = any(${[...ids]}::integer[]))`,
  ),
  username: byText((name) => sql`lower(u.name) = lower(${name})`),
  mine: byFlag((yes, { actor }) =>
    yes
      ? sql`(t.agent_id = ${actor.agentId ?? null} or t.user_id = ${actor.userId ?? null})`
      : undefined,
  ),
  open_only: byFlag((yes) => (yes ? sql`t.closed_at is null` : undefined)),
  closed_only: byFlag((yes) => (yes ? sql`t.closed_at is not null` : undefined)),
  includeclosed: byInts((kinds) =>
    kinds.length === 1 ? sql`(t.closed_at is not null) = ${kinds[0] === 1}` : sql`true`,
  ),
  includehold: byInts((kinds) =>
    kinds.length === 1 ? sql`(z.kind = 2) = ${kinds[0] === 1}` : sql`true`,
  ),
  includechildren: byInts((kinds) => sql`(${sql.join(kinds.map(childCondition), sql` or `)})`),
  flagged: byInts((kinds) =>
    kinds.length === 1
      ? sql`coalesce((t.extra ->> 'flagged')::boolean, false) = ${kinds[0] === 1}`
      : sql`true`,
  ),
  search_id: byText((text) => contains('t.id::text', text)),
  search_summary: byText((text) => contains('t.summary', text)),
  search_details: byText((text) => contains('t.details', text)),
  search_user_name: byText((text) => contains('u.name', text)),
  search_reportedby: byText((text) => contains('t.reported_by', text)),
  lastupdatefromdate: changedSince('>='),
  lastupdatetodate: changedSince('<='),
  deleted: byFlag(() => undefined),
  datesearch: readElsewhere,
  startdate: readElsewhere,
  enddate: readElsewhere,
};

/** 0: no children and no child; 1: has children; 2: is a child. */
function childCondition(kind: number): Sql {
  const hasChildren = sql`exists (select from tickets k where k.parent_id = t.id)`;
  if (kind === 1) return hasChildren;
  if (kind === 2) return sql`t.parent_id is not null`;
  return sql`(t.parent_id is null and not ${hasChildren})`;
}

/** Whoever names any of these says which tickets are meant, closed long ago or not. */
const namesItsTickets = [
  ...['open_only', 'closed_only', 'includeclosed', 'status', 'status_id', 'ticketids', 'parent_id'],
  ...[
    'searchthisticketid',
    'search',
    'search_id',
    'search_summary',
    'search_details',
    'datesearch',
  ],
  ...['search_user_name', 'search_reportedby', 'advanced_search', 'deleted'],
];

export function usualTickets(asked: Given, { now }: { readonly now: Date }): readonly Sql[] {
  const isDeleted = asked.deleted === true;
  const since = new Date(now.getTime() - recentlyClosedDays * dayMs);
  const isNamed = namesItsTickets.some(
    (name) => asked[name] !== undefined && asked[name] !== false,
  );
  return [
    isDeleted ? sql`t.deleted_at is not null` : sql`t.deleted_at is null`,
    ...(isNamed ? [] : [sql`(t.closed_at is null or t.closed_at >= ${since})`]),
    ...between(asked),
  ];
}

/** Halo's own spellings (dateoccured, datecleared) beside the names of the members. */
const dateColumns: Readonly<Record<string, string>> = {
  dateoccured: 'occurred_at',
  dateoccurred: 'occurred_at',
  dateopened: 'occurred_at',
  datecreated: 'created_at',
  datecleared: 'closed_at',
  dateclosed: 'closed_at',
  last_update: 'updated_at',
  lastupdate: 'updated_at',
  lastactiondate: 'last_action_at',
  startdate: 'start_at',
  targetdate: 'target_at',
};

/** A day without a time counts from its beginning, and for enddate to its end. */
function between(asked: Given): readonly Sql[] {
  const { datesearch, startdate, enddate } = asked;
  if (typeof datesearch !== 'string') return [];
  const name = dateColumns[datesearch.toLowerCase()];
  if (name === undefined) return [unknownDate(datesearch)];
  const start = momentOf('startdate', startdate);
  const end = momentOf('enddate', enddate);
  const isDay = typeof enddate === 'string' && !/t/i.test(enddate);
  const at = sql.ref(`t.${name}`);
  return [
    ...(start === undefined ? [] : [sql`${at} >= ${start}`]),
    ...(end === undefined
      ? []
      : [isDay ? sql`${at} < ${new Date(end.getTime() + dayMs)}` : sql`${at} <= ${end}`]),
  ];
}

function momentOf(name: string, value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  return readTime(value) ?? refuse('request.invalid', { reason: `${name} is not a date` });
}

function unknownDate(name: string): never {
  return refuse('request.invalid', {
    reason: `datesearch knows no date called ${name.slice(0, 50)}`,
  });
}
