// Posts signed messages to a webhook, as Standard Webhooks has it: id, timestamp and an HMAC over both and the body.
import { createHmac } from 'node:crypto';
import { type Dispatcher, errors, request } from 'undici';
import { endpointsOf, type ProbeResult, type WebhookSettings } from '#domain/connection.ts';
import { DeliveryRefusal, type Poster } from '#domain/ports/messenger.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import { type Allowance, guardedConnect } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { guardedAgent } from '#lib/guarded-agent.ts';
import type { Secret } from '#lib/secret.ts';

export type WebhookOptions = { readonly clock?: Clock; readonly postMs?: number };

export const webhookLimits = { postMs: 20_000, answerBytesMax: 64 * 1024 } as const;

export function openWebhook(
  settings: WebhookSettings,
  secret: Secret,
  allowance: Allowance,
  options: WebhookOptions = {},
): Poster {
  const dispatcher = guardedAgent(allowance, {
    limits: { answerBytesMax: webhookLimits.answerBytesMax },
    ...(settings.ca === null ? {} : { ca: settings.ca }),
  });
  const clock = options.clock ?? systemClock;
  return {
    async post({ id, body }, signal) {
      const text = JSON.stringify(body);
      const late = AbortSignal.timeout(options.postMs ?? webhookLimits.postMs);
      const until = signal === undefined ? late : AbortSignal.any([signal, late]);
      await send(settings, dispatcher, until, {
        text,
        headers: signed(secret, { id, at: clock(), text }),
      });
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

/** Connects, over TLS where the address says so, and posts nothing: a receiver acts on what it gets. */
export async function probeWebhook(
  settings: WebhookSettings,
  allowance: Allowance,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  const [endpoint] = endpointsOf({ kind: 'webhook', settings });
  if (endpoint === undefined) throw new TypeError('a webhook has an address');
  const tls = settings.ca === null ? {} : { ca: settings.ca };
  try {
    const socket = await guardedConnect({
      ...endpoint,
      allowance,
      ...(settings.url.startsWith('https:') ? { tls } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    socket.destroy();
  } catch (error) {
    if (!(error instanceof ConnectRefusal)) throw error;
    return { ok: false, stage: error.stage, code: error.code, sentence: error.message };
  }
  return {
    ok: true,
    sentence: `${endpoint.host}:${endpoint.port} can be reached; send a test message to see it arrive.`,
  };
}

/** https://www.standardwebhooks.com: HMAC-SHA256 over `id.timestamp.body`, in Base64, named v1. */
function signed(secret: Secret, { id, at, text }: { id: string; at: Date; text: string }) {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', keyOf(secret))
    .update(`${id}.${timestamp}.${text}`)
    .digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

/** A secret like `whsec_...` is Base64; any other is taken as it stands. */
function keyOf(secret: Secret): Buffer {
  const text = secret.reveal();
  return text.startsWith('whsec_') ? Buffer.from(text.slice(6), 'base64') : Buffer.from(text);
}

type Sent = { readonly text: string; readonly headers: Readonly<Record<string, string>> };

async function send(
  { url }: WebhookSettings,
  dispatcher: Dispatcher,
  signal: AbortSignal,
  { text, headers }: Sent,
): Promise<void> {
  const { host } = new URL(url);
  const status = await request(url, {
    method: 'POST',
    dispatcher,
    headers,
    body: text,
    signal,
  }).then(
    async ({ statusCode, body }) => {
      await body.dump();
      return statusCode;
    },
    (error: unknown) => {
      throw failure(host, error);
    },
  );
  if (status >= 200 && status < 300) return;
  throw refusedBy(host, status);
}

function refusedBy(host: string, status: number): DeliveryRefusal {
  if (status < 400) {
    return new DeliveryRefusal(
      'address.refused',
      `${host} sends the message on to another address (status ${status}); the hub follows none, so enter the final one.`,
      false,
    );
  }
  const passing = status >= 500 || status === 429 || status === 408;
  return new DeliveryRefusal(
    passing ? 'receiver.failed' : 'message.refused',
    passing
      ? `${host} cannot take the message now (status ${status}); it is tried again.`
      : `${host} does not take the message (status ${status}); check its address and the key it is signed with.`,
    passing,
  );
}

function failure(host: string, error: unknown): DeliveryRefusal {
  if (error instanceof ConnectRefusal) {
    const passing = error.stage === 'connect' || error.stage === 'name';
    const code =
      error.stage === 'address'
        ? 'address.refused'
        : error.stage === 'tls'
          ? 'tls.refused'
          : 'receiver.unreachable';
    return new DeliveryRefusal(code, error.message, passing, error);
  }
  const slow = error instanceof errors.HeadersTimeoutError || isAbort(error);
  return new DeliveryRefusal(
    'receiver.unreachable',
    `${host} ${slow ? 'took too long to answer' : 'broke the connection off'}; it is tried again.`,
    true,
    error,
  );
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && /Abort|Timeout/.test(error.name);
}
