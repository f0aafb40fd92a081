// The specification of the guarded dispatcher, against real servers on loopback.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { describe, it } from 'node:test';
import { request } from 'undici';
import { aCertificateAuthority } from '#test/servers/certificates.ts';
import { ConnectRefusal } from './connect-refusal.ts';
import { guardedAgent } from './guarded-agent.ts';

const lab = { lab: true, confirmed: [], networks: [] };

describe('The guarded dispatcher', () => {
  it('trusts the authority it was given, and names a stranger’s certificate', async () => {
    const authority = await aCertificateAuthority();
    const certificate = await authority.issue(['127.0.0.1']);
    await using server = await listening(createSecureServer(certificate, hello));
    await using trusting = guarded({ ca: authority.ca });
    await using careful = guarded({});
    const url = `https://127.0.0.1:${server.port}/`;

    const answer = await request(url, { dispatcher: trusting.agent });
    const refused = await request(url, { dispatcher: careful.agent }).catch((error) => error);

    assert.equal(await answer.body.text(), 'hello');
    assert.ok(refused instanceof ConnectRefusal);
    assert.equal(refused.code, 'tls.untrusted');
  });

  it('follows no redirect', async () => {
    const redirect: RequestListener = (_asked, answer) =>
      answer.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
    await using server = await listening(createServer(redirect));
    await using guard = guarded({});

    const answer = await request(`http://127.0.0.1:${server.port}/`, { dispatcher: guard.agent });
    await answer.body.dump();

    assert.equal(answer.statusCode, 302);
  });

  for (const url of [
    'http://127.1/',
    'http://2130706433/',
    'http://[::ffff:7f00:1]/',
    'http://0/',
  ]) {
    it(`does not go to ${url} outside of the lab`, async () => {
      const agent = guardedAgent({ lab: false, confirmed: [], networks: ['0.0.0.0/0'] });

      const refused = await request(url, { dispatcher: agent }).catch((error) => error);
      await agent.destroy();

      assert.ok(refused instanceof ConnectRefusal);
      assert.equal(refused.code, 'address.forbidden');
    });
  }

  it('takes no answer that is larger than the limit', async () => {
    await using server = await listening(
      createServer((_asked, answer) => answer.end('x'.repeat(10_000))),
    );
    await using guard = guarded({ limits: { answerBytesMax: 1_000 } });

    const answer = await request(`http://127.0.0.1:${server.port}/`, { dispatcher: guard.agent });

    await assert.rejects(answer.body.text(), { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' });
  });

  it('opens no more connections to a host than the limit', async () => {
    let open = 0;
    let most = 0;
    const count: RequestListener = (_asked, answer) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        answer.end('hello');
      });
    };
    await using server = await listening(createServer(count));
    await using guard = guarded({ limits: { connectionsPerHostMax: 2 } });

    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const url = `http://127.0.0.1:${server.port}/`;
        const { body } = await request(url, { dispatcher: guard.agent });
        await body.text();
      }),
    );

    assert.ok(most <= 2, `${most} at once`);
    assert.equal(server.connections(), 2);
  });
});

const hello: RequestListener = (_asked, answer) => answer.end('hello');

function guarded(options: Parameters<typeof guardedAgent>[1]) {
  const agent = guardedAgent(lab, options);
  return { agent, [Symbol.asyncDispose]: () => agent.destroy() };
}

async function listening(server: Server) {
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
