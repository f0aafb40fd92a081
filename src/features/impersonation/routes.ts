// The endpoints of acting as somebody else: Halo's POST, the exchange of its token, settings and history.
import { z } from 'zod';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { impersonationLimits, rightTo } from '#domain/impersonation.ts';
import { allows } from '#domain/permission.ts';
import type { PersonId } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import { justOne } from '#http/halo/model.ts';
import { haloTime } from '#http/halo/time.ts';
import { type Route, route } from '#http/route.ts';
import { askToAct, endOne, exchange } from './commands.ts';
import { ImpersonationRequest, NewImpersonationRequest } from './halo-wire.ts';
import type { ImpersonationPorts } from './ports.ts';
import { listRequests, type Request, type RequestFilter } from './queries.ts';
import { changeSettings, readSettings, type Settings } from './settings.ts';
import {
  BecameWire,
  ImpersonationsWire,
  Reason,
  SettingsChangeWire,
  SettingsWire,
  TokenWire,
} from './wire.ts';

const idMax = 2_147_483_647;
const int = z.coerce.number().int().min(1).max(idMax);
const Id = z.object({ id: int });
const Page = z.object({
  before: int.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export function impersonationRoutes(ports: ImpersonationPorts): Route[] {
  return [askRoute(ports), exchangeRoute(ports), ...settingsRoutes(ports), ...historyRoutes(ports)];
}

function askRoute(ports: ImpersonationPorts): Route {
  return route({
    method: 'POST',
    path: '/api/ImpersonationRequest',
    summary: 'Asks to act as an agent or a user: gives a token for one use in this browser',
    dialect: 'halo',
    access: 'signed-in',
    body: justOne(NewImpersonationRequest),
    answers: { 201: ImpersonationRequest },
    handle: async ({ body, actor }) => {
      const { agent = null, user = null } = body;
      const target = targetOf(agent, user);
      const { min, max } = impersonationLimits.reasonLength;
      const reason = Reason.safeParse(body.reason ?? '');
      if (!reason.success) return refuse('impersonation.reason', { min, max });
      const asked = await askToAct(ports, { target, reason: reason.data }, actor);
      return {
        status: 201,
        headers: { 'cache-control': 'no-store' },
        body: {
          irid: asked.id,
          requestor: asked.requestorId,
          agent,
          user,
          timestamp: haloTime(asked.at),
          enc_id: null,
          token_used: false,
          used_timestamp: null,
          jwt: asked.jwt,
          _warning: `The token works once, within ${impersonationLimits.tokenSeconds} seconds, where its requestor is signed in; everything done with it is recorded under both names.`,
        },
      };
    },
  });
}

/** Programs of the field write 0 for nobody. */
function targetOf(agent: number | null, user: number | null): PersonId {
  const isAgent = agent !== null && agent !== 0;
  const isUser = user !== null && user !== 0;
  if (isAgent === isUser) return refuse('impersonation.one');
  return isAgent ? { kind: 'agent', id: agent } : { kind: 'user', id: user ?? 0 };
}

function exchangeRoute(ports: ImpersonationPorts): Route {
  return route({
    method: 'POST',
    path: '/auth/impersonate',
    summary: 'Exchanges the token of an ImpersonationRequest for a session, once',
    dialect: 'v1',
    access: 'signed-in',
    body: TokenWire,
    answers: { 200: BecameWire },
    handle: async ({ body, actor, headers, ip }) => {
      const became = await exchange(ports, body.token, actor, { headers, ip });
      return {
        status: 200,
        headers: ports.sessions.headersFor(became.token, became.ownToken),
        body: { name: became.name, endsAt: became.endsAt },
      };
    },
  });
}

function settingsRoutes(ports: ImpersonationPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/impersonation',
      summary: 'Whether anybody acts as somebody else, and whether who asks may',
      dialect: 'v1',
      access: 'signed-in',
      answers: { 200: SettingsWire },
      handle: async ({ actor }) => ({
        status: 200,
        body: settingsWire(await readSettings(ports.db), actor),
      }),
    }),
    route({
      method: 'PATCH',
      path: '/v1/impersonation',
      summary: 'Switches acting as somebody else on or off; off ends what is under way',
      dialect: 'v1',
      access: ['admin'],
      body: SettingsChangeWire,
      answers: { 200: SettingsWire },
      handle: async ({ body, actor }) => {
        if (actor.clientId !== undefined) refuse('permission.lacking', { permission: 'admin' });
        const change = {
          ...(body.agents === undefined ? {} : { agent: body.agents }),
          ...(body.users === undefined ? {} : { user: body.users }),
        };
        const after = await changeSettings(ports, change, actor);
        return { status: 200, body: settingsWire(after, actor) };
      },
    }),
  ];
}

function historyRoutes(ports: ImpersonationPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/impersonations',
      summary: 'Who acted as whom, why and how long',
      dialect: 'v1',
      access: ['admin'],
      query: Page,
      answers: { 200: ImpersonationsWire },
      handle: async ({ query, actor: { clientId } }) =>
        page(ports, query, clientId === undefined ? {} : { clientId }),
    }),
    route({
      method: 'GET',
      path: '/v1/impersonations/of-me',
      summary: 'Who acted as the one who asks',
      dialect: 'v1',
      access: 'signed-in',
      query: Page,
      answers: { 200: ImpersonationsWire },
      handle: async ({ query, actor }) => page(ports, query, { toldTo: oneself(actor) }),
    }),
    route({
      method: 'POST',
      path: '/v1/impersonations/:id/end',
      summary: 'Ends acting as somebody else: for administrators and for whom somebody acts as',
      dialect: 'v1',
      access: 'signed-in',
      params: Id,
      answers: { 204: 'empty' },
      handle: async ({ params, actor }) => {
        const isAbove = allows(actor.permissions, 'admin') && actor.clientId === undefined;
        await endOne(ports, params.id, actor, isAbove ? {} : { toldTo: oneself(actor) });
        return { status: 204 };
      },
    }),
  ];
}

async function page(
  { db }: ImpersonationPorts,
  { before, limit }: z.output<typeof Page>,
  whose: Pick<RequestFilter, 'toldTo' | 'clientId'>,
) {
  const found = await listRequests(db, { ...whose, before, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const next = found.length > limit ? String(shown.at(-1)?.id ?? '') : null;
  return { status: 200, body: { items: shown.map(wireOf), next } };
}

function oneself(actor: Actor): PersonId {
  refuseImpersonated(actor);
  const { kind, id } = actor;
  if (kind !== 'agent' && kind !== 'user') return refuse('impersonation.person-needed');
  return { kind, id: Number(id) };
}

function wireOf({ by, usedAt, endsAt, requestedAt, ...request }: Request) {
  const startedAt = usedAt ?? requestedAt;
  return { ...request, by: { kind: 'agent', ...by }, startedAt, endsAt: endsAt ?? startedAt };
}

function settingsWire(settings: Settings, { permissions, kind, behind }: Actor) {
  const may = (target: keyof Settings) =>
    kind === 'agent' && behind === undefined && allows(permissions, rightTo[target]);
  return {
    agents: { ...settings.agent, may: may('agent') },
    users: { ...settings.user, may: may('user') },
  };
}
