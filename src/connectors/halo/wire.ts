// Halo's spelling of users, tickets, actions, clients and sites, both ways (halo-api.md 4 and appendix C).
import { z } from 'zod';
import type {
  DeskAction,
  DeskClient,
  DeskCustomField,
  DeskSite,
  DeskTicket,
  DeskUser,
} from '#domain/ports/service-desk.ts';

/** Halo says 0, -1 or -99 where it means none. Some ids are doubles in its schemas. */
const idOrNone = z
  .number()
  .nullish()
  .transform((id) => (id != null && id > 0 ? Math.trunc(id) : null));
/** An empty text and none are the same to Halo. */
const textOrNone = z
  .string()
  .nullish()
  .transform((text) => (text == null || text === '' ? null : text));
const text = textOrNone.transform((value) => value ?? '');
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true);
const recordId = z.int();

/** UTC without an offset, or with a Z. */
const instant = z
  .string()
  .transform((value) => new Date(/(Z|[+-]\d\d:?\d\d)$/i.test(value) ? value : `${value}Z`))
  .refine((date) => !Number.isNaN(date.getTime()), { error: 'must be a date' });

const CustomField = z
  .object({ name: z.string(), value: z.unknown(), value_is_password_id: flag })
  .transform(
    ({ name, value, value_is_password_id: hidden }): DeskCustomField => ({
      name,
      // A password field's value is the id of a secret and means nothing to anyone else.
      value: hidden ? null : asText(value),
    }),
  );

export const WireUser = z
  .object({
    id: recordId,
    name: text,
    firstname: text,
    surname: text,
    emailaddress: textOrNone,
    login: textOrNone,
    title: textOrNone,
    department: textOrNone,
    site_id: idOrNone,
    site_name: textOrNone,
    client_id: idOrNone,
    client_name: textOrNone,
    phonenumber: textOrNone,
    mobilenumber: textOrNone,
    inactive: flag,
    customfields: z.array(CustomField).nullish(),
  })
  .transform(
    (user): DeskUser => ({
      id: user.id,
      name: user.name,
      firstName: user.firstname,
      surname: user.surname,
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
      customFields: user.customfields ?? [],
    }),
  );

export const WireTicket = z
  .object({
    id: recordId,
    summary: text,
    details: textOrNone,
    tickettype_id: idOrNone,
    status_id: idOrNone,
    user_id: idOrNone,
    client_id: idOrNone,
    site_id: idOrNone,
    agent_id: idOrNone,
    dateclosed: textOrNone,
  })
  .transform(
    (ticket): DeskTicket => ({
      id: ticket.id,
      summary: ticket.summary,
      details: ticket.details,
      ticketTypeId: ticket.tickettype_id,
      statusId: ticket.status_id,
      userId: ticket.user_id,
      clientId: ticket.client_id,
      siteId: ticket.site_id,
      agentId: ticket.agent_id,
      // Reopening takes the date away; SQL Server's zero date means none.
      closed: ticket.dateclosed !== null && !ticket.dateclosed.startsWith('1900-'),
    }),
  );

export const WireAction = z
  .object({
    id: recordId,
    ticket_id: z.int(),
    outcome: textOrNone,
    note: textOrNone,
    hiddenfromuser: flag,
    datetime: instant,
  })
  .transform(
    (action): DeskAction => ({
      id: action.id,
      ticketId: action.ticket_id,
      outcome: action.outcome,
      note: action.note,
      hiddenFromUser: action.hiddenfromuser,
      at: action.datetime,
    }),
  );

export const WireClient = z
  .object({ id: recordId, name: text, inactive: flag })
  .transform(({ id, name, inactive }): DeskClient => ({ id, name, inactive }));

export const WireSite = z
  .object({ id: recordId, name: text, client_id: z.number(), inactive: flag })
  .transform(
    (site): DeskSite => ({
      id: site.id,
      name: site.name,
      clientId: Math.trunc(site.client_id),
      inactive: site.inactive,
    }),
  );

/** What surrounds the rows of a list. */
export const WireEnvelope = z.looseObject({
  record_count: z.int().min(0).nullish(),
  /** Echoed by most; a Halo that caps the size says so here. */
  page_size: z.int().min(1).nullish().catch(null),
});

export function userToWire(user: Partial<DeskUser>): Record<string, unknown> {
  return given({
    id: user.id,
    name: user.name,
    firstname: user.firstName,
    surname: user.surname,
    emailaddress: emptied(user.email),
    login: emptied(user.login),
    title: emptied(user.title),
    department: emptied(user.department),
    site_id: user.siteId,
    phonenumber: emptied(user.phone),
    mobilenumber: emptied(user.mobile),
    inactive: user.inactive,
    customfields: user.customFields?.map(({ name, value }) => ({ name, value: emptied(value) })),
  });
}

export function ticketToWire(ticket: Partial<DeskTicket>): Record<string, unknown> {
  return given({
    id: ticket.id,
    summary: ticket.summary,
    details: emptied(ticket.details),
    tickettype_id: ticket.ticketTypeId,
    status_id: ticket.statusId,
    user_id: ticket.userId,
    client_id: ticket.clientId,
    site_id: ticket.siteId,
    agent_id: ticket.agentId,
  });
}

/** To Halo, a member that is null was not given; an empty text empties it. */
function emptied(value: string | null | undefined): string | undefined {
  return value === null ? '' : value;
}

function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
