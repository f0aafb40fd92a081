// Actions: what was done to a ticket, numbered within it. An action may move its ticket on.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import {
  byFlag,
  byInt,
  byText,
  byTime,
  type Filter,
  type Sql,
} from '#features/desk/resource/filter.ts';
import { intOf, mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { saveRecord } from '#features/desk/resource/save.ts';
import { boundTo } from '#features/desk/resource/scope.ts';
import { tickets } from '#features/desk/tickets/tickets.ts';
import type { Given } from '#http/halo/model.ts';
import { haloTime } from '#http/halo/time.ts';
import { actionMembers } from './members.ts';

const userUpdate = { id: 9, name: 'User Update' };

const filters: Readonly<Record<string, Filter>> = {
  ticket_id: byInt(() => undefined),
  ischildnotes: byFlag(() => undefined),
  excludeprivate: byFlag((yes) => (yes ? sql`not t.hidden_from_user` : undefined)),
  importantonly: byFlag((yes) => (yes ? sql`t.important` : undefined)),
  agentonly: byFlag((yes) => (yes ? sql`t.agent_id is not null` : undefined)),
  conversationonly: byFlag((yes) => (yes ? sql`not t.hidden_from_user` : undefined)),
  timeentriesonly: byFlag((yes) => (yes ? sql`coalesce(t.time_taken_hours, 0) > 0` : undefined)),
  actoutcome: byText((name) => sql`lower(t.outcome) = lower(${name})`),
  startdate: byTime((time) => sql`t.happened_at >= ${time}`),
  enddate: byTime((time) => sql`t.happened_at <= ${time}`),
};

export const actions: Resource = {
  path: 'Actions',
  model: ['Actions', 'Actions'],
  kind: 'action',
  envelope: 'actions',
  table: 'ticket_actions',
  from: `ticket_actions t left join tickets k on k.id = t.ticket_id
    left join ticket_statuses z on z.id = t.new_status_id`,
  members: actionMembers,
  keys: ['ticket_id', 'id'],
  named: 'outcome',
  dated: true,
  order: 't.happened_at desc, t.ticket_id desc, t.id desc',
  search: ['t.note', 't.outcome', 't.who'],
  filters,
  always: ofTicket,
  customFields: 'action',
  visibleTo: (actor) =>
    boundTo(actor, {
      client: (id) => sql`k.client_id = ${id}`,
      user: (id) => sql`(k.user_id = ${id} and k.deleted_at is null and not t.hidden_from_user)`,
    }),
  read: ['read:tickets'],
  edit: 'edit:tickets',
  openToUsers: true,
  rules: { create, change, created },
};

/** The actions of the ticket, or with `ischildnotes` those of its children. */
function ofTicket({ ticket_id, ischildnotes }: Given): readonly Sql[] {
  if (typeof ticket_id !== 'number') return [];
  return [
    ischildnotes === true ? sql`k.parent_id = ${ticket_id}` : sql`t.ticket_id = ${ticket_id}`,
  ];
}

type Outcome = {
  readonly id: number | null;
  readonly name: string;
  readonly new_status_id: number | null;
  readonly hidden_from_user: boolean;
};

async function create(saving: Saving): Promise<Given> {
  const { actor, now } = saving;
  const given = actor.kind === 'user' ? ofOneself(saving.given) : withoutNulls(saving.given);
  const ticket = await lockTicket(saving);
  const outcome = await outcomeOf(saving, given);
  const newStatus = positive(intOf(given, 'new_status')) ?? outcome.new_status_id;
  return {
    datetime: haloTime(now),
    important: false,
    hiddenfromuser: outcome.hidden_from_user,
    ...given,
    ...(given.note === undefined && typeof given.note_html === 'string'
      ? { note: textOfHtml(given.note_html) }
      : {}),
    ticket_id: ticket.id,
    id: ticket.last_action_id + 1,
    outcome: outcome.name,
    outcome_id: outcome.id,
    old_status: ticket.status_id,
    new_status: newStatus ?? ticket.status_id,
    who: actor.name,
    who_agentid: actor.agentId ?? null,
    actionby_user_id: actor.userId ?? null,
    actionby_application_id: actor.kind === 'application' ? actor.id : null,
  };
}

async function change({ actor, given }: Saving): Promise<Given> {
  if (actor.kind === 'user') return refuse('permission.lacking', { permission: 'edit:tickets' });
  mustStay(given, 'action', ['outcome', 'hiddenfromuser', 'important', 'datetime']);
  return given;
}

/** The ticket counts its actions, and goes where the action moves it. */
async function created({ tx, actor, now, given, after }: Saving & { after: Raw }): Promise<void> {
  await sql`update tickets set last_action_id = ${after.id}, last_action_at = ${after.happened_at},
    updated_at = ${now} where id = ${after.ticket_id}`.execute(tx);
  if (actor.kind === 'user') return;
  const moved = {
    status_id: after.new_status_id === after.old_status_id ? undefined : after.new_status_id,
    agent_id: positive(intOf(given, 'new_agent')),
    team: textOf(given, 'new_team'),
    priority_id: positive(intOf(given, 'new_priority')),
    sla_id: positive(intOf(given, 'new_sla_id')),
    tickettype_id: positive(intOf(given, 'new_tickettype')),
    category_1: textOf(given, 'new_category1'),
    category_2: textOf(given, 'new_category2'),
  };
  if (Object.values(moved).every((value) => value === undefined)) return;
  await saveRecord(tx, tickets, { actor, now }, { id: after.ticket_id, ...moved });
}

type TicketNow = {
  readonly id: number;
  readonly status_id: number;
  readonly last_action_id: number;
};

/** Held until the action is kept, so that two actions never get one number. */
async function lockTicket({ tx, actor, given }: Saving): Promise<TicketNow> {
  const id =
    intOf(given, 'ticket_id') ??
    refuse('record.incomplete', { kind: 'action', member: 'a ticket_id' });
  const { rows } = await sql<TicketNow>`
    select t.id, t.status_id, t.last_action_id from tickets t
    where t.id = ${id} and t.deleted_at is null
    and ${tickets.visibleTo(actor) ?? sql`true`} for update of t`.execute(tx);
  return rows[0] ?? refuse('record.unknown', { kind: 'ticket', id });
}

async function outcomeOf({ tx, actor }: Saving, given: Given): Promise<Outcome> {
  const id = positive(intOf(given, 'outcome_id'));
  const name = textOf(given, 'outcome');
  if (id === undefined && name === undefined) {
    if (actor.kind !== 'user') return refuse('action.no-outcome');
    return { ...userUpdate, new_status_id: null, hidden_from_user: false };
  }
  const known = id === undefined ? sql`lower(name) = lower(${name})` : sql`id = ${id}`;
  const { rows } = await sql<Outcome>`
    select id, name, new_status_id, hidden_from_user from desk_outcomes where ${known}
    order by id limit 1`.execute(tx);
  if (rows[0] !== undefined) return name === undefined ? rows[0] : { ...rows[0], name };
  if (name === undefined) return refuse('record.refers-to-nothing', { member: 'outcome_id' });
  return { id: null, name, new_status_id: null, hidden_from_user: false };
}

/** People say something on their own tickets; they neither hide it nor move the ticket. */
function ofOneself(given: Given): Given {
  const theirs = ['note', 'note_html'].filter((name) => given[name] != null);
  return Object.fromEntries(theirs.map((name) => [name, given[name]]));
}

/** Clients write 0 or a negative id for "no change". */
function positive(id: number | undefined): number | undefined {
  return id === undefined || id <= 0 ? undefined : id;
}

function textOfHtml(html: string): string {
  return html
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
