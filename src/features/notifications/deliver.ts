// Posts notices to the channels that want them, and delivers what the outbox hands over.
import { z } from 'zod';
import type { ConnectionFacts } from '#domain/connection.ts';
import { type Notice, noticeEvents } from '#domain/notice.ts';
import { DeliveryRefusal, type Mailer, type Poster } from '#domain/ports/messenger.ts';
import { Problem, refuse } from '#domain/problem.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db, Tx } from '#store/db.ts';
import { type Deliverer, post } from '#store/outbox.ts';
import { type Channel, findChannel } from './channel.ts';

/** The outbox kind of a notice on its way to one channel. */
export const noticeKind = 'notification';

export type DeliveryPorts = {
  readonly db: Db;
  readonly clock: Clock;
  /** Where people reach the hub: SUNDOG_PUBLIC_URL. */
  readonly publicUrl: URL;
  readonly findConnections: (
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, ConnectionFacts>>;
  readonly openMailer: (connectionId: string) => Promise<Mailer>;
  readonly openWebhook: (connectionId: string) => Promise<Poster>;
};

const Letter = z.object({
  channelId: z.uuid(),
  event: z.enum(noticeEvents),
  title: z.string(),
  sentence: z.string(),
  path: z.string(),
  at: z.iso.datetime(),
});
type Letter = z.infer<typeof Letter>;

/**
 * Posts the notice, in the transaction of what it tells, to every active channel that wants the event:
 * the client's own and those of every client.
 */
export async function notify(tx: Tx, notice: Notice, now: Date): Promise<void> {
  const channels = await tx
    .selectFrom('notification_channels')
    .select('id')
    .where('active', '=', true)
    .where((row) => row(row.val<string>(notice.event), '=', row.fn.any('events')))
    .where((row) => row.or([row('client_id', 'is', null), row('client_id', '=', notice.clientId)]))
    .execute();
  for (const { id } of channels) {
    const { event, title, sentence, path } = notice;
    const payload: Letter = { channelId: id, event, title, sentence, path, at: now.toISOString() };
    // One line a channel: what broke is told before what works again.
    await post(tx, {
      kind: noticeKind,
      key: `${notice.key}:${id}`,
      line: `notification:${id}`,
      payload,
    });
  }
}

/** For the outbox. A channel that is gone or at rest by now wants it no more. */
export function noticeDeliverer(ports: DeliveryPorts): Deliverer {
  return async (payload, { key, signal }) => {
    const letter = Letter.parse(payload);
    const channel = await findChannel(ports.db, letter.channelId);
    if (channel?.active !== true) return;
    await deliver(ports, channel, { ...letter, key }, signal);
  };
}

/** Sends one message that says it is a test. Refuses with the receiver's own reason. */
export async function sendTest(
  ports: DeliveryPorts,
  channel: Channel,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  const letter = {
    channelId: channel.id,
    event: 'test' as const,
    title: `A test of "${channel.name}"`,
    sentence: 'This is a test: the channel works.',
    path: '/notification-channels',
    at: ports.clock().toISOString(),
    key,
  };
  await deliver(ports, channel, letter, signal);
}

type Sending = Omit<Letter, 'event'> & {
  readonly event: Letter['event'] | 'test';
  readonly key: string;
};

async function deliver(
  ports: DeliveryPorts,
  channel: Channel,
  letter: Sending,
  signal: AbortSignal,
): Promise<void> {
  const connections = await ports.findConnections([channel.connectionId]);
  const kind = connections.get(channel.connectionId)?.kind;
  try {
    if (kind === 'mail') await byMail(ports, channel, letter, signal);
    else await byWebhook(ports, channel, letter, signal);
  } catch (error) {
    if (error instanceof DeliveryRefusal) {
      throw new Problem('notice.undelivered', { reason: error.message }, error);
    }
    throw error;
  }
}

async function byMail(
  { openMailer, publicUrl }: DeliveryPorts,
  { connectionId, recipients, name }: Channel,
  letter: Sending,
  signal: AbortSignal,
): Promise<void> {
  await using mailer = await openMailer(connectionId);
  const text = [
    letter.sentence,
    linkTo(publicUrl, letter.path),
    `--\nSundog at ${publicUrl.href}, to the notification channel "${name}".`,
  ].join('\n\n');
  await mailer.send(
    { id: letter.key, to: recipients, subject: `[Sundog] ${letter.title}`, text },
    signal,
  );
}

async function byWebhook(
  { openWebhook, publicUrl }: DeliveryPorts,
  { connectionId }: Channel,
  { key, event, title, sentence, path, at }: Sending,
  signal: AbortSignal,
): Promise<void> {
  await using webhook = await openWebhook(connectionId);
  const body = { id: key, event, at, title, sentence, link: linkTo(publicUrl, path) };
  await webhook.post({ id: key, body }, signal);
}

/** Below the public address, whatever the path says. */
function linkTo(publicUrl: URL, path: string): string {
  if (!path.startsWith('/') || path.startsWith('//')) {
    refuse('request.invalid', { reason: `"${path}" is no path of this hub` });
  }
  return `${publicUrl.href.replace(/\/+$/, '')}${path}`;
}
