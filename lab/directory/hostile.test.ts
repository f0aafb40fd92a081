// Strangers at the lab directory's door: whatever they send, it stays up and answers everyone else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import fc from '#test/property.ts';
import { signedIn } from '#test/servers/directory-server.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import { read } from '#test/servers/ldap-client.ts';
import { elements, Malformed, tags, write, writeInteger } from './ber.ts';
import { readMessage } from './messages.ts';

describe('The lab directory, when a stranger', () => {
  let server: LabDirectoryServer;
  before(async () => {
    server = await labDirectory();
  });
  after(() => server[Symbol.asyncDispose]());

  const attacks: readonly (readonly [what: string, bytes: () => Buffer])[] = [
    ['speaks HTTP', () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['announces four gigabytes', () => Buffer.from('3084ffffffff', 'hex')],
    ['announces a length without end', () => Buffer.from('308002010160000000', 'hex')],
    ['announces a length of nine octets', () => Buffer.from('3089010101010101010101', 'hex')],
    ['sends an empty message', () => Buffer.from('3000', 'hex')],
    ['sends an operation nobody knows', () => message(write(0x7f - 0x20, ''))],
    ['nests a filter ten thousand deep', () => message(searchFor(nested(10_000)))],
    ['joins ten thousand filters', () => message(searchFor(write(0xa0, ...present(10_000))))],
    ['sends text that is no UTF-8', () => message(write(0x4a, Buffer.from([0xff, 0xfe])))],
    ['sends something behind StartTLS', () => Buffer.concat([startTls(), startTls()])],
  ];
  for (const [what, bytes] of attacks) {
    it(`${what}, closes the door and serves the next`, async () => {
      const answer = await sendPlain(bytes());

      assert.ok(answer.length < 1_000);
      await stillServes();
    });
  }

  it('sends more than a stranger may before signing in, closes the door', async () => {
    const flood = message(write(0x4a, Buffer.alloc(200_000, 0x61)));

    const answer = await sendPlain(flood);

    assert.match(answer.toString('latin1'), /1\.3\.6\.1\.4\.1\.1466\.20036/);
    await stillServes();
  });

  it('opens many connections and says nothing, serves the others', async () => {
    const silent = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = connect(server.ports.ldap, server.host);
        await once(socket, 'connect');
        return socket;
      }),
    );

    await stillServes();
    for (const socket of silent) socket.destroy();
  });

  it('speaks LDAP on the TLS port without TLS, or breaks off the handshake, serves the others', async () => {
    const socket = connect(server.ports.ldaps, server.host);
    socket.end(startTls());
    await once(socket, 'close');
    const half = connectTls({ port: server.ports.ldaps, host: server.host, ca: server.caPem });
    half.on('error', () => {});
    half.destroy();

    await stillServes();
  });

  it('goes away in the middle of a message, forgets them', async () => {
    const socket = connect(server.ports.ldap, server.host);
    await once(socket, 'connect');
    socket.write(Buffer.from('30840000ffff0201', 'hex'));
    socket.destroy();

    await stillServes();
  });

  it('sends any bytes at all, reads them as a message or calls them malformed', () => {
    const reads = (bytes: Uint8Array) => {
      try {
        readMessage(write(tags.sequence, Buffer.from(bytes)));
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    };

    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), reads), { numRuns: 2_000 });
    const whole = message(searchFor(nested(5)));
    const bent = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(bent, { maxLength: 8 }), (changes) => {
        const copy = Buffer.from(whole);
        for (const [at, to] of changes) copy[at] = to;
        reads(copy);
        try {
          readMessage(copy);
        } catch (error) {
          assert.ok(error instanceof Malformed, String(error));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('gives numbers of any size, keeps them as they are', () => {
    fc.assert(
      fc.property(fc.integer(), (number) => {
        const [element] = elements(writeInteger(number));
        const { body } = element ?? { body: Buffer.alloc(0) };
        assert.equal(body.readIntBE(0, body.length), number);
        assert.ok(body.length <= 4);
      }),
    );
  });

  async function stillServes(): Promise<void> {
    await using client = await signedIn(server, server.service);
    assert.deepEqual(await read(client, '', 'serverName').then((found) => found.length), 1);
  }

  /** Sends the bytes to the plain port and waits until the server closes. */
  async function sendPlain(bytes: Buffer): Promise<Buffer> {
    const socket = connect(server.ports.ldap, server.host);
    const answers: Buffer[] = [];
    socket.on('data', (chunk) => answers.push(chunk));
    socket.on('error', () => {});
    socket.write(bytes);
    await once(socket, 'close');
    return Buffer.concat(answers);
  }
});

function message(operation: Buffer): Buffer {
  return write(tags.sequence, writeInteger(1), operation);
}

function searchFor(filter: Buffer): Buffer {
  return write(
    0x63,
    write(tags.octets, ''),
    writeInteger(2, tags.enumerated),
    writeInteger(0, tags.enumerated),
    writeInteger(0),
    writeInteger(0),
    write(tags.boolean, Buffer.from([0])),
    filter,
    write(tags.sequence),
  );
}

function nested(depth: number): Buffer {
  let filter = write(0x87, 'cn');
  for (let n = 0; n < depth; n += 1) filter = write(0xa2, filter);
  return filter;
}

function present(count: number): Buffer[] {
  return Array.from({ length: count }, () => write(0x87, 'cn'));
}

function startTls(): Buffer {
  return message(write(0x77, write(0x80, '1.3.6.1.4.1.1466.20037')));
}
