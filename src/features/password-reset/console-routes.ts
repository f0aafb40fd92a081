// /v1/self-service: for administrators of the desk; password-reset:manage at every door.
import { z } from 'zod';
import { refuseImpersonated } from '#domain/actor.ts';
import { type Route, route } from '#http/route.ts';
import { SelfServiceAttemptsWire, SelfServicePeopleWire, SelfServiceWire } from './console-wire.ts';
import { invite } from './enrolments.ts';
import { countsOf, listAttempts, listPeople } from './overview.ts';
import type { SelfServicePorts } from './ports.ts';
import { ofEveryClient } from './question-routes.ts';
import { removeEnrolment } from './removal.ts';
import { changeSettings, settingsOf } from './settings.ts';
import { notAlone } from './wire.ts';

const own = { dialect: 'v1', access: ['password-reset:manage'] } as const;
const Id = z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) });

const attemptsShown = 100;

export function consoleRoutes(ports: SelfServicePorts): Route[] {
  const { db, clock } = ports;
  const overview = async (clientId: number | undefined): Promise<SelfServiceWire> => {
    const counts = await countsOf(db, clientId === undefined ? {} : { clientId }, clock());
    const mailConnections = await db
      .selectFrom('connections')
      .select(['id', 'name'])
      .where('kind', '=', 'mail')
      .where('client_id', 'is', null)
      .orderBy('name')
      .execute();
    const settings = await settingsOf(db);
    return {
      ...settings,
      ...counts,
      mailConnections,
      sentence: sentenceOf(settings, counts),
      warning: notAlone,
    };
  };
  return [
    route({
      ...own,
      method: 'GET',
      path: '/v1/self-service',
      summary: 'Whether people reset their own passwords, and how many may',
      answers: { 200: SelfServiceWire },
      handle: async ({ actor }) => ({ status: 200, body: await overview(actor.clientId) }),
    }),
    route({
      ...own,
      method: 'PATCH',
      path: '/v1/self-service',
      summary: 'Switches self-service on or off, and chooses the connection of its mails',
      body: z.strictObject({
        enabled: z.boolean().optional(),
        connectionId: z.uuid().nullable().optional(),
      }),
      answers: { 200: SelfServiceWire },
      handle: async ({ actor, body }) => {
        ofEveryClient(actor);
        await changeSettings(db, body, actor, clock());
        return { status: 200, body: await overview(actor.clientId) };
      },
    }),
    route({
      ...own,
      method: 'GET',
      path: '/v1/self-service/people',
      summary: 'Who is enrolled, invited, or neither',
      query: z.object({
        search: z.string().max(200).optional(),
        enrolled: z
          .enum(['true', 'false'])
          .transform((word) => word === 'true')
          .optional(),
        after: z.coerce.number().int().min(0).max(2_147_483_647).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
      answers: { 200: SelfServicePeopleWire },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: await listPeople(db, actor, query),
      }),
    }),
    route({
      ...own,
      method: 'POST',
      path: '/v1/self-service/people/:id/invite',
      summary: 'Mails a person the link with which they enrol by themselves',
      params: Id,
      answers: { 202: z.object({ sentence: z.string() }) },
      handle: async ({ actor, params: { id } }) => {
        refuseImpersonated(actor);
        const { name, email } = await invite(ports, id, actor);
        const sentence = `A link for ${name} is on its way to ${email ?? ''}; it opens once, within three days.`;
        return { status: 202, body: { sentence } };
      },
    }),
    route({
      ...own,
      method: 'DELETE',
      path: '/v1/self-service/people/:id',
      summary: 'Removes a person’s questions and second factors',
      params: Id,
      answers: { 204: 'empty' },
      handle: async ({ actor, params: { id } }) => {
        refuseImpersonated(actor);
        await removeEnrolment(ports, id, actor);
        return { status: 204 };
      },
    }),
    route({
      ...own,
      method: 'GET',
      path: '/v1/self-service/attempts',
      summary: 'The latest attempts to reset a password',
      answers: { 200: SelfServiceAttemptsWire },
      handle: async ({ actor }) => {
        const items = await listAttempts(db, actor, attemptsShown);
        return { status: 200, body: { items: [...items] } };
      },
    }),
  ];
}

function sentenceOf(
  { enabled }: { readonly enabled: boolean },
  { people, enrolled, attempts, resets }: Awaited<ReturnType<typeof countsOf>>,
): string {
  const who = `${enrolled} of ${people} people can reset their own password.`;
  if (!enabled) return `Self-service is off. ${who}`;
  if (attempts === 0) return `${who} Nobody tried within a day.`;
  return `${who} Within a day ${attempts === 1 ? '1 tried' : `${attempts} tried`}, ${resets} succeeded.`;
}
