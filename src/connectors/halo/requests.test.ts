// Where a request through the Halo connector may go, and what it may bring and show.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFaultyHalo } from '#test/servers/faulty-halo.ts';
import { clientSecret, emptyDesk, open, refusalOf } from '#test/servers/halo-trial.ts';

describe('A request through Halo', () => {
  const plain = { method: 'GET', url: '/api/Lookup', headers: {}, parameters: {} } as const;

  it('gives status, headers and text, with secrets masked', async () => {
    await using halo = await aFaultyHalo((asked) =>
      asked.path === '/api/Lookup'
        ? {
            status: 400,
            body: {
              Message: `${clientSecret} and ${asked.headers.authorization}`,
              new_password: 'hunter22',
            },
          }
        : undefined,
    );
    await using application = open(halo);

    const answer = await application.send(plain);

    assert.equal(answer.status, 400);
    for (const secret of [clientSecret, 'token-number-1', 'hunter22']) {
      assert.ok(!answer.text.includes(secret), `${secret} shows`);
    }
  });

  for (const url of [
    'https://elsewhere.example/api/Users',
    'http://127.0.0.1:1/api/Users',
    'http://user:pass@127.0.0.1/x',
    'file:///etc/passwd',
    'javascript:alert(1)',
  ]) {
    it(`never goes to ${url}`, async () => {
      await using halo = await aFaultyHalo(emptyDesk);
      await using application = open(halo);

      const refusal = await refusalOf(application.send({ ...plain, url }));

      assert.equal(refusal.code, 'address.refused');
      assert.deepEqual(halo.asked, []);
    });
  }

  for (const url of ['//elsewhere.example/x', '\\\\elsewhere.example/x', '/../../x']) {
    it(`takes ${url} for a path of its own host`, async () => {
      await using halo = await aFaultyHalo(emptyDesk);
      await using application = open(halo);

      assert.equal((await application.send({ ...plain, url })).status, 404);
    });
  }

  it('brings no credential, host or framing of its own', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    await using application = open(halo);

    for (const name of ['Authorization', 'COOKIE', 'host', 'Transfer-Encoding']) {
      const refusal = await refusalOf(application.send({ ...plain, headers: { [name]: 'x' } }));
      assert.equal(refusal.code, 'request.refused');
    }
    const split = await refusalOf(
      application.send({ ...plain, headers: { 'x-note': 'a\r\nx-evil: b' } }),
    );
    assert.equal(split.code, 'request.refused');
  });

  it('that writes is not sent again when the answer is lost', async () => {
    for (const fault of ['reset', { status: 500, body: '' }] as const) {
      await using halo = await aFaultyHalo((asked) =>
        asked.path === '/api/Tickets' ? fault : undefined,
      );
      await using application = open(halo);

      await refusalOf(application.send({ ...plain, method: 'POST', url: 'api/Tickets' }));

      assert.equal(halo.askedOf('/api/Tickets').length, 1);
    }
  });
});
