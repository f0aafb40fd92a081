// A remote Halo over HTTP: another hub's desk, behind a gate that refuses, breaks off and goes away when told to.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Halo, openHalo } from '#connectors/halo/halo.ts';
import { HaloSettings } from '#domain/connection.ts';
import { Secret } from '#lib/secret.ts';
import { aDeskServer, type DeskServer } from '#test/desk/desk-server.ts';

/** `status` answers so instead; `lost` does what is asked and breaks off before it answers; `reset` does nothing. */
export type Fault = { readonly status: number } | 'lost' | 'reset';
export type Asked = { readonly method: string; readonly path: string; readonly nth: number };

export type RemoteHalo = AsyncDisposable & {
  readonly server: DeskServer;
  readonly asked: readonly Asked[];
  /** What happens to a request; nothing when it says nothing. */
  gate: (asked: Asked) => Fault | undefined;
  open(): Promise<Halo>;
};

export async function aRemoteHalo(): Promise<RemoteHalo> {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await aDeskServer());
  const asked: Asked[] = [];
  const halo = {
    server,
    asked,
    gate: (_: Asked): Fault | undefined => undefined,
    open: async () =>
      openHalo(settings, new Secret('s'), allowance, {
        wait: async () => {},
        limits: { attemptsMax: 2, pageSize: 200 },
      }),
  };
  const front = createServer((request, response) => {
    const path = new URL(request.url ?? '/', server.url).pathname;
    const method = request.method ?? '';
    const nth = asked.filter((one) => one.method === method && one.path === path).length + 1;
    const one = { method, path, nth };
    asked.push(one);
    void answer(server.url, request, response, path === '/auth/token' ? 'token' : halo.gate(one));
  });
  opening.defer(async () => {
    front.closeAllConnections();
    await new Promise((closed) => front.close(closed));
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const bound = front.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const address = `http://127.0.0.1:${port}`;
  const settings = HaloSettings.parse({
    ...{ address, tokenAddress: `${address}/auth/token`, clientId: 'sundog' },
  });
  const opened = opening.move();
  return Object.assign(halo, { [Symbol.asyncDispose]: () => opened.disposeAsync() });
}

const allowance = { lab: true, confirmed: [], networks: [] };

async function answer(
  desk: URL,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | 'token' | undefined,
): Promise<void> {
  const body = await text(request);
  if (fault === 'token') {
    return send(response, 200, '{"access_token":"admin","expires_in":3600,"token_type":"Bearer"}');
  }
  if (fault === 'reset') return void request.socket.resetAndDestroy();
  if (typeof fault === 'object') return send(response, fault.status, '{"Message":"not now"}');
  const reply = await fetch(new URL(request.url ?? '/', desk), {
    method: request.method ?? 'GET',
    headers: {
      authorization: String(request.headers.authorization),
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === '' ? {} : { body }),
  });
  const answered = await reply.text();
  if (fault === 'lost') return void request.socket.resetAndDestroy();
  send(response, reply.status, answered);
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body);
}
