// A hub of two processes in which agents act as others: what its specs share.
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import {
  type AccessHub,
  aBrowser,
  anAccessHub,
  anAgent,
  type BrowserOf,
  goodPassword,
  signIn,
  type Told,
} from './access.ts';

export type Person = { readonly id: number; readonly email: string };

export const reason = 'Ticket 4711: they cannot see their order';

export type ImpersonationTrial = AsyncDisposable & {
  readonly hub: AccessHub;
  /** Another process of the same hub. */
  readonly twin: AccessHub;
  /** Two administrators, and an agent who is none. */
  readonly rosa: Person;
  readonly tomas: Person;
  readonly ines: Person;
};

export async function anImpersonationTrial(): Promise<ImpersonationTrial> {
  const hub = await anAccessHub();
  const twin = await anAccessHub({ shares: hub });
  return {
    hub,
    twin,
    rosa: await anAgent(hub, { name: 'Rosa Lind', administrator: true }),
    tomas: await anAgent(hub, { name: 'Tomas Reis', administrator: true }),
    ines: await anAgent(hub, { name: 'Ines Marlow' }),
    async [Symbol.asyncDispose]() {
      await twin[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

/** As every spec begins: nobody is held up by attempts of the one before, and both kinds may be acted as. */
export async function beginAnew({ hub }: ImpersonationTrial): Promise<void> {
  await hub.database.db.deleteFrom('attempts').execute();
  await allow(hub, { agent: true, user: true });
}

export async function allow(
  hub: AccessHub,
  allowed: { readonly agent: boolean; readonly user: boolean },
): Promise<void> {
  for (const target of ['agent', 'user'] as const)
    await hub.database.db
      .updateTable('impersonation_settings')
      .set({ allowed: allowed[target], told: true })
      .where('target', '=', target)
      .execute();
  await sql`select pg_notify('sundog_access', '')`.execute(hub.database.db);
}

export async function signedIn(hub: AccessHub, email: string): Promise<BrowserOf> {
  const browser = aBrowser(hub);
  await signIn(browser, email, goodPassword);
  return browser;
}

export async function send(browser: BrowserOf, path: string, json: unknown, method = 'POST') {
  const { csrfToken } = (await browser.ask('/auth/me')).json;
  return browser.ask(path, { method, json, headers: { 'x-csrf-token': String(csrfToken) } });
}

export function asking(browser: BrowserOf, body: object): Promise<Told> {
  return send(browser, '/api/ImpersonationRequest', { reason, ...body });
}

export async function tokenFor(browser: BrowserOf, body: object): Promise<string> {
  const told = await asking(browser, body);
  assert.equal(told.status, 201, told.text);
  return String(told.json.jwt);
}

export function exchanging(browser: BrowserOf, token: string): Promise<Told> {
  return send(browser, '/auth/impersonate', { token });
}

/** A browser of theirs that acts as somebody. */
export async function acting(hub: AccessHub, email: string, body: object): Promise<BrowserOf> {
  const browser = await signedIn(hub, email);
  const told = await exchanging(browser, await tokenFor(browser, body));
  assert.equal(told.status, 200, told.text);
  return browser;
}

/** The same cookies at the other process. */
export function there(browser: BrowserOf, twin: AccessHub): BrowserOf {
  const other = aBrowser(twin);
  for (const [name, value] of browser.cookies) other.cookies.set(name, value);
  return other;
}

/** A ring is heard within milliseconds; what was remembered would hold for seconds. */
export async function statusSoon(browser: BrowserOf, wanted: number): Promise<number> {
  for (let tries = 0; tries < 40; tries += 1) {
    const { status } = await browser.ask('/auth/me');
    if (status === wanted) return status;
  }
  return (await browser.ask('/auth/me')).status;
}

export async function entries(hub: AccessHub, action: string, subject: number) {
  return hub.database.db
    .selectFrom('audit_entries as entry')
    .innerJoin('audit_texts as text', 'text.entry_id', 'entry.id')
    .select(['actor_kind', 'actor_id', 'behind_kind', 'behind_id', 'outcome', 'because', 'address'])
    .where('action', '=', action)
    .where('subject_id', '=', String(subject))
    .orderBy('entry.id')
    .execute();
}

/** An agent with a role of their own beside the standard one. */
export async function anAgentWithRole(hub: AccessHub, permissions: string[]) {
  const agent = await anAgent(hub, { name: 'Bela Costa' });
  const { db } = hub.database;
  const role = await db
    .insertInto('desk_roles')
    .values({ name: `Role of ${agent.id}`, permissions })
    .returning('id')
    .executeTakeFirstOrThrow();
  const held = { agent_id: agent.id, role_id: role.id };
  await db.insertInto('desk_agent_roles').values(held).execute();
  return { agent, role: role.id };
}
