// The endpoints of master keys: who may, what they answer, and that no key is ever in an answer.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Actor } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import { openServer } from '#http/server.ts';
import { silentLog } from '#lib/log.ts';
import { aKeyStage, type KeyStage, keepMany, rosa } from '#test/keys/stage.ts';
import { finishRotation } from './advance.ts';
import { keyRoutes } from './routes.ts';

const behind = { kind: 'agent', id: '9', name: 'Tomas Reis' } as const;
const people: Readonly<Record<string, Actor>> = {
  keeper: { ...rosa, permissions: new Set<Permission>(['keys:rotate']) },
  reader: { ...rosa, permissions: new Set<Permission>(['all:standard', 'audit:read']) },
  impostor: { ...rosa, behind },
};

describe('The endpoints of master keys', () => {
  let stage: KeyStage;
  let url: URL;
  let stop: () => PromiseLike<void>;
  const texts: string[] = [];
  before(async () => {
    stage = await aKeyStage();
    await keepMany(stage.database.db, stage.ring, 6);
    const publicUrl = new URL('http://127.0.0.1:7610');
    const server = await openServer({
      routes: keyRoutes(stage.ports),
      authenticate: async ({ headers }) => {
        const actor = people[String(headers.authorization).replace('Bearer ', '')];
        return actor === undefined ? undefined : { actor };
      },
      publicUrl,
      version: '0',
      log: silentLog,
      ready: async () => [],
    });
    url = await server.listen({ host: '127.0.0.1', port: 0 });
    stop = () => server[Symbol.asyncDispose]();
  });
  after(async () => {
    await stop();
    await stage[Symbol.asyncDispose]();
  });

  async function ask(method: string, path: string, as?: string, body?: string) {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    texts.push(text);
    return { status: response.status, body: JSON.parse(text) };
  }

  it('are for who may change keys, and not for who acts as somebody else', async () => {
    const all = [
      ['GET', '/v1/keys'],
      ['POST', '/v1/keys/rotate'],
      ['POST', '/api/Control/UpdateEnc'],
      ['GET', '/api/SecurityCheck'],
      ['GET', '/api/SecurityCheck/oldencryption'],
    ] as const;
    for (const [method, path] of all) {
      const body = method === 'POST' ? '{}' : undefined;
      assert.equal((await ask(method, path, undefined, body)).status, 401, path);
      assert.equal((await ask(method, path, 'reader', body)).status, 403, path);
      if (method === 'POST') {
        assert.equal((await ask(method, path, 'impostor', body)).status, 403, path);
      }
    }
    const { rows } = await stage.database.pool.query('select 1 from key_rotations');
    assert.equal(rows.length, 0);
  });

  it('refuse what does not fit', async () => {
    const wrong = await ask('POST', '/v1/keys/rotate', 'keeper', '{"updateOnly":"perhaps"}');
    const broken = await ask('POST', '/v1/keys/rotate', 'keeper', '{');

    assert.deepEqual([wrong.status, broken.status], [400, 400]);
  });

  it('begin a rotation, count what is still old, and say when nothing is', async () => {
    const begun = await ask('POST', '/v1/keys/rotate', 'keeper', '{}');
    const old = await ask('GET', '/api/SecurityCheck/oldencryption', 'keeper');
    const again = await ask('POST', '/api/Control/UpdateEnc', 'keeper', '[]');
    const checks = await ask('GET', '/api/SecurityCheck', 'keeper');
    await finishRotation(stage.ports);
    const done = await ask('GET', '/v1/keys', 'keeper');
    const nothing = await ask('GET', '/api/SecurityCheck/oldencryption', 'keeper');

    assert.deepEqual([begun.status, begun.body.state, begun.body.total], [202, 'running', 6]);
    assert.deepEqual([old.body.count, old.body.tables[0].table], [6, 'signing_keys']);
    assert.deepEqual([again.status, again.body.id], [201, begun.body.id]);
    assert.deepEqual([again.body.running, again.body.total], [true, 6]);
    assert.deepEqual(
      checks.body.map(({ passed }: { passed: boolean }) => passed),
      [false, true, false],
    );
    assert.deepEqual([done.body.old, done.body.rotation.state], [0, 'done']);
    assert.equal(done.body.home, 'file');
    assert.deepEqual(nothing.body, { count: 0, tables: [] });
  });

  it('never answer with a key', () => {
    const file = join(stage.dataFolder, 'master.key');
    const keys = [file, `${file}.retired`].flatMap((one) =>
      readFileSync(one, 'utf8').split('\n').filter(Boolean),
    );

    assert.equal(keys.length, 2);
    assert.ok(texts.length > 15);
    for (const key of keys) assert.ok(!texts.some((text) => text.includes(key)));
  });
});
