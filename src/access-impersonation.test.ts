// Acting as somebody else, over real HTTP against real PostgreSQL, with two processes of one hub.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { sql } from 'kysely';
import pg from 'pg';
import { z } from 'zod';
import { impersonationLimits } from '#domain/impersonation.ts';
import { createApplication } from '#features/applications/commands.ts';
import { noteEnds } from '#features/impersonation/end.ts';
import {
  type AccessHub,
  aBrowser,
  anAccessHub,
  anAgent,
  anApplication,
  ask,
  aUser,
  aUserWhoSignsIn,
  type BrowserOf,
  bearer,
  csrfIn,
  disableAgent,
  goodPassword,
  signIn,
  type Told,
} from '#test/servers/access.ts';
import { failingAudit } from '#test/servers/failing-audit.ts';

let hub: AccessHub;
let twin: AccessHub;
let rosa: { id: number; email: string };
let tomas: { id: number; email: string };
let ines: { id: number; email: string };

before(async () => {
  hub = await anAccessHub();
  twin = await anAccessHub({ shares: hub });
  rosa = await anAgent(hub, { name: 'Rosa Lind', administrator: true });
  tomas = await anAgent(hub, { name: 'Tomas Reis', administrator: true });
  ines = await anAgent(hub, { name: 'Ines Marlow' });
});

after(async () => {
  await twin[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await hub.database.db.deleteFrom('attempts').execute();
  await allow({ agent: true, user: true });
});

const Items = z.array(z.looseObject({ id: z.int(), reason: z.string() }));

const reason = 'Ticket 4711: they cannot see their order';

async function allow(allowed: { readonly agent: boolean; readonly user: boolean }): Promise<void> {
  for (const target of ['agent', 'user'] as const)
    await hub.database.db
      .updateTable('impersonation_settings')
      .set({ allowed: allowed[target], told: true })
      .where('target', '=', target)
      .execute();
  await sql`select pg_notify('sundog_access', '')`.execute(hub.database.db);
}

async function signedIn(email: string): Promise<BrowserOf> {
  const browser = aBrowser(hub);
  await signIn(browser, email, goodPassword);
  return browser;
}

async function send(browser: BrowserOf, path: string, json: unknown, method = 'POST') {
  const { csrfToken } = (await browser.ask('/auth/me')).json;
  return browser.ask(path, { method, json, headers: { 'x-csrf-token': String(csrfToken) } });
}

function asking(browser: BrowserOf, body: object): Promise<Told> {
  return send(browser, '/api/ImpersonationRequest', { reason, ...body });
}

async function tokenFor(browser: BrowserOf, body: object): Promise<string> {
  const told = await asking(browser, body);
  assert.equal(told.status, 201, told.text);
  return String(told.json.jwt);
}

function exchanging(browser: BrowserOf, token: string): Promise<Told> {
  return send(browser, '/auth/impersonate', { token });
}

/** A browser of Rosa's that acts as somebody. */
async function acting(body: object, email = rosa.email): Promise<BrowserOf> {
  const browser = await signedIn(email);
  const told = await exchanging(browser, await tokenFor(browser, body));
  assert.equal(told.status, 200, told.text);
  return browser;
}

/** The same cookies at the other process. */
function there(browser: BrowserOf): BrowserOf {
  const other = aBrowser(twin);
  for (const [name, value] of browser.cookies) other.cookies.set(name, value);
  return other;
}

/** A ring is heard within milliseconds; what was remembered would hold for seconds. */
async function statusSoon(browser: BrowserOf, wanted: number): Promise<number> {
  for (let tries = 0; tries < 40; tries += 1) {
    const { status } = await browser.ask('/auth/me');
    if (status === wanted) return status;
  }
  return (await browser.ask('/auth/me')).status;
}

async function entries(action: string, subject: number) {
  return hub.database.db
    .selectFrom('audit_entries as entry')
    .innerJoin('audit_texts as text', 'text.entry_id', 'entry.id')
    .select(['actor_kind', 'actor_id', 'behind_kind', 'behind_id', 'outcome', 'because', 'address'])
    .where('action', '=', action)
    .where('subject_id', '=', String(subject))
    .orderBy('entry.id')
    .execute();
}

describe('A request to act as somebody else', () => {
  it('is answered as Halo does, with a token, and who asks is not taken from the body', async () => {
    const browser = await signedIn(rosa.email);
    const user = await aUser(hub);

    const told = await asking(browser, { IRID: 9, requestor: tomas.id, user: user.id, agent: 0 });

    const { jwt, irid, _warning, ...rest } = told.json;
    assert.equal(told.status, 201);
    assert.match(String(jwt), /^[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.notEqual(irid, 9);
    assert.match(String(_warning), /once, within 60 seconds/);
    assert.deepEqual(rest, {
      requestor: rosa.id,
      agent: 0,
      user: user.id,
      timestamp: '2026-11-21T09:00:00',
      enc_id: null,
      token_used: false,
      used_timestamp: null,
    });
  });

  it('gives a token that says who acts (RFC 8693) and for one minute', async () => {
    const browser = await signedIn(rosa.email);

    const token = await tokenFor(browser, { agent: ines.id });

    const [head, claims] = token
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    assert.deepEqual([head.alg, head.typ], ['RS256', 'impersonation+jwt']);
    assert.equal(claims.aud, 'http://hub.larkfield.test/auth/impersonate');
    assert.deepEqual([claims.sub, claims.act], [`agent:${ines.id}`, { sub: `agent:${rosa.id}` }]);
    assert.equal(claims.exp - claims.iat, 60);
  });

  it('keeps the token nowhere', async () => {
    const browser = await signedIn(rosa.email);
    const token = await tokenFor(browser, { agent: ines.id });
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

    const rows = await hub.database.db.selectFrom('impersonation_requests').selectAll().execute();
    const texts = await hub.database.db.selectFrom('audit_texts').selectAll().execute();

    const kept = JSON.stringify([rows, texts, hub.logged]);
    assert.ok(!kept.includes(claims.jti) && !kept.includes(token));
  });

  const bad: readonly [string, object, number, string][] = [
    ['without a reason', { reason: undefined }, 400, 'impersonation.reason'],
    ['with an empty reason', { reason: '     ' }, 400, 'impersonation.reason'],
    ['with a reason of one word too short', { reason: 'test' }, 400, 'impersonation.reason'],
    ['with a reason too long', { reason: 'x'.repeat(501) }, 400, 'impersonation.reason'],
    ['with a reason of several lines', { reason: 'one\ntwo three' }, 400, 'impersonation.reason'],
    ['with a control character', { reason: 'because\u0007 of' }, 400, 'impersonation.reason'],
    ['for an agent and a user at once', { user: 1 }, 400, 'impersonation.one'],
    ['for nobody', { agent: null }, 400, 'impersonation.one'],
    ['for nobody, as 0', { agent: 0, user: 0 }, 400, 'impersonation.one'],
    ['for an unknown agent', { agent: 999_999 }, 404, 'impersonation.unknown'],
    ['for a negative id', { agent: -5 }, 404, 'impersonation.unknown'],
    ['for the general user', { agent: undefined, user: -1 }, 403, 'impersonation.disabled'],
  ];
  for (const [title, body, status, code] of bad)
    it(`is refused ${title}`, async () => {
      const told = await asking(await signedIn(rosa.email), { agent: ines.id, ...body });

      assert.equal(told.status, status, told.text);
      assert.equal(told.headers.get('x-problem-code') ?? code, code);
    });

  for (const value of ['x', 1.5, {}, [], true, 3_000_000_000, '1; drop table sessions'])
    it(`is refused for an agent of the wrong type: ${JSON.stringify(value)}`, async () => {
      assert.equal((await asking(await signedIn(rosa.email), { agent: value })).status, 400);
    });

  it('is refused for several at once', async () => {
    const browser = await signedIn(rosa.email);
    const one = { agent: ines.id, reason };

    assert.equal((await send(browser, '/api/ImpersonationRequest', [one, one])).status, 400);
  });

  it('is for those with the right: not for ordinary agents, users, programs and strangers', async () => {
    const user = await aUserWhoSignsIn(hub);
    const program = await anApplication(hub, { scopes: ['all'] });
    const asIts = await anApplication(hub, { kind: 'api-key', agentId: rosa.id });
    const form = { grant_type: 'client_credentials', ...program, application: '' };
    const token = (await ask(hub, '/auth/token', { form })).json.access_token;
    const json = { agent: ines.id, reason };
    const path = '/api/ImpersonationRequest';

    assert.equal((await asking(await signedIn(tomas.email), { agent: ines.id })).status, 201);
    assert.equal((await asking(await signedIn(ines.email), { user: user.id })).status, 403);
    assert.equal((await asking(await signedIn(user.email), { agent: ines.id })).status, 403);
    assert.equal((await ask(hub, path, { json, headers: bearer(token) })).status, 403);
    const byKey = await ask(hub, path, { json, headers: { 'x-halo-api-key': asIts.apiKey } });
    assert.equal(byKey.status, 403);
    assert.equal((await ask(hub, path, { json })).status, 401);
  });

  it('leads neither to oneself nor up to an administrator, and is audited as refused', async () => {
    const browser = await signedIn(rosa.email);
    const earlier = (await entries('impersonation.refused', tomas.id)).length;

    const oneself = await asking(browser, { agent: rosa.id });
    const upwards = await asking(browser, { agent: tomas.id });

    assert.deepEqual([oneself.status, upwards.status], [403, 403]);
    assert.match(upwards.text, /administrator/);
    const refused = await entries('impersonation.refused', tomas.id);
    assert.equal(refused.length, earlier + 1);
    assert.equal(refused.at(-1)?.actor_id, String(rosa.id));
  });

  it('is for agents whose role says so, and leads to nobody who may do more than they', async () => {
    const helper = await anAgentWithRole(['impersonate:agents']);
    const approver = await anAgentWithRole(['plans:approve']);
    const browser = await signedIn(helper.agent.email);

    const ordinary = await asking(browser, { agent: ines.id });
    const upwards = await asking(browser, { agent: approver.agent.id });
    const user = await asking(browser, { user: (await aUser(hub)).id });

    assert.deepEqual([ordinary.status, upwards.status, user.status], [201, 403, 403]);
    assert.match(upwards.text, /may do what you may not/);
    assert.match(user.text, /impersonate:users/);
  });

  it('is off until an administrator allows it, for agents and users apart', async () => {
    await allow({ agent: false, user: true });
    const browser = await signedIn(rosa.email);
    const user = await aUser(hub);

    assert.equal((await asking(browser, { agent: ines.id })).status, 403);
    assert.equal((await asking(browser, { user: user.id })).status, 201);
  });

  it('does not happen when it cannot be audited', async () => {
    const browser = await signedIn(rosa.email);
    await using _ = await failingAudit(hub.database, '^impersonation.requested');

    assert.equal((await asking(browser, { agent: ines.id })).status, 500);
  });
});

describe('A new hub', () => {
  it('lets nobody act as anybody', async () => {
    await using fresh = await anAccessHub();

    const rows = await fresh.database.db
      .selectFrom('impersonation_settings')
      .select(['target', 'allowed', 'told'])
      .orderBy('target')
      .execute();

    assert.deepEqual(rows, [
      { target: 'agent', allowed: false, told: true },
      { target: 'user', allowed: false, told: true },
    ]);
  });
});

describe('The exchange of its token', () => {
  it('gives a session of both, under a new id, for half an hour', async () => {
    const browser = await signedIn(rosa.email);
    const own = browser.cookies.get('sundog_session');

    const told = await exchanging(browser, await tokenFor(browser, { agent: ines.id }));
    const me = await browser.ask('/auth/me');

    assert.deepEqual(told.json, { name: 'Ines Marlow', endsAt: '2026-11-21T09:30:00.000Z' });
    assert.equal(browser.cookies.get('sundog_own_session'), own);
    assert.notEqual(browser.cookies.get('sundog_session'), own);
    assert.deepEqual([me.json.kind, me.json.id], ['agent', String(ines.id)]);
    assert.deepEqual(me.json.actor, { kind: 'agent', id: String(rosa.id), name: 'Rosa Lind' });
    assert.deepEqual(me.json.impersonation, { reason, endsAt: '2026-11-21T09:30:00.000Z' });
    assert.ok(!String(me.json.permissions).includes('admin'), String(me.json.permissions));
    assert.match(String(me.json.permissions), /^all:standard,/);
  });

  it('is the same for a user, who sees what is theirs', async () => {
    const user = await aUser(hub);
    const browser = await acting({ user: user.id });

    const me = await browser.ask('/auth/me');

    assert.deepEqual([me.json.kind, me.json.clientId], ['user', user.clientId]);
    assert.equal((await browser.ask('/api/tickets')).json.kind, 'user');
    assert.equal((await browser.ask('/v1/applications')).status, 403);
  });

  it('happens once, however many ask at once', async () => {
    const browser = await signedIn(rosa.email);
    const token = await tokenFor(browser, { agent: ines.id });
    const { csrfToken } = (await browser.ask('/auth/me')).json;
    const cookie = `sundog_session=${browser.cookies.get('sundog_session')}`;
    const headers = { cookie, 'x-csrf-token': String(csrfToken) };
    const earlier = (await entries('impersonation.started', ines.id)).length;

    const told = await Promise.all(
      Array.from({ length: 100 }, (_, at) =>
        ask(at % 2 === 0 ? hub : twin, '/auth/impersonate', { json: { token }, headers }),
      ),
    );

    const statuses = Map.groupBy(told, ({ status }) => status);
    assert.deepEqual([statuses.get(200)?.length, statuses.get(400)?.length], [1, 99]);
    const sessions = await hub.database.db
      .selectFrom('sessions as s')
      .innerJoin('impersonation_requests as r', 'r.id', 's.impersonation_id')
      .select('s.id')
      .where('r.id', '=', sql<number>`(select max(id) from impersonation_requests)`)
      .execute();
    assert.equal(sessions.length, 1);
    assert.equal((await entries('impersonation.started', ines.id)).length, earlier + 1);
  });

  describe('answers alike, and gives nothing, for a token', () => {
    async function refused(browser: BrowserOf, token: string): Promise<void> {
      const told = await exchanging(browser, token);

      assert.deepEqual([told.status, told.json.code], [400, 'impersonation.token'], told.text);
      assert.equal(told.headers.getSetCookie().length, 0);
    }

    it('that was used', async () => {
      const browser = await signedIn(rosa.email);
      const again = await signedIn(rosa.email);
      const token = await tokenFor(browser, { agent: ines.id });
      await exchanging(browser, token);
      await send(browser, '/auth/switch-back', {});

      await refused(browser, token);
      await refused(again, token);
    });

    it('that is too old', async () => {
      const then = hub.time.now;
      const browser = await signedIn(rosa.email);
      const token = await tokenFor(browser, { agent: ines.id });
      hub.time.now = new Date(then.getTime() + impersonationLimits.tokenSeconds * 1000);

      await refused(browser, token);

      hub.time.now = then;
    });

    it('copied to another browser of the same agent, or of another', async () => {
      const browser = await signedIn(rosa.email);
      const token = await tokenFor(browser, { agent: ines.id });

      await refused(await signedIn(rosa.email), token);
      await refused(await signedIn(tomas.email), token);
      await refused(await signedIn(ines.email), token);
      assert.equal((await exchanging(browser, token)).status, 200);
    });

    it('that was bent, or made by somebody else', async () => {
      const browser = await signedIn(rosa.email);
      const token = await tokenFor(browser, { agent: ines.id });
      const [head = '', body = '', signature = ''] = token.split('.');
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const jwks = (await ask(hub, '/auth/jwks')).text;
      const byHs = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'impersonation+jwt' })
        .sign(Buffer.from(jwks));
      const bent = part({ ...claims, sub: `agent:${tomas.id}` });

      await refused(browser, `${head}.${bent}.${signature}`);
      await refused(browser, `${part({ alg: 'none', typ: 'impersonation+jwt' })}.${body}.`);
      await refused(browser, byHs);
      await refused(browser, `${head}.${body}.${signature.slice(0, -4)}AAAA`);
      await refused(browser, 'nothing');
      assert.equal((await exchanging(browser, token)).status, 200);
    });

    it('that the same key signed for an application', async () => {
      const redirect = 'https://app.larkfield.test/back';
      const app = await anApplication(hub, {
        kind: 'authorization-code',
        redirectUris: [redirect],
        isPublic: true,
        scopes: ['openid'],
      });
      const browser = await signedIn(rosa.email);
      const verifier = 'v'.repeat(43);
      const challenge = Buffer.from(
        await crypto.subtle.digest('SHA-256', Buffer.from(verifier)),
      ).toString('base64url');
      const asked = { client_id: app.client_id, redirect_uri: redirect };
      const query = new URLSearchParams({
        ...asked,
        response_type: 'code',
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      const back = await browser.ask(`/auth/authorize?${query}`);
      const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
      const form = { ...asked, grant_type: 'authorization_code', code, code_verifier: verifier };
      const given = await ask(hub, '/auth/token', { form });
      assert.match(String(given.json.id_token), /\./);

      await refused(browser, String(given.json.id_token));
      await refused(browser, String(given.json.access_token));
    });
  });

  it('needs the proof that no other site has', async () => {
    const browser = await signedIn(rosa.email);
    const token = await tokenFor(browser, { agent: ines.id });

    assert.equal((await browser.ask('/auth/impersonate', { json: { token } })).status, 403);
  });

  for (const json of [{}, { token: 7 }, { token: '' }, { token: 'x'.repeat(5_000) }, [], null])
    it(`is refused with ${JSON.stringify(json).slice(0, 30)}`, async () => {
      const told = await send(await signedIn(rosa.email), '/auth/impersonate', json);

      assert.equal(told.status, 400);
    });

  it('is not done by a program, though its agent may ask by it and use the token in a browser', async () => {
    const program = await anApplication(hub, { kind: 'username-password' });
    const form = {
      grant_type: 'password',
      client_id: program.client_id,
      username: rosa.email,
      password: goodPassword,
    };
    const headers = bearer((await ask(hub, '/auth/token', { form })).json.access_token);
    const json = { agent: ines.id, reason };

    const asked = await ask(hub, '/api/ImpersonationRequest', { json, headers });
    const token = String(asked.json.jwt);
    const byProgram = await ask(hub, '/auth/impersonate', { json: { token }, headers });
    const byAnother = await exchanging(await signedIn(tomas.email), token);
    const inBrowser = await exchanging(await signedIn(rosa.email), token);

    assert.equal(asked.status, 201, asked.text);
    assert.deepEqual(
      [byProgram.status, byProgram.json.code],
      [403, 'impersonation.browser-needed'],
    );
    assert.deepEqual([byAnother.status, inBrowser.status], [400, 200]);
  });

  it('looks again at what may have changed since', async () => {
    const other = await anAgent(hub, { name: 'Vera Luz' });
    const browser = await signedIn(rosa.email);
    const token = await tokenFor(browser, { agent: other.id });
    await hub.database.db
      .updateTable('desk_agents')
      .set({ administrator: true })
      .where('id', '=', other.id)
      .execute();

    const told = await exchanging(browser, token);

    assert.deepEqual([told.status, told.json.code], [403, 'impersonation.upwards']);
  });

  for (const action of ['^impersonation.started', '^session.started'])
    it(`gives no session when ${action.slice(1)} cannot be audited, and may be tried again`, async () => {
      const browser = await signedIn(rosa.email);
      const token = await tokenFor(browser, { agent: ines.id });
      const before = await countSessions();
      {
        await using _ = await failingAudit(hub.database, action);
        const told = await exchanging(browser, token);
        assert.equal(told.status, 500);
        assert.equal(told.headers.getSetCookie().length, 0);
      }

      assert.equal(await countSessions(), before);
      assert.equal((await exchanging(browser, token)).status, 200);
    });

  it('answers only once its entries are chained; else the session is gone and the token spent', async () => {
    const browser = await signedIn(rosa.email);
    const token = await tokenFor(browser, { agent: ines.id });
    const before = await countSessions();
    await using owner = await unchainable();

    const told = await exchanging(browser, token);

    void owner;
    assert.deepEqual([told.status, told.json.code], [503, 'audit.unavailable']);
    assert.equal(told.headers.getSetCookie().length, 0);
    assert.equal(await countSessions(), before);
  });

  it('stands in the chain when it is answered', async () => {
    await acting({ agent: ines.id });

    const waiting = await hub.database.db
      .selectFrom('audit_pending as pending')
      .innerJoin('audit_entries as entry', 'entry.id', 'pending.entry_id')
      .select('action')
      .where('action', 'like', 'impersonation.%')
      .execute();

    assert.deepEqual(
      waiting.filter(({ action }) => action !== 'impersonation.refused'),
      [],
    );
  });
});

/** An agent with a role of their own beside the standard one. */
async function anAgentWithRole(permissions: string[]) {
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

async function countSessions(): Promise<number> {
  const rows = await hub.database.db.selectFrom('sessions').select('id').execute();
  return rows.length;
}

/** Holds the chain, as a sequencer does that does not come on. */
async function unchainable(): Promise<AsyncDisposable> {
  const owner = new pg.Client({
    connectionString: hub.database.ownerConnectionString.reveal(),
  });
  await owner.connect();
  await owner.query('begin');
  await owner.query('lock table audit_chain in exclusive mode');
  return {
    async [Symbol.asyncDispose]() {
      await owner.query('rollback');
      await owner.end();
    },
  };
}

describe('Whoever acts as somebody else', () => {
  it('stands in every entry beside whom they act as', async () => {
    const user = await aUser(hub);
    const browser = await acting({ user: user.id });
    await send(browser, '/auth/switch-back', {});

    const names = { actor_kind: 'user', actor_id: String(user.id) };
    const both = { ...names, behind_kind: 'agent', behind_id: String(rosa.id) };
    const requested = (await entries('impersonation.requested', user.id)).at(-1);
    assert.deepEqual(
      [requested?.actor_kind, requested?.actor_id, requested?.because],
      ['agent', String(rosa.id), reason],
    );
    for (const action of ['impersonation.started', 'session.started', 'session.ended']) {
      const entry = (await entries(action, user.id)).at(-1);
      const { outcome, because, address, ...who } = entry ?? {};
      assert.deepEqual(who, both, action);
      assert.equal(address, '127.0.0.1', action);
    }
    const ended = (await entries('impersonation.ended', user.id)).at(-1);
    assert.deepEqual([ended?.behind_id, ended?.because], [String(rosa.id), 'they switched back']);
  });

  it('switches back to their own session, which was there all the time', async () => {
    const browser = await acting({ agent: ines.id });
    const old = there(browser);

    const told = await send(browser, '/auth/switch-back', {});
    const me = await browser.ask('/auth/me');

    assert.deepEqual(told.json, { signedIn: true });
    assert.deepEqual([me.json.name, me.json.actor], ['Rosa Lind', undefined]);
    assert.equal(browser.cookies.has('sundog_own_session'), false);
    assert.equal(await statusSoon(old, 401), 401);
  });

  it('is themselves again by the sign-in page when the time is over', async () => {
    const then = hub.time.now;
    const browser = await acting({ agent: ines.id });
    hub.time.now = new Date(then.getTime() + impersonationLimits.sessionMs);

    const over = await browser.ask('/auth/me');
    const page = await browser.ask('/auth/login?return=/plans');
    const me = await browser.ask('/auth/me');
    await noteEnds(hub.database.db, hub.time.now);
    const ended = (await entries('impersonation.ended', ines.id)).at(-1);

    hub.time.now = then;
    assert.equal(over.status, 401);
    assert.match(page.text, /You are yourself again, Rosa Lind/);
    assert.match(page.text, /href="\/plans"/);
    assert.equal(me.json.name, 'Rosa Lind');
    assert.match(ended?.because ?? '', /time was over|session ended/);
  });

  it('is not kept longer by being busy', async () => {
    const then = hub.time.now;
    const browser = await acting({ agent: ines.id });
    for (const minutes of [10, 20, 29]) {
      hub.time.now = new Date(then.getTime() + minutes * 60_000);
      assert.equal((await browser.ask('/auth/me')).status, 200);
    }
    hub.time.now = new Date(then.getTime() + 30 * 60_000);

    const { status } = await browser.ask('/auth/me');

    hub.time.now = then;
    assert.equal(status, 401);
  });

  it('does not act for longer than their own session lives', async () => {
    const then = hub.time.now;
    const browser = await acting({ agent: ines.id });
    await hub.database.db
      .updateTable('sessions')
      .set({ ends_at: new Date(then.getTime() + 60_000) })
      .where('owner_kind', '=', 'agent')
      .where('owner_id', '=', rosa.id)
      .where('parent', 'is', null)
      .execute();
    hub.time.now = new Date(then.getTime() + 60_000);

    const { status } = await browser.ask('/auth/me');

    hub.time.now = then;
    assert.equal(status, 401);
  });

  it('signs out as themselves too', async () => {
    const browser = await acting({ agent: ines.id });
    const own = aBrowser(hub);
    own.cookies.set('sundog_session', browser.cookies.get('sundog_own_session') ?? '');
    assert.equal((await own.ask('/auth/me')).json.name, 'Rosa Lind');

    const page = await browser.ask('/auth/logout');
    await browser.ask('/auth/logout', { form: { csrf: csrfIn(page) } });

    assert.match(page.text, /Sign out, Rosa Lind/);
    // That they have signed in here before is remembered; it signs nobody in.
    assert.deepEqual([...browser.cookies.keys()], ['sundog_browser']);
    assert.equal(await statusSoon(own, 401), 401);
  });

  describe('is out at once, in every process, when', () => {
    async function endsBy(end: (own: BrowserOf) => Promise<unknown>, target = ines.id) {
      const other = await anAgent(hub, { name: 'Vera Luz', administrator: true });
      const browser = await acting({ agent: target }, other.email);
      const elsewhere = there(browser);
      assert.equal((await elsewhere.ask('/auth/me')).status, 200);
      const own = aBrowser(hub);
      own.cookies.set('sundog_session', browser.cookies.get('sundog_own_session') ?? '');

      await end(own);

      assert.equal(await statusSoon(browser, 401), 401);
      assert.equal(await statusSoon(elsewhere, 401), 401);
      return other;
    }
    const vera = () =>
      hub.database.db
        .selectFrom('desk_agents')
        .select('id')
        .where('name', '=', 'Vera Luz')
        .orderBy('id', 'desc')
        .executeTakeFirstOrThrow();

    it('their own session is signed out', async () => {
      await endsBy(async (own) => {
        const page = await own.ask('/auth/logout');
        await own.ask('/auth/logout', { form: { csrf: csrfIn(page) } });
      });
    });

    it('they are disabled', async () => {
      await endsBy(async () => disableAgent(hub, (await vera()).id));
    });

    it('their right is taken away, which is told to the audit trail', async () => {
      await endsBy(async () => {
        await hub.database.db
          .updateTable('desk_agents')
          .set({ administrator: false })
          .where('id', '=', (await vera()).id)
          .execute();
      });
      const ended = (await entries('session.ended', ines.id)).at(-1);
      assert.match(ended?.because ?? '', /right to act as them was taken away/);
    });

    it('their role loses the right', async () => {
      const { agent, role } = await anAgentWithRole(['impersonate:users']);
      const user = await aUser(hub);
      const browser = await acting({ user: user.id }, agent.email);
      const elsewhere = there(browser);
      assert.equal((await elsewhere.ask('/auth/me')).status, 200);
      assert.equal((await asking(await signedIn(agent.email), { agent: ines.id })).status, 403);

      await hub.database.db
        .updateTable('desk_roles')
        .set({ permissions: [] })
        .where('id', '=', role)
        .execute();

      assert.equal(await statusSoon(browser, 401), 401);
      assert.equal(await statusSoon(elsewhere, 401), 401);
    });

    it('they change their password elsewhere', async () => {
      await endsBy(async () => {
        const { id } = await vera();
        await hub.database.db.transaction().execute(async (tx) => {
          await tx
            .deleteFrom('sessions')
            .where('owner_kind', '=', 'agent')
            .where('owner_id', '=', id)
            .execute();
          await sql`select pg_notify('sundog_access', '')`.execute(tx);
        });
      });
    });

    it('it is switched off', async () => {
      await endsBy(async () => {
        const administrator = await signedIn(rosa.email);
        const change = { agents: { allowed: false } };
        const told = await send(administrator, '/v1/impersonation', change, 'PATCH');
        assert.equal(told.status, 200, told.text);
      });
      const ended = (await entries('impersonation.ended', ines.id)).at(-1);
      assert.deepEqual([ended?.actor_id, ended?.because], [String(rosa.id), 'it was switched off']);
    });

    it('whom they act as is disabled', async () => {
      const target = await anAgent(hub, { name: 'Bela Costa' });
      await endsBy(() => disableAgent(hub, target.id), target.id);
    });

    it('whom they act as rises above them', async () => {
      const target = await anAgent(hub, { name: 'Bela Costa' });
      await endsBy(
        () =>
          hub.database.db
            .updateTable('desk_agents')
            .set({ administrator: true })
            .where('id', '=', target.id)
            .execute(),
        target.id,
      );
    });

    it('an administrator ends it', async () => {
      await endsBy(async () => {
        const administrator = await signedIn(rosa.email);
        const list = await administrator.ask('/v1/impersonations');
        const [{ id } = { id: 0 }] = Items.parse(list.json.items);
        const told = await send(administrator, `/v1/impersonations/${id}/end`, {});
        assert.equal(told.status, 204, told.text);
      });
    });

    it('whom they act as ends it', async () => {
      const target = await anAgent(hub, { name: 'Bela Costa' });
      await endsBy(async () => {
        const self = await signedIn(target.email);
        const list = await self.ask('/v1/impersonations/of-me');
        const items = Items.parse(list.json.items);
        assert.deepEqual([items.length, items[0]?.reason], [1, reason]);
        const told = await send(self, `/v1/impersonations/${items[0]?.id}/end`, {});
        assert.equal(told.status, 204, told.text);
      }, target.id);
    });
  });

  describe('is refused', () => {
    let browser: BrowserOf;
    beforeEach(async () => {
      browser = await acting({ agent: ines.id });
    });
    const code = (told: Told) => told.json.code;

    it('to act as yet another', async () => {
      const user = await aUser(hub);

      assert.equal((await asking(browser, { user: user.id })).status, 403);
      assert.equal(code(await exchanging(browser, 'x')), 'impersonation.not-here');
    });

    it('to choose a password', async () => {
      const page = await browser.ask('/auth/password');
      const { csrfToken } = (await browser.ask('/auth/me')).json;
      const form = { csrf: String(csrfToken), present: goodPassword, next: 'x', again: 'x' };
      const posted = await browser.ask('/auth/password', { form });

      assert.deepEqual([page.status, posted.status], [403, 403]);
      assert.match(posted.text, /while acting as Ines Marlow/);
    });

    it('to give applications tokens', async () => {
      const redirect = 'https://app.larkfield.test/back';
      const app = await anApplication(hub, {
        kind: 'authorization-code',
        redirectUris: [redirect],
        isPublic: true,
      });
      const query = new URLSearchParams({
        client_id: app.client_id,
        redirect_uri: redirect,
        response_type: 'code',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      });

      const told = await browser.ask(`/auth/authorize?${query}`);

      const back = new URL(told.headers.get('location') ?? '');
      assert.equal(back.searchParams.get('error'), 'access_denied');
      assert.equal(back.searchParams.get('code'), null);
    });

    it('to see or end the sessions of whom they act as', async () => {
      assert.equal(code(await browser.ask('/v1/sessions')), 'impersonation.not-here');
      assert.equal(code(await browser.ask('/v1/impersonations/of-me')), 'impersonation.not-here');
    });

    it('to switch back twice', async () => {
      await send(browser, '/auth/switch-back', {});

      assert.equal(code(await send(browser, '/auth/switch-back', {})), 'impersonation.none');
    });
  });
});

describe('Keys and settings', () => {
  it('are touched by nobody who acts as an agent that might', async () => {
    // Nobody acts as an administrator, so the door alone is not what holds: the command is asked itself.
    const by = {
      kind: 'agent' as const,
      id: '9',
      name: 'Vera Luz',
      permissions: new Set(['admin'] as const),
      behind: { kind: 'agent' as const, id: '1', name: 'Rosa Lind' },
    };

    const tried = createApplication(
      hub.database.db,
      { name: 'x', scopes: ['all'] },
      by,
      hub.time.now,
    );

    await assert.rejects(tried, { code: 'impersonation.not-here' });
  });

  it('of impersonation are changed by administrators, with an entry for each', async () => {
    const told = await send(
      await signedIn(rosa.email),
      '/v1/impersonation',
      { users: { allowed: false, told: false } },
      'PATCH',
    );

    assert.deepEqual(told.json, {
      agents: { allowed: true, told: true, may: true },
      users: { allowed: false, told: false, may: true },
    });
    const rows = await hub.database.db
      .selectFrom('audit_entries')
      .select('field')
      .where('action', '=', 'impersonation.setting-changed')
      .where('subject_id', '=', 'impersonation/user')
      .execute();
    assert.deepEqual(rows.map(({ field }) => field).sort(), ['allowed', 'told']);
    const other = await send(
      await signedIn(ines.email),
      '/v1/impersonation',
      { users: { allowed: true } },
      'PATCH',
    );
    assert.equal(other.status, 403);
    const list = await (await signedIn(ines.email)).ask('/v1/impersonations');
    assert.equal(list.status, 403);
  });

  for (const change of [
    { agents: { allowed: 'yes' } },
    { all: true },
    { users: { may: true } },
    [],
  ])
    it(`of impersonation do not take ${JSON.stringify(change)}`, async () => {
      const told = await send(await signedIn(rosa.email), '/v1/impersonation', change, 'PATCH');

      assert.equal(told.status, 400);
    });

  it('do not change when that cannot be audited', async () => {
    await using _ = await failingAudit(hub.database, '^impersonation.setting');

    const told = await send(
      await signedIn(rosa.email),
      '/v1/impersonation',
      { agents: { allowed: false } },
      'PATCH',
    );

    assert.equal(told.status, 500);
    const row = await hub.database.db
      .selectFrom('impersonation_settings')
      .select('allowed')
      .where('target', '=', 'agent')
      .executeTakeFirst();
    assert.equal(row?.allowed, true);
  });
});

describe('Whom somebody acts as', () => {
  it('is written to, with the reason, unless an administrator turned that off', async () => {
    const user = await aUser(hub);
    const letters = () =>
      hub.database.db
        .selectFrom('outbox')
        .select('payload')
        .where('kind', '=', 'impersonation-told')
        .where(sql<boolean>`payload ->> 'email' = ${user.email}`)
        .execute();

    await acting({ user: user.id });
    const told = await letters();
    await hub.database.db
      .updateTable('impersonation_settings')
      .set({ told: false })
      .where('target', '=', 'user')
      .execute();
    await acting({ user: user.id });

    assert.equal(told.length, 1);
    assert.match(JSON.stringify(told[0]?.payload), /Rosa Lind.*Ticket 4711/);
    assert.equal((await letters()).length, 1);
  });
});
