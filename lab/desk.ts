// Fills the hub's own desk with Larkfield, over HTTP and in Halo's dialect, as any client of Halo would.
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { Secret } from '#lib/secret.ts';
import {
  type Company,
  companyName,
  type Office,
  offices,
  type Person,
  type Ticket,
} from './company.ts';

export type Hub = {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** PEM of the authority of the hub's own certificate, where it has one. */
  readonly caPem?: string;
};

/** Where things stand in the desk: what the lab's automations and its directory speak of. */
export const LarkfieldDesk = z.object({
  clientId: z.int(),
  siteIds: z.record(z.string(), z.int()),
  /** The id of each person, by the company's key. */
  haloIds: z.record(z.string(), z.int()),
  customFieldIds: z.array(z.int()),
  ticketTypeIds: z.record(z.string(), z.int()),
});
export type LarkfieldDesk = z.infer<typeof LarkfieldDesk>;

/** The custom fields of users by which Halo says what its own fields have no place for. */
export const customFields = {
  department: 'CFDepartment',
  startDate: 'CFStartDate',
  lastDay: 'CFLastDay',
} as const;

const Row = z.looseObject({ id: z.int(), name: z.string().nullish() });
const User = Row.extend({
  /** Larkfield keeps the payroll number here: it is how a second run knows whom it made. */
  other1: z.string().nullish(),
  customfields: z.array(z.object({ id: z.int(), name: z.string() })).nullish(),
});
const TicketRow = z.looseObject({
  id: z.int(),
  summary: z.string().nullish(),
  user_id: z.int().nullish(),
});

const timeoutMs = 30_000;
const pageSize = 500;

/** Makes what is missing and changes nothing that is there; running it twice is running it once. */
export async function fillDesk(hub: Hub, { people, tickets }: Company): Promise<LarkfieldDesk> {
  await using desk = await signIn(hub);
  const clientId = await ensureClient(desk);
  const siteIds = await ensureSites(desk, clientId);
  const haloIds = await ensurePeople(desk, clientId, siteIds, people);
  const ticketTypeIds = await readTicketTypes(desk);
  await ensureTickets(desk, clientId, { haloIds, ticketTypeIds, people }, tickets);
  const [first] = Object.values(haloIds);
  const one = User.parse(await desk.get(`/api/Users/${first}`));
  const names: readonly string[] = Object.values(customFields);
  const fields = (one.customfields ?? []).filter(({ name }) => names.includes(name));
  return { clientId, siteIds, haloIds, ticketTypeIds, customFieldIds: fields.map(({ id }) => id) };
}

/** Whether the desk still has the client that was made; a new database has not. */
export async function isFilled(hub: Hub, { clientId }: LarkfieldDesk): Promise<boolean> {
  await using desk = await signIn(hub);
  const clients = await list(desk, '/api/Client?includeinactive=true', 'clients', Row);
  return clients.some(({ id, name }) => id === clientId && name === companyName);
}

async function ensureClient(desk: Desk): Promise<number> {
  const clients = await list(desk, '/api/Client?includeinactive=true', 'clients', Row);
  const present = clients.find(({ name }) => name === companyName);
  if (present !== undefined) return present.id;
  const client = {
    name: companyName,
    newclient_sitename: 'Bristol',
    newclient_timezone: offices.Bristol.timeZone,
    newclient_phonenumber: offices.Bristol.phone,
  };
  return idOf(await desk.post('/api/Client', [client]));
}

async function ensureSites(desk: Desk, clientId: number): Promise<Record<Office, number>> {
  const path = `/api/Site?client_id=${clientId}&includeinactive=true`;
  const sites = await list(desk, path, 'sites', Row);
  const ensure = async (office: Office): Promise<number> => {
    const present = sites.find(({ name }) => name === office);
    if (present !== undefined) return present.id;
    const { timeZone: timezone, phone: phonenumber } = offices[office];
    const site = { name: office, client_id: clientId, timezone, phonenumber };
    return idOf(await desk.post('/api/Site', [site]));
  };
  return { Bristol: await ensure('Bristol'), Porto: await ensure('Porto') };
}

function idOf([saved]: readonly { readonly id: number }[]): number {
  if (saved === undefined) throw new Error('The desk saved nothing and did not say why.');
  return saved.id;
}

async function ensurePeople(
  desk: Desk,
  clientId: number,
  siteIds: Readonly<Record<Office, number>>,
  people: readonly Person[],
): Promise<Record<string, number>> {
  const path = `/api/Users?client_id=${clientId}&includeinactive=true`;
  const users = await list(desk, path, 'users', User);
  const byNumber = new Map(users.map(({ id, other1 }) => [other1 ?? '', id]));
  const missing = people.filter((person) => !byNumber.has(payrollNumber(person)));
  const made = await desk.post(
    '/api/Users',
    missing.map((person) => userOf(person, siteIds[person.office])),
  );
  for (const [index, { id }] of made.entries()) {
    const person = missing[index];
    if (person !== undefined) byNumber.set(payrollNumber(person), id);
  }
  return Object.fromEntries(
    people.map((person) => [person.key, byNumber.get(payrollNumber(person)) ?? lost(person)]),
  );
}

function lost({ name }: Person): never {
  throw new Error(`The desk took ${name} and gave no id.`);
}

function payrollNumber({ haloId }: Person): string {
  return `LO-${String(haloId).padStart(4, '0')}`;
}

function userOf(person: Person, siteId: number): Record<string, unknown> {
  const { department, startDate, lastDay } = customFields;
  return {
    name: person.name,
    firstname: person.firstName,
    surname: person.surname,
    title: person.title,
    emailaddress: person.email ?? '',
    phonenumber: person.phone,
    department: person.department,
    site_id: siteId,
    inactive: person.inactive,
    other1: payrollNumber(person),
    customfields: [
      { name: department, label: 'Department', value: person.department },
      { name: startDate, label: 'Start date', value: haloTime(person.startsOn) },
      { name: lastDay, label: 'Last day', value: person.lastDay && haloTime(person.lastDay) },
    ],
  };
}

/** Halo writes times in UTC and does not say so (halo-api.md 1.5). */
function haloTime(at: Date): string {
  return at.toISOString().slice(0, 19);
}

async function readTicketTypes(desk: Desk): Promise<Record<string, number>> {
  const types = z.array(Row).parse(await desk.get('/api/TicketType'));
  return Object.fromEntries(types.map(({ id, name }) => [name ?? '', id]));
}

async function ensureTickets(
  desk: Desk,
  clientId: number,
  known: {
    readonly haloIds: Readonly<Record<string, number>>;
    readonly ticketTypeIds: Readonly<Record<string, number>>;
    readonly people: readonly Person[];
  },
  tickets: readonly Ticket[],
): Promise<void> {
  const rows = await list(desk, `/api/Tickets?client_id=${clientId}`, 'tickets', TicketRow);
  const wanted = tickets.map(({ kind, summary, details, about }) => ({
    summary,
    details,
    user_id: known.haloIds[about],
    tickettype_id: known.ticketTypeIds[kind] ?? lacking(kind),
  }));
  const isThere = (ticket: (typeof wanted)[number]) =>
    rows.some((row) => row.summary === ticket.summary && row.user_id === ticket.user_id);
  await desk.post(
    '/api/Tickets',
    wanted.filter((ticket) => !isThere(ticket)),
  );
}

function lacking(kind: string): never {
  throw new Error(`The desk has no ticket type "${kind}".`);
}

type Desk = AsyncDisposable & {
  get(path: string): Promise<unknown>;
  /** Saves all of them, in order, in one request. */
  post(
    path: string,
    objects: readonly Readonly<Record<string, unknown>>[],
  ): Promise<{ readonly id: number }[]>;
};

async function signIn({ url, clientId, clientSecret, caPem }: Hub): Promise<Desk> {
  const dispatcher = new Agent(caPem === undefined ? {} : { connect: { ca: caPem } });
  const ask = async (path: string, headers: Record<string, string>, body?: string) => {
    const method = body === undefined ? ('GET' as const) : ('POST' as const);
    const answer = await request(new URL(path, url), {
      method,
      headers,
      dispatcher,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) {
      const said = text.slice(0, 300);
      throw new Error(`The lab's desk answered ${answer.statusCode} to ${method} ${path}: ${said}`);
    }
    return JSON.parse(text);
  };
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret.reveal(),
    scope: 'all',
  });
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const { access_token } = z
    .object({ access_token: z.string() })
    .parse(await ask('/auth/token', type, form.toString()));
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  return {
    get: (path) => ask(path, headers),
    post: async (path, objects) => {
      if (objects.length === 0) return [];
      const saved = await ask(path, headers, JSON.stringify(objects));
      return z.array(Row).parse(Array.isArray(saved) ? saved : [saved]);
    },
    [Symbol.asyncDispose]: () => dispatcher.close(),
  };
}

/** Every row of a list; a list longer than a page is not the lab's. */
async function list<T extends z.ZodType>(
  desk: Desk,
  path: string,
  key: string,
  row: T,
): Promise<z.output<T>[]> {
  const paged = `${path}${path.includes('?') ? '&' : '?'}pageinate=true&page_no=1&page_size=${pageSize}`;
  const page = z.looseObject({ record_count: z.int() }).parse(await desk.get(paged));
  const rows = z.array(row).parse(page[key]);
  if (rows.length < page.record_count) {
    throw new Error(`The lab's desk has more ${key} than the lab fills it with.`);
  }
  return rows;
}
