// Users of the desk signing in, over real HTTP against real PostgreSQL, with two processes of one hub.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { z } from 'zod';
import { theHub } from '#domain/actor.ts';
import {
  type AccessHub,
  aBrowser,
  aClient,
  anAccessHub,
  anAgent,
  anApplication,
  ask,
  aUser,
  aUserWhoSignsIn,
  type BrowserOf,
  csrfIn,
  goodPassword,
  signIn,
} from '#test/servers/access.ts';
import { failingAudit } from '#test/servers/failing-audit.ts';

let hub: AccessHub;
let twin: AccessHub;

before(async () => {
  hub = await anAccessHub();
  twin = await anAccessHub({ shares: hub });
});

after(async () => {
  await twin[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

/** Attempts are counted by address, and every test comes from the same one. */
beforeEach(() => hub.database.db.deleteFrom('attempts').execute());

async function signedIn(email: string): Promise<BrowserOf> {
  const browser = aBrowser(hub);
  await signIn(browser, email, goodPassword);
  return browser;
}

/** The same cookies at the other process. */
function there(browser: BrowserOf): BrowserOf {
  const other = aBrowser(twin);
  for (const [name, value] of browser.cookies) other.cookies.set(name, value);
  return other;
}

describe('A user of the desk', () => {
  it('signs in with the password they were given, once, and then with their own', async () => {
    const user = await aUser(hub);
    const { password } = await hub.commands.inviteUser(user.email.toUpperCase(), theHub);
    const browser = aBrowser(hub);

    const first = await signIn(browser, user.email, password.reveal(), '/tickets');
    const locked = await browser.ask('/auth/me');
    const page = await browser.ask(first.headers.get('location') ?? '');
    const choice = { present: password.reveal(), next: goodPassword, again: goodPassword };
    await browser.ask('/auth/password', { form: { csrf: csrfIn(page), ...choice } });
    const me = await browser.ask('/auth/me');

    assert.match(first.headers.get('location') ?? '', /^\/auth\/password/);
    assert.equal(locked.status, 401);
    assert.deepEqual(
      { ...me.json, csrfToken: '' },
      {
        kind: 'user',
        id: String(user.id),
        name: 'Bela Costa',
        email: user.email,
        permissions: ['read:customers', 'read:tickets', 'edit:tickets'],
        clientId: user.clientId,
        csrfToken: '',
      },
    );
  });

  it('may read tickets, and nothing of the hub', async () => {
    const { email } = await aUserWhoSignsIn(hub);
    const browser = await signedIn(email);

    assert.deepEqual((await browser.ask('/api/tickets')).json.kind, 'user');
    assert.equal((await browser.ask('/v1/applications')).status, 403);
  });

  it('gets the same answer with a wrong password as a stranger, an agent and one not invited', async () => {
    const known = await aUserWhoSignsIn(hub);
    const uninvited = await aUser(hub);
    const agent = await anAgent(hub);
    const logins = [known.email, uninvited.email, agent.email, 'nobody@larkfield.test'];

    const told = [];
    for (const login of logins) told.push(await signIn(aBrowser(hub), login, 'wrong'));

    const said = told.map(({ status, text }) =>
      [status, /role="alert">([^<]+)/.exec(text)?.[1]].join(' '),
    );
    assert.equal(new Set(said).size, 1, said.join('\n'));
    assert.match(said[0] ?? '', /^401 /);
  });

  it('has the same limits as an agent', async () => {
    const { email } = await aUserWhoSignsIn(hub);
    for (let count = 0; count < 5; count += 1) await signIn(aBrowser(hub), email, 'wrong');

    const told = await signIn(aBrowser(hub), email, goodPassword);

    assert.equal(told.status, 401);
  });

  it('signs out', async () => {
    const { email } = await aUserWhoSignsIn(hub);
    const browser = await signedIn(email);

    const page = await browser.ask('/auth/logout');
    await browser.ask('/auth/logout', { form: { csrf: csrfIn(page) } });

    assert.equal((await browser.ask('/auth/me')).status, 401);
  });
});

describe('A session of a user', () => {
  const endings: readonly [string, (user: { id: number; clientId: number }) => Promise<unknown>][] =
    [
      ['they become inactive', ({ id }) => change('desk_users', id, { inactive: true })],
      [
        'they become a service account',
        ({ id }) => change('desk_users', id, { service_account: true }),
      ],
      [
        'they are deleted',
        ({ id }) => hub.database.db.deleteFrom('desk_users').where('id', '=', id).execute(),
      ],
      [
        'their client becomes inactive',
        ({ clientId }) => change('desk_clients', clientId, { inactive: true }),
      ],
    ];
  for (const [title, end] of endings)
    it(`ends at once in every process when ${title}`, async () => {
      const user = await aUserWhoSignsIn(hub);
      const browser = await signedIn(user.email);
      assert.equal((await there(browser).ask('/auth/me')).status, 200);

      await end(user);

      assert.equal((await settled(() => browser.ask('/auth/me'))).status, 401);
      assert.equal((await settled(() => there(browser).ask('/auth/me'))).status, 401);
      assert.equal((await signIn(aBrowser(hub), user.email, goodPassword)).status, 401);
    });

  it('sees the other client when they move to one of its sites', async () => {
    const user = await aUserWhoSignsIn(hub);
    const elsewhere = await aClient(hub, 'Harbour Lenses');
    const browser = await signedIn(user.email);
    await there(browser).ask('/auth/me');

    await change('desk_users', user.id, { site_id: elsewhere.siteId });

    const me = await settled(
      () => there(browser).ask('/auth/me'),
      ({ json }) => json.clientId === elsewhere.clientId,
    );
    assert.equal(me.json.clientId, elsewhere.clientId);
  });

  it('brings no token of an application, by password or by code', async () => {
    const { email } = await aUserWhoSignsIn(hub);
    const redirect = 'https://app.larkfield.test/back';
    const app = await anApplication(hub, {
      kind: 'authorization-code',
      redirectUris: [redirect],
      isPublic: true,
    });
    const byPassword = await anApplication(hub, { kind: 'username-password' });
    const browser = await signedIn(email);
    const query = new URLSearchParams({
      client_id: app.client_id,
      redirect_uri: redirect,
      response_type: 'code',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });

    const authorized = await browser.ask(`/auth/authorize?${query}`);
    const token = await ask(hub, '/auth/token', {
      form: {
        grant_type: 'password',
        client_id: byPassword.client_id,
        username: email,
        password: goodPassword,
      },
    });

    const back = new URL(authorized.headers.get('location') ?? '');
    assert.equal(back.origin + back.pathname, redirect);
    assert.equal(back.searchParams.get('error'), 'access_denied');
    assert.equal(back.searchParams.get('code'), null);
    assert.deepEqual([token.status, token.json.error], [400, 'invalid_grant']);
  });
});

describe('One name for two', () => {
  it('signs in the agent, and the user once the agent is disabled', async () => {
    const agent = await anAgent(hub);
    const user = await aUser(hub, { email: agent.email.toUpperCase() });

    const asAgent = await (await signedIn(agent.email)).ask('/auth/me');
    await assert.rejects(hub.commands.inviteUser(user.email, theHub), {
      code: 'invitation.misfit',
    });
    await change('desk_agents', agent.id, { disabled: true });
    const { password } = await hub.commands.inviteUser(user.email, theHub);
    const told = await signIn(aBrowser(hub), agent.email, password.reveal());

    assert.equal(asAgent.json.kind, 'agent');
    assert.equal(told.status, 303);
  });

  it('signs in neither of two users', async () => {
    const one = await aUserWhoSignsIn(hub);
    assert.equal((await signIn(aBrowser(hub), one.email, goodPassword)).status, 303);

    await aUser(hub, { email: one.email });

    assert.equal((await signIn(aBrowser(hub), one.email, goodPassword)).status, 401);
    await assert.rejects(hub.commands.inviteUser(one.email, theHub), { code: 'record.unknown' });
  });
});

describe('One’s own sessions', () => {
  async function end(browser: BrowserOf, id: unknown) {
    const { csrfToken } = (await browser.ask('/auth/me')).json;
    const headers = { 'x-csrf-token': String(csrfToken) };
    return browser.ask(`/v1/sessions/${id}`, { method: 'DELETE', headers });
  }
  const listOf = async (browser: BrowserOf) =>
    z
      .array(z.looseObject({ id: z.string(), current: z.boolean(), address: z.string() }))
      .parse((await browser.ask('/v1/sessions')).json.items);

  it('are listed, the one that asks marked, and ended one by one in every process', async () => {
    const { email } = await aUserWhoSignsIn(hub);
    await hub.database.db.deleteFrom('sessions').execute();
    const browser = await signedIn(email);
    const lost = there(await signedIn(email));
    assert.equal((await lost.ask('/auth/me')).status, 200);

    const list = await listOf(browser);
    const other = list.find(({ current }) => !current);
    const told = await end(browser, other?.id);

    assert.deepEqual(list.map(({ current }) => current).sort(), [false, true]);
    assert.equal(list[0]?.address, '127.0.0.1');
    assert.equal(told.status, 204);
    assert.equal((await settled(() => lost.ask('/auth/me'))).status, 401);
    assert.equal((await listOf(browser)).length, 1);
  });

  it('are nobody else’s to see or end', async () => {
    const { email } = await aUserWhoSignsIn(hub);
    const agent = await anAgent(hub, { administrator: true });
    const browser = await signedIn(email);
    const administrator = await signedIn(agent.email);
    const [own] = await listOf(browser);

    assert.ok(!(await listOf(administrator)).some(({ id }) => id === own?.id));
    assert.equal((await end(administrator, own?.id)).status, 404);
    assert.equal((await end(administrator, 'x')).status, 404);
    assert.equal((await browser.ask('/auth/me')).status, 200);
  });

  it('are not ended when that cannot be audited', async () => {
    const { email } = await aUserWhoSignsIn(hub);
    const browser = await signedIn(email);
    const [own] = await listOf(browser);
    await using _ = await failingAudit(hub.database, '^session.ended');

    assert.equal((await end(browser, own?.id)).status, 500);
    assert.equal((await browser.ask('/auth/me')).status, 200);
  });
});

describe('Inviting', () => {
  async function administrator(): Promise<BrowserOf> {
    const { email } = await anAgent(hub, { name: 'Rosa Lind', administrator: true });
    return signedIn(email);
  }
  async function invite(browser: BrowserOf, path: string) {
    const { csrfToken } = (await browser.ask('/auth/me')).json;
    return browser.ask(path, { method: 'POST', headers: { 'x-csrf-token': String(csrfToken) } });
  }

  it('gives a first password, and another while it was not changed', async () => {
    const user = await aUser(hub);
    const browser = await administrator();

    const first = await invite(browser, `/v1/users/${user.id}/invite`);
    const second = await invite(browser, `/v1/users/${user.id}/invite`);

    assert.equal(first.status, 201);
    assert.equal(second.json.login, user.email);
    assert.notEqual(second.json.password, first.json.password);
    const old = await signIn(aBrowser(hub), user.email, String(first.json.password));
    assert.equal(old.status, 401);
    const signed = await signIn(aBrowser(hub), user.email, String(second.json.password));
    assert.equal(signed.status, 303);
  });

  it('gives no second password to who has chosen one', async () => {
    const user = await aUserWhoSignsIn(hub);
    const agent = await anAgent(hub);
    const browser = await administrator();

    for (const path of [`/v1/users/${user.id}/invite`, `/v1/agents/${agent.id}/invite`]) {
      const told = await invite(browser, path);
      assert.deepEqual([told.status, told.json.code], [409, 'invitation.misfit']);
    }
  });

  it('is for administrators alone', async () => {
    const user = await aUserWhoSignsIn(hub);
    const agent = await anAgent(hub);
    const other = await aUser(hub);

    for (const { email } of [user, agent]) {
      const told = await invite(await signedIn(email), `/v1/users/${other.id}/invite`);
      assert.equal(told.status, 403);
    }
  });

  it('refuses what is nobody', async () => {
    const browser = await administrator();

    for (const id of ['999999', '-1', '0', '99999999999', 'x', '1.5'])
      assert.equal((await invite(browser, `/v1/users/${id}/invite`)).status, 404, id);
  });

  it('does not happen when it cannot be audited', async () => {
    const user = await aUser(hub);
    await using _ = await failingAudit(hub.database, '^password');

    await assert.rejects(hub.commands.inviteUser(user.email, theHub));

    const rows = await hub.database.db
      .selectFrom('credentials')
      .select('owner_id')
      .where('owner_kind', '=', 'user')
      .where('owner_id', '=', user.id)
      .execute();
    assert.deepEqual(rows, []);
  });
});

async function change(
  table: 'desk_users' | 'desk_clients' | 'desk_agents',
  id: number,
  set: Readonly<Record<string, boolean | number>>,
): Promise<void> {
  const [[column = '', value] = []] = Object.entries(set);
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${value} where id = ${id}`.execute(
    hub.database.db,
  );
}

/** A ring is heard within milliseconds; what was remembered would hold for seconds. */
async function settled<T extends { readonly status: number }>(
  asked: () => Promise<T>,
  done: (told: T) => boolean = ({ status }) => status === 401,
): Promise<T> {
  for (let tries = 0; tries < 20; tries += 1) {
    const told = await asked();
    if (done(told)) return told;
  }
  return asked();
}
