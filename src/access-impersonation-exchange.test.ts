// The exchange of a token to act as somebody else for a session of both, over real HTTP.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { sql } from 'kysely';
import pg from 'pg';
import { impersonationLimits } from '#domain/impersonation.ts';
import {
  type AccessHub,
  anAgent,
  anApplication,
  ask,
  aUser,
  type BrowserOf,
  bearer,
  goodPassword,
} from '#test/servers/access.ts';
import { failingAudit } from '#test/servers/failing-audit.ts';
import {
  acting,
  anImpersonationTrial,
  beginAnew,
  entries,
  exchanging,
  type ImpersonationTrial,
  type Person,
  reason,
  send,
  signedIn,
  tokenFor,
} from '#test/servers/impersonation.ts';

let trial: ImpersonationTrial;
let hub: AccessHub;
let twin: AccessHub;
let rosa: Person;
let tomas: Person;
let ines: Person;

before(async () => {
  trial = await anImpersonationTrial();
  ({ hub, twin, rosa, tomas, ines } = trial);
});
after(() => trial[Symbol.asyncDispose]());
beforeEach(() => beginAnew(trial));

describe('The exchange of its token', () => {
  it('gives a session of both, under a new id, for half an hour', async () => {
    const browser = await signedIn(hub, rosa.email);
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
    const browser = await acting(hub, rosa.email, { user: user.id });

    const me = await browser.ask('/auth/me');

    assert.deepEqual([me.json.kind, me.json.clientId], ['user', user.clientId]);
    assert.equal((await browser.ask('/api/tickets')).json.kind, 'user');
    assert.equal((await browser.ask('/v1/applications')).status, 403);
  });

  it('happens once, however many ask at once', async () => {
    const browser = await signedIn(hub, rosa.email);
    const token = await tokenFor(browser, { agent: ines.id });
    const { csrfToken } = (await browser.ask('/auth/me')).json;
    const cookie = `sundog_session=${browser.cookies.get('sundog_session')}`;
    const headers = { cookie, 'x-csrf-token': String(csrfToken) };
    const earlier = (await entries(hub, 'impersonation.started', ines.id)).length;

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
    assert.equal((await entries(hub, 'impersonation.started', ines.id)).length, earlier + 1);
  });

  describe('answers alike, and gives nothing, for a token', () => {
    async function refused(browser: BrowserOf, token: string): Promise<void> {
      const told = await exchanging(browser, token);

      assert.deepEqual([told.status, told.json.code], [400, 'impersonation.token'], told.text);
      assert.equal(told.headers.getSetCookie().length, 0);
    }

    it('that was used', async () => {
      const browser = await signedIn(hub, rosa.email);
      const again = await signedIn(hub, rosa.email);
      const token = await tokenFor(browser, { agent: ines.id });
      await exchanging(browser, token);
      await send(browser, '/auth/switch-back', {});

      await refused(browser, token);
      await refused(again, token);
    });

    it('that is too old', async () => {
      const then = hub.time.now;
      const browser = await signedIn(hub, rosa.email);
      const token = await tokenFor(browser, { agent: ines.id });
      hub.time.now = new Date(then.getTime() + impersonationLimits.tokenSeconds * 1000);

      await refused(browser, token);

      hub.time.now = then;
    });

    it('copied to another browser of the same agent, or of another', async () => {
      const browser = await signedIn(hub, rosa.email);
      const token = await tokenFor(browser, { agent: ines.id });

      await refused(await signedIn(hub, rosa.email), token);
      await refused(await signedIn(hub, tomas.email), token);
      await refused(await signedIn(hub, ines.email), token);
      assert.equal((await exchanging(browser, token)).status, 200);
    });

    it('that was bent, or made by somebody else', async () => {
      const browser = await signedIn(hub, rosa.email);
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
      const browser = await signedIn(hub, rosa.email);
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
    const browser = await signedIn(hub, rosa.email);
    const token = await tokenFor(browser, { agent: ines.id });

    assert.equal((await browser.ask('/auth/impersonate', { json: { token } })).status, 403);
  });

  for (const json of [{}, { token: 7 }, { token: '' }, { token: 'x'.repeat(5_000) }, [], null])
    it(`is refused with ${JSON.stringify(json).slice(0, 30)}`, async () => {
      const told = await send(await signedIn(hub, rosa.email), '/auth/impersonate', json);

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
    const byAnother = await exchanging(await signedIn(hub, tomas.email), token);
    const inBrowser = await exchanging(await signedIn(hub, rosa.email), token);

    assert.equal(asked.status, 201, asked.text);
    assert.deepEqual(
      [byProgram.status, byProgram.json.code],
      [403, 'impersonation.browser-needed'],
    );
    assert.deepEqual([byAnother.status, inBrowser.status], [400, 200]);
  });

  it('looks again at what may have changed since', async () => {
    const other = await anAgent(hub, { name: 'Vera Luz' });
    const browser = await signedIn(hub, rosa.email);
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
      const browser = await signedIn(hub, rosa.email);
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
    const browser = await signedIn(hub, rosa.email);
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
    await acting(hub, rosa.email, { agent: ines.id });

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
