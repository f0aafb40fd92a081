// A session with one Halo: every call carries a token, every answer is judged by its status.
import type { Dispatcher } from 'undici';
import type { HaloSettings } from '#domain/connection.ts';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import { Secret } from '#lib/secret.ts';
import { fixed, type SecretSource } from '#lib/secret-source.ts';
import { systemWait, type Wait } from '#lib/wait.ts';
import { type Call, exchange, type Reply } from './call.ts';
import { type HaloLimits, haloLimits } from './limits.ts';
import { masked } from './mask.ts';
import { type Retrying, retried } from './retry.ts';
import { saidBy } from './said.ts';
import { keepTokens } from './token.ts';

export type Ask = Call & { readonly repeatable: boolean };

export type Session = {
  /** The address everything lies below, without a slash at its end and without /api. */
  readonly root: string;
  readonly limits: HaloLimits;
  readonly clock: Clock;
  /** Answers 2xx and 4xx (save 401, 403, 429); throws an ApplicationRefusal for everything else. */
  call(ask: Ask, signal?: AbortSignal): Promise<Reply>;
  /** Gets a token and nothing more: for a test of the credentials. */
  signIn(): Promise<void>;
  mask(text: string): string;
};

export type SessionOptions = {
  readonly dispatcher: Dispatcher;
  readonly limits?: Partial<HaloLimits>;
  readonly clock?: Clock;
  readonly wait?: Wait;
  readonly random?: () => number;
};

export function openSession(
  settings: HaloSettings,
  secret: Secret | SecretSource,
  options: SessionOptions,
): Session {
  const limits = { ...haloLimits, ...options.limits };
  const clock = options.clock ?? systemClock;
  const root = settings.address.replace(/\/+$/, '').replace(/\/api$/i, '');
  const how: Retrying = {
    limits,
    wait: options.wait ?? systemWait,
    random: options.random ?? Math.random,
    now: clock,
    budget: { left: limits.retryBudget },
  };
  const via = { dispatcher: options.dispatcher, callMs: limits.callMs };
  const send = (ask: Ask, signal?: AbortSignal) =>
    retried({ repeatable: ask.repeatable, once: () => exchange(ask, via, signal) }, how, signal);
  const tokens = keepTokens({
    settings,
    root,
    secret: secret instanceof Secret ? fixed(secret) : secret,
    renewBeforeMs: limits.renewBeforeMs,
    clock,
    exchange: async (call) => {
      const reply = await send({ ...call, repeatable: true });
      return reply.status === 429 || reply.status >= 500 ? refuseReply(call, reply, mask) : reply;
    },
  });
  const mask = (text: string) => masked(text, tokens.secrets());
  const authorized = async (ask: Ask, signal?: AbortSignal) => {
    const token = await tokens.current();
    const headers = { ...ask.headers, authorization: `Bearer ${token.reveal()}` };
    return { token, reply: await send({ ...ask, headers }, signal) };
  };
  return {
    root,
    limits,
    clock,
    mask,
    async signIn() {
      await tokens.current();
    },
    async call(ask, signal) {
      const { token, reply } = await authorized(ask, signal);
      if (reply.status !== 401) return judged(ask, reply, mask);
      tokens.forget(token);
      return judged(ask, (await authorized(ask, signal)).reply, mask);
    },
  };
}

type Mask = (text: string) => string;

function judged(call: Call, reply: Reply, mask: Mask): Reply {
  const { status } = reply;
  const kept = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  if (!kept || [401, 403, 429].includes(status)) return refuseReply(call, reply, mask);
  if (isPage(reply)) {
    throw new ApplicationRefusal(
      'answer.malformed',
      `${call.url.host} answers ${call.url.pathname} with a web page and not with JSON; check the address of the connection, and any proxy or sign-in page before it.`,
      false,
      detailOf(reply, mask),
    );
  }
  return reply;
}

function isPage({ headers, text }: Reply): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)/i.test(text);
}

function refuseReply(call: Call, reply: Reply, mask: Mask): never {
  const { host, pathname } = call.url;
  const said = saidBy(mask(reply.text));
  const words = said === '' ? '' : ` (${said})`;
  const what = `${call.method} ${pathname}`;
  const refuse = (
    code: ApplicationRefusal['code'],
    sentence: string,
    retryable: boolean,
  ): never => {
    throw new ApplicationRefusal(code, sentence, retryable, detailOf(reply, mask));
  };
  switch (true) {
    case reply.status === 401:
      return refuse(
        'credentials.refused',
        `${host} refuses a token it has just given; check the agent that Halo’s API application signs in as${words}.`,
        false,
      );
    case reply.status === 403:
      return refuse(
        'rights.missing',
        `${host} does not allow ${what}; give Halo’s API application, and the agent it signs in as, the right to it${words}.`,
        false,
      );
    case reply.status === 429:
      return refuse(
        'application.busy',
        `${host} takes no more requests for now; the hub tries again later${words}.`,
        true,
      );
    case reply.status < 400:
      return refuse(
        'address.refused',
        `${host} sends ${what} on to ${mask(reply.headers.location ?? 'another address')}; the hub takes its credentials to no other address, so enter the final one in the connection.`,
        false,
      );
    default:
      return refuse(
        'application.failed',
        `${host} failed at ${what} with status ${reply.status}${words}; try again later, and look in Halo’s own log if it stays.`,
        true,
      );
  }
}

function detailOf(reply: Reply, mask: Mask) {
  return { status: reply.status, text: mask(reply.text.slice(0, 10_000)) };
}
