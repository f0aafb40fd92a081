// /api/Audit: the trail in Halo's dialect, and its one command, redaction.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import {
  enveloped,
  listAnswer,
  type Page,
  pageOf,
  pageSizeUsual,
  paging,
} from '#http/halo/list.ts';
import { oneOrMany, saved, savedAnswer } from '#http/halo/model.ts';
import { IdParams, reading } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';
import type { Db } from '#store/db.ts';
import { kindOf } from './halo-tables.ts';
import { type AuditFilter, countRecords, listRecords } from './queries.ts';
import { getRecord, redactEntry } from './redact.ts';
import { Audit, haloAudit } from './wire.ts';

export type AuditPorts = { readonly db: Db };

/** Halo declares none of these: they are ours, by the names of its members. */
const ListQuery = z.object({
  ...paging,
  ticket_id: reading.int,
  agent_id: reading.int,
  user_id: reading.int,
  clientid: reading.int,
  client_id: reading.int,
  table_name: reading.text.pipe(z.string().max(50).optional()),
  id1: reading.int,
  startdate: reading.time,
  enddate: z.preprocess((text) => (text === '' ? undefined : endOf(text)), reading.time),
  search: reading.text.pipe(z.string().max(200).optional()),
  /** By seek: only entries with a number below this. */
  before: reading.int,
});
type ListQuery = z.output<typeof ListQuery>;

const dayMs = 24 * 60 * 60_000;

export function haloAuditRoutes({ db }: AuditPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/Audit',
      summary: 'List Audit, the newest first',
      dialect: 'halo',
      access: ['audit:read'],
      query: ListQuery,
      answers: { 200: listAnswer(Audit) },
      handle: async ({ actor, query }) => ({ status: 200, body: await listOf(db, actor, query) }),
    }),
    route({
      method: 'GET',
      path: '/api/Audit/:id',
      summary: 'Get one audit entry',
      dialect: 'halo',
      access: ['audit:read'],
      params: IdParams,
      query: z.object({ includedetails: reading.flag }),
      answers: { 200: Audit },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: haloAudit(await getRecord(db, actor, params.id)),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/Audit',
      summary: 'Destroys the texts of audit entries: {"id": 12, "_redact": true}',
      dialect: 'halo',
      access: ['audit:redact'],
      body: oneOrMany(Audit),
      answers: savedAnswer(Audit),
      handle: async ({ actor, body }) => {
        const ids = body.map(({ id, _redact: redact }) =>
          id === undefined || redact !== true ? refuse('audit.not-written') : id,
        );
        for (const id of ids) await getRecord(db, actor, id);
        const redacted = [];
        for (const id of ids) redacted.push(haloAudit(await redactEntry(db, actor, id, undefined)));
        return saved(redacted);
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/Audit/:id',
      summary: 'Refuses: entries are never deleted',
      dialect: 'halo',
      access: ['audit:read'],
      params: IdParams,
      answers: { 403: z.unknown() },
      handle: async () => refuse('audit.permanent'),
    }),
  ];
}

const ticketEntriesMax = 1_000;

/** What stands in a ticket's `audit_log`: the newest first. */
export async function ticketAuditing(db: Db, actor: Actor, ticketId: number) {
  const found = await listRecords(db, actor, { ticketId }, { limit: ticketEntriesMax + 1 });
  const shown = found.slice(0, ticketEntriesMax);
  return shown.map((record, at) =>
    haloAudit(
      record,
      at === ticketEntriesMax - 1 && found.length > at + 1 ? older(record.seq) : '',
    ),
  );
}

async function listOf(db: Db, actor: Actor, query: ListQuery): Promise<unknown> {
  const filter: AuditFilter = {
    ticketId: query.ticket_id,
    agentId: query.agent_id,
    userId: query.user_id,
    clientId: query.clientid ?? query.client_id,
    kind: query.table_name === undefined ? undefined : kindOf(query.table_name),
    recordId: query.id1 === undefined ? undefined : String(query.id1),
    from: query.startdate,
    until: query.enddate,
    search: query.search,
  };
  const { limit, offset, pageNo } = sized(query);
  const found = await listRecords(db, actor, filter, {
    limit: limit + 1,
    offset,
    below: query.before,
  });
  const more = found.length > limit;
  const shown = found.slice(0, limit);
  const rows = shown.map((record, at) =>
    haloAudit(record, more && at === shown.length - 1 ? older(record.seq) : ''),
  );
  if (query.pageinate !== true) return rows;
  const recordCount = await countRecords(db, actor, filter);
  return enveloped({ rows, recordCount, pageNo, pageSize: limit }, query);
}

/** All of a trail is no list: who asks for no page gets the newest. */
function sized(query: ListQuery): Page {
  const page = pageOf(query);
  const isUnbounded = page.pageSize === undefined;
  return isUnbounded ? { ...page, limit: pageSizeUsual } : page;
}

function older(seq: number): string {
  return `There are older entries: ask with before=${seq}.`;
}

/** A day without a time counts to its end. */
function endOf(text: unknown): unknown {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(text)) return text;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? text : new Date(day.getTime() + dayMs).toISOString();
}
