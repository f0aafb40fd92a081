// The contract of failing: every fault is one sentence with a code, and none is ever taken for an empty directory.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { it } from 'node:test';
import { Secret } from '#lib/secret.ts';
import { aCertificateAuthority } from '#test/servers/certificates.ts';
import { aProxy } from '#test/servers/proxy.ts';
import type { Given } from './directory.ts';
import { aName, aNewAccount } from './directory-stage.ts';

export function directoryFaults({ stage }: Given): void {
  it('refuses wrong credentials, and says which of the reasons it is', async () => {
    const { service } = stage().server;
    const disabled = await stage().addUser(aName(), { userAccountControl: '546' });

    await assert.rejects(stage().open({ password: new Secret('not the password') }), {
      name: 'DirectoryRefusal',
      code: 'credentials.refused',
      retryable: false,
      message: /name or the password/,
    });
    await assert.rejects(stage().open({ bindDn: `CN=Nobody,${stage().container}` }), {
      code: 'credentials.refused',
    });
    await assert.rejects(stage().open({ bindDn: disabled, password: service.password }), {
      code: 'credentials.refused',
    });
  });

  it('refuses an empty password, which would sign in as nobody', async () => {
    // RFC 4513 §5.1.2: a name with an empty password succeeds, unauthenticated.
    await assert.rejects(stage().open({ password: new Secret('') }), {
      code: 'credentials.refused',
    });
    await assert.rejects(stage().open({ bindDn: '' }), { code: 'credentials.refused' });
  });

  it('refuses a server whose certificate no trusted authority signed', async () => {
    const stranger = await aCertificateAuthority('A stranger');

    await assert.rejects(stage().open({ caPem: stranger.ca }), { code: 'tls.untrusted' });
    await assert.rejects(
      stage().open({
        caPem: stranger.ca,
        port: stage().server.ports.ldap,
        security: 'starttls',
      }),
      { code: 'tls.untrusted' },
    );
  });

  it('refuses a host its connection was not allowed', async () => {
    const allowance = { lab: false, confirmed: [], networks: [] };

    await assert.rejects(stage().open({ allowance }), { code: 'directory.unreachable' });
  });

  it('says so when nothing listens there', async () => {
    await assert.rejects(stage().open({ port: await aFreePort() }), {
      code: 'directory.unreachable',
      retryable: true,
    });
  });

  it('gives up on a server that takes the connection and says nothing', async () => {
    const { ports } = stage().server;
    for (const [security, port] of [
      ['ldaps', ports.ldaps],
      ['starttls', ports.ldap],
    ] as const) {
      await using proxy = await aProxy(stage().server.host, port);
      proxy.silence('both');

      await assert.rejects(
        stage().open({
          port: proxy.port,
          security,
          connectTimeoutMs: 300,
          operationTimeoutMs: 300,
        }),
        { code: 'directory.unreachable', retryable: true },
      );
    }
  });

  it('gives up on a server that falls silent, and works again once it speaks', async () => {
    await using proxy = await aProxy(stage().server.host, stage().server.ports.ldaps);
    await using directory = await stage().open({ port: proxy.port, operationTimeoutMs: 3_000 });
    proxy.silence('answers');

    await assert.rejects(directory.findGroups(['Domain Users']), {
      code: 'directory.unreachable',
      retryable: true,
    });
  });

  it('never takes half a read for a whole one', async () => {
    for (let n = 0; n < 25; n += 1) await stage().addUser(aName());
    await using proxy = await aProxy(stage().server.host, stage().server.ports.ldaps);
    await using directory = await stage().open({ port: proxy.port, pageSize: 10 });
    const pages = directory.readAccounts({ bases: [stage().container], attributes: [] });
    let read = 0;

    await assert.rejects(
      async () => {
        for await (const page of pages) {
          read += page.length;
          proxy.cut();
        }
      },
      { code: 'read.incomplete', retryable: true },
    );
    assert.ok(read < 25);
  });

  it('signs in again after the connection was lost, and is never anonymous', async () => {
    const dn = await stage().addUser(aName());
    await using proxy = await aProxy(stage().server.host, stage().server.ports.ldaps);
    await using directory = await stage().open({ port: proxy.port });
    proxy.cut();

    const asked = async () =>
      Array.fromAsync(directory.readAccounts({ bases: [dn], attributes: [] }));
    const first = await asked().catch(asked);

    assert.equal(first.flat().length, 1);
    assert.equal(proxy.connections(), 2);
  });

  it('says that a write whose answer was lost may have been made, and finds out', async () => {
    await using proxy = await aProxy(stage().server.host, stage().server.ports.ldaps);
    await using directory = await stage().open({ port: proxy.port });
    const asked = aNewAccount(stage().container, { marker: 'sundog:lost-answer' });
    await directory.facts();
    proxy.cutAtNextRequest();

    await assert.rejects(directory.createAccount(asked), {
      code: 'directory.unreachable',
      retryable: true,
    });

    const found = await directory.findCreated(asked.dn);
    assert.equal(found?.marker, 'sundog:lost-answer');
    await assert.rejects(directory.createAccount(asked), { code: 'name.taken' });
  });

  it('stops a read when it is told to', async () => {
    await using directory = await stage().open({ pageSize: 10 });
    const stop = new AbortController();
    const query = { bases: [stage().container], attributes: [] };

    await assert.rejects(
      async () => {
        for await (const _ of directory.readAccounts(query, stop.signal)) stop.abort();
      },
      { code: 'read.incomplete' },
    );
  });

  it('does nothing more once it was closed', async () => {
    const directory = await stage().open();
    await directory[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();

    await assert.rejects(directory.findGroups(['Domain Users']), { code: 'directory.unreachable' });
  });
}

async function aFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
