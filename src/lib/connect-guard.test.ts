// The specification of the connect guard; nothing but loopback is ever dialled.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { describe, it } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { aCertificateAuthority, type ServerCertificate } from '#test/servers/certificates.ts';
import {
  type Allowance,
  guardedConnect,
  identityAllowance,
  type Network,
  permittedAddresses,
} from './connect-guard.ts';
import { ConnectRefusal, type ConnectRefusalCode } from './connect-refusal.ts';

const anyone: Allowance = { lab: false, confirmed: [], networks: [] };
const lab: Allowance = { lab: true, confirmed: [], networks: [] };

describe('The connect guard', () => {
  const forbidden = [
    ...['localhost', 'LOCALHOST.', '127.0.0.1', '127.1', '0x7f.1', '0x7f000001', '017700000001'],
    ...['2130706433', '0177.0.0.1', '[::1]', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'],
    ...['[::ffff:7f00:1]', '::127.0.0.1', '0.0.0.0', '0', '::', '127.0.0.1', '①②⑦.0.0.1'],
    ...['169.254.169.254', '0xa9fea9fe', '2852039166', '::ffff:a9fe:a9fe', 'fd00:ec2::254'],
    ...['168.63.129.16', '100.100.100.200', 'fe80::1', 'fe80::1%eth0', '64:ff9b::7f00:1'],
    ...['2002:7f00:1::', '2001:db8::1', '224.0.0.1', '255.255.255.255', 'metadata.cloud.example'],
  ];
  for (const host of forbidden) {
    it(`never connects to ${host}, confirmed and allowed or not`, async () => {
      const dialled: string[] = [];
      const network = aNetwork(
        { localhost: ['127.0.0.1', '::1'], 'metadata.cloud.example': ['169.254.169.254'] },
        dialled,
      );
      const allowance: Allowance = {
        lab: false,
        confirmed: [{ host, port: 443 }],
        networks: ['0.0.0.0/0', '::/0', host],
      };

      const refusal = await refusalOf(guardedConnect({ host, port: 443, allowance }, network));

      assert.equal(refusal.code, 'address.forbidden');
      assert.deepEqual(dialled, []);
    });
  }

  it('refuses a name when a single one of its addresses is out of bounds', async () => {
    const network = aNetwork({ 'mixed.example': ['93.184.216.34', '127.0.0.1'] });

    const refusal = await refusalOf(
      permittedAddresses({ host: 'mixed.example', port: 443 }, anyone, network),
    );

    assert.equal(refusal.code, 'address.forbidden');
    assert.match(refusal.message, /mixed\.example leads to 127\.0\.0\.1/);
  });

  it('asks DNS once and dials the address it judged, so that rebinding gains nothing', async () => {
    const dialled: string[] = [];
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const network: Network = {
      lookup: async () => answers.shift() ?? [],
      connect: (address, port) => {
        dialled.push(`${address}:${port}`);
        return aDeafSocket();
      },
    };
    const asked = { host: 'rebinding.example', port: 443, allowance: anyone };

    await refusalOf(guardedConnect(asked, network));
    const second = await refusalOf(guardedConnect(asked, network));

    assert.deepEqual(dialled, ['93.184.216.34:443']);
    assert.equal(second.code, 'address.forbidden');
  });

  it('tries the next address when one does not answer', async () => {
    const dialled: string[] = [];
    const network = aNetwork({ 'two.example': ['93.184.216.34', '93.184.216.35'] }, dialled);

    await refusalOf(guardedConnect({ host: 'two.example', port: 443, allowance: anyone }, network));

    assert.deepEqual(dialled, ['93.184.216.34:443', '93.184.216.35:443']);
  });

  it('gives an address in its plain spelling', async () => {
    const network = aNetwork({ 'six.example': ['::ffff:93.184.216.34'] });

    const found = await permittedAddresses({ host: 'six.example', port: 443 }, anyone, network);

    assert.deepEqual(found, ['93.184.216.34']);
  });

  it('refuses an unusual port of a public host until it is confirmed', async () => {
    const network = aNetwork({ 'web.example': ['93.184.216.34'] });
    const endpoint = { host: 'web.example', port: 6379 };

    const refusal = await refusalOf(permittedAddresses(endpoint, anyone, network));
    const after = await permittedAddresses(endpoint, { ...anyone, confirmed: [endpoint] }, network);

    assert.equal(refusal.code, 'address.unconfirmed');
    assert.match(refusal.message, /Port 6379 .* confirm/);
    assert.deepEqual(after, ['93.184.216.34']);
  });

  it('refuses what is no host or no port', async () => {
    for (const [host, port] of [
      ['a b', 1],
      ['web.example', 0],
      ['web.example', 65_536],
      ['web.example', 1.5],
    ] as const) {
      const refusal = await refusalOf(permittedAddresses({ host, port }, anyone, aNetwork({})));
      assert.equal(refusal.code, 'address.malformed');
    }
  });

  it('says so when a name has no address', async () => {
    const none = await refusalOf(
      permittedAddresses({ host: 'none.example', port: 443 }, anyone, aNetwork({})),
    );
    const empty = await refusalOf(
      permittedAddresses({ host: 'e.example', port: 443 }, anyone, aNetwork({ 'e.example': [] })),
    );

    assert.equal(none.code, 'name.unknown');
    assert.equal(empty.code, 'name.unknown');
  });
});

describe('The endpoint of this machine’s own identity', () => {
  const metadata = { host: '169.254.169.254', port: 80 };
  const reached = async (asked: { host: string; port: number }, identity = metadata) => {
    const dialled: string[] = [];
    const names = { localhost: ['127.0.0.1'], 'imds.example': ['169.254.169.254'] };
    const allowance = identityAllowance(identity);
    const refusal = await refusalOf(
      guardedConnect({ ...asked, allowance }, aNetwork(names, dialled)),
    );
    return { dialled, code: refusal.code };
  };

  it('is reached by the allowance that was made for it, and by no other', async () => {
    const { dialled } = await reached(metadata);

    assert.deepEqual(dialled, ['169.254.169.254:80']);
    for (const allowance of [anyone, lab, { ...anyone, confirmed: [metadata] }]) {
      const refusal = await refusalOf(guardedConnect({ ...metadata, allowance }, aNetwork({})));
      assert.equal(refusal.code, 'address.forbidden');
    }
  });

  for (const asked of [
    { host: '169.254.169.254', port: 8080 },
    { host: '169.254.169.253', port: 80 },
    { host: '168.63.129.16', port: 80 },
    { host: '127.0.0.1', port: 80 },
    { host: 'imds.example', port: 80 },
    { host: '93.184.216.34', port: 80 },
  ]) {
    it(`lets nothing else be reached with it, such as ${asked.host}:${asked.port}`, async () => {
      assert.deepEqual(await reached(asked), { dialled: [], code: 'address.forbidden' });
    });
  }

  for (const host of [
    '10.0.0.4',
    '93.184.216.34',
    '168.63.129.16',
    'fd00:ec2::254',
    'imds.example',
  ]) {
    it(`is never ${host}, whoever says so`, async () => {
      const there = { host, port: 80 };

      assert.deepEqual(await reached(there, there), { dialled: [], code: 'address.forbidden' });
    });
  }

  it('may be on loopback or link-local, where App Service has it', async () => {
    for (const [host, address] of [
      ['127.0.0.1', '127.0.0.1'],
      ['localhost', '127.0.0.1'],
      ['169.254.131.4', '169.254.131.4'],
    ] as const) {
      const there = { host, port: 8081 };
      assert.deepEqual((await reached(there, there)).dialled, [`${address}:8081`]);
    }
  });
});

describe('A private address', () => {
  const network = aNetwork({ 'dc1.ad.larkfield.test': ['10.20.0.5'] });
  const dc = { host: 'dc1.ad.larkfield.test', port: 636 };

  it('is refused where the setting does not cover it, even when confirmed', async () => {
    const refusal = await refusalOf(
      permittedAddresses(dc, { ...anyone, confirmed: [dc] }, network),
    );

    assert.equal(refusal.code, 'address.not-allowed');
    assert.match(refusal.message, /10\.20\.0\.5.*SUNDOG_OUTBOUND_ALLOW/);
  });

  it('is refused until an administrator confirmed host and port, and the sentence says how', async () => {
    const allowance = { ...anyone, networks: ['10.0.0.0/8'] };

    const refusal = await refusalOf(permittedAddresses(dc, allowance, network));

    assert.equal(refusal.code, 'address.unconfirmed');
    assert.match(refusal.message, /confirm dc1\.ad\.larkfield\.test:636 .*\/confirm/);
  });

  it('is reached once confirmed and covered, by that host and port alone', async () => {
    const allowance = { ...anyone, networks: ['10.0.0.0/8'], confirmed: [dc] };

    const shouted = { host: 'DC1.AD.Larkfield.test.', port: 636 };
    assert.deepEqual(await permittedAddresses(shouted, allowance, network), ['10.20.0.5']);

    const otherPort = await refusalOf(permittedAddresses({ ...dc, port: 445 }, allowance, network));
    const byAddress = await refusalOf(
      permittedAddresses({ host: '10.20.0.5', port: 636 }, allowance, network),
    );
    assert.equal(otherPort.code, 'address.unconfirmed');
    assert.equal(byAddress.code, 'address.unconfirmed');
  });
});

describe('A lab connection', () => {
  it('reaches loopback', async () => {
    await using server = await listening(createServer((socket) => socket.end('hello')));

    const socket = await guardedConnect({ host: '127.0.0.1', port: server.port, allowance: lab });
    const [first] = await once(socket, 'data');
    socket.destroy();

    assert.equal(String(first), 'hello');
  });

  it('reaches nothing else', async () => {
    for (const host of ['10.0.0.1', '93.184.216.34', '169.254.169.254', '0.0.0.0']) {
      const refusal = await refusalOf(permittedAddresses({ host, port: 443 }, lab));
      assert.equal(refusal.code, 'address.forbidden');
    }
  });

  it('learns where nobody listens', async () => {
    const server = await listening(createServer());
    await server[Symbol.asyncDispose]();

    const refusal = await refusalOf(
      guardedConnect({ host: '127.0.0.1', port: server.port, allowance: lab }),
    );

    assert.equal(refusal.code, 'connect.failed');
    assert.equal(refusal.stage, 'connect');
  });

  it('gives up on a server that never finishes its handshake', async () => {
    await using server = await listening(createServer((socket) => socket.resume()));

    const refusal = await refusalOf(
      guardedConnect({
        host: '127.0.0.1',
        port: server.port,
        allowance: lab,
        tls: {},
        timeoutMs: 100,
      }),
    );

    assert.equal(refusal.code, 'tls.failed');
  });

  it('stops when it is called off', async () => {
    const refusal = await refusalOf(
      guardedConnect({ host: '127.0.0.1', port: 9, allowance: lab, signal: AbortSignal.abort() }),
    );

    assert.equal(refusal.code, 'connect.failed');
  });
});

describe('TLS through the guard', () => {
  it('trusts the authority of the connection, and none else', async () => {
    const authority = await aCertificateAuthority();
    const stranger = await aCertificateAuthority('A stranger');
    await using server = await tlsListening(await authority.issue(['127.0.0.1']));
    const asked = { host: '127.0.0.1', port: server.port, allowance: lab };

    const socket = await guardedConnect({ ...asked, tls: { ca: authority.ca } });
    socket.destroy();
    const wrong = await refusalOf(guardedConnect({ ...asked, tls: { ca: stranger.ca } }));
    const none = await refusalOf(guardedConnect({ ...asked, tls: {} }));

    assert.equal(wrong.code, 'tls.untrusted');
    assert.equal(none.code, 'tls.untrusted');
    assert.match(none.message, /add the authority’s certificate \(PEM\) to the connection/);
  });

  it('refuses a certificate of another name and one that has expired', async () => {
    const authority = await aCertificateAuthority();
    const elsewhere = await authority.issue(['dc2.ad.larkfield.test']);
    const old = await authority.issue(['127.0.0.1'], new Date('2026-01-01'));
    for (const [certificate, sentence] of [
      [elsewhere, /names another host/],
      [old, /has expired/],
    ] as const) {
      await using server = await tlsListening(certificate);

      const refusal = await refusalOf(
        guardedConnect({
          host: '127.0.0.1',
          port: server.port,
          allowance: lab,
          tls: { ca: authority.ca },
        }),
      );

      assert.equal(refusal.code, 'tls.untrusted');
      assert.match(refusal.message, sentence);
    }
  });

  it('does not fall back where the other side speaks no TLS', async () => {
    await using server = await listening(createServer((socket) => socket.end('plain')));

    const refusal = await refusalOf(
      guardedConnect({ host: '127.0.0.1', port: server.port, allowance: lab, tls: {} }),
    );

    assert.equal(refusal.code, 'tls.failed');
  });
});

/** A network of names; whatever is dialled fails at once and is noted down. */
function aNetwork(
  names: Readonly<Record<string, readonly string[]>>,
  dialled: string[] = [],
): Network {
  return {
    async lookup(host) {
      const answers = names[host];
      if (answers === undefined) throw new Error('ENOTFOUND');
      return answers;
    },
    connect(address, port) {
      dialled.push(`${address}:${port}`);
      return aDeafSocket();
    },
  };
}

function aDeafSocket(): Socket {
  const socket = new Socket();
  queueMicrotask(() => socket.destroy(new Error('no route')));
  return socket;
}

async function refusalOf(
  work: Promise<unknown>,
): Promise<ConnectRefusal & { code: ConnectRefusalCode }> {
  const outcome = await work.then(
    () => assert.fail('nothing was refused'),
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof ConnectRefusal, String(outcome));
  return outcome;
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: portOf(server), [Symbol.asyncDispose]: async () => void server.close() };
}

async function tlsListening(certificate: ServerCertificate) {
  const server = createTlsServer({ ...certificate }, (socket) => socket.on('error', () => {}));
  server.on('tlsClientError', () => {});
  return listening(server);
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}
