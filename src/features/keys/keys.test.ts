// The rotation of the master key: online, resumable, and the old key goes when nothing needs it.
import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { newId } from '#lib/ids.ts';
import { Secret } from '#lib/secret.ts';
import { listAudit } from '#store/audit.ts';
import { inTransaction } from '#store/db.ts';
import { asMasterKey, readKeyFile } from '#store/key-file.ts';
import { countSealed } from '#store/reseal.ts';
import { keyIdOf } from '#store/sealing.ts';
import {
  aKeyStage,
  aSecretKey,
  type KeyStage,
  keep,
  keepMany,
  place,
  rosa,
  secretOf,
  unreadable,
} from '#test/keys/stage.ts';
import { advance, finishRotation } from './advance.ts';
import { readKeys } from './queries.ts';
import { startRotation } from './start.ts';

let stage: KeyStage;
beforeEach(async () => {
  stage = await aKeyStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const sealedNow = async (id: string) => {
  const row = await stage.database.db
    .selectFrom('signing_keys')
    .select('sealed_private_key')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.sealed_private_key;
};

describe('A rotation of the master key', () => {
  it('wraps the key of every value anew, leaves their texts alone, and retires the old key', async () => {
    const { ports, ring, database, dataFolder } = stage;
    const id = await keep(database.db, ring);
    await keepMany(database.db, ring, 30);
    const before = await sealedNow(id);
    const old = ring.currentId();

    await startRotation(ports, rosa, 'rotate');
    const ended = await finishRotation(ports, { rowsAtOnce: 7 });

    const after = await sealedNow(id);
    assert.deepEqual([ended?.state, ended?.total, ended?.resealed], ['done', 31, 31]);
    assert.equal(keyIdOf(after), ring.currentId());
    assert.notEqual(ring.currentId(), old);
    assert.deepEqual(after.subarray(69), before.subarray(69), 'the text is as it was');
    assert.deepEqual(await unreadable(database.db, ring), []);
    const counts = await countSealed(database.db);
    assert.deepEqual(
      counts.filter(({ keyId }) => keyId === old),
      [],
    );
    const file = join(dataFolder, 'master.key');
    assert.deepEqual(
      readKeyFile(file).map((key) => key.id),
      [ring.currentId()],
    );
    assert.deepEqual(
      readKeyFile(`${file}.retired`).map((key) => key.id),
      [old],
    );
    assert.deepEqual(
      [statSync(file).mode & 0o777, statSync(`${file}.retired`).mode & 0o777],
      [0o600, 0o600],
    );
  });

  it('is in the audit trail: who began it, how many values, which key was retired', async () => {
    const { ports, ring, database } = stage;
    await keepMany(database.db, ring, 3);
    const old = ring.currentId();

    await startRotation(ports, rosa, 'rotate');
    await finishRotation(ports);

    const { items } = await listAudit(database.db, { limit: 10 });
    const told = items.map(({ action, actor, subject }) => [action, actor.name, subject.id]);
    const now = ring.currentId();
    assert.deepEqual(told.toSorted(), [
      ['master-key.retired', 'Sundog', old],
      ['master-key.rotation-ended', 'Sundog', now],
      ['master-key.rotation-started', 'Rosa Lindqvist', now],
    ]);
    const key = readFileSync(join(stage.dataFolder, 'master.key'), 'utf8').trim();
    assert.equal(JSON.stringify(items).includes(key), false);
  });

  it('is gone on with by another process after the first is gone', async () => {
    const { ports, ring, database } = stage;
    await keepMany(database.db, ring, 20);
    const begun = await startRotation(ports, rosa, 'rotate');
    await advance(ports, 3);

    const other = await stage.another();
    const again = await startRotation(other, rosa, 'rotate');
    const ended = await finishRotation(other, { rowsAtOnce: 3 });

    assert.equal(again.id, begun.id, 'it is the same one');
    assert.equal(ended?.state, 'done');
    assert.deepEqual(await unreadable(database.db, other.keys), []);
  });

  it('uses the new key that a killed start had written down, instead of a second one', async () => {
    const { ports, dataFolder } = stage;
    const file = join(dataFolder, 'master.key');
    const written = aSecretKey().reveal();
    writeFileSync(file, `${written}\n${readFileSync(file, 'utf8')}`);

    const { toKey } = await startRotation(ports, rosa, 'rotate');

    assert.equal(toKey, asMasterKey(written, 'test').id);
    assert.equal(readKeyFile(file).length, 2);
  });

  it('is worked on by two processes at once without harm, and their writes are never lost', async () => {
    const { ports, ring, database } = stage;
    const other = await stage.another();
    await keepMany(database.db, ring, 60);
    await startRotation(ports, rosa, 'rotate');

    // The other has heard nothing yet: it seals with the old key, and opens what the new one sealed.
    const writing = keepMany(database.db, other.keys, 40);
    const [ended] = await Promise.all([
      finishRotation(ports, { rowsAtOnce: 5 }),
      finishRotation(other, { rowsAtOnce: 5 }),
      writing,
    ]);

    assert.equal(ended?.state, 'done');
    assert.deepEqual(await unreadable(database.db, other.keys), []);
    const facts = await readKeys(database.db);
    assert.deepEqual([facts.old, facts.keys.find(({ state }) => state === 'old')], [0, undefined]);
  });

  it('has the database refuse what a process that heard nothing seals with a retired key', async () => {
    const { ports, database } = stage;
    const deaf = await stage.another();
    await startRotation(ports, rosa, 'rotate');
    await finishRotation(ports);

    const writing = inTransaction(database.db, (tx) => keep(tx, deaf.keys));
    await assert.rejects(writing, { code: 'sealing.retired-key' });
    await deaf.keys.refresh();
    const id = await keep(database.db, deaf.keys);
    assert.equal(keyIdOf(await sealedNow(id)), ports.keys.currentId());
  });

  it('waits for a writer who has sealed with the old key and not committed yet', async () => {
    const { ports, database } = stage;
    const deaf = await stage.another();
    await startRotation(ports, rosa, 'rotate');
    const id = newId();
    const client = await database.pool.connect();
    await client.query('begin');
    const sealed = deaf.keys.seal(place(id), new Secret(secretOf(id)));
    await client.query(
      "insert into signing_keys (id, public_jwk, sealed_private_key, made_at) values ($1, '{}', $2, now())",
      [id, sealed],
    );

    const finishing = finishRotation(ports);
    await new Promise((wake) => setTimeout(wake, 300));
    const { state } = (await readKeys(database.db)).rotation ?? {};
    await client.query('commit');
    client.release();
    const ended = await finishing;

    assert.equal(state, 'running', 'it is not over while the writer is at it');
    assert.equal(ended?.state, 'done');
    assert.deepEqual(await unreadable(database.db, ports.keys), []);
  });

  it('leaves a value that does not open, says so, and keeps the old key for it', async () => {
    const { ports, ring, database } = stage;
    const id = await keep(database.db, ring);
    await keepMany(database.db, ring, 5);
    const altered = await sealedNow(id);
    altered.writeUInt8(altered.readUInt8(90) ^ 1, 90);
    await database.db
      .updateTable('signing_keys')
      .set({ sealed_private_key: altered })
      .where('id', '=', id)
      .execute();

    await startRotation(ports, rosa, 'rotate');
    const ended = await finishRotation(ports);

    assert.deepEqual([ended?.state, ended?.resealed, ended?.broken], ['incomplete', 5, 1]);
    assert.deepEqual(await unreadable(database.db, ring), [id]);
    const { keys } = await readKeys(database.db);
    assert.deepEqual(
      keys.map(({ state, values }) => [state, values]),
      [
        ['current', 5],
        ['old', 1],
      ],
    );
  });

  it('brings values of the first format up to date, also without another key', async () => {
    const { ports, ring, database, dataFolder } = stage;
    const key = readKeyFile(join(dataFolder, 'master.key'))[0];
    const id = await keep(database.db, ring);
    await database.db
      .updateTable('signing_keys')
      .set({ sealed_private_key: inFirstFormat(key?.id ?? '', key?.key ?? Buffer.alloc(0), id) })
      .where('id', '=', id)
      .execute();
    assert.deepEqual(await unreadable(database.db, ring), [], 'the first format still opens');
    assert.equal((await readKeys(database.db)).old, 1);

    const begun = await startRotation(ports, rosa, 'update');
    const ended = await finishRotation(ports);

    assert.deepEqual([begun.total, ended?.state, ended?.fromKey], [1, 'done', ended?.toKey]);
    assert.equal((await readKeys(database.db)).old, 0);
    assert.deepEqual(await unreadable(database.db, ring), []);
  });

  it('is refused to somebody who acts as somebody else', async () => {
    const actor = { ...rosa, behind: { kind: 'agent' as const, id: '9', name: 'Tomas Reis' } };

    await assert.rejects(startRotation(stage.ports, actor, 'rotate'), {
      code: 'impersonation.not-here',
    });
  });
});

/** As the first format had it: the text, too, bound to the id of the master key. */
function inFirstFormat(keyId: string, master: Buffer, id: string): Buffer {
  const { table, row, column } = place(id);
  const bound = (what: string) =>
    Buffer.from(
      [what, table, row, column, keyId].map((part) => `${part.length}:${part}`).join('|'),
    );
  const encrypted = (key: Buffer, text: Buffer, what: string) => {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    cipher.setAAD(bound(what));
    return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  };
  const recordKey = randomBytes(32);
  return Buffer.concat([
    Buffer.from([1]),
    Buffer.from(keyId, 'hex'),
    encrypted(master, recordKey, 'key'),
    encrypted(recordKey, Buffer.from(secretOf(id)), 'text'),
  ]);
}
