// The endpoints of the audit trail: Halo's, and what Halo has no word for: state, key, export.
import { Readable } from 'node:stream';
import { z } from 'zod';
import { type Route, route } from '#http/route.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';
import { lastCheckpoint } from './checkpoints.ts';
import { exportFormats, exportTrail } from './export.ts';
import { haloAuditRoutes } from './halo-routes.ts';
import { AuditKey, auditKeys } from './keys.ts';
import { type AuditFilter, countRecords, listRecords } from './queries.ts';
import { getRecord, redactEntry } from './redact.ts';
import { hubId, unchainedMsMax, waiting } from './state.ts';
import { AuditPageWire, AuditStateWire, AuditWire, auditWire } from './wire.ts';

export type AuditPorts = { readonly db: Db; readonly clock: Clock };

const Seq = z.object({ seq: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) });
const id = z.coerce.number().int().optional();
const word = z.string().max(100).optional();

const ListQuery = z.object({
  cursor: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  ticketId: id,
  agentId: id,
  userId: id,
  clientId: id,
  kind: word,
  recordId: word,
  action: word,
  from: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  search: z.string().max(200).optional(),
});

const ExportQuery = z.object({
  format: z.enum(exportFormats).default('ndjson'),
  from: z.coerce.number().int().positive().optional(),
  to: z.coerce.number().int().positive().optional(),
});

const Redaction = z.object({ because: z.string().trim().min(1).max(1_000) });

export function auditRoutes(ports: AuditPorts): Route[] {
  return [
    ...haloAuditRoutes(ports),
    stateRoute(ports),
    keysRoute(ports),
    exportRoute(ports),
    ...entryRoutes(ports),
  ];
}

function entryRoutes({ db }: AuditPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/audit',
      summary: 'The audit trail, newest first; next is the cursor of the page that follows',
      dialect: 'v1',
      access: ['audit:read'],
      query: ListQuery,
      answers: { 200: AuditPageWire },
      handle: async ({ actor, query: { cursor, limit, from, until, ...query } }) => {
        const filter: AuditFilter = {
          ...query,
          from: from === undefined ? undefined : new Date(from),
          until: until === undefined ? undefined : new Date(until),
        };
        const found = await listRecords(db, actor, filter, { limit: limit + 1, below: cursor });
        const items = found.slice(0, limit).map(auditWire);
        const last = found.length > limit ? items.at(-1) : undefined;
        return { status: 200, body: { items, next: last === undefined ? null : String(last.seq) } };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/audit/:seq',
      summary: 'One audit entry by its number',
      dialect: 'v1',
      access: ['audit:read'],
      params: Seq,
      answers: { 200: AuditWire },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: auditWire(await getRecord(db, actor, params.seq)),
      }),
    }),
    route({
      method: 'POST',
      path: '/v1/audit/:seq/redact',
      summary: 'Destroys the texts of an entry for good; its proof stays',
      dialect: 'v1',
      access: ['audit:redact'],
      params: Seq,
      body: Redaction,
      answers: { 200: AuditWire },
      handle: async ({ actor, params, body }) => ({
        status: 200,
        body: auditWire(await redactEntry(db, actor, params.seq, body.because)),
      }),
    }),
  ];
}

function stateRoute({ db, clock }: AuditPorts): Route {
  return route({
    method: 'GET',
    path: '/v1/audit/state',
    summary: 'How the chain stands: entries, those that wait, the last checkpoint',
    dialect: 'v1',
    access: ['audit:read'],
    answers: { 200: AuditStateWire },
    handle: async ({ actor }) => {
      const { count, since } = await waiting(db);
      const checkpoint = await lastCheckpoint(db);
      const stalled = since !== null && clock().getTime() - since.getTime() > unchainedMsMax;
      return {
        status: 200,
        body: {
          hub: await hubId(db),
          entries: await countRecords(db, actor, {}),
          waiting: count,
          waitingSince: since?.toISOString() ?? null,
          stalled,
          checkpoint:
            checkpoint === undefined
              ? null
              : { seq: checkpoint.seq, at: checkpoint.at.toISOString() },
        },
      };
    },
  });
}

function keysRoute({ db }: AuditPorts): Route {
  return route({
    method: 'GET',
    path: '/v1/audit/keys',
    summary: 'The public keys that checkpoints are signed with, as a JWK set',
    dialect: 'v1',
    access: 'anyone',
    answers: { 200: z.object({ keys: z.array(AuditKey) }) },
    handle: async () => ({ status: 200, body: { keys: [...(await auditKeys(db))] } }),
  });
}

function exportRoute({ db }: AuditPorts): Route {
  return route({
    method: 'GET',
    path: '/v1/audit/export',
    summary: 'The trail as a stream: ndjson, which proves itself, or cef for a SIEM',
    dialect: 'v1',
    access: ['audit:export'],
    query: ExportQuery,
    answers: { 200: 'text' },
    handle: async ({ actor, query }) => {
      const type = query.format === 'cef' ? 'text/plain' : 'application/x-ndjson';
      return {
        status: 200,
        body: Readable.from(exportTrail(db, actor, query), { objectMode: false }),
        headers: {
          'content-type': `${type}; charset=utf-8`,
          'content-disposition': `attachment; filename="audit.${query.format}"`,
        },
      };
    },
  });
}
