// A hub's front door for a test of routes: real HTTP on a free port, callers known by name.
import type { Actor } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import type { Route } from '#http/route.ts';
import { openServer } from '#http/server.ts';
import { type Log, silentLog } from '#lib/log.ts';

export type Reply = { readonly status: number; readonly text: string; readonly body: unknown };

export type Front = AsyncDisposable & {
  /** `as` is a caller's name, or undefined for nobody. A text body is sent as it is. */
  ask(as: string | undefined, method: string, path: string, body?: unknown): Promise<Reply>;
};

export function anActor(
  name: string,
  permissions: readonly Permission[],
  clientId?: number,
): Actor {
  const own = clientId === undefined ? {} : { clientId };
  return { kind: 'agent', id: name, name, permissions: new Set(permissions), ...own };
}

export async function aFront(
  routes: readonly Route[],
  callers: Readonly<Record<string, Actor>>,
  log: Log = silentLog,
): Promise<Front> {
  const server = await openServer({
    routes,
    authenticate: async ({ headers }) => {
      const actor = callers[String(headers.authorization ?? '').replace(/^Bearer /, '')];
      return actor === undefined ? undefined : { actor };
    },
    publicUrl: new URL('http://127.0.0.1'),
    version: '0',
    log,
    ready: async () => [],
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    async ask(as, method, path, body) {
      const response = await fetch(new URL(path, address), {
        method,
        headers: {
          ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, text, body: jsonOf(text) };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
