// Tickets: each is for a person at a site of a client, and is closed by the status it stands in.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { intOf, mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import { setLinks } from '#features/desk/resource/links.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { boundTo } from '#features/desk/resource/scope.ts';
import type { Given } from '#http/halo/model.ts';
import { haloTime } from '#http/halo/time.ts';
import { ticketFilters, usualTickets } from './filters.ts';
import { ticketMembers } from './members.ts';
import { newPlaceOf, personOf, placeOf } from './place.ts';

const usual = { typeId: 1, statusId: 1, slaId: 1, priorityId: 3 };
const statusKindClosed = 1;

export const tickets: Resource = {
  path: 'Tickets',
  model: ['Faults', 'Faults_List'],
  kind: 'ticket',
  envelope: 'tickets',
  table: 'tickets',
  from: `tickets t
    left join ticket_types y on y.id = t.ticket_type_id
    left join ticket_statuses z on z.id = t.status_id
    left join desk_priorities p on p.sla_id = t.sla_id and p.id = t.priority_id
    left join desk_clients c on c.id = t.client_id
    left join desk_sites s on s.id = t.site_id
    left join desk_users u on u.id = t.user_id
    left join desk_agents a on a.id = t.agent_id`,
  members: ticketMembers,
  keys: ['id'],
  named: 'summary',
  dated: true,
  order: 't.id desc',
  search: ['t.summary', 't.details', 't.id::text', 'u.name'],
  filters: ticketFilters,
  always: usualTickets,
  customFields: 'ticket',
  idOnly: {
    parameter: 'ticketidonly',
    members: ['id', 'sla_id', 'status_id', 'client_id', 'client_name'],
  },
  visibleTo: (actor) =>
    boundTo(actor, {
      client: (id) => sql`t.client_id = ${id}`,
      user: (id) => sql`(t.user_id = ${id} and t.deleted_at is null)`,
    }),
  read: ['read:tickets'],
  edit: 'edit:tickets',
  openToUsers: true,
  rules: { create, change, created, softDelete },
};

async function create(saving: Saving): Promise<Given> {
  const { actor, now } = saving;
  const given = actor.kind === 'user' ? ofOneself(saving) : withoutNulls(saving.given);
  if (textOf(given, 'summary') === undefined) {
    return refuse('record.incomplete', { kind: 'ticket', member: 'a summary' });
  }
  const person = await personOf(saving, intOf(given, 'user_id') ?? lookedUp(given));
  const typeId = intOf(given, 'tickettype_id') ?? usual.typeId;
  const statusId = intOf(given, 'status_id') ?? (await initialStatus(saving, typeId));
  return {
    priority_id: usual.priorityId,
    sla_id: usual.slaId,
    dateoccurred: haloTime(now),
    reportedby: person.name,
    ...given,
    agent_id: agentOf(given),
    tickettype_id: typeId,
    user_id: person.id,
    ...(await placeOf(saving, given, person)),
    ...(await statusOf(saving, statusId)),
  };
}

async function change(saving: Saving & { readonly before: Raw }): Promise<Given> {
  const { actor, given, before } = saving;
  if (actor.kind === 'user') return refuse('permission.lacking', { permission: 'edit:tickets' });
  mustStay(given, 'ticket', [
    ...['summary', 'tickettype_id', 'status_id', 'user_id', 'client_id', 'site_id'],
    'dateoccurred',
  ]);
  const userId = intOf(given, 'user_id');
  const person = userId === undefined ? undefined : await personOf(saving, userId);
  const statusId = intOf(given, 'status_id');
  const place = await newPlaceOf(saving, given, person);
  await setAssets(saving, { ...before, ...place });
  return {
    ...given,
    ...(given.agent_id === undefined ? {} : { agent_id: agentOf(given) }),
    ...(person === undefined ? {} : { user_id: person.id }),
    ...place,
    ...(statusId === undefined || statusId === before.status_id
      ? {}
      : await statusOf(saving, statusId)),
  };
}

async function created(saving: Saving & { readonly after: Raw }): Promise<void> {
  if (saving.actor.kind !== 'user') await setAssets(saving, saving.after);
}

/** The things it is about: of its own client, so that nobody learns of another's through a ticket. */
function setAssets(saving: Saving, ticket: Raw): Promise<void> {
  return setLinks(saving, {
    ...{ member: 'assets', table: 'ticket_assets', own: 'ticket_id', other: 'asset_id' },
    record: { kind: 'ticket', id: Number(ticket.id), name: String(ticket.summary ?? '') },
    linkable: sql`select a.id, a.inventory_number as name from assets a
      join desk_sites s on s.id = a.site_id where s.client_id = ${ticket.client_id}`,
  });
}

function softDelete({ now, reason }: { now: Date; reason: string | undefined }): Given {
  return { _deleted_at: now, _deleted_because: reason ?? null };
}

/** A ticket that a person makes is for themselves, and says what the matter is: no more. */
function ofOneself({ actor, given }: Saving): Given {
  const theirs = ['summary', 'details', 'details_html', 'tickettype_id', 'customfields'];
  const also = ['category_1', 'category_2', 'category_3', 'category_4', 'impact', 'urgency'];
  return {
    ...Object.fromEntries(
      [...theirs, ...also].filter((name) => given[name] != null).map((name) => [name, given[name]]),
    ),
    user_id: actor.userId,
  };
}

/** `userlookup: {id}` as CIPP sends it (halo-api.md 1.3). */
function lookedUp({ userlookup }: Given): number | undefined {
  const isObject = typeof userlookup === 'object' && userlookup !== null && 'id' in userlookup;
  return isObject && typeof userlookup.id === 'number' ? userlookup.id : undefined;
}

/** Clients write 0 or a negative id for nobody. */
function agentOf(given: Given): number | null {
  const id = intOf(given, 'agent_id');
  return id === undefined || id <= 0 ? null : id;
}

async function initialStatus({ tx }: Saving, typeId: number): Promise<number> {
  const { rows } = await sql<{ readonly id: number | null }>`
    select initial_status_id as id from ticket_types where id = ${typeId}`.execute(tx);
  return rows[0]?.id ?? usual.statusId;
}

/** Standing in a status that closes is what being closed is. */
async function statusOf({ tx, now }: Saving, id: number): Promise<Given> {
  const { rows } = await sql<{ readonly kind: number }>`
    select kind from ticket_statuses where id = ${id}`.execute(tx);
  const status = rows[0] ?? refuse('record.refers-to-nothing', { member: 'status_id' });
  return { status_id: id, dateclosed: status.kind === statusKindClosed ? now : null };
}
