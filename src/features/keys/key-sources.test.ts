// Where master keys come from: the hub's own file, the settings, an administrator's file; and what is refused.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readKeyFile } from '#store/key-file.ts';
import {
  aKeyStage,
  aSecretKey,
  type KeyStage,
  keepMany,
  rosa,
  unreadable,
} from '#test/keys/stage.ts';
import { finishRotation } from './advance.ts';
import { readKeys } from './queries.ts';
import { startRotation } from './start.ts';

let stage: KeyStage;
beforeEach(async () => {
  stage = await aKeyStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

describe('A master key from the settings', () => {
  it('needs the next one given before it can change', async () => {
    const masterKey = aSecretKey();
    await using given = await aKeyStage({ masterKey });
    await assert.rejects(startRotation(given.ports, rosa, 'rotate'), { code: 'keys.none-given' });

    const next = aSecretKey();
    const ports = await given.another({ nextMasterKey: next });
    await keepMany(given.database.db, ports.keys, 4);
    await startRotation(ports, rosa, 'rotate');
    await finishRotation(ports);

    const after = await given.another({ masterKey: next });
    assert.deepEqual(await unreadable(given.database.db, after.keys), []);
    await assert.rejects(given.another(), { code: 'sealing.other-key' });
    const back = await given.another({ masterKey: next, nextMasterKey: masterKey });
    await assert.rejects(startRotation(back, rosa, 'rotate'), { code: 'keys.came-back' });
    assert.equal(existsSync(join(given.dataFolder, 'master.key')), false);
  });

  it('is missed while values still need it, in a sentence with their count', async () => {
    const masterKey = aSecretKey();
    const next = aSecretKey();
    await using given = await aKeyStage({ masterKey, nextMasterKey: next });
    await keepMany(given.database.db, given.ring, 3);
    await startRotation(given.ports, rosa, 'rotate');

    const opening = given.another({ masterKey: next, nextMasterKey: undefined });

    await assert.rejects(opening, {
      code: 'sealing.previous-key',
      message: /^3 values .* missing/,
    });
    const both = await given.another({ masterKey: next, previousMasterKey: masterKey });
    assert.equal((await finishRotation(both))?.state, 'done');
    const alone = await given.another({ masterKey: next, nextMasterKey: undefined });
    assert.deepEqual(await unreadable(given.database.db, alone.keys), []);
  });
});

describe('The file of master keys', () => {
  it('is refused with its line when it was written in part', async () => {
    const { dataFolder } = stage;
    const file = join(dataFolder, 'master.key');
    writeFileSync(file, `${readFileSync(file, 'utf8')}${aSecretKey().reveal().slice(0, 20)}`);

    await assert.rejects(stage.another(), { code: 'sealing.bad-key', message: /line 2 of/ });
  });

  it('is refused when it is empty', async () => {
    writeFileSync(join(stage.dataFolder, 'master.key'), '');

    await assert.rejects(stage.another(), { code: 'sealing.bad-key' });
  });

  it('that cannot be written leaves everything as it was', {
    skip: process.getuid?.() === 0 ? 'root may write anywhere' : false,
  }, async () => {
    chmodSync(stage.dataFolder, 0o500);

    await assert.rejects(startRotation(stage.ports, rosa, 'rotate'), {
      code: 'keys.file-unwritable',
    });
    assert.equal((await readKeys(stage.database.db)).keys.length, 1);
  });

  it('of an administrator’s own is never written; a second line of it is the next key', async () => {
    const folder = stage.dataFolder;
    const masterKeyFile = join(folder, 'from-vault');
    const first = aSecretKey().reveal();
    writeFileSync(masterKeyFile, first);
    await using given = await aKeyStage({ masterKeyFile });
    await assert.rejects(startRotation(given.ports, rosa, 'rotate'), { code: 'keys.none-given' });

    writeFileSync(masterKeyFile, `${first}\n${aSecretKey().reveal()}\n`);
    await keepMany(given.database.db, given.ring, 2);
    await startRotation(given.ports, rosa, 'rotate');
    const ended = await finishRotation(given.ports);

    assert.equal(ended?.state, 'done');
    assert.equal(readKeyFile(masterKeyFile).length, 2);
  });
});
