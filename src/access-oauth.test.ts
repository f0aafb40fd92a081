// OAuth 2.0 and API applications as clients of Halo meet them: real HTTP, real PostgreSQL.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import { theHub } from '#domain/actor.ts';
import {
  type AccessHub,
  aBrowser,
  anAccessHub,
  anAgent,
  anApplication,
  ask,
  bearer,
  csrfIn,
  disableAgent,
  goodPassword,
  signIn,
  type Told,
} from '#test/servers/access.ts';

let hub: AccessHub;

before(async () => {
  hub = await anAccessHub();
});

after(async () => {
  await hub[Symbol.asyncDispose]();
});

const token = (form: Readonly<Record<string, string>> | string, path = '/auth/token') =>
  ask(hub, path, { form });

describe('A token for client credentials', () => {
  it('comes as every client of Halo expects it, and opens the API', async () => {
    const { client_id, client_secret } = await anApplication(hub);

    const told = await token({
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      scope: 'all',
    });
    const used = await ask(hub, '/api/Tickets', { headers: bearer(told.json.access_token) });

    assert.equal(told.status, 200);
    assert.deepEqual(told.json, {
      scope: 'all',
      token_type: 'Bearer',
      access_token: told.json.access_token,
      expires_in: 3600,
    });
    assert.match(String(told.json.access_token), /^[\w-]{43}$/);
    assert.equal(told.headers.get('cache-control'), 'no-store');
    assert.equal(used.status, 200);
    assert.equal(used.json.kind, 'application');
  });

  it('has credentials in Halo’s form: a GUID, and two GUIDs joined by a hyphen', async () => {
    const { client_id, client_secret } = await anApplication(hub);

    const guid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
    assert.match(client_id, new RegExp(`^${guid}$`));
    assert.match(client_secret, new RegExp(`^${guid}-${guid}$`));
  });

  for (const place of ['in the address', 'in the form', 'nowhere'])
    it(`takes the tenant ${place}`, async () => {
      const { client_id, client_secret } = await anApplication(hub);
      const tenant = place === 'in the form' ? { tenant: 'larkfield' } : {};
      const path = place === 'in the address' ? '/auth/Token?tenant=larkfield' : '/auth/token';

      const told = await token(
        { grant_type: 'client_credentials', client_id, client_secret, ...tenant },
        path,
      );

      assert.equal(told.status, 200);
    });

  it('may be asked for with HTTP Basic', async () => {
    const { client_id, client_secret } = await anApplication(hub);
    const basic = Buffer.from(`${client_id}:${client_secret}`).toString('base64');

    const told = await ask(hub, '/auth/token', {
      form: { grant_type: 'client_credentials' },
      headers: { authorization: `Basic ${basic}` },
    });

    assert.equal(told.status, 200);
  });

  it('holds the scopes asked for and no more', async () => {
    const { client_id, client_secret } = await anApplication(hub, { scopes: ['all'] });
    const form = { grant_type: 'client_credentials', client_id, client_secret };

    const some = await token({ ...form, scope: 'edit:customers' });
    const tickets = await ask(hub, '/api/tickets', { headers: bearer(some.json.access_token) });

    assert.equal(some.json.scope, 'edit:customers');
    assert.equal(tickets.status, 403);
  });

  it('for an application that logs in as an agent lets it do what both may', async () => {
    const { id } = await anAgent(hub);
    const { client_id, client_secret } = await anApplication(hub, { agentId: id });
    const told = await token({ grant_type: 'client_credentials', client_id, client_secret });
    const headers = bearer(told.json.access_token);

    const tickets = await ask(hub, '/api/tickets', { headers });
    const applications = await ask(hub, '/v1/applications', { headers });

    assert.equal(tickets.status, 200);
    assert.equal(applications.status, 403);
  });

  const wrong: readonly (readonly [string, Readonly<Record<string, string>>, number, string])[] = [
    [
      'an unknown client',
      { client_id: '0192f3c4-5a6b-4c8d-9e0f-112233445566' },
      401,
      'invalid_client',
    ],
    ['a client id that is no GUID', { client_id: "' or 1=1" }, 401, 'invalid_client'],
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client'],
    ['no secret', { client_secret: '' }, 401, 'invalid_client'],
    ['an unknown scope', { scope: 'read:users' }, 400, 'invalid_scope'],
    ['a scope that was not granted', { scope: 'admin' }, 400, 'invalid_scope'],
    ['an unknown grant', { grant_type: 'implicit' }, 400, 'unsupported_grant_type'],
    ['a grant of another kind', { grant_type: 'password' }, 400, 'unauthorized_client'],
  ];
  for (const [what, change, status, error] of wrong)
    it(`is refused to ${what}`, async () => {
      const { client_id, client_secret } = await anApplication(hub, { scopes: ['read:tickets'] });
      const form = { grant_type: 'client_credentials', client_id, client_secret };

      const told = await token({ ...form, ...change });

      assert.equal(told.status, status);
      assert.equal(told.json.error, error);
      assert.match(String(told.json.error_description), /\.$/);
      if (status === 401) assert.match(told.headers.get('www-authenticate') ?? '', /^Basic/);
    });

  it('is refused when a parameter comes twice', async () => {
    const told = await token('grant_type=client_credentials&client_id=a&client_id=b');

    assert.equal(told.status, 400);
    assert.equal(told.json.error, 'invalid_request');
  });

  it('is refused for a while after many wrong secrets', async () => {
    const { client_id } = await anApplication(hub);
    const form = { grant_type: 'client_credentials', client_id, client_secret: 'wrong' };

    const told = [];
    for (let turn = 0; turn < 31; turn += 1) told.push(await token(form));

    assert.equal(told.at(-2)?.status, 401);
    assert.equal(told.at(-1)?.status, 429);
    assert.ok(Number(told.at(-1)?.headers.get('retry-after')) > 0);
  });

  it('ends after an hour', async () => {
    const { client_id, client_secret } = await anApplication(hub);
    const told = await token({ grant_type: 'client_credentials', client_id, client_secret });
    const headers = bearer(told.json.access_token);
    const before = await ask(hub, '/api/tickets', { headers });

    hub.time.now = new Date(hub.time.now.getTime() + 3_600_000);

    assert.equal(before.status, 200);
    assert.equal((await ask(hub, '/api/tickets', { headers })).status, 401);
  });
});

describe('A token for a password', () => {
  const kind = 'username-password' as const;

  it('is a person’s: their permissions within the scopes', async () => {
    const { email, id } = await anAgent(hub);
    const { client_id } = await anApplication(hub, { kind });

    const told = await token(asPerson(client_id, email, goodPassword));
    const used = await ask(hub, '/api/tickets', { headers: bearer(told.json.access_token) });

    assert.equal(told.status, 200);
    assert.deepEqual(used.json, { kind: 'agent', id: String(id) });
    assert.equal(told.json.refresh_token, undefined);
  });

  it('is refused alike for a wrong password and an unknown name', async () => {
    const { email } = await anAgent(hub);
    const { client_id } = await anApplication(hub, { kind });

    const wrong = await token(asPerson(client_id, email, 'wrong'));
    const unknown = await token(asPerson(client_id, 'nobody@larkfield.test', 'wrong'));

    assert.equal(wrong.status, 400);
    assert.equal(wrong.json.error, 'invalid_grant');
    assert.deepEqual(unknown.json, wrong.json);
  });

  it('is refused while the password was made by somebody else', async () => {
    const { client_id } = await anApplication(hub, { kind });
    const given = { name: 'Rui Duarte', email: 'rui.duarte@larkfield.test', administrator: false };
    const { password } = await hub.commands.createAgent(given, theHub);

    const told = await token(asPerson(client_id, given.email, password.reveal()));

    assert.equal(told.json.error, 'invalid_grant');
  });

  it('is refused to whoever has a second factor', async () => {
    const { email } = await anAgent(hub);
    const { client_id } = await anApplication(hub, { kind });
    await using strict = await anAccessHub({ shares: hub, hasSecondFactor: async () => true });

    const told = await ask(strict, '/auth/token', {
      form: asPerson(client_id, email, goodPassword),
    });

    assert.deepEqual([told.status, told.json.error], [400, 'invalid_grant']);
  });

  it('counts with the sign-in page: guessing here closes the account there', async () => {
    const { email } = await anAgent(hub);
    const { client_id } = await anApplication(hub, { kind });
    for (let turn = 0; turn < 5; turn += 1) await token(asPerson(client_id, email, 'wrong'));

    assert.equal((await signIn(aBrowser(hub), email, goodPassword)).status, 401);
    await hub.database.db.deleteFrom('attempts').execute();
  });

  const asPerson = (client_id: string, username: string, password: string) => ({
    grant_type: 'password',
    client_id,
    username,
    password,
    scope: 'all',
  });
});

const redirectUri = 'http://127.0.0.1:43110/callback';

async function aNativeApp() {
  return anApplication(hub, {
    kind: 'authorization-code',
    isPublic: true,
    redirectUris: [redirectUri],
    scopes: ['all'],
  });
}

const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

function authorizeUrl(client_id: string, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({
    tenant: 'larkfield',
    response_type: 'code',
    client_id,
    redirect_uri: redirectUri,
    scope: 'all offline_access openid',
    state: 'xyz',
    nonce: 'n-0S6',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  });
  return `/auth/authorize?${query}`;
}

function backIn(told: Told): URLSearchParams {
  return new URL(told.headers.get('location') ?? 'http://nowhere.test').searchParams;
}

async function aSignedInBrowser() {
  const agent = await anAgent(hub);
  const browser = aBrowser(hub);
  await signIn(browser, agent.email, goodPassword);
  return { browser, agent };
}

describe('A token for a code', () => {
  it('begins with signing in and ends with an id token that anyone can check', async () => {
    const { client_id } = await aNativeApp();
    const agent = await anAgent(hub);
    const browser = aBrowser(hub);

    const toSignIn = await browser.ask(authorizeUrl(client_id));
    const page = await browser.ask(toSignIn.headers.get('location') ?? '');
    const back =
      /name="return" value="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&#38;', '&') ?? '';
    const form = { csrf: csrfIn(page), return: back, login: agent.email, password: goodPassword };
    const signedIn = await browser.ask('/auth/login', { form });
    const given = await browser.ask(back);
    const told = await token(exchange(client_id, backIn(given).get('code') ?? ''));
    const jwks = await ask(hub, '/auth/jwks');
    const keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }).parse(jwks.json);
    const id = await jwtVerify(String(told.json.id_token), createLocalJWKSet(keys), {
      issuer: 'http://hub.larkfield.test/auth',
      audience: client_id,
      currentDate: hub.time.now,
    });

    assert.equal(toSignIn.status, 303);
    assert.equal(signedIn.status, 200);
    assert.match(signedIn.text, /http-equiv="refresh" content="0;url=\/auth\/authorize\?/);
    assert.equal(given.status, 302);
    assert.ok(given.headers.get('location')?.startsWith(`${redirectUri}?`));
    assert.equal(backIn(given).get('state'), 'xyz');
    assert.equal(backIn(given).get('iss'), 'http://hub.larkfield.test/auth');
    assert.equal(told.status, 200);
    assert.equal(told.json.scope, 'all offline_access openid');
    assert.match(String(told.json.refresh_token), /^[\w-]{43}$/);
    assert.deepEqual(
      [id.payload.sub, id.payload.email, id.payload.nonce],
      [`agent-${agent.id}`, agent.email, 'n-0S6'],
    );
    assert.equal(JSON.stringify(jwks.json).includes('"d"'), false);
  });

  it('is given once: a code shown twice takes back what it gave', async () => {
    const { client_id } = await aNativeApp();
    const { browser } = await aSignedInBrowser();
    const code = backIn(await browser.ask(authorizeUrl(client_id))).get('code') ?? '';
    const first = await token(exchange(client_id, code));
    const before = await ask(hub, '/api/tickets', { headers: bearer(first.json.access_token) });

    const second = await token(exchange(client_id, code));

    assert.equal(before.status, 200);
    assert.equal(second.json.error, 'invalid_grant');
    await eventually(async () => {
      const used = await ask(hub, '/api/tickets', { headers: bearer(first.json.access_token) });
      return used.status === 401;
    });
  });

  const wrong: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['without its verifier', { code_verifier: '' }],
    ['with another verifier', { code_verifier: randomBytes(32).toString('base64url') }],
    ['for another redirect URI', { redirect_uri: 'http://127.0.0.1:1/callback' }],
  ];
  for (const [what, change] of wrong)
    it(`is not given ${what}, nor afterwards with the right one`, async () => {
      const { client_id } = await aNativeApp();
      const { browser } = await aSignedInBrowser();
      const code = backIn(await browser.ask(authorizeUrl(client_id))).get('code') ?? '';

      const told = await token({ ...exchange(client_id, code), ...change });
      const again = await token(exchange(client_id, code));

      assert.deepEqual([told.status, told.json.error], [400, 'invalid_grant']);
      assert.equal(again.json.error, 'invalid_grant');
    });

  it('is not given to another client, nor after a minute', async () => {
    const { client_id } = await aNativeApp();
    const { browser } = await aSignedInBrowser();
    const one = backIn(await browser.ask(authorizeUrl(client_id))).get('code') ?? '';
    const other = backIn(await browser.ask(authorizeUrl(client_id))).get('code') ?? '';

    const elsewhere = await token(exchange((await aNativeApp()).client_id, one));
    hub.time.now = new Date(hub.time.now.getTime() + 60_001);
    const late = await token(exchange(client_id, other));

    assert.equal(elsewhere.json.error, 'invalid_grant');
    assert.equal(late.json.error, 'invalid_grant');
  });

  for (const uri of [
    `${redirectUri}/`,
    `${redirectUri}?a=1`,
    'http://127.0.0.1:43110/',
    'https://evil.test/',
  ])
    it(`never sends anybody to ${uri}`, async () => {
      const { client_id } = await aNativeApp();
      const { browser } = await aSignedInBrowser();

      const told = await browser.ask(authorizeUrl(client_id, { redirect_uri: uri }));

      assert.equal(told.status, 400);
      assert.equal(told.headers.get('location'), null);
    });

  const refused: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['without a challenge', { code_challenge: '' }, 'invalid_request'],
    ['with a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['for a token at once', { response_type: 'token' }, 'unsupported_response_type'],
    ['for a scope nobody knows', { scope: 'read:users' }, 'invalid_scope'],
  ];
  for (const [what, change, error] of refused)
    it(`is refused ${what}, told to the application`, async () => {
      const { client_id } = await aNativeApp();
      const { browser } = await aSignedInBrowser();

      const told = await browser.ask(authorizeUrl(client_id, change));

      assert.equal(told.status, 302);
      assert.equal(backIn(told).get('error'), error);
      assert.equal(backIn(told).get('state'), 'xyz');
    });

  it('asks nobody when the application wants no questions', async () => {
    const { client_id } = await aNativeApp();

    const told = await ask(hub, authorizeUrl(client_id, { prompt: 'none' }));

    assert.equal(backIn(told).get('error'), 'login_required');
  });
});

const exchange = (client_id: string, code: string) => ({
  grant_type: 'authorization_code',
  client_id,
  redirect_uri: redirectUri,
  code,
  code_verifier: verifier,
  scope: 'all offline_access',
});

describe('A refresh token', () => {
  it('gives new tokens once; shown again it takes back all of them', async () => {
    const { client_id, first } = await withRefresh();
    const refresh = (value: unknown) =>
      token({ grant_type: 'refresh_token', client_id, refresh_token: String(value) });

    const second = await refresh(first.json.refresh_token);
    const stolen = await refresh(first.json.refresh_token);
    const third = await refresh(second.json.refresh_token);

    assert.equal(second.status, 200);
    assert.notEqual(second.json.refresh_token, first.json.refresh_token);
    assert.equal(stolen.json.error, 'invalid_grant');
    assert.equal(third.json.error, 'invalid_grant');
    await eventually(async () => {
      const used = await ask(hub, '/api/tickets', { headers: bearer(second.json.access_token) });
      return used.status === 401;
    });
    const audited = await hub.database.db
      .selectFrom('audit_entries')
      .select('id')
      .where('action', '=', 'token.reused')
      .execute();
    assert.ok(audited.length > 0);
  });

  it('is spent once, however many hands hold it', async () => {
    const { client_id, first } = await withRefresh();
    const refresh_token = String(first.json.refresh_token);
    const form = { grant_type: 'refresh_token', client_id, refresh_token };

    const told = await Promise.all(Array.from({ length: 10 }, () => token(form)));

    assert.equal(told.filter(({ status }) => status === 200).length, 1);
  });

  it('asks for fewer scopes, never for more', async () => {
    const { client_id, first } = await withRefresh('read:tickets offline_access');
    const refresh = (value: unknown, scope: string) =>
      token({ grant_type: 'refresh_token', client_id, refresh_token: String(value), scope });

    const more = await refresh(first.json.refresh_token, 'admin');

    assert.equal(more.json.error, 'invalid_scope');
  });

  it('ends with its agent', async () => {
    const { client_id, first, agent } = await withRefresh();
    await disableAgent(hub, agent.id);

    const told = await token({
      grant_type: 'refresh_token',
      client_id,
      refresh_token: String(first.json.refresh_token),
    });

    assert.equal(told.json.error, 'invalid_grant');
    await eventually(async () => {
      const used = await ask(hub, '/api/tickets', { headers: bearer(first.json.access_token) });
      return used.status === 401;
    });
  });

  it('is taken back on request, and its access token with it', async () => {
    const { client_id, first } = await withRefresh();

    const told = await ask(hub, '/auth/revoke', {
      form: { client_id, token: String(first.json.refresh_token) },
    });

    assert.equal(told.status, 200);
    await eventually(async () => {
      const used = await ask(hub, '/api/tickets', { headers: bearer(first.json.access_token) });
      return used.status === 401;
    });
  });

  async function withRefresh(scope = 'all offline_access') {
    const { client_id } = await aNativeApp();
    const { browser, agent } = await aSignedInBrowser();
    const given = await browser.ask(authorizeUrl(client_id, { scope }));
    const first = await token(exchange(client_id, backIn(given).get('code') ?? ''));
    assert.equal(first.status, 200);
    return { client_id, first, agent };
  }
});

describe('An API key', () => {
  it('stands for its application, and where it was used is noted', async () => {
    const { apiKey, application } = await anApplication(hub, { kind: 'api-key' });

    const used = await ask(hub, '/api/tickets', { headers: { 'X-Halo-Api-Key': apiKey } });
    const wrong = await ask(hub, '/api/tickets', { headers: { 'X-Halo-Api-Key': 'wrong' } });

    assert.equal(used.status, 200);
    assert.equal(wrong.status, 401);
    const key = await hub.database.db
      .selectFrom('application_keys')
      .selectAll()
      .where('application_id', '=', application.id)
      .executeTakeFirstOrThrow();
    assert.deepEqual([key.last_used_at, key.last_used_from], [hub.time.now, '127.0.0.1']);
  });

  it('does not help beside a wrong bearer token', async () => {
    const { apiKey } = await anApplication(hub, { kind: 'api-key' });

    const headers = { 'X-Halo-Api-Key': apiKey, authorization: 'Bearer wrong' };

    assert.equal((await ask(hub, '/api/tickets', { headers })).status, 401);
  });
});

describe('Applications', () => {
  it('are made, listed page by page, disabled and deleted by an administrator', async () => {
    const headers = await asAdministrator();
    const json = { name: 'HaloAPI at Larkfield', scopes: ['all'] };

    const made = await ask(hub, '/v1/applications', { json, headers });
    const { application } = z.looseObject({ application: z.looseObject({}) }).parse(made.json);
    const path = `/v1/applications/${application.id}`;
    const page = await ask(hub, '/v1/applications?limit=1', { headers });
    const next = await ask(hub, `/v1/applications?limit=1&after=${page.json.next}`, { headers });
    const disabled = await ask(hub, `${path}/disable`, { method: 'POST', headers });
    const deleted = await ask(hub, path, { method: 'DELETE', headers });
    const gone = await ask(hub, path, { headers });

    assert.equal(made.status, 201);
    assert.match(String(made.json.clientSecret), /^[0-9a-f-]{73}$/);
    assert.notDeepEqual(page.json.items, next.json.items);
    assert.equal(disabled.json.enabled, false);
    assert.deepEqual([deleted.status, gone.status], [204, 404]);
    assert.equal(gone.json.code, 'record.unknown');
  });

  it('stop at once in every process when they are disabled or get another secret', async () => {
    await using other = await anAccessHub({ shares: hub });
    const headers = await asAdministrator();
    for (const what of ['disable', 'secret']) {
      const { application, client_id, client_secret } = await anApplication(hub);
      const told = await token({ grant_type: 'client_credentials', client_id, client_secret });
      const elsewhere = () =>
        ask(other, '/api/tickets', { headers: bearer(told.json.access_token) });
      assert.equal((await elsewhere()).status, 200);

      await ask(hub, `/v1/applications/${application.id}/${what}`, { method: 'POST', headers });

      await eventually(async () => (await elsewhere()).status === 401);
      const again = await token({ grant_type: 'client_credentials', client_id, client_secret });
      assert.equal(again.json.error, 'invalid_client');
    }
  });

  it('keep two keys, of which one can be renewed while the other works', async () => {
    const headers = await asAdministrator();
    const { application, apiKey } = await anApplication(hub, { kind: 'api-key' });
    const path = `/v1/applications/${application.id}/keys`;

    const second = await ask(hub, `${path}/2`, { method: 'POST', json: {}, headers });
    const removed = await ask(hub, `${path}/1`, { method: 'DELETE', headers });
    const third = await ask(hub, `${path}/3`, { method: 'POST', json: {}, headers });
    const use = (key: unknown) =>
      ask(hub, '/api/tickets', { headers: { 'X-Halo-Api-Key': String(key) } });

    assert.equal(second.status, 200);
    assert.equal(removed.status, 204);
    assert.equal(third.status, 404);
    assert.equal((await use(second.json.apiKey)).status, 200);
    await eventually(async () => (await use(apiKey)).status === 401);
  });

  const misfits: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['without a name', { name: ' ' }],
    ['without a scope', { scopes: [] }],
    ['with a scope nobody knows', { scopes: ['read:users'] }],
    ['for an agent nobody knows', { agentId: 4711 }],
    ['for codes without a redirect URI', { kind: 'authorization-code' }],
    ['with a redirect URI over http', code('http://larkfield.test/cb')],
    ['with a redirect URI that runs script', code('javascript:alert(1)')],
    ['with a fragment in the redirect URI', code('https://larkfield.test/cb#x')],
  ];
  for (const [what, change] of misfits)
    it(`are not made ${what}`, async () => {
      const headers = await asAdministrator();
      const json = { name: 'Misfit', scopes: ['all'], ...change };

      const told = await ask(hub, '/v1/applications', { json, headers });

      assert.equal(told.status, 400);
      assert.match(String(told.json.detail), /\.$/);
    });

  it('are an administrator’s business alone', async () => {
    const { client_id, client_secret } = await anApplication(hub, { scopes: ['all:standard'] });
    const told = await token({ grant_type: 'client_credentials', client_id, client_secret });

    const listed = await ask(hub, '/v1/applications', { headers: bearer(told.json.access_token) });

    assert.equal(listed.status, 403);
  });

  it('leave their secrets in no log, no audit entry and no table', async () => {
    const { client_id, client_secret, apiKey } = await anApplication(hub);
    const told = await token({ grant_type: 'client_credentials', client_id, client_secret });
    await ask(hub, `/api/tickets?token=${told.json.access_token}`);
    const { db } = hub.database;
    const kept = JSON.stringify([
      hub.logged,
      await db.selectFrom('audit_texts').selectAll().execute(),
      await db.selectFrom('applications').selectAll().execute(),
      await db.selectFrom('tokens').selectAll().execute(),
    ]);

    for (const secret of [client_secret, String(told.json.access_token), apiKey || client_secret])
      assert.equal(kept.includes(secret), false);
  });

  function code(uri: string) {
    return { kind: 'authorization-code', redirectUris: [uri] };
  }

  async function asAdministrator(): Promise<Record<string, string>> {
    const { client_id, client_secret } = await anApplication(hub, { scopes: ['admin'] });
    const told = await token({ grant_type: 'client_credentials', client_id, client_secret });
    return bearer(told.json.access_token);
  }
});

describe('The discovery document', () => {
  it('names endpoints that exist', async () => {
    const { json } = await ask(hub, '/auth/.well-known/openid-configuration');

    const told = z
      .looseObject({ issuer: z.string(), jwks_uri: z.string(), token_endpoint: z.string() })
      .parse(json);
    assert.equal(told.issuer, 'http://hub.larkfield.test/auth');
    assert.equal((await ask(hub, new URL(told.jwks_uri).pathname)).status, 200);
    assert.equal((await ask(hub, new URL(told.token_endpoint).pathname)).status, 405);
  });
});

/** Another process hears of a change a moment after it is committed. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('it did not happen');
}
