// A hub with its doors alone: applications, sign-in and two routes to try them on, over real HTTP.
import { z } from 'zod';
import { type Access, openAccess } from '#access.ts';
import { accessCommands } from '#access-commands.ts';
import { theHub } from '#domain/actor.ts';
import { createApplication, type NewApplication } from '#features/applications/commands.ts';
import { agentsOfTheHub } from '#features/desk/agents-port.ts';
import { usersOfTheHub } from '#features/desk/users-port.ts';
import type { ProviderLogout } from '#features/sign-in/forms.ts';
import { type Route, route } from '#http/route.ts';
import { openServer } from '#http/server.ts';
import { newId } from '#lib/ids.ts';
import { openLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { signOnOptionsOf } from '#sso.ts';
import { openSealing, type Sealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from './database.ts';

export type AccessHub = AsyncDisposable & {
  readonly base: URL;
  readonly publicUrl: URL;
  readonly database: TestDatabase;
  readonly access: Access;
  readonly commands: ReturnType<typeof accessCommands>;
  /** Every line the hub logged. */
  readonly logged: string[];
  /** The hub's time; move it to let things grow old. */
  readonly time: { now: Date };
};

/** What a feature is opened with that is tried behind the doors. */
export type Neighbourhood = {
  readonly database: TestDatabase;
  readonly clock: () => Date;
  readonly sealing: Sealing;
  readonly publicUrl: URL;
  readonly access: Access;
};

export async function anAccessHub(
  given: {
    /** Another process of the same hub: the same database and the same time. */
    readonly shares?: AccessHub;
    readonly publicUrl?: URL;
    /** Where it listens, for browsers that are to find it at its public address; anywhere, if not said. */
    readonly port?: number;
    readonly hasSecondFactor?: (agentId: number) => Promise<boolean>;
    readonly providerLogout?: ProviderLogout;
    /** Routes of a feature beside the doors. */
    readonly more?: (hub: Neighbourhood) => Promise<readonly Route[]>;
  } = {},
): Promise<AccessHub> {
  const { shares } = given;
  const database = shares?.database ?? (await aDatabase());
  const time = shares?.time ?? { now: new Date('2026-11-21T09:00:00Z') };
  const clock = () => time.now;
  const agents = agentsOfTheHub(database.db, clock);
  const logged: string[] = [];
  const log = openLog({ format: 'json', level: 'debug', write: (line) => void logged.push(line) });
  const publicUrl = given.publicUrl ?? new URL('http://hub.larkfield.test');
  const ports = { db: database.db, agents, users: usersOfTheHub(database.db), clock };
  const sealing = openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]);
  const access = await openAccess({
    ...ports,
    connectionString: database.connectionString,
    sealing,
    log,
    publicUrl,
    signOnOptions: signOnOptionsOf(database.db),
    ...(given.hasSecondFactor === undefined ? {} : { hasSecondFactor: given.hasSecondFactor }),
    ...(given.providerLogout === undefined ? {} : { providerLogout: given.providerLogout }),
  });
  const more = (await given.more?.({ database, clock, sealing, publicUrl, access })) ?? [];
  const server = await openServer({
    routes: [...access.routes, ...tryOut, ...more],
    authenticate: access.authenticate,
    publicUrl,
    version: '0.0.0-test',
    log,
    ready: async () => [],
  });
  const base = await server.listen({ host: '127.0.0.1', port: given.port ?? 0 });
  return {
    base,
    publicUrl,
    database,
    access,
    commands: accessCommands(ports),
    logged,
    time,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await access[Symbol.asyncDispose]();
      if (shares === undefined) await database[Symbol.asyncDispose]();
    },
  };
}

const tryOut: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/tickets',
    summary: 'Needs read:tickets',
    dialect: 'halo',
    access: ['read:tickets'],
    answers: { 200: z.looseObject({}) },
    handle: async ({ actor }) => ({ status: 200, body: { kind: actor.kind, id: actor.id } }),
  }),
  route({
    method: 'POST',
    path: '/v1/try',
    summary: 'Needs a session or a token, and changes something',
    dialect: 'v1',
    access: 'signed-in',
    body: z.object({}),
    answers: { 204: 'empty' },
    handle: async () => ({ status: 204 }),
  }),
];

export async function disableAgent(hub: AccessHub, id: number): Promise<void> {
  const agents = hub.database.db.updateTable('desk_agents');
  await agents.set({ disabled: true }).where('id', '=', id).execute();
}

export type Told = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
};

export type Asking = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>> | string;
};

export async function ask(
  hub: Pick<AccessHub, 'base'>,
  path: string,
  asking: Asking = {},
): Promise<Told> {
  const { json, form, headers } = asking;
  const body =
    json === undefined ? form && String(new URLSearchParams(form)) : JSON.stringify(json);
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
  const response = await fetch(new URL(path, hub.base), {
    method: asking.method ?? (body === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: z.looseObject({}).parse(isJson ? JSON.parse(text) : {}),
  };
}

export function bearer(token: unknown): Record<string, string> {
  return { authorization: `Bearer ${String(token)}` };
}

/** What a browser keeps between its requests. */
export type BrowserOf = {
  readonly cookies: Map<string, string>;
  ask(path: string, asking?: Asking): Promise<Told>;
};

export function aBrowser(hub: Pick<AccessHub, 'base'>): BrowserOf {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async ask(path, asking = {}) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const headers = { ...asking.headers, ...(cookie === '' ? {} : { cookie }) };
      const told = await ask(hub, path, { ...asking, headers });
      for (const set of told.headers.getSetCookie()) {
        const [name = '', value = ''] = set.split(';', 1)[0]?.split('=') ?? [];
        if (/Max-Age=0/.test(set)) cookies.delete(name);
        else cookies.set(name, value);
      }
      return told;
    },
  };
}

/** The token hidden in the form of a page. */
export function csrfIn(page: Told): string {
  return /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
}

export async function signIn(
  browser: BrowserOf,
  login: string,
  password: string,
  back = '/',
): Promise<Told> {
  const page = await browser.ask(`/auth/login?return=${encodeURIComponent(back)}`);
  const form = { csrf: csrfIn(page), return: back, login, password };
  return browser.ask('/auth/login', { form });
}

export const goodPassword = 'three herons by the weir';

/** An agent with a password of their own choice. */
export async function anAgent(
  hub: AccessHub,
  given: { readonly name?: string; readonly administrator?: boolean } = {},
): Promise<{ readonly id: number; readonly email: string; readonly name: string }> {
  const name = given.name ?? 'Ines Marlow';
  const email = `${name.toLowerCase().replace(' ', '.')}.${newId().slice(-6)}@larkfield.test`;
  const administrator = given.administrator ?? false;
  const { agent, password } = await hub.commands.createAgent(
    { name, email, administrator },
    theHub,
  );
  await chooseFirstPassword(hub, email, password.reveal());
  return { id: agent.id, email, name };
}

/** A client of the desk with one site. */
export async function aClient(
  hub: AccessHub,
  name = 'Larkfield Optics',
): Promise<{ readonly clientId: number; readonly siteId: number }> {
  const dated = { created_at: hub.time.now, updated_at: hub.time.now };
  const { db } = hub.database;
  const client = await db
    .insertInto('desk_clients')
    .values({ name, ...dated })
    .returning('id')
    .executeTakeFirstOrThrow();
  const site = await db
    .insertInto('desk_sites')
    .values({ name: 'Main', client_id: client.id, ...dated })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { clientId: client.id, siteId: site.id };
}

export type UserOf = {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly clientId: number;
  readonly siteId: number;
};

/** A user of the desk, who cannot sign in yet. */
export async function aUser(
  hub: AccessHub,
  given: {
    readonly name?: string;
    readonly email?: string;
    readonly at?: { readonly clientId: number; readonly siteId: number };
  } = {},
): Promise<UserOf> {
  const name = given.name ?? 'Bela Costa';
  const { clientId, siteId } = given.at ?? (await aClient(hub));
  const email =
    given.email ?? `${name.toLowerCase().replace(' ', '.')}.${newId().slice(-6)}@larkfield.test`;
  const dated = { created_at: hub.time.now, updated_at: hub.time.now };
  const { id } = await hub.database.db
    .insertInto('desk_users')
    .values({ name, email, site_id: siteId, ...dated })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, email, name, clientId, siteId };
}

/** A user with a password of their own choice: `goodPassword`. */
export async function aUserWhoSignsIn(
  hub: AccessHub,
  given: Parameters<typeof aUser>[1] = {},
): Promise<UserOf> {
  const user = await aUser(hub, given);
  const { password } = await hub.commands.inviteUser(user.email, theHub);
  await chooseFirstPassword(hub, user.email, password.reveal());
  return user;
}

async function chooseFirstPassword(hub: AccessHub, login: string, present: string): Promise<void> {
  const browser = aBrowser(hub);
  await signIn(browser, login, present);
  const page = await browser.ask('/auth/password');
  const choice = { present, next: goodPassword, again: goodPassword };
  await browser.ask('/auth/password', { form: { csrf: csrfIn(page), ...choice } });
}

export async function anApplication(hub: AccessHub, given: Partial<NewApplication> = {}) {
  const wanted = { name: 'n8n at Larkfield', scopes: ['all'] as const, ...given };
  const made = await createApplication(hub.database.db, wanted, theHub, hub.time.now);
  return {
    application: made.application,
    client_id: made.application.clientId,
    client_secret: made.clientSecret?.reveal() ?? '',
    apiKey: (made.apiKey ?? new Secret('')).reveal(),
  };
}
