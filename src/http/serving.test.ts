// The console's files, TLS, proxies and closing: the server around its routes.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { get as getSecurely } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { theHub } from '#domain/actor.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { aCertificateAuthority } from '#test/servers/certificates.ts';
import type { ServerOptions } from './hall.ts';
import { type Route, route } from './route.ts';
import { openServer } from './server.ts';

const slow = { entered: Promise.withResolvers<void>(), leave: Promise.withResolvers<void>() };

const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/address',
    summary: 'Says from where one calls',
    dialect: 'v1',
    access: 'anyone',
    answers: { 200: z.object({ ip: z.string() }) },
    handle: async ({ ip }) => ({ status: 200, body: { ip } }),
  }),
  route({
    method: 'GET',
    path: '/v1/slow',
    summary: 'Answers when told to',
    dialect: 'v1',
    access: 'anyone',
    answers: { 200: z.object({ done: z.boolean() }) },
    handle: async () => {
      slow.entered.resolve();
      await slow.leave.promise;
      return { status: 200, body: { done: true } };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/ticks',
    summary: 'Ticks for ever',
    dialect: 'v1',
    access: 'signed-in',
    answers: { 200: 'events' },
    handle: async () => ({ status: 200, events: ticks() }),
  }),
];

let sessionHolds = true;

async function* ticks() {
  for (let tick = 0; tick < 1_000; tick += 1) {
    yield { event: 'tick', data: tick };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function aServer(more: Partial<ServerOptions> = {}) {
  const server = await openServer({
    routes,
    authenticate: async () => (sessionHolds ? { actor: theHub } : undefined),
    publicUrl: new URL('http://hub.larkfield.test'),
    version: '0.0.0-test',
    log: silentLog,
    ready: async () => [],
    ...more,
  });
  const base = await server.listen({ host: '127.0.0.1', port: 0 });
  return { base, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('The console', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sundog-console-'));

  before(() => {
    mkdirSync(join(folder, 'assets'));
    const page = '<meta property="csp-nonce" nonce="__NONCE__"><script nonce="__NONCE__"></script>';
    writeFileSync(join(folder, 'index.html'), page);
    writeFileSync(join(folder, 'assets', 'index-BxW3k9Qa.js'), 'export {};\n'.repeat(500));
    writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  const asBrowser = { headers: { accept: 'text/html' } };

  for (const path of ['/', '/plans/7', '/automations?x=1'])
    it(`begins at ${path} with a page that carries its own nonce`, async () => {
      await using server = await aServer({ consoleFolder: folder });

      const response = await fetch(new URL(path, server.base), asBrowser);
      const text = await response.text();

      const policy = response.headers.get('content-security-policy') ?? '';
      const nonce = /script-src 'self' 'nonce-([^']+)'/.exec(policy)?.[1];
      assert.equal(response.status, 200);
      assert.ok(nonce !== undefined && text.includes(`nonce="${nonce}"`));
      assert.doesNotMatch(text, /__NONCE__/);
      assert.equal(response.headers.get('cache-control'), 'no-store');
    });

  it('has files that browsers keep for ever, because their name changes with them', async () => {
    await using server = await aServer({ consoleFolder: folder });

    const asset = await fetch(new URL('/assets/index-BxW3k9Qa.js', server.base));
    const icon = await fetch(new URL('/favicon.svg', server.base));
    const etag = icon.headers.get('etag') ?? '';
    const again = await fetch(new URL('/favicon.svg', server.base), {
      headers: { 'if-none-match': etag },
    });

    assert.equal(asset.headers.get('content-type'), 'text/javascript; charset=utf-8');
    assert.equal(asset.headers.get('content-encoding'), 'gzip');
    assert.equal((await asset.text()).length, 5_500);
    assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
    assert.equal(icon.headers.get('cache-control'), 'no-cache');
    assert.equal(again.status, 304);
  });

  for (const path of ['/api/x', '/v1/x', '/auth/x', '/assets/gone-12345678.js', '/s/x'])
    it(`does not stand in for ${path}`, async () => {
      await using server = await aServer({ consoleFolder: folder });

      assert.equal((await fetch(new URL(path, server.base), asBrowser)).status, 404);
    });

  for (const path of ['/../package.json', '/assets/../../package.json', '/%2e%2e/package.json'])
    it(`gives nothing from outside its folder: ${path}`, async () => {
      await using server = await aServer({ consoleFolder: folder });

      const text = await raw(
        server.base,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );

      assert.match(text, /^HTTP\/1.1 404 /);
    });
});

describe('A caller’s address', () => {
  const claimed = { headers: { 'x-forwarded-for': '203.0.113.7' } };

  it('is not what the caller claims', async () => {
    await using server = await aServer();

    const response = await fetch(new URL('/v1/address', server.base), claimed);

    assert.deepEqual(await response.json(), { ip: '127.0.0.1' });
  });

  it('is what a trusted proxy says', async () => {
    await using server = await aServer({ trustedProxies: ['127.0.0.0/8'] });

    const response = await fetch(new URL('/v1/address', server.base), claimed);

    assert.deepEqual(await response.json(), { ip: '203.0.113.7' });
  });
});

describe('TLS in the hub itself', () => {
  it('answers to whoever trusts its certificate', async () => {
    const authority = await aCertificateAuthority();
    const { cert, key } = await authority.issue(['127.0.0.1']);
    await using server = await aServer({ tls: { cert, key: new Secret(key) } });

    const status = await new Promise((resolve, reject) => {
      const url = new URL('/health/live', server.base);
      getSecurely(url, { ca: authority.ca }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });

    assert.equal(server.base.protocol, 'https:');
    assert.equal(status, 200);
  });
});

describe('A hub that stops', () => {
  it('finishes what it has begun to answer', async () => {
    const server = await aServer();
    const answer = new Promise<number | undefined>((resolve, reject) => {
      get(new URL('/v1/slow', server.base), (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
    await slow.entered.promise;

    const closed = server[Symbol.asyncDispose]();
    slow.leave.resolve();

    assert.equal(await answer, 200);
    await closed;
    await assert.rejects(fetch(new URL('/v1/address', server.base)));
  });
});

describe('A stream of events', () => {
  it('ends with the session that opened it', async () => {
    await using server = await aServer({ heartbeatMs: 20 });
    const response = await fetch(new URL('/v1/ticks', server.base));

    sessionHolds = false;
    const text = await response.text();
    sessionHolds = true;

    assert.match(text, /event: tick\ndata: 0\n\n/);
    assert.doesNotMatch(text, /data: 999\n/);
  });
});

function raw(base: URL, bytes: string): Promise<string> {
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
