// The endpoints of attempts: Halo's SingleSignOnAttempt, and /v1/sso-attempts with every step.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { checkNamed } from '#domain/sso/checks.ts';
import { attemptStatuses } from '#features/sso/model.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import {
  enveloped,
  listAnswer,
  type Page,
  pageOf,
  pageSizeUsual,
  paging,
} from '#http/halo/list.ts';
import { reading } from '#http/halo/query.ts';
import { listRoute, PageQuery, pageFrom, pageRows } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction } from '#store/db.ts';
import {
  type Attempt,
  type AttemptFilter,
  countAttempts,
  deleteAttempt,
  findAttempt,
  listAttempts,
  tally,
} from './queries.ts';
import {
  attemptDetailWire,
  attemptToHalo,
  attemptWire,
  statusCodes,
  statusOf,
} from './spelling.ts';
import { SingleSignOnAttempt, SsoAttemptDetailWire, SsoAttemptWire, SsoTallyWire } from './wire.ts';

type Ports = Pick<SsoPorts, 'db' | 'clock'>;

/** Halo's path has an int64 here. */
const Id = z.object({
  id: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
});

const HaloQuery = z.object({
  ...paging,
  app_id: reading.int,
  status: reading.int.refine(
    (code) => code === undefined || statusCodes.includes(code),
    'is none of the codes of SingleSignOnAttemptStatus',
  ),
  startdate: reading.time,
  enddate: reading.time,
});

const dayMs = 24 * 60 * 60_000;

export function attemptRoutes(ports: Ports): Route[] {
  return [...haloRoutes(ports), ...v1Routes(ports)];
}

function haloRoutes({ db }: Ports): Route[] {
  const own = { dialect: 'halo', access: ['sso:read'] } as const;
  const one = { ...own, path: '/api/SingleSignOnAttempt/:id', params: Id } as const;
  const answers = { 200: SingleSignOnAttempt } as const;
  return [
    route({
      ...own,
      method: 'GET',
      path: '/api/SingleSignOnAttempt',
      summary: 'List SingleSignOnAttempt, the newest first',
      query: HaloQuery,
      answers: { 200: listAnswer(SingleSignOnAttempt) },
      handle: async ({ query }) => {
        const { app_id: applicationId, status: code, startdate: from, enddate: until } = query;
        const status = code === undefined ? undefined : statusOf(code);
        const filter: AttemptFilter = { applicationId, status, from, until };
        const { limit, offset, pageNo } = sized(pageOf(query));
        const rows = (await listAttempts(db, filter, { limit, offset })).map(attemptToHalo);
        if (query.pageinate !== true) return { status: 200, body: rows };
        const recordCount = await countAttempts(db, filter);
        return {
          status: 200,
          body: enveloped({ rows, recordCount, pageNo, pageSize: limit }, query),
        };
      },
    }),
    route({
      ...one,
      method: 'GET',
      summary: 'Get one sign-on attempt',
      answers,
      handle: async ({ params }) => ({
        status: 200,
        body: attemptToHalo(await getAttempt(db, params.id)),
      }),
    }),
    route({
      ...one,
      method: 'DELETE',
      access: ['sso:edit'],
      summary: 'Delete one sign-on attempt; its audit entry stays',
      answers,
      handle: async ({ actor, params }) => ({
        status: 200,
        body: attemptToHalo(await forget(db, actor, params.id)),
      }),
    }),
  ];
}

/** All there were is no list: who asks for no page gets the newest. */
function sized(page: Page): Page {
  return page.pageSize === undefined ? { ...page, limit: pageSizeUsual } : page;
}

function v1Routes({ db, clock }: Ports): Route[] {
  const access = ['sso:read'] as const;
  return [
    listRoute({
      path: '/v1/sso-attempts',
      summary: 'Sign-ons and what became of them, the newest first',
      access,
      query: PageQuery.extend({
        cursor: z.coerce.number().int().positive().optional(),
        application: z.coerce.number().pipe(z.int32().positive()).optional(),
        status: z.enum(attemptStatuses).optional(),
        from: z.iso.datetime().optional(),
        until: z.iso.datetime().optional(),
      }),
      item: SsoAttemptWire,
      list: async (_actor, query) => {
        const { cursor: below, application: applicationId, status, from, until } = query;
        const filter = { below, applicationId, status, from: timeOf(from), until: timeOf(until) };
        const found = await listAttempts(db, filter, { limit: pageRows(query), offset: 0 });
        return pageFrom(found, query, wired);
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sso-attempts/tally',
      summary: 'How the sign-ons of the last day went, and which checks refused most',
      dialect: 'v1',
      access,
      answers: { 200: SsoTallyWire },
      handle: async () => {
        const since = new Date(clock().getTime() - dayMs);
        const { statuses, checks } = await tally(db, since);
        const told = checks.map((one) => ({ ...one, asks: checkNamed(one.check)?.asks ?? null }));
        return { status: 200, body: { since: since.toISOString(), statuses, checks: told } };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sso-attempts/:id',
      summary: 'One sign-on with every check, what was asked and what was wrong',
      dialect: 'v1',
      access,
      params: Id,
      answers: { 200: SsoAttemptDetailWire },
      handle: async ({ params }) => {
        const attempt = await getAttempt(db, params.id);
        const body = { ...attemptDetailWire(attempt), at: attempt.at.toISOString() };
        return { status: 200, body };
      },
    }),
  ];
}

function wired(attempt: Attempt) {
  return { ...attemptWire(attempt), at: attempt.at.toISOString() };
}

function timeOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

async function getAttempt(db: Db, id: number): Promise<Attempt> {
  return (await findAttempt(db, id)) ?? refuse('record.unknown', { kind: 'sign-on attempt', id });
}

function forget(db: Db, actor: Actor, id: number): Promise<Attempt> {
  return inTransaction(db, async (tx) => {
    const found = await findAttempt(tx, id);
    if (found === undefined) return refuse('record.unknown', { kind: 'sign-on attempt', id });
    await deleteAttempt(tx, id);
    const { application, status, result } = found;
    await audit(tx, [
      {
        actor,
        action: 'sign-on-attempt.deleted',
        subject: { kind: 'sso-attempt', id: String(id), name: application.name },
        before: `${status}: ${result}`,
        outcome: 'done',
      },
    ]);
    return found;
  });
}
