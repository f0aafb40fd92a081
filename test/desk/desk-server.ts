// The desk's routes on a real HTTP server with a database of their own, for tests that speak as clients do.
import assert from 'node:assert/strict';
import { type Actor, theHub } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import { clients } from '#features/desk/clients/clients.ts';
import { saveRecords } from '#features/desk/resource/save.ts';
import type { Wire } from '#features/desk/resource/select.ts';
import { deskRoutes } from '#features/desk/routes.ts';
import { sites } from '#features/desk/sites/sites.ts';
import { openServer } from '#http/server.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import { silentLog } from '#lib/log.ts';
import { openSealing, type Sealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';

/** What an answer held: its JSON is whatever it is, and the test says what it expects. */
// biome-ignore lint/suspicious/noExplicitAny: a client in the field takes the JSON as it comes
export type Json = any;

export type Reply = { readonly status: number; readonly body: Json; readonly text: string };

export type DeskServer = AsyncDisposable & {
  readonly url: URL;
  readonly database: TestDatabase;
  readonly sealing: Sealing;
  /** Larkfield Optics, with its sites in Bristol and Porto. */
  readonly larkfield: { readonly id: number; readonly bristol: number; readonly porto: number };
  /** Asks as somebody: by the key of `people`; as an administrator when left out. */
  get(path: string, as?: string): Promise<Reply>;
  post(path: string, body: unknown, as?: string): Promise<Reply>;
  delete(path: string, as?: string): Promise<Reply>;
  /** Sends exactly this text. */
  send(method: string, path: string, text: string | undefined, as?: string): Promise<Reply>;
  /** Lets somebody else in, under a name. */
  admit(name: string, actor: Actor): void;
};

export async function aDeskServer(options: { readonly clock?: Clock } = {}): Promise<DeskServer> {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await aDatabase());
  const people = new Map<string, Actor>([['admin', anActor({ permissions: new Set(['admin']) })]]);
  const publicUrl = new URL('http://127.0.0.1:7610');
  const sealing = openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]);
  const server = opening.use(
    await openServer({
      routes: deskRoutes({
        db: database.db,
        sealing,
        clock: options.clock ?? systemClock,
        publicUrl: publicUrl.origin,
        version: '0.1.0',
        tenant: 'larkfield',
      }),
      authenticate: async ({ headers }) => {
        const actor = people.get(String(headers.authorization).replace('Bearer ', ''));
        return actor === undefined ? undefined : { actor };
      },
      publicUrl,
      version: '0.1.0',
      log: silentLog,
      ready: async () => [],
    }),
  );
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const send = (method: string, path: string, text: string | undefined, as = 'admin') =>
    ask(new URL(path, url), method, text, as);
  const larkfield = await aCompany(database);
  const opened = opening.move();
  return {
    url,
    database,
    sealing,
    larkfield,
    get: (path, as) => send('GET', path, undefined, as),
    post: (path, body, as) => send('POST', path, JSON.stringify(body), as),
    delete: (path, as) => send('DELETE', path, undefined, as),
    send,
    admit: (name, actor) => void people.set(name, actor),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export function anActor(parts: Partial<Actor> = {}): Actor {
  return { kind: 'agent', id: '1', name: 'Tomas Reis', permissions: new Set(), ...parts };
}

export function anApplication(
  permissions: readonly Permission[],
  parts: Partial<Actor> = {},
): Actor {
  return anActor({
    kind: 'application',
    id: '7f0e8f2c-0000-4000-8000-000000000001',
    name: 'Joiner script',
    permissions: new Set(permissions),
    ...parts,
  });
}

async function ask(url: URL, method: string, text: string | undefined, as: string): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(text === undefined ? {} : { body: text }),
  });
  const answered = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    text: answered,
    body: isJson ? JSON.parse(answered) : undefined,
  };
}

async function aCompany({ db }: TestDatabase): Promise<DeskServer['larkfield']> {
  const acting = { actor: theHub, now: new Date() };
  const [client] = await saveRecords(db, clients, acting, [
    { name: 'Larkfield Optics', newclient_sitename: 'Bristol' },
  ]);
  const [porto] = await saveRecords(db, sites, acting, [
    { name: 'Porto', client_id: idOf(client) },
  ]);
  return { id: idOf(client), bristol: idOf(client, 'main_site_id'), porto: idOf(porto) };
}

function idOf(wire: Wire | undefined, name = 'id'): number {
  const id = wire?.[name];
  assert(typeof id === 'number');
  return id;
}
