// Every request to a provider: through the connect guard, without redirects, bounded in time and size.
import type { CustomFetch } from 'openid-client';
import { type Agent, errors, request } from 'undici';
import type { Allowance } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { guardedAgent } from '#lib/guarded-agent.ts';
import type { OidcLimits } from './limits.ts';

/** Why there was no answer, in a sentence. */
export class NoAnswer extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.name = 'NoAnswer';
  }
}

export type Line = AsyncDisposable & { readonly fetch: CustomFetch };

/** One line serves one application: its sockets lead where that one may go. */
export function openLine(allowance: (url: URL) => Allowance, limits: OidcLimits): Line {
  const agents = new Map<string, Agent>();
  const agentFor = (url: URL): Agent => {
    const known = agents.get(url.origin);
    if (known !== undefined) return known;
    if (agents.size >= limits.originsMax) {
      throw new NoAnswer(`The provider’s addresses are on more than ${limits.originsMax} hosts.`);
    }
    const agent = guardedAgent(allowance(url), {
      limits: { answerBytesMax: limits.answerBytesMax, connectMs: limits.callMs },
    });
    agents.set(url.origin, agent);
    return agent;
  };
  return {
    fetch: async (address, { method, headers, body, signal }) => {
      const url = new URL(address);
      const late = AbortSignal.timeout(limits.callMs);
      return exchange(url, agentFor, {
        method,
        headers: { ...headers },
        body: body instanceof URLSearchParams ? body.toString() : undefined,
        signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

type Exchange = {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
};

async function exchange(
  url: URL,
  agentFor: (url: URL) => Agent,
  asked: Exchange,
): Promise<Response> {
  const { method, body, ...rest } = asked;
  try {
    const answer = await request(url, {
      ...rest,
      method: method === 'POST' ? 'POST' : 'GET',
      ...(body === undefined ? {} : { body }),
      dispatcher: agentFor(url),
    });
    const { statusCode: status } = answer;
    const text = await answer.body.text();
    if (status >= 300 && status < 400) throw onward(url.host, status);
    const type = answer.headers['content-type'];
    const headers = typeof type === 'string' ? { 'content-type': type } : {};
    const empty = status === 204 || status === 205;
    return new Response(empty ? null : text, { status, headers });
  } catch (error) {
    throw inWords(url.host, error);
  }
}

function onward(host: string, status: number): NoAnswer {
  return new NoAnswer(
    `${host} sends the hub on to another address (status ${status}); it follows none.`,
  );
}

function inWords(host: string, error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  if (error instanceof ConnectRefusal) return new NoAnswer(error.message, error);
  if (error instanceof errors.ResponseExceededMaxSizeError) {
    return new NoAnswer(`${host} sends an answer that is larger than the hub takes.`, error);
  }
  if (isSlow(error)) return new NoAnswer(`${host} took too long to answer.`, error);
  return new NoAnswer(`${host} broke the connection off.`, error);
}

function isSlow(error: unknown): boolean {
  return (
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    (error instanceof Error && /Abort|Timeout/.test(error.name))
  );
}
