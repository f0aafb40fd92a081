// How the Halo connector signs in, and what a test of the connection finds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Secret } from '#lib/secret.ts';
import { aFaultyHalo, type Scene } from '#test/servers/faulty-halo.ts';
import {
  clientSecret,
  emptyDesk,
  lab,
  open,
  quick,
  read,
  refusalOf,
  rows,
  settingsFor,
  users,
} from '#test/servers/halo-trial.ts';
import { probeHalo } from './halo.ts';

describe('Signing in to Halo', () => {
  it('asks AuthInfo for the token address and the tenant, without a token', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    await using desk = open(halo);

    await read(desk);

    const [info] = halo.askedOf('/api/AuthInfo');
    const [token] = halo.askedOf('/auth/token');
    assert.equal(info?.headers.authorization, undefined);
    assert.deepEqual(token?.query, { tenant: 'larkfield' });
    assert.deepEqual(Object.fromEntries(new URLSearchParams(token?.body)), {
      grant_type: 'client_credentials',
      client_id: 'sundog',
      client_secret: clientSecret,
      scope: 'all',
    });
    assert.equal(halo.askedOf('/api/Users')[0]?.headers.authorization, 'Bearer token-number-1');
  });

  for (const [title, answer] of [
    ['is not there', { status: 404, body: 'nothing' }],
    ['says nothing', { status: 204, body: '' }],
    ['is a web page', { body: '<html>welcome</html>' }],
    ['is empty of addresses', { body: { auth_url: '' } }],
  ] as const) {
    it(`falls back to /auth/token where AuthInfo ${title}`, async () => {
      await using halo = await aFaultyHalo((asked) =>
        asked.path === '/api/AuthInfo' ? answer : emptyDesk(asked, 1),
      );
      await using desk = open(halo);

      await read(desk);

      assert.equal(halo.askedOf('/auth/token').length, 1);
    });
  }

  it('takes the client secret to no stranger that AuthInfo names', async () => {
    await using stranger = await aFaultyHalo(emptyDesk);
    await using halo = await aFaultyHalo((asked) =>
      asked.path === '/api/AuthInfo'
        ? { body: { auth_url: `${stranger.address}/auth` } }
        : undefined,
    );
    await using desk = open(halo);

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'address.refused');
    assert.match(refusal.message, /token address/);
    assert.deepEqual(stranger.asked, []);
  });

  it('asks for one token however many wait for it', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    await using desk = open(halo);

    await Promise.all(Array.from({ length: 8 }, () => read(desk)));

    assert.equal(halo.askedOf('/auth/token').length, 1);
  });

  it('renews the token before it ends', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    let now = new Date('2026-11-20T08:00:00Z');
    await using desk = open(halo, { clock: () => now });

    await read(desk);
    now = new Date('2026-11-20T08:58:59Z');
    await read(desk);
    now = new Date('2026-11-20T08:59:01Z');
    await read(desk);

    assert.equal(halo.askedOf('/auth/token').length, 2);
  });

  it('renews a refused token once, and then says the credentials are at fault', async () => {
    await using once = await aFaultyHalo((asked, nth) =>
      asked.path === '/api/Users' && nth === 1 ? { status: 401, body: '' } : emptyDesk(asked, nth),
    );
    await using always = await aFaultyHalo((asked) =>
      asked.path === '/api/Users' ? { status: 401, body: '' } : undefined,
    );
    await using patient = open(once);
    await using refused = open(always);

    await read(patient);
    const refusal = await refusalOf(read(refused));

    assert.equal(once.askedOf('/auth/token').length, 2);
    assert.equal(once.askedOf('/api/Users')[1]?.headers.authorization, 'Bearer token-number-2');
    assert.equal(refusal.code, 'credentials.refused');
    assert.equal(always.askedOf('/api/Users').length, 2);
  });

  for (const [error, status, sentence] of [
    ['invalid_client', 401, /does not know this client id with this secret/],
    ['invalid_scope', 400, /does not grant the scope "all"/],
    ['unauthorized_client', 400, /does not allow client credentials/],
    ['access_denied', 400, /gives no token \(access_denied: no \S+ here\)/],
  ] as const) {
    it(`explains ${error} without repeating the secret`, async () => {
      await using halo = await aFaultyHalo((asked) =>
        asked.path === '/auth/token'
          ? { status, body: { error, error_description: `no ${clientSecret} here` } }
          : undefined,
      );
      await using desk = open(halo);

      const refusal = await refusalOf(read(desk));

      assert.equal(refusal.code, 'credentials.refused');
      assert.match(refusal.message, sentence);
      assert.ok(!JSON.stringify([refusal.message, refusal.detail]).includes(clientSecret));
    });
  }

  it('says so when there is no token endpoint', async () => {
    await using halo = await aFaultyHalo((asked) =>
      asked.path === '/auth/token' ? { body: '<html>Sign in</html>' } : undefined,
    );
    await using desk = open(halo);

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'answer.malformed');
    assert.match(refusal.message, /no token endpoint at .*\/auth\/token/);
  });
});

describe('Testing a Halo connection', () => {
  const table: readonly (readonly [string, Scene, string])[] = [
    ['credentials', (asked) => tokenSays(asked.path, 401, 'invalid_client'), 'credentials'],
    [
      'rights',
      (asked) => (asked.path === '/api/Users' ? { status: 403, body: '' } : undefined),
      'rights',
    ],
    [
      'answer',
      (asked) => (asked.path === '/api/Users' ? { body: { people: [] } } : undefined),
      'answer',
    ],
    ['connect', () => 'reset', 'connect'],
  ];
  for (const [stage, scene, expected] of table) {
    it(`names the stage it failed at: ${stage}`, async () => {
      await using halo = await aFaultyHalo(scene);

      const result = await probeHalo(settingsFor(halo), new Secret(clientSecret), lab, quick);

      assert.equal(result.ok, false);
      assert.equal(result.ok === false && result.stage, expected);
      assert.ok(!JSON.stringify(result).includes(clientSecret));
    });
  }

  it('names an address it may not go to', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    const outside = { lab: false, confirmed: [], networks: [] };

    const result = await probeHalo(settingsFor(halo), new Secret(clientSecret), outside, quick);

    assert.equal(result.ok === false && result.stage, 'address');
    assert.equal(result.ok === false && result.code, 'address.forbidden');
    assert.deepEqual(halo.asked, []);
  });

  it('says how many users can be read when all is well', async () => {
    await using halo = await users({ body: { record_count: 38, users: rows(1, 1) } });

    const result = await probeHalo(settingsFor(halo), new Secret(clientSecret), lab, quick);

    assert.deepEqual(result, {
      ok: true,
      sentence: `127.0.0.1:${halo.port} answers, and its 38 users can be read.`,
    });
  });
});

function tokenSays(path: string, status: number, error: string) {
  return path === '/auth/token' ? { status, body: { error } } : undefined;
}
