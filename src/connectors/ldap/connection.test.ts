// What an answer stands on is given back when nobody needs it any more, and nothing that others stand on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import { describe, it } from 'node:test';
import { BerWriter, PresenceFilter, SearchRequest } from 'ldapts';
import { type Answer, type Connection, connectionOver } from './connection.ts';
import { dnOf } from './raw-entry.ts';

const peopleEach = 200;

function message(id: number, operation: number, write: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(operation);
  write(writer);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

/** So many entries, and their end. */
function answerTo(id: number): Buffer {
  const people = Array.from({ length: peopleEach }, (_, n) =>
    message(id, 0x64, (writer) => {
      writer.writeString(dnAt(id, n));
      writer.startSequence();
      writer.endSequence();
    }),
  );
  const done = message(id, 0x65, (writer) => {
    writer.writeEnumeration(0);
    writer.writeString('');
    writer.writeString('');
  });
  return Buffer.concat([...people, done]);
}

const dnAt = (id: number, n: number) => `CN=${n} of ${id},OU=${'x'.repeat(100)}`;

/** Answers when it has heard so many questions, to all of them at once. */
async function withServer(
  questionsEach: number,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  let [asked, answered] = [0, 0];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      // Each question of these specs is less than a hundred octets and begins with a sequence.
      for (let at = 0; at < bytes.length; at += 2 + (bytes[at + 1] ?? 0)) asked += 1;
      if (asked - answered < questionsEach) return;
      const ids = Array.from({ length: asked - answered }, (_, n) => answered + n + 1);
      answered = asked;
      socket.write(Buffer.concat(ids.map(answerTo)));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const socket = connect(address.port, '127.0.0.1');
  await once(socket, 'connect');
  const connection = connectionOver(socket, 10_000);
  try {
    await work(connection);
  } finally {
    connection.close();
    server.close();
  }
}

const ask = (connection: Connection) =>
  connection.send(
    new SearchRequest({
      ...{ messageId: 0, baseDN: '', scope: 'sub', attributes: [], sizeLimit: 0, timeLimit: 0 },
      filter: new PresenceFilter({ attribute: 'cn' }),
    }),
  );

const sizes = ({ entries }: Answer) => entries.map(({ bytes }) => bytes.length);

function holds({ entries }: Answer, id: number): void {
  assert.deepEqual(
    entries.map(dnOf),
    Array.from({ length: peopleEach }, (_, n) => dnAt(id, n)),
  );
}

describe('The memory of an answer', () => {
  it('is given back at a word, and only of that answer', async () => {
    await withServer(1, async (connection) => {
      const first = await ask(connection);
      const second = await ask(connection);

      first.release();

      const left = sizes(first).filter((size) => size > 0).length;
      assert.ok(left < peopleEach / 10, `${left} entries are still there`);
      holds(second, 2);
    });
  });

  it('is left alone where answers came together', async () => {
    await withServer(2, async (connection) => {
      const [first, second] = await Promise.all([ask(connection), ask(connection)]);

      first.release();

      holds(second, 2);
    });
  });

  it('is left alone where others stand on the same', async () => {
    const socket = new Socket();
    socket._write = (_bytes, _encoding, done) => done();
    const connection = connectionOver(socket, 10_000);
    const asked = ask(connection);
    const pool = Buffer.alloc(100_000, 'x');
    const came = pool.subarray(0, answerTo(1).copy(pool));
    socket.emit('data', came);

    (await asked).release();

    assert.equal(pool.length, 100_000);
    connection.close();
  });
});
