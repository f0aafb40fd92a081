// The endpoints of notification channels under /v1.
import { z } from 'zod';
import { noticeEvents } from '#domain/notice.ts';
import { listRoute, PageQuery } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { publicSentence } from '#lib/errors.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import {
  type Channel,
  ChannelDraft,
  type ChannelPorts,
  changeChannel,
  createChannel,
  deleteChannel,
  getChannel,
  getOwn,
  listChannels,
} from './channel.ts';
import { type DeliveryPorts, sendTest } from './deliver.ts';

export type NotificationPorts = ChannelPorts & DeliveryPorts;

export const ChannelWire = z.object({
  id: z.uuid(),
  name: z.string(),
  clientId: z.int().nullable(),
  connectionId: z.uuid(),
  events: z.array(z.enum(noticeEvents)),
  recipients: z.array(z.string()),
  active: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

/** Nothing that is left out changes: a default would reset it. */
const ChannelChange = z.strictObject({
  name: ChannelDraft.shape.name.optional(),
  clientId: z.int().positive().nullable().optional(),
  connectionId: z.uuid().optional(),
  events: ChannelDraft.shape.events.optional(),
  recipients: ChannelDraft.shape.recipients.unwrap().optional(),
  active: z.boolean().optional(),
});

const SentWire = z.object({ sentence: z.string() });

const Params = z.object({ id: z.uuid() });

export function notificationRoutes(ports: NotificationPorts): Route[] {
  return [
    listRoute({
      path: '/v1/notification-channels',
      summary: 'Lists notification channels',
      access: ['connections:read'],
      query: PageQuery,
      item: ChannelWire,
      async list(actor, query) {
        const { items, next } = await listChannels(ports.db, actor, query);
        return { items: items.map(toWire), next };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/notification-channels',
      summary: 'Makes a notification channel',
      dialect: 'v1',
      access: ['connections:edit'],
      body: ChannelDraft,
      answers: { 201: ChannelWire },
      async handle({ actor, body }) {
        return { status: 201, body: toWire(await createChannel(ports, actor, body)) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/notification-channels/:id',
      summary: 'One notification channel',
      dialect: 'v1',
      access: ['connections:read'],
      params: Params,
      answers: { 200: ChannelWire },
      async handle({ actor, params }) {
        return { status: 200, body: toWire(await getChannel(ports.db, actor, params.id)) };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v1/notification-channels/:id',
      summary: 'Changes a notification channel',
      dialect: 'v1',
      access: ['connections:edit'],
      params: Params,
      body: ChannelChange,
      answers: { 200: ChannelWire },
      async handle({ actor, params, body }) {
        return { status: 200, body: toWire(await changeChannel(ports, actor, params.id, body)) };
      },
    }),
    ...otherRoutes(ports),
  ];
}

function otherRoutes(ports: NotificationPorts): Route[] {
  return [
    route({
      method: 'DELETE',
      path: '/v1/notification-channels/:id',
      summary: 'Deletes a notification channel',
      dialect: 'v1',
      access: ['connections:edit'],
      params: Params,
      answers: { 204: 'empty' },
      async handle({ actor, params }) {
        await deleteChannel(ports, actor, params.id);
        return { status: 204 };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/notification-channels/:id/test',
      summary: 'Sends a test message through the channel, now',
      dialect: 'v1',
      access: ['connections:edit'],
      params: Params,
      answers: { 200: SentWire },
      async handle({ actor, params, signal }) {
        const channel = await getOwn(ports.db, actor, params.id);
        const told = {
          actor,
          action: 'channel.tested',
          subject: { kind: 'channel', id: channel.id, name: channel.name },
          clientId: channel.clientId,
        };
        await audit(ports.db, [{ ...told, outcome: 'intent' }]);
        try {
          await sendTest(ports, channel, `test:${newId()}`, signal);
        } catch (error) {
          const because = publicSentence(error) ?? 'it failed; the log says why';
          await audit(ports.db, [{ ...told, outcome: 'failed', because }]);
          throw error;
        }
        await audit(ports.db, [{ ...told, outcome: 'done' }]);
        const to = channel.recipients.length > 0 ? channel.recipients.join(', ') : 'the webhook';
        return { status: 200, body: { sentence: `The test message was handed over for ${to}.` } };
      },
    }),
  ];
}

function toWire(channel: Channel): z.input<typeof ChannelWire> {
  return {
    ...channel,
    createdAt: channel.createdAt.toISOString(),
    updatedAt: channel.updatedAt.toISOString(),
  };
}
