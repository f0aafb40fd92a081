// A remote Halo as a service desk: its lists read whole, its records written in arrays of one.
import { z } from 'zod';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import type { DeskAction, ServiceDesk } from '#domain/ports/service-desk.ts';
import { Problem, refuse } from '#domain/problem.ts';
import type { Reply } from './call.ts';
import { readPages } from './pages.ts';
import { saidBy } from './said.ts';
import type { Session } from './session.ts';
import {
  ticketToWire,
  userToWire,
  WireAction,
  WireClient,
  WireEnvelope,
  WireSite,
  WireTicket,
  WireUser,
} from './wire.ts';

type Query = Readonly<Record<string, string>>;

export function haloDesk(session: Session): ServiceDesk {
  const desk: ServiceDesk = {
    readUsers: ({ includeInactive }) =>
      readList(session, WireUser, 'Users', {
        includeactive: 'true',
        includeinactive: String(includeInactive),
      }),
    readTickets: ({ openOnly, ticketTypeId }) =>
      readList(session, WireTicket, 'Tickets', {
        ...(openOnly ? { open_only: 'true' } : {}),
        ...(ticketTypeId === undefined ? {} : { requesttype_id: String(ticketTypeId) }),
      }),
    readClients: () => readList(session, WireClient, 'Client', { includeinactive: 'true' }),
    readSites: () => readList(session, WireSite, 'Site', { includeinactive: 'true' }),
    findUser: (id) => findOne(session, WireUser, 'Users', id),
    findTicket: (id) => findOne(session, WireTicket, 'Tickets', id),
    saveUser: (user) =>
      saveOne(session, WireUser, { path: 'Users', kind: 'user', id: user.id }, userToWire(user)),
    async saveTicket(ticket) {
      const where = { path: 'Tickets', kind: 'ticket', id: ticket.id };
      return saveOne(session, WireTicket, where, {
        ...(await siteOfUser(desk, ticket)),
        ...ticketToWire(ticket),
      });
    },
    listActions: (ticketId) => listActions(session, ticketId),
    addAction: (action) => addAction(session, action),
  };
  return desk;
}

/** Every page of one of Halo's lists, its rows in our words; by id, so that a rename moves nobody. */
async function* readList<T>(
  session: Session,
  row: z.ZodType<T>,
  path: string,
  query: Query,
): AsyncGenerator<readonly T[]> {
  const name = `/api/${path} of ${new URL(session.root).host}`;
  const pages = readPages({
    name,
    size: session.limits.pageSize,
    cautiousSize: session.limits.pageSizeCautious,
    pagesMax: session.limits.pagesMax,
    keyOf: idOf,
    page: async (number, size) => {
      const paging = { pageinate: 'true', page_size: String(size), page_no: String(number) };
      const reply = await get(session, path, { ...query, order: 'id', ...paging });
      if (reply.status !== 200) throw unexpected(session, `GET /api/${path}`, reply);
      return pageOf(session, path, reply);
    },
  });
  for await (const rows of pages) yield rows.map((one) => parsed(session, row, one, name));
}

const listKeys: Readonly<Record<string, string>> = {
  Users: 'users',
  Tickets: 'tickets',
  Client: 'clients',
  Site: 'sites',
  Actions: 'actions',
};

function pageOf(session: Session, path: string, reply: Reply) {
  const key = listKeys[path] ?? 'results';
  const envelope = WireEnvelope.safeParse(jsonOf(session, path, reply));
  const rows = z.array(z.unknown()).safeParse(envelope.data?.[key]);
  if (!rows.success) throw malformed(session, path, `it has no list under "${key}"`);
  const { record_count: total, page_size: size } = envelope.data ?? {};
  return {
    rows: rows.data,
    ...(total == null ? {} : { total }),
    ...(size == null ? {} : { size }),
  };
}

const WithId = z.object({ id: z.int() });

function idOf(row: unknown): string | undefined {
  const parsed = WithId.safeParse(row);
  return parsed.success ? String(parsed.data.id) : undefined;
}

async function findOne<T>(
  session: Session,
  shape: z.ZodType<T>,
  path: string,
  id: number,
): Promise<T | undefined> {
  const reply = await get(session, `${path}/${id}`, { includedetails: 'true' });
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) throw unexpected(session, `GET /api/${path}/${id}`, reply);
  return parsed(session, shape, jsonOf(session, path, reply), `/api/${path}/${id}`);
}

type Saved = { readonly path: string; readonly kind: string; readonly id: number | undefined };

/** Creates without id, updates with one. An update twice is the same as once; a creation is not. */
async function saveOne<T>(
  session: Session,
  shape: z.ZodType<T>,
  { path, kind, id }: Saved,
  members: Record<string, unknown>,
): Promise<T> {
  const reply = await post(session, path, members, id !== undefined);
  if (reply.status === 404 && id !== undefined) refuse('record.unknown', { kind, id });
  if (reply.status >= 400) refuseSaid(reply, kind);
  return parsed(session, shape, single(jsonOf(session, path, reply)), `/api/${path}`);
}

/** A ticket for somebody needs their site too (seen with live Halos: halo-api.md 1.3). */
async function siteOfUser(
  desk: ServiceDesk,
  ticket: Parameters<ServiceDesk['saveTicket']>[0],
): Promise<Record<string, unknown>> {
  if (ticket.id !== undefined || ticket.userId == null || ticket.siteId != null) return {};
  const user = await desk.findUser(ticket.userId);
  if (user === undefined) refuse('record.unknown', { kind: 'user', id: ticket.userId });
  return user.siteId === null ? {} : { site_id: user.siteId };
}

async function listActions(session: Session, ticketId: number): Promise<readonly DeskAction[]> {
  const reply = await get(session, 'Actions', { ticket_id: String(ticketId) });
  if (reply.status === 404) return [];
  if (reply.status !== 200) throw unexpected(session, 'GET /api/Actions', reply);
  const { rows } = pageOf(session, 'Actions', reply);
  return rows
    .map((row) => parsed(session, WireAction, row, '/api/Actions'))
    .toSorted((one, other) => one.id - other.id);
}

type NewAction = Parameters<ServiceDesk['addAction']>[0];

const clockSkewMs = 300_000;

/** A lost answer is no reason to tell the ticket twice: before a second try we look whether it was told. */
async function addAction(session: Session, action: NewAction): Promise<DeskAction> {
  const startedAt = session.clock().getTime();
  const tell = () => postAction(session, action);
  try {
    return await tell();
  } catch (error) {
    if (!(error instanceof ApplicationRefusal && error.retryable)) throw error;
    const told = (await listActions(session, action.ticketId)).find(
      (one) =>
        one.note === action.note &&
        one.hiddenFromUser === action.hiddenFromUser &&
        one.at.getTime() >= startedAt - clockSkewMs,
    );
    return told ?? (await tell());
  }
}

async function postAction(session: Session, action: NewAction): Promise<DeskAction> {
  const members = {
    ticket_id: action.ticketId,
    outcome_id: action.outcomeId,
    note: action.note,
    hiddenfromuser: action.hiddenFromUser,
  };
  const reply = await post(session, 'Actions', members, false);
  if (reply.status === 404) refuse('record.unknown', { kind: 'ticket', id: action.ticketId });
  if (reply.status >= 400) refuseSaid(reply, 'action');
  return parsed(session, WireAction, single(jsonOf(session, 'Actions', reply)), '/api/Actions');
}

function get(session: Session, path: string, query: Query): Promise<Reply> {
  const url = new URL(`${session.root}/api/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return session.call({ method: 'GET', url, headers: {}, repeatable: true });
}

function post(
  session: Session,
  path: string,
  members: Record<string, unknown>,
  repeatable: boolean,
): Promise<Reply> {
  return session.call({
    method: 'POST',
    url: new URL(`${session.root}/api/${path}`),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([members]),
    repeatable,
  });
}

/** POST answers with the bare object; some answer with an array of it. */
function single(answer: unknown): unknown {
  return Array.isArray(answer) ? answer[0] : answer;
}

function jsonOf(session: Session, path: string, reply: Reply): unknown {
  try {
    return JSON.parse(reply.text);
  } catch {
    throw malformed(session, path, 'it is not JSON');
  }
}

function parsed<T>(session: Session, shape: z.ZodType<T>, value: unknown, path: string): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw malformed(session, path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function malformed(session: Session, path: string, why: string): ApplicationRefusal {
  return new ApplicationRefusal(
    'answer.malformed',
    `The answer of ${new URL(session.root).host} to ${path} cannot be read (${why}); check that this address is a Halo.`,
    false,
  );
}

function unexpected(session: Session, what: string, reply: Reply): ApplicationRefusal {
  const said = saidBy(session.mask(reply.text));
  return new ApplicationRefusal(
    'application.failed',
    `${new URL(session.root).host} answers ${what} with status ${reply.status}${said === '' ? '' : ` (${said})`}; check the address and the version of that Halo.`,
    false,
  );
}

function refuseSaid(reply: Reply, kind: string): never {
  throw new Problem('desk.refused', {
    kind,
    reason: saidBy(reply.text) || `status ${reply.status}`,
  });
}
