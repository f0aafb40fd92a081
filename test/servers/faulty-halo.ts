// A Halo that misbehaves on purpose, over real HTTP on loopback; the lab's desk is the one that behaves.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

export type Answer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown;
};

/** `reset` breaks the connection off, `drip` sends a byte now and then for ever, `silence` says nothing. */
export type Fault = Answer | 'reset' | 'half' | 'drip' | 'silence';

/** What to answer; undefined gives the usual answer (a token, AuthInfo, else 404). */
export type Scene = (asked: Asked, nth: number) => Fault | undefined;

export type FaultyHalo = AsyncDisposable & {
  readonly address: string;
  readonly port: number;
  readonly asked: readonly Asked[];
  /** What was asked of one path, in order. */
  askedOf(path: string): readonly Asked[];
};

export async function aFaultyHalo(scene: Scene): Promise<FaultyHalo> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, asked, scene);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    asked,
    askedOf: (path) => asked.filter((one) => one.path === path),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  asked: Asked[],
  scene: Scene,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const one: Asked = {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: await text(request),
  };
  asked.push(one);
  const nth = asked.filter(({ path }) => path === one.path).length;
  const fault = scene(one, nth) ?? usual(one, nth);
  if (fault === 'silence') return;
  if (fault === 'reset') return void request.socket.resetAndDestroy();
  if (fault === 'half') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"record_count": 1, "us');
    setImmediate(() => request.socket.destroy());
    return;
  }
  if (fault === 'drip') return drip(response);
  const asText = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? null);
  response.writeHead(fault.status ?? 200, {
    'content-type': 'application/json',
    ...fault.headers,
  });
  response.end(asText);
}

function usual({ path, headers }: Asked, nth: number): Answer {
  if (path === '/api/AuthInfo') {
    return { body: { auth_url: `http://${headers.host}/auth/`, tenant_id: 'larkfield' } };
  }
  if (path === '/auth/token') {
    return {
      body: { access_token: `token-number-${nth}`, expires_in: 3600, token_type: 'Bearer' },
    };
  }
  return { status: 404, body: { Message: 'not here' } };
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
}
