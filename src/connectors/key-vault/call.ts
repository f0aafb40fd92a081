// One HTTP exchange on the way to a secret: bounded in time and size, tried again where that helps, its failure in a sentence.
import { type Dispatcher, errors, request } from 'undici';
import { VaultRefusal, type VaultRefusalCode } from '#domain/ports/vault.ts';
import type { Clock } from '#lib/clock.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { retryAfterMs } from '#lib/retry-after.ts';
import type { Wait } from '#lib/wait.ts';
import type { VaultLimits } from './limits.ts';

export type Call = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** Whom we speak to: each fails in its own words. */
export type Party = 'vault' | 'login' | 'identity';

export type Line = {
  readonly dispatcher: Dispatcher;
  readonly limits: VaultLimits;
  readonly clock: Clock;
  readonly wait: Wait;
  /** From 0 to 1. */
  readonly random: () => number;
};

/** The last reply, whatever its status; or a VaultRefusal for what never became one. */
export async function call(
  asked: Call,
  party: Party,
  line: Line,
  signal?: AbortSignal,
): Promise<Reply> {
  const { limits, wait, random } = line;
  let waitedMs = 0;
  for (let attempt = 1; ; attempt += 1) {
    const tried = await exchange(asked, party, line, signal).catch((error: unknown) => {
      if (error instanceof VaultRefusal && error.retryable) return error;
      throw error;
    });
    const pauseMs = pauseAfter(tried, party, limits.backoffMs * 2 ** (attempt - 1), line);
    const affordable =
      attempt < limits.attemptsMax && waitedMs + (pauseMs ?? 0) <= limits.waitMaxMs;
    if (pauseMs === undefined || !affordable) {
      if (tried instanceof VaultRefusal) throw tried;
      return tried;
    }
    const jittered = pauseMs * (1 + random() / 4);
    waitedMs += jittered;
    await wait(jittered, signal);
  }
}

/** An identity that was assigned a moment ago is not known yet: 404, and 410 while the service moves. */
const passing: Readonly<Record<Party, readonly number[]>> = {
  vault: [429, 500, 502, 503, 504],
  login: [429, 500, 502, 503, 504],
  identity: [404, 408, 410, 429, 500, 502, 503, 504],
};

function pauseAfter(
  tried: Reply | VaultRefusal,
  party: Party,
  backoffMs: number,
  { clock }: Line,
): number | undefined {
  // Nobody at home on this very machine: it will not come by waiting.
  if (tried instanceof VaultRefusal) return party === 'identity' ? undefined : backoffMs;
  if (!passing[party].includes(tried.status)) return undefined;
  const askedMs = retryAfterMs(tried.headers['retry-after'], clock());
  if (askedMs !== undefined) return Math.max(askedMs, backoffMs);
  return tried.status === 410 ? backoffMs * 8 : backoffMs;
}

async function exchange(
  asked: Call,
  party: Party,
  { dispatcher, limits }: Line,
  signal: AbortSignal | undefined,
): Promise<Reply> {
  const late = AbortSignal.timeout(limits.callMs);
  try {
    const { statusCode, headers, body } = await request(asked.url, {
      dispatcher,
      method: asked.method,
      headers: { accept: 'application/json', ...asked.headers },
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      ...(asked.body === undefined ? {} : { body: asked.body }),
    });
    return { status: statusCode, headers: flat(headers), text: await body.text() };
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(asked.url.host, party, error, late.aborted);
  }
}

const unreachable: Readonly<Record<Party, VaultRefusalCode>> = {
  vault: 'vault.unreachable',
  login: 'token.unreachable',
  identity: 'identity.absent',
};

function failure(host: string, party: Party, error: unknown, late: boolean): VaultRefusal {
  const code = unreachable[party];
  if (error instanceof ConnectRefusal) {
    if (party === 'identity' && error.stage !== 'address') return absent(host, error);
    const ours = error.stage === 'address';
    const passes = error.stage === 'connect' || error.stage === 'name';
    return new VaultRefusal(ours ? 'address.refused' : code, error.message, passes, error);
  }
  if (error instanceof errors.ResponseExceededMaxSizeError) {
    const sentence = `${host} sends an answer that is larger than the hub takes; check the address of the vault.`;
    return new VaultRefusal('answer.malformed', sentence, false, error);
  }
  const slow =
    late || error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
  const sentence = slow
    ? `${host} took too long to answer; try again later.`
    : `${host} broke the connection off in the middle of an answer; try again later.`;
  return new VaultRefusal(code, sentence, true, error);
}

function absent(host: string, error: unknown): VaultRefusal {
  return new VaultRefusal(
    'identity.absent',
    `This machine has no managed identity: ${host} does not answer. Run the hub in Azure with one assigned, or reach the vault with a client secret or a certificate.`,
    false,
    error,
  );
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
