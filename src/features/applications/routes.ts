// /v1/applications: the programs that may call, for an administrator.
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { type Route, type RouteOf, route } from '#http/route.ts';
import {
  createApplication,
  enableApplication,
  type Made,
  removeApplication,
  removeKey,
  renewKey,
  renewSecret,
  trustApplication,
} from './commands.ts';
import type { Application } from './model.ts';
import { type ApplicationPorts, checkOwners } from './owners.ts';
import { findApplication, listApplications, listKeys } from './queries.ts';
import { ApplicationWire, MadeWire, NewApplicationWire, toWire } from './wire.ts';

const Id = z.object({ id: z.uuid() });
const Slot = z.object({ id: z.uuid(), slot: z.enum(['1', '2']).transform(Number) });
const Page = z.object({
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** What all of these routes share. */
const own = { dialect: 'v1', access: ['admin'] } as const satisfies Partial<
  RouteOf<undefined, undefined, undefined>
>;

export function applicationRoutes(ports: ApplicationPorts): Route[] {
  const { db, clock } = ports;
  const one = async (application: Application) => {
    const keys = await listKeys(db, [application.id]);
    return toWire(application, keys.get(application.id) ?? []);
  };
  const made = async ({ application, clientSecret, apiKey }: Made) => ({
    application: await one(application),
    ...(clientSecret === undefined ? {} : { clientSecret: clientSecret.reveal() }),
    ...(apiKey === undefined ? {} : { apiKey: apiKey.reveal() }),
  });
  return [
    route({
      ...own,
      method: 'GET',
      path: '/v1/applications',
      summary: 'Lists API applications',
      query: Page,
      answers: { 200: z.object({ items: z.array(ApplicationWire), next: z.uuid().nullable() }) },
      handle: async ({ query }) => {
        const { after, limit } = query;
        const found = await listApplications(db, { after, limit: limit + 1 });
        const shown = found.slice(0, limit);
        const keys = await listKeys(
          db,
          shown.map(({ id }) => id),
        );
        const items = shown.map((application) =>
          toWire(application, keys.get(application.id) ?? []),
        );
        const next = found.length > limit ? (shown.at(-1)?.id ?? null) : null;
        return { status: 200, body: { items, next } };
      },
    }),
    route({
      ...own,
      method: 'POST',
      path: '/v1/applications',
      summary: 'Makes an API application; its secret or key is told this once',
      body: NewApplicationWire,
      answers: { 201: MadeWire },
      handle: async ({ body, actor }) => {
        await checkOwners(ports, body);
        return { status: 201, body: await made(await createApplication(db, body, actor, clock())) };
      },
    }),
    route({
      ...own,
      method: 'GET',
      path: '/v1/applications/:id',
      summary: 'One API application',
      params: Id,
      answers: { 200: ApplicationWire },
      handle: async ({ params: { id } }) => {
        const application = await findApplication(db, id);
        if (application === undefined) return refuse('record.unknown', { kind: 'application', id });
        return { status: 200, body: await one(application) };
      },
    }),
    ...(['enable', 'disable'] as const).map((verb) =>
      route({
        ...own,
        method: 'POST',
        path: `/v1/applications/:id/${verb}`,
        summary: `${verb === 'enable' ? 'Enables' : 'Disables'} an API application`,
        params: Id,
        answers: { 200: ApplicationWire },
        handle: async ({ params, actor }) => {
          const enabled = verb === 'enable';
          const changed = await enableApplication(db, params.id, enabled, actor, clock());
          return { status: 200, body: await one(changed) };
        },
      }),
    ),
    ...(['trust', 'distrust'] as const).map((verb) =>
      route({
        ...own,
        method: 'POST',
        path: `/v1/applications/:id/${verb}`,
        summary: `${verb === 'trust' ? 'Tells' : 'No longer tells'} an API application who is enrolled in self-service`,
        params: Id,
        answers: { 200: ApplicationWire },
        handle: async ({ params, actor }) => {
          const changed = await trustApplication(db, params.id, verb === 'trust', actor, clock());
          return { status: 200, body: await one(changed) };
        },
      }),
    ),
    route({
      ...own,
      method: 'DELETE',
      path: '/v1/applications/:id',
      summary: 'Deletes an API application with its tokens and keys',
      params: Id,
      answers: { 204: 'empty' },
      handle: async ({ params, actor }) => {
        await removeApplication(db, params.id, actor);
        return { status: 204 };
      },
    }),
    ...secretRoutes(ports),
  ];
}

function secretRoutes({ db, clock }: ApplicationPorts): Route[] {
  return [
    route({
      ...own,
      method: 'POST',
      path: '/v1/applications/:id/secret',
      summary: 'Renews the client secret; the old one and its tokens stop working',
      params: Id,
      answers: { 200: z.object({ clientSecret: z.string() }) },
      handle: async ({ params, actor }) => {
        const secret = await renewSecret(db, params.id, actor, clock());
        return { status: 200, body: { clientSecret: secret.reveal() } };
      },
    }),
    route({
      ...own,
      method: 'POST',
      path: '/v1/applications/:id/keys/:slot',
      summary: 'Puts a new API key into one of the two slots',
      params: Slot,
      body: z.object({ expiresAt: z.iso.datetime({ offset: true }).optional() }).default({}),
      answers: { 200: z.object({ apiKey: z.string() }) },
      handle: async ({ params, body, actor }) => {
        const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt);
        const key = await renewKey(db, { ...params, expiresAt }, actor, clock());
        return { status: 200, body: { apiKey: key.reveal() } };
      },
    }),
    route({
      ...own,
      method: 'DELETE',
      path: '/v1/applications/:id/keys/:slot',
      summary: 'Removes an API key',
      params: Slot,
      answers: { 204: 'empty' },
      handle: async ({ params, actor }) => {
        await removeKey(db, params.id, params.slot, actor);
        return { status: 204 };
      },
    }),
  ];
}
