// The hub's own tables as a service desk: the same resources and rules that Halo's dialect is served from.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { DeskAction, ServiceDesk } from '#domain/ports/service-desk.ts';
import { refuse } from '#domain/problem.ts';
import type { Given } from '#http/halo/model.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';
import { actions } from './actions/actions.ts';
import { clients } from './clients/clients.ts';
import type { Sql } from './resource/filter.ts';
import { findRecord } from './resource/read.ts';
import type { Resource } from './resource/resource.ts';
import { saveRecords } from './resource/save.ts';
import { customFieldsSql, selectionOf, toWire, type Wire } from './resource/select.ts';
import { sites } from './sites/sites.ts';
import { tickets } from './tickets/tickets.ts';
import { users } from './users/users.ts';
import {
  ticketMembersOf,
  toAction,
  toClient,
  toSite,
  toTicket,
  toUser,
  userMembersOf,
} from './wire.ts';

const pageRows = 500;

/** A desk of the hub's tables, as the actor sees it. */
export function deskOfTheHub(db: Db, actor: Actor, clock: Clock = systemClock): ServiceDesk {
  const save = async (resource: Resource, given: Given): Promise<Wire> => {
    const [saved] = await saveRecords(db, resource, { actor, now: clock() }, [given]);
    return saved ?? refuse('record.unknown', { kind: resource.kind, id: 'new' });
  };
  const find = (resource: Resource, id: number) =>
    findRecord(db, resource, { actor, keys: { id } });
  const read = <T>(resource: Resource, where: Sql, as: (wire: Wire) => T) =>
    readAll(db, actor, resource, where, as);
  return {
    readUsers: ({ includeInactive }) =>
      read(users, sql`not t.general and (${includeInactive} or not t.inactive)`, toUser),
    readTickets: ({ openOnly, ticketTypeId }) =>
      read(
        tickets,
        sql`t.deleted_at is null and (not ${openOnly} or t.closed_at is null)
          and (${ticketTypeId ?? null}::integer is null or t.ticket_type_id = ${ticketTypeId ?? null})`,
        toTicket,
      ),
    readClients: () => read(clients, sql`not t.inactive`, toClient),
    readSites: () => read(sites, sql`not t.inactive`, toSite),
    findUser: async (id) => optional(await find(users, id), toUser),
    findTicket: async (id) => optional(await find(tickets, id), toTicket),
    saveUser: async (user) => toUser(await save(users, userMembersOf(user))),
    saveTicket: async (ticket) => toTicket(await save(tickets, ticketMembersOf(ticket))),
    listActions: (ticketId) => listActions(db, actor, ticketId),
    addAction: async (action) =>
      toAction(
        await save(actions, {
          ticket_id: action.ticketId,
          note: action.note,
          outcome_id: action.outcomeId,
          hiddenfromuser: action.hiddenFromUser,
        }),
      ),
  };
}

function optional<T>(wire: Wire | undefined, as: (wire: Wire) => T): T | undefined {
  return wire === undefined ? undefined : as(wire);
}

/** Page by page by id, so that rows added meanwhile neither hide nor repeat others. */
async function* readAll<T>(
  db: Db,
  actor: Actor,
  resource: Resource,
  where: Sql,
  as: (wire: Wire) => T,
): AsyncGenerator<readonly T[]> {
  for (let last = -1; ; ) {
    const page = await wholeRecords(
      db,
      actor,
      resource,
      sql`t.id > ${last} and ${where}`,
      pageRows,
    );
    if (page.length > 0) yield page.map(as);
    if (page.length < pageRows) return;
    last = z.int().parse(page.at(-1)?.id);
  }
}

async function listActions(db: Db, actor: Actor, ticketId: number): Promise<DeskAction[]> {
  const all = sql`t.ticket_id = ${ticketId}`;
  return (await wholeRecords(db, actor, actions, all, null)).map(toAction);
}

async function wholeRecords(
  db: Db,
  actor: Actor,
  resource: Resource,
  where: Sql,
  limit: number | null,
): Promise<readonly Wire[]> {
  const selection = selectionOf(resource, 'single');
  const fields =
    resource.customFields === undefined
      ? ''
      : `, ${customFieldsSql(resource.customFields, actor)}) as customfields`;
  const { rows } = await sql<Wire>`
    select ${sql.raw(selection.columns + fields)} from ${sql.raw(resource.from)}
    where ${where} and ${resource.visibleTo(actor) ?? sql`true`} order by t.id
    limit ${limit}`.execute(db);
  return rows.map((row) => toWire(row, selection));
}
