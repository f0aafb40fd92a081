// Halo's objects as the domain's users, tickets, actions, clients and sites, and back.
import { z } from 'zod';
import type {
  DeskAction,
  DeskClient,
  DeskSite,
  DeskTicket,
  DeskUser,
} from '#domain/ports/service-desk.ts';
import type { Given } from '#http/halo/model.ts';
import { readTime } from '#http/halo/time.ts';
import type { Wire } from './resource/select.ts';

const text = z.string().nullable();
const id = z.number().nullable();

const UserWire = z.object({
  id: z.number(),
  name: z.string(),
  firstname: text,
  surname: text,
  emailaddress: text,
  login: text,
  title: text,
  department: text,
  site_id: id,
  site_name: text,
  client_id: id,
  client_name: text,
  phonenumber: text,
  mobilenumber: text,
  inactive: z.boolean(),
  customfields: z.array(
    z.object({
      name: z.string(),
      value: z.unknown(),
      value_is_password_id: z.boolean().nullish(),
    }),
  ),
});

const TicketWire = z.object({
  id: z.number(),
  summary: z.string(),
  details: text,
  tickettype_id: id,
  status_id: id,
  user_id: id,
  client_id: id,
  site_id: id,
  agent_id: id,
  dateclosed: text,
});

const ActionWire = z.object({
  id: z.number(),
  ticket_id: z.number(),
  outcome: text,
  note: text,
  hiddenfromuser: z.boolean(),
  datetime: z.string(),
});

const PlaceWire = z.object({ id: z.number(), name: z.string(), inactive: z.boolean() });
const SiteWire = PlaceWire.extend({ client_id: z.number() });

export function toUser(wire: Wire): DeskUser {
  const user = UserWire.parse(wire);
  return {
    id: user.id,
    name: user.name,
    firstName: user.firstname ?? '',
    surname: user.surname ?? '',
    email: user.emailaddress,
    login: user.login,
    title: user.title,
    department: user.department,
    siteId: user.site_id,
    siteName: user.site_name,
    clientId: user.client_id,
    clientName: user.client_name,
    phone: user.phonenumber,
    mobile: user.mobilenumber,
    inactive: user.inactive,
    // Passwords are nobody's business beyond the desk: not even the ids of their values leave it.
    customFields: user.customfields
      .filter((field) => field.value_is_password_id !== true)
      .map(({ name, value }) => ({ name, value: spelt(value) })),
  };
}

/** The client follows from the site, names from ids: neither is written. */
export function userMembersOf(user: Partial<DeskUser>): Given {
  return {
    id: user.id,
    name: user.name,
    firstname: user.firstName,
    surname: user.surname,
    emailaddress: user.email,
    login: user.login,
    title: user.title,
    department: user.department,
    site_id: user.siteId,
    phonenumber: user.phone,
    mobilenumber: user.mobile,
    inactive: user.inactive,
    customfields: user.customFields,
  };
}

export function toTicket(wire: Wire): DeskTicket {
  const ticket = TicketWire.parse(wire);
  return {
    id: ticket.id,
    summary: ticket.summary,
    details: ticket.details,
    ticketTypeId: ticket.tickettype_id,
    statusId: ticket.status_id,
    userId: ticket.user_id,
    clientId: ticket.client_id,
    siteId: ticket.site_id,
    agentId: ticket.agent_id,
    closed: ticket.dateclosed !== null,
  };
}

/** Whether a ticket is closed follows from its status. */
export function ticketMembersOf(ticket: Partial<DeskTicket>): Given {
  return {
    id: ticket.id,
    summary: ticket.summary,
    details: ticket.details,
    tickettype_id: ticket.ticketTypeId,
    status_id: ticket.statusId,
    user_id: ticket.userId,
    client_id: ticket.clientId,
    site_id: ticket.siteId,
    agent_id: ticket.agentId,
  };
}

export function toAction(wire: Wire): DeskAction {
  const action = ActionWire.parse(wire);
  return {
    id: action.id,
    ticketId: action.ticket_id,
    outcome: action.outcome,
    note: action.note,
    hiddenFromUser: action.hiddenfromuser,
    at: readTime(action.datetime) ?? new Date(Number.NaN),
  };
}

export function toClient(wire: Wire): DeskClient {
  const { id, name, inactive } = PlaceWire.parse(wire);
  return { id, name, inactive };
}

export function toSite(wire: Wire): DeskSite {
  const site = SiteWire.parse(wire);
  return { id: site.id, name: site.name, clientId: site.client_id, inactive: site.inactive };
}

function spelt(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
