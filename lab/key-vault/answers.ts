// What is asked of the lab's key vault and what it answers, its faults on demand included.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export type Asked = {
  readonly method: string;
  /** Without a slash at its end: Microsoft's client sends one. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** https:// and the host that was asked for. */
  readonly origin: string;
  /** Where this vault says that tokens are had. */
  readonly login: string;
};

export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown;
};

/** `reset` breaks the connection off, `half` sends half an answer, `drip` never ends, `silence` says nothing. */
export type Fault = Answer | 'reset' | 'half' | 'drip' | 'silence';

/** What to answer instead of the truth; undefined answers as usual. */
export type Scene = (asked: Asked, nth: number) => Fault | undefined;

const bodyMax = 100_000;

export async function readAsked(
  request: IncomingMessage,
  scheme: 'http' | 'https',
  login: string | undefined,
): Promise<Asked> {
  const origin = `${scheme}://${request.headers.host ?? 'localhost'}`;
  const url = new URL(request.url ?? '/', origin);
  const body = await text(request);
  return {
    method: request.method ?? '',
    path: decodeURIComponent(url.pathname.replace(/\/+$/, '')),
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: body.slice(0, bodyMax),
    origin,
    login: login ?? origin,
  };
}

export function send(response: ServerResponse, fault: Fault): void {
  if (fault === 'silence') return;
  if (fault === 'reset') {
    response.socket?.destroy();
    return;
  }
  if (fault === 'half') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"value": "ha');
    setImmediate(() => response.socket?.destroy());
    return;
  }
  if (fault === 'drip') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
    return;
  }
  const { status, headers, body } = fault;
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body ?? null));
}
