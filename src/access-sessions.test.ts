// Sessions, one's own and other people's, over real HTTP in two processes on one PostgreSQL.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { z } from 'zod';
import {
  type AccessHub,
  aBrowser,
  anAccessHub,
  anApplication,
  ask,
  disableAgent,
  goodPassword,
  signIn,
} from '#test/servers/access.ts';
import {
  anAgentSignedIn,
  auditOf,
  forgetAttempts,
  mailsTo,
  proof,
  type SignedIn,
  setUpApp,
} from '#test/servers/second-factors.ts';

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
beforeEach(() => forgetAttempts(hub));

/** The same session, asked of another process. */
async function inTwin({ browser }: Pick<SignedIn, 'browser'>): Promise<number> {
  const cookie = `sundog_session=${browser.cookies.get('sundog_session')}`;
  return (await ask(twin, '/auth/me', { headers: { cookie } })).status;
}

const Sessions = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), current: z.boolean() })),
});
const sessionsAt = async ({ browser }: Pick<SignedIn, 'browser'>, path = '/v1/sessions') =>
  Sessions.parse((await browser.ask(path)).json).items;

const anAdministrator = () => anAgentSignedIn(hub, { name: 'Ada Stone', administrator: true });

describe('A session', () => {
  it('that one process knows ends there when another disables its agent, within the bell’s time', async () => {
    const ines = await anAgentSignedIn(hub);
    assert.equal(await inTwin(ines), 200);
    const began = Date.now();

    await disableAgent(hub, ines.id);

    // What is remembered is trusted for three seconds; it is the bell that ends it sooner.
    while ((await inTwin(ines)) === 200) assert.ok(Date.now() - began < 2_500);
    assert.equal(await inTwin(ines), 401);
  });

  it('has an id of 256 random bits, a new one at every sign-in', async () => {
    const ines = await anAgentSignedIn(hub);
    const first = ines.browser.cookies.get('sundog_session') ?? '';

    await ines.browser.ask('/auth/logout');
    const again = aBrowser(hub);
    again.cookies.set('sundog_session', first);
    await signIn(aBrowser(hub), ines.email, goodPassword);
    await signIn(again, ines.email, goodPassword);

    assert.equal(Buffer.from(first, 'base64url').length, 32);
    const { rows } = await hub.database.pool.query(
      'select count(distinct hash)::int as hashes, count(*)::int as rows from sessions where owner_id = $1',
      [ines.id],
    );
    assert.equal(rows[0].hashes, rows[0].rows);
    assert.ok(rows[0].rows >= 2);
  });

  it('ends every other of its owner when they ask', async () => {
    const ines = await anAgentSignedIn(hub);
    const others = [aBrowser(hub), aBrowser(hub)];
    for (const browser of others) await signIn(browser, ines.email, goodPassword);
    const before = (await sessionsAt(ines)).length;

    const told = await ines.post('/v1/sessions', undefined, 'DELETE');

    assert.deepEqual(told.json, { ended: before - 1 });
    assert.deepEqual(
      (await sessionsAt(ines)).map(({ current }) => current),
      [true],
    );
    const states = others.map(async (browser) => (await browser.ask('/auth/me')).status);
    assert.deepEqual(await Promise.all(states), [401, 401]);
    const ended = (await auditOf(hub, ines.id)).filter((one) => one === 'session.ended');
    assert.equal(ended.length, before - 1);
  });
});

describe('An administrator', () => {
  it('sees where somebody is signed in and ends it, in every process, audited', async () => {
    const ines = await anAgentSignedIn(hub);
    const admin = await anAdministrator();
    const path = `/v1/agents/${ines.id}/sessions`;
    const known = await sessionsAt(admin, path);
    assert.equal(await inTwin(ines), 200);

    for (const { id } of known) {
      assert.equal((await admin.post(`${path}/${id}`, undefined, 'DELETE')).status, 204);
    }
    const again = await admin.post(`${path}/${known[0]?.id}`, undefined, 'DELETE');

    assert.ok(known.length > 0 && known.every(({ current }) => !current));
    const began = Date.now();
    while ((await inTwin(ines)) === 200) assert.ok(Date.now() - began < 2_500);
    assert.equal(again.status, 404);
    assert.deepEqual(await sessionsAt(admin, path), []);
    const ended = (await auditOf(hub, admin.id)).filter((one) => one === 'session.ended');
    assert.equal(ended.length, known.length);
  });

  it('does not end a session by the path of somebody else', async () => {
    const ines = await anAgentSignedIn(hub);
    const admin = await anAdministrator();
    const [session] = await sessionsAt(ines);

    const path = `/v1/agents/${admin.id}/sessions/${session?.id}`;
    const told = await admin.post(path, undefined, 'DELETE');
    const unknown = await admin.browser.ask('/v1/users/2000000/sessions');

    assert.deepEqual([told.status, unknown.status], [404, 404]);
    assert.equal((await ines.browser.ask('/auth/me')).status, 200);
  });

  it('alone does so: other agents and programs without the right are refused', async () => {
    const ines = await anAgentSignedIn(hub);
    const tom = await anAgentSignedIn(hub);
    const { client_id, client_secret } = await anApplication(hub, { scopes: ['read:tickets'] });
    const form = {
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      scope: 'read:tickets',
    };
    const token = await ask(hub, '/auth/token', { form });
    const headers = { authorization: `Bearer ${token.json.access_token}` };
    const path = `/v1/agents/${ines.id}/sessions`;
    const remove = `/v1/agents/${ines.id}/second-factors/remove`;

    const told = [
      await tom.browser.ask(path),
      await ask(hub, path, { headers }),
      await tom.post(`${path}/${crypto.randomUUID()}`, undefined, 'DELETE'),
      await tom.post(remove, proof),
      await ask(hub, path),
    ].map(({ status }) => status);

    assert.deepEqual(told, [403, 403, 403, 403, 401]);
  });

  it('removes what somebody has lost, with their own password, and tells them', async () => {
    const ines = await anAgentSignedIn(hub);
    await setUpApp(hub, ines);
    const admin = await anAdministrator();
    const path = `/v1/agents/${ines.id}/second-factors/remove`;

    const wrong = await admin.post(path, { password: 'a stolen session knows none' });
    const kept = await signIn(aBrowser(hub), ines.email, goodPassword);
    const removed = await admin.post(path, proof);
    const after_ = await signIn(aBrowser(hub), ines.email, goodPassword);

    assert.equal(wrong.json.code, 'password.wrong');
    assert.equal(kept.headers.get('location'), '/auth/second-factor');
    assert.equal(removed.status, 204);
    assert.equal(after_.headers.get('location'), '/');
    assert.equal((await ines.browser.ask('/auth/me')).status, 401);
    assert.match((await mailsTo(hub, ines.email)).at(-1) ?? '', /Ada Stone removed every second/);
    assert.ok((await auditOf(hub, admin.id)).includes('second-factor.removed'));
  });
});
