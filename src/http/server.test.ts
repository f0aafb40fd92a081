// The server as its callers meet it: over real HTTP, on a free port.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { type Actor, nobody } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { openLog } from '#lib/log.ts';
import type { Caller, ServerOptions } from './hall.ts';
import { html, htmlPage } from './html.ts';
import { type Route, route } from './route.ts';
import { openServer, type Server } from './server.ts';

const ines: Actor = {
  kind: 'agent',
  id: '7',
  name: 'Ines Marlow',
  permissions: new Set(['read:tickets', 'plans:read']),
};

const callers: Readonly<Record<string, Caller>> = {
  'Bearer ines': { actor: ines, limitedAs: 'ines' },
  'Bearer nobody': { actor: { ...ines, permissions: new Set() } },
  session: { actor: ines, csrfToken: 'the-token-of-this-session' },
};

const User = z.looseObject({ id: z.int32().optional(), name: z.string().optional() });

const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/users/:id',
    summary: 'One user',
    dialect: 'halo',
    access: ['read:tickets'],
    params: z.object({ id: z.coerce.number().pipe(z.int32()) }),
    query: z.object({ includedetails: z.string().optional() }),
    answers: { 200: User },
    handle: async ({ params, query }) => ({
      status: 200,
      body: { id: params.id, name: 'Ines Marlow', details: query.includedetails, extra: [1] },
    }),
  }),
  route({
    method: 'POST',
    path: '/api/users',
    summary: 'Saves users',
    dialect: 'halo',
    access: 'signed-in',
    body: z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(User)),
    answers: { 201: User },
    handle: async ({ body }) => ({ status: 201, body: { ...body[0], many: body.length } }),
  }),
  route({
    method: 'DELETE',
    path: '/api/users/:id',
    summary: 'Deletes a user',
    dialect: 'halo',
    access: 'signed-in',
    answers: { 200: User },
    handle: async () => ({ status: 200, body: { id: 1 } }),
  }),
  ...(['halo', 'v1'] as const).map((dialect) =>
    route({
      method: 'DELETE',
      path: dialect === 'halo' ? '/api/status/1' : '/v1/status/1',
      summary: 'Deletes what is needed',
      dialect,
      access: 'signed-in',
      answers: { 204: 'empty' },
      handle: async () => refuse('plan.empty'),
    }),
  ),
  route({
    method: 'POST',
    path: '/v1/things',
    summary: 'Makes a thing',
    dialect: 'v1',
    access: ['plans:create'],
    body: z.object({ name: z.string() }),
    answers: { 201: z.object({ name: z.string() }) },
    handle: async ({ body }) => ({ status: 201, body }),
  }),
  route({
    method: 'GET',
    path: '/v1/things/:id',
    summary: 'One thing',
    dialect: 'v1',
    access: ['plans:read'],
    params: z.object({ id: z.uuid() }),
    answers: {
      200: z.object({
        name: z.string(),
        owner: z.object({ id: z.int() }).nullable(),
        note: z.string().nullable(),
        at: z.iso.datetime(),
        choice: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]),
        kept: z.record(z.string(), z.array(z.string())),
      }),
    },
    handle: async () => ({
      status: 200,
      body: {
        name: 'x',
        owner: { id: 1, password: 'hunter2' },
        note: null,
        at: new Date(0),
        choice: { b: 'two', secret: 'hunter2' },
        kept: { any: ['thing'] },
        secret: 'hunter2',
      },
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/own',
    summary: 'Changes something of the caller',
    dialect: 'v1',
    access: 'signed-in',
    body: z.object({}),
    answers: { 204: 'empty' },
    handle: async () => ({ status: 204 }),
  }),
  route({
    method: 'GET',
    path: '/v1/open',
    summary: 'Says who calls',
    dialect: 'v1',
    access: 'anyone',
    answers: { 200: z.object({ id: z.string() }) },
    handle: async ({ actor }) => ({ status: 200, body: { id: actor.id } }),
  }),
  route({
    method: 'GET',
    path: '/v1/broken',
    summary: 'Fails',
    dialect: 'v1',
    access: 'anyone',
    answers: { 200: z.object({}) },
    handle: async () => {
      throw new Error('the password is hunter2');
    },
  }),
  route({
    method: 'POST',
    path: '/auth/token',
    summary: 'A form',
    dialect: 'oauth',
    access: 'anyone',
    consumes: 'form',
    body: z.looseObject({ grant_type: z.string() }),
    answers: { 200: z.looseObject({}) },
    handle: async ({ body }) => ({ status: 200, body }),
  }),
  route({
    method: 'POST',
    path: '/auth/of/:id/form',
    summary: 'A form of one thing',
    dialect: 'oauth',
    access: 'anyone',
    consumes: 'form',
    params: z.object({ id: z.uuid() }),
    body: z.looseObject({ grant_type: z.string() }),
    answers: { 200: z.looseObject({}) },
    handle: async ({ body }) => ({ status: 200, body }),
  }),
  route({
    method: 'GET',
    path: '/auth/page',
    summary: 'A page',
    dialect: 'page',
    access: 'anyone',
    query: z.looseObject({ name: z.string().default('') }),
    answers: { 200: 'page' },
    handle: async ({ query }) => ({
      status: 200,
      page: (nonce) => htmlPage(nonce, { title: 'Page', body: html`<p>${query.name}</p>` }),
    }),
  }),
  route({
    method: 'POST',
    path: '/auth/form',
    summary: 'A form of a page',
    dialect: 'page',
    access: 'signed-in',
    consumes: 'form',
    body: z.looseObject({}),
    answers: { 200: 'page' },
    handle: async () => ({ status: 200, page: () => 'done' }),
  }),
  route({
    method: 'GET',
    path: '/auth/inside',
    summary: 'A page for people signed in',
    dialect: 'page',
    access: 'signed-in',
    answers: { 200: 'page' },
    handle: async () => ({ status: 200, page: () => 'inside' }),
  }),
  route({
    method: 'GET',
    path: '/v1/events',
    summary: 'Counts to three, then waits',
    dialect: 'v1',
    access: 'signed-in',
    answers: { 200: 'events' },
    handle: async ({ signal }) => ({ status: 200, events: countThenWait(signal) }),
  }),
];

async function* countThenWait(signal: AbortSignal) {
  for (const count of [1, 2, 3]) yield { event: 'count', data: { count, text: 'a\nb' } };
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const logged: string[] = [];
let server: Server;
let base: URL;

async function aServer(more: Partial<ServerOptions> = {}): Promise<[Server, URL]> {
  const opened = await openServer({
    routes,
    authenticate: async ({ headers }) => {
      const sent = headers.authorization ?? headers.cookie;
      return typeof sent === 'string' ? callers[sent] : undefined;
    },
    publicUrl: new URL('http://hub.larkfield.test'),
    version: '0.0.0-test',
    log: openLog({ format: 'json', level: 'debug', write: (line) => void logged.push(line) }),
    ready: async () => [],
    ...more,
  });
  return [opened, await opened.listen({ host: '127.0.0.1', port: 0 })];
}

type Sent = { method?: string; body?: string | Uint8Array; headers?: Record<string, string> };

async function ask(path: string, sent: Sent = {}, as = 'Bearer ines') {
  const credentials = as === 'session' ? { cookie: as } : as === '' ? {} : { authorization: as };
  const response = await fetch(new URL(path, base), {
    redirect: 'manual',
    ...sent,
    headers: { ...credentials, ...sent.headers },
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return {
    status: response.status,
    type,
    headers: response.headers,
    text,
    json: z.looseObject({}).parse(/json/.test(type) && text !== '' ? JSON.parse(text) : {}),
  };
}

const asJson = (body: unknown, type = 'application/json'): Sent => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': type },
});

before(async () => {
  [server, base] = await aServer();
});

after(async () => {
  await server[Symbol.asyncDispose]();
});

describe('A path', () => {
  for (const path of [
    '/api/users/7',
    '/API/Users/7',
    '/api/USERS/7/',
    '/api/Users/7?IncludeDetails=yes',
  ])
    it(`is found in any letter case: ${path}`, async () => {
      const { status, json } = await ask(path);

      assert.equal(status, 200);
      assert.equal(json.id, 7);
    });

  it('takes query names in any letter case in the Halo dialect', async () => {
    const { json } = await ask('/api/users/7?INCLUDEdetails=Yes');

    assert.equal(json.details, 'Yes');
  });

  it('that leads nowhere is refused in the words of its family', async () => {
    const halo = await ask('/api/nothing');
    const own = await ask('/v1/nothing?secret=1');
    const page = await ask('/nothing', { headers: { accept: 'text/html' } });

    assert.deepEqual([halo.status, own.status, page.status], [404, 404, 404]);
    assert.equal(halo.json.Message, 'There is nothing at /api/nothing.');
    assert.equal(own.type, 'application/problem+json; charset=utf-8');
    assert.equal(own.json.instance, '/v1/nothing');
    assert.match(page.type, /^text\/html/);
  });

  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'PROPFIND'])
    it(`asked with ${method} says which methods it knows`, async () => {
      const { status, headers } = await ask('/api/users/7', { method });

      assert.equal(status, 405);
      if (method !== 'PROPFIND') assert.equal(headers.get('allow'), 'GET, DELETE, HEAD');
    });

  it('answers HEAD without a body', async () => {
    const { status, text, headers } = await ask('/api/users/7', { method: 'HEAD' });

    assert.equal(status, 200);
    assert.equal(text, '');
    assert.notEqual(headers.get('content-length'), '0');
  });

  for (const path of ['/api/users/%zz', `/api/users/${'9'.repeat(600)}`, '/v1/things/%00'])
    it(`that cannot be read is refused: ${path.slice(0, 20)}`, async () => {
      const { status } = await ask(path);

      assert.ok(status === 404 || status === 400, String(status));
    });

  it('with an id of the wrong kind is a misfit for Halo and unknown in /v1', async () => {
    const halo = await ask('/api/users/abc');
    const own = await ask('/v1/things/abc');

    assert.equal(halo.status, 400);
    assert.ok(Array.isArray(halo.json.id));
    assert.equal(own.status, 404);
    assert.equal(own.json.code, 'route.unknown');
  });

  it('with an id that is none is refused alike in OAuth, however long it is', async () => {
    for (const id of ['none', 'a'.repeat(600)]) {
      const { status, headers, json } = await ask(`/auth/of/${id}/form`, { method: 'POST' });

      assert.equal(status, 404);
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.equal(json.code, 'route.unknown');
    }
  });
});

describe('A body', () => {
  for (const type of [
    'application/json',
    'text/json',
    'application/json-patch+json; charset=utf-8',
  ])
    it(`is read as ${type}`, async () => {
      const { status, json } = await ask('/api/users', asJson([{ name: 'Ines' }], type));

      assert.equal(status, 201);
      assert.equal(json.name, 'Ines');
    });

  it('of one object counts as an array of one', async () => {
    const { json } = await ask('/api/users', asJson({ name: 'Ines' }));

    assert.equal(json.many, 1);
  });

  it('that does not fit is a dictionary by path, at the top and under errors', async () => {
    const { status, json } = await ask('/api/users', asJson([{ id: 'seven' }]));

    assert.equal(status, 400);
    assert.ok(Array.isArray(json['[0].id']));
    assert.deepEqual(z.looseObject({}).parse(json.errors)['[0].id'], json['[0].id']);
    assert.match(String(json.Message), /^The request does not fit: \[0\]\.id: /);
  });

  const broken: readonly (readonly [string, string | Uint8Array])[] = [
    ['cut short', '[{"name":"Ines"'],
    ['no JSON', 'name=Ines'],
    ['empty', ''],
    ['not UTF-8', Uint8Array.from([0x22, 0xff, 0xfe, 0x22])],
    ['with a NUL', '{"name":"a\\u0000b"}'],
    ['with half a character', '{"name":"\\ud800"}'],
    ['nested without end', '['.repeat(100_000) + ']'.repeat(100_000)],
  ];
  for (const [what, body] of broken)
    it(`that is ${what} is refused and never a failure`, async () => {
      const { status, json } = await ask('/api/users', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });

      assert.equal(status, 400);
      assert.equal(json.code, 'request.malformed');
    });

  it('that cannot be read is not quoted back', async () => {
    const { text } = await ask('/api/users', asJson('{"password": hunter2}'));

    assert.doesNotMatch(text, /hunter2/);
  });

  it('cannot reach into prototypes', async () => {
    const { json } = await ask('/api/users', asJson('{"__proto__":{"admin":true},"name":"x"}'));

    assert.deepEqual(json, { name: 'x', many: 1 });
    assert.equal(Object.hasOwn(Object.prototype, 'admin'), false);
  });

  it('of 20 MB is heard to its end and refused with a sentence', async () => {
    const { status, json } = await ask('/api/users', asJson(`"${'x'.repeat(20 * 1024 * 1024)}"`));

    assert.equal(status, 413);
    assert.equal(json.Message, 'The request body is larger than 1 MB; send it in smaller pieces.');
  });

  it('of an unknown type is refused', async () => {
    const { status } = await ask('/api/users', asJson('<a/>', 'text/xml'));

    assert.equal(status, 415);
  });

  it('may be missing on DELETE although a type was named', async () => {
    const { status } = await ask('/api/users/7', {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
    });

    assert.equal(status, 200);
  });

  it('for the token endpoint is a form, and JSON is an invalid_request', async () => {
    const form = await ask(
      '/auth/token',
      asJson('grant_type=a+b&x=1&x=2', 'application/x-www-form-urlencoded'),
    );
    const json = await ask('/auth/token', asJson({ grant_type: 'a' }));

    assert.deepEqual(form.json, { grant_type: 'a b', x: ['1', '2'] });
    assert.equal(json.status, 400);
    assert.equal(json.json.error, 'invalid_request');
  });
});

describe('The door', () => {
  it('asks who calls', async () => {
    const halo = await ask('/api/users/7', {}, '');
    const own = await ask('/v1/own', asJson({}), 'Bearer wrong');

    assert.deepEqual([halo.status, own.status], [401, 401]);
    assert.match(halo.headers.get('www-authenticate') ?? '', /^Bearer/);
  });

  it('turns away who lacks a permission and names it', async () => {
    const { status, json } = await ask('/v1/things', asJson('not even JSON'));

    assert.equal(status, 403);
    assert.equal(json.detail, 'This needs the permission plans:create.');
  });

  it('sends a browser without a session to the sign-in page', async () => {
    const { status, headers } = await ask('/auth/inside?a=1', {}, '');

    assert.equal(status, 303);
    assert.equal(headers.get('location'), '/auth/login?return=%2Fauth%2Finside%3Fa%3D1');
  });

  it('lets a session change things with its token alone', async () => {
    const without = await ask('/v1/own', asJson({}), 'session');
    const wrong = await ask('/v1/own', { ...asJson({}), headers: token('guess') }, 'session');
    const right = await ask('/v1/own', { ...asJson({}), headers: token(theToken) }, 'session');
    const reading = await ask('/api/users/7', {}, 'session');

    assert.deepEqual([without.status, wrong.status, right.status], [403, 403, 204]);
    assert.equal(without.json.code, 'session.unproven');
    assert.equal(reading.status, 200);
  });

  it('refuses a session that another site makes use of, token or not', async () => {
    const headers = { ...token(theToken), 'sec-fetch-site': 'cross-site' };
    const { status } = await ask('/v1/own', { ...asJson({}), headers }, 'session');

    assert.equal(status, 403);
  });

  it('wants the token as a field in the form of a page', async () => {
    const form = 'application/x-www-form-urlencoded';
    const without = await ask('/auth/form', asJson('a=1', form), 'session');
    const right = await ask('/auth/form', asJson(`csrf=${theToken}`, form), 'session');

    assert.deepEqual([without.status, right.status], [403, 200]);
  });

  it('lets in who has no credentials where anyone may, as nobody', async () => {
    const { json } = await ask('/v1/open', {}, '');

    assert.equal(json.id, nobody.id);
  });

  const theToken = 'the-token-of-this-session';
  const token = (text: string) => ({ 'content-type': 'application/json', 'x-csrf-token': text });
});

describe('An answer', () => {
  it('in /v1 leaves out whatever its schema does not declare', async () => {
    const { status, json, text } = await ask('/v1/things/0192f3c4-5a6b-7c8d-9e0f-112233445566');

    assert.equal(status, 200);
    assert.deepEqual(json, {
      name: 'x',
      owner: { id: 1 },
      note: null,
      at: '1970-01-01T00:00:00.000Z',
      choice: { b: 'two' },
      kept: { any: ['thing'] },
    });
    assert.doesNotMatch(text, /hunter2/);
  });

  it('in the Halo dialect keeps members that are not declared', async () => {
    const { json } = await ask('/api/users/7');

    assert.deepEqual(json.extra, [1]);
  });

  it('to what cannot be is a 400 where Halo knows no other, and told apart in /v1', async () => {
    const [halo, own] = await Promise.all(
      ['/api/status/1', '/v1/status/1'].map((path) => ask(path, { method: 'DELETE' })),
    );

    assert.deepEqual([halo?.status, own?.status], [400, 409]);
    assert.deepEqual([halo?.json.code, own?.json.code], ['plan.empty', 'plan.empty']);
  });

  it('to a failure is a reference; what happened stands in the log alone', async () => {
    const { status, json, text } = await ask('/v1/broken');

    assert.equal(status, 500);
    assert.equal(json.code, 'hub.failed');
    assert.doesNotMatch(text, /hunter2|server\.test|\bat\b/);
    assert.ok(
      logged.some((line) => line.includes(String(json.reference)) && line.includes('hunter2')),
    );
  });

  it('tells browsers to run, frame and guess nothing', async () => {
    const { headers } = await ask('/api/users/7');

    assert.equal(
      headers.get('content-security-policy'),
      "default-src 'none'; frame-ancestors 'none'",
    );
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('cache-control'), 'no-store');
  });

  it('that is a page escapes what it shows and runs only what carries its nonce', async () => {
    const first = await ask('/auth/page?name=%3Cscript%3E__NONCE__');
    const second = await ask('/auth/page');

    const nonceOf = (policy: string | null) => /script-src 'nonce-([^']+)'/.exec(policy ?? '')?.[1];
    const nonce = nonceOf(first.headers.get('content-security-policy'));
    assert.ok(nonce !== undefined && first.text.includes(`<style nonce="${nonce}">`));
    assert.ok(first.text.includes('&#60;script&#62;__NONCE__'));
    assert.notEqual(nonce, nonceOf(second.headers.get('content-security-policy')));
  });

  it('is never logged with its query, headers or body', async () => {
    await ask('/api/users/7?search=hunter3', { headers: { 'x-halo-api-key': 'hunter4' } });

    assert.doesNotMatch(logged.join(''), /hunter[34]|Bearer ines/);
    assert.ok(logged.some((line) => line.includes('"path":"/api/users/7"')));
  });
});

describe('Bytes that are not HTTP', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['are refused', 'HELLO\r\n\r\n', 400],
    ['in endless headers are refused', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ];
  for (const [title, bytes, status] of cases)
    it(title, async () => {
      const answered = await raw(bytes);

      assert.match(answered, new RegExp(`^HTTP/1.1 ${status} `));
    });
});

function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(Number(base.port), base.hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      heard += chunk.toString();
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}

describe('A stream of events', () => {
  it('sends each as its own event and ends when the hub closes', async () => {
    const [closing, at] = await aServer();
    const response = await fetch(new URL('/v1/events', at), {
      headers: { authorization: 'Bearer ines' },
    });
    const reader = response.body?.getReader();
    let heard = '';
    while (!heard.includes('"count":3')) {
      const { value } = (await reader?.read()) ?? {};
      heard += new TextDecoder().decode(value);
    }

    await closing[Symbol.asyncDispose]();

    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.ok(heard.startsWith('event: count\ndata: {"count":1,"text":"a\\nb"}\n\n'));
    assert.equal((await reader?.read())?.done, true);
  });

  it('needs the same credentials as everything else', async () => {
    const { status } = await ask('/v1/events', {}, '');

    assert.equal(status, 401);
  });
});

describe('The rate limit', () => {
  it('refuses an application with Halo’s words and says when to come again', async () => {
    const [limited, at] = await aServer({ apiRequestsMax: 3 });
    const answers = [];
    for (let turn = 0; turn < 4; turn += 1)
      answers.push(
        await fetch(new URL('/api/users/7', at), { headers: { authorization: 'Bearer ines' } }),
      );
    const last = answers.at(-1);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 429],
    );
    assert.match(
      (await last?.text()) ?? '',
      /Rate Limit Reached - 3 Requests per rolling 5 minute window\./,
    );
    assert.ok(Number(last?.headers.get('retry-after')) > 0);
    await limited[Symbol.asyncDispose]();
  });
});

describe('The built-in routes', () => {
  it('tell whether the hub lives and is ready', async () => {
    const [unready, at] = await aServer({ ready: async () => ['PostgreSQL does not answer'] });
    const ready = await fetch(new URL('/health/ready', at));
    const live = await ask('/health/live', {}, '');

    assert.equal(live.status, 200);
    assert.equal(ready.status, 503);
    assert.deepEqual(await ready.json(), {
      status: 'not ready',
      because: ['PostgreSQL does not answer'],
    });
    await unready[Symbol.asyncDispose]();
  });

  it('count requests by route, never by path', async () => {
    await ask('/api/users/4711');
    const { text, type } = await ask('/metrics', {}, '');

    assert.match(type, /^text\/plain; version=0\.0\.4/);
    assert.match(
      text,
      /sundog_http_request_seconds_count\{route="\/api\/users\/:id",method="GET",status="200"\} \d+/,
    );
    assert.doesNotMatch(text, /4711/);
  });

  it('list every operation on one page without anything from elsewhere', async () => {
    const { status, text } = await ask('/docs', {}, '');

    assert.equal(status, 200);
    assert.match(text, /\/api\/users\/\{id\}/);
    assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org)/);
  });
});
