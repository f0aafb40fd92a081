// One HTTP exchange with Halo: sent through the guard, bounded in time and size, its failure in a sentence.
import { type Dispatcher, errors, request } from 'undici';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';

export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly tookMs: number;
};

export type Exchange = {
  readonly dispatcher: Dispatcher;
  /** The whole exchange, so that a server which drips cannot hold a worker. */
  readonly callMs: number;
};

/** A failure between us and Halo. `sent` tells whether Halo may have got (and done) what was asked. */
export class CallFailure extends ApplicationRefusal {
  readonly sent: boolean;

  constructor(
    code: 'address.refused' | 'application.unreachable' | 'answer.malformed' | 'request.refused',
    sentence: string,
    how: { readonly retryable: boolean; readonly sent: boolean },
    detail: unknown,
  ) {
    super(code, sentence, how.retryable, detail);
    this.sent = how.sent;
  }
}

export async function exchange(
  call: Call,
  { dispatcher, callMs }: Exchange,
  signal?: AbortSignal,
): Promise<Reply> {
  const startedAt = performance.now();
  const late = AbortSignal.timeout(callMs);
  try {
    const { statusCode, headers, body } = await request(call.url, {
      dispatcher,
      method: call.method,
      headers: { accept: 'application/json', ...call.headers },
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    const text = await body.text();
    const tookMs = Math.round(performance.now() - startedAt);
    return { status: statusCode, headers: flat(headers), text, tookMs };
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(call.url.host, error, late.aborted);
  }
}

function failure(host: string, error: unknown, late: boolean): CallFailure {
  if (error instanceof ConnectRefusal) return connectFailure(error);
  if (error instanceof errors.ResponseExceededMaxSizeError) {
    return new CallFailure(
      'answer.malformed',
      `${host} sends an answer that is larger than the hub takes; ask for smaller pages.`,
      { retryable: false, sent: true },
      error,
    );
  }
  if (error instanceof errors.InvalidArgumentError) {
    return new CallFailure(
      'request.refused',
      `The request cannot be sent as it is: ${error.message}.`,
      { retryable: false, sent: false },
      error,
    );
  }
  const slow =
    late || error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
  return new CallFailure(
    'application.unreachable',
    slow
      ? `${host} took too long to answer; try again later.`
      : `${host} broke the connection off in the middle of an answer; try again later.`,
    { retryable: true, sent: true },
    error,
  );
}

function connectFailure(refusal: ConnectRefusal): CallFailure {
  const ours = refusal.stage === 'address';
  return new CallFailure(
    ours ? 'address.refused' : 'application.unreachable',
    refusal.message,
    { retryable: refusal.stage === 'connect' || refusal.stage === 'name', sent: false },
    refusal,
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
