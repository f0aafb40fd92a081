// A sealed value opens in its own place with its own key, and nowhere else.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { openLog, silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import fc from '#test/property.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { asMasterKey } from './key-file.ts';
import { openDatabaseSealing } from './master-key.ts';
import { openSealing, type Place } from './sealing.ts';

const aKey = (fill: number) => asMasterKey(Buffer.alloc(32, fill).toString('base64'), 'the test');
const places: fc.Arbitrary<Place> = fc.record({
  table: fc.string(),
  row: fc.string(),
  column: fc.string(),
});
const texts = fc.string({ unit: 'grapheme' });

describe('A sealed value', () => {
  const sealing = openSealing([aKey(1)]);

  it('opens where it was sealed', () => {
    fc.assert(
      fc.property(places, texts, (place, text) => {
        const sealed = sealing.seal(place, new Secret(text));

        assert.equal(sealing.unseal(place, sealed).reveal(), text);
      }),
    );
  });

  it('does not open in any other table, row or column', () => {
    fc.assert(
      fc.property(places, places, texts, (here, there, text) => {
        fc.pre(JSON.stringify(here) !== JSON.stringify(there));
        const sealed = sealing.seal(here, new Secret(text));

        assert.throws(() => sealing.unseal(there, sealed), { code: 'sealing.broken' });
      }),
    );
  });

  it('does not open where parts of the place run into each other', () => {
    const sealed = sealing.seal({ table: 'a|1:b', row: 'c', column: 'd' }, new Secret('x'));

    assert.throws(() => sealing.unseal({ table: 'a', row: 'b|1:c', column: 'd' }, sealed));
  });

  it('does not open when a single bit of it was changed, or a part cut off', () => {
    const place = { table: 't', row: 'r', column: 'c' };
    const sealed = sealing.seal(place, new Secret('a secret of some length'));
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const changed = Buffer.from(sealed);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));

        assert.throws(() => sealing.unseal(place, changed), { code: /^sealing\./ });
      }),
    );
    for (let length = 0; length < sealed.length; length += 1) {
      assert.throws(() => sealing.unseal(place, sealed.subarray(0, length)), {
        code: /^sealing\./,
      });
    }
  });

  it('looks different each time, and shows nothing of its text', () => {
    const place = { table: 't', row: 'r', column: 'c' };
    const text = 'the same text';
    const one = sealing.seal(place, new Secret(text));
    const two = sealing.seal(place, new Secret(text));

    assert.notDeepEqual(one, two);
    assert.equal(one.includes(text), false);
  });

  it('opens after the master key was changed, as long as the old one is given too', () => {
    const place = { table: 't', row: 'r', column: 'c' };
    const old = sealing.seal(place, new Secret('x'));
    const both = openSealing([aKey(2), aKey(1)]);

    assert.equal(both.unseal(place, old).reveal(), 'x');
    const fresh = both.seal(place, new Secret('y'));
    assert.throws(() => sealing.unseal(place, fresh), { code: 'sealing.other-key' });
  });
});

describe('The master key', () => {
  let database: TestDatabase;
  let dataFolder: string;
  before(async () => {
    database = await aDatabase();
  });
  beforeEach(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'sundog-key-'));
  });
  afterEach(async () => {
    rmSync(dataFolder, { recursive: true });
    await database.db.deleteFrom('marks').execute();
    await database.db.deleteFrom('master_keys').execute();
  });
  after(() => database[Symbol.asyncDispose]());

  const place = { table: 't', row: 'r', column: 'c' };

  it('is made at the first start, for its owner alone and with a warning, and found again', async () => {
    const lines: string[] = [];
    const log = openLog({ format: 'json', level: 'warn', write: (line) => lines.push(line) });

    const first = await openDatabaseSealing(database.db, { dataFolder, log });
    const again = await openDatabaseSealing(database.db, { dataFolder, log });

    const sealed = first.seal(place, new Secret('x'));
    assert.equal(again.unseal(place, sealed).reveal(), 'x');
    assert.equal(statSync(join(dataFolder, 'master.key')).mode & 0o777, 0o600);
    assert.equal(lines.length, 1);
    const key = readFileSync(join(dataFolder, 'master.key'), 'utf8').trim();
    assert.equal(lines.join('').includes(key), false);
  });

  it('that is another one is refused before anything is opened with it', async () => {
    const settings = { dataFolder, log: silentLog };
    await openDatabaseSealing(database.db, { ...settings, masterKey: aSecretKey() });

    const opening = openDatabaseSealing(database.db, { ...settings, masterKey: aSecretKey() });

    await assert.rejects(opening, { code: 'sealing.other-key' });
  });

  it('that was lost is not replaced by a new one', async () => {
    const settings = { dataFolder, log: silentLog };
    await openDatabaseSealing(database.db, settings);
    rmSync(join(dataFolder, 'master.key'));

    await assert.rejects(openDatabaseSealing(database.db, settings), { code: 'sealing.key-lost' });
  });

  it('may lie in a file of the administrator’s', async () => {
    const masterKeyFile = join(dataFolder, 'from-vault');
    writeFileSync(masterKeyFile, aSecretKey().reveal());

    await openDatabaseSealing(database.db, { dataFolder, masterKeyFile, log: silentLog });
  });

  it('is refused in a sentence when it is damaged', async () => {
    writeFileSync(join(dataFolder, 'master.key'), 'too short');

    const opening = openDatabaseSealing(database.db, { dataFolder, log: silentLog });

    await assert.rejects(opening, { code: 'sealing.bad-key' });
  });

  it('is warned of when others can read it', async () => {
    const lines: string[] = [];
    const log = openLog({ format: 'json', level: 'warn', write: (line) => lines.push(line) });
    await openDatabaseSealing(database.db, { dataFolder, log: silentLog });
    chmodSync(join(dataFolder, 'master.key'), 0o644);

    await openDatabaseSealing(database.db, { dataFolder, log });

    assert.match(lines.join(''), /chmod 600/);
  });

  it('is one, though two processes make it at the same moment', async () => {
    const settings = { dataFolder, log: silentLog };

    const [one, two] = await Promise.all([
      openDatabaseSealing(database.db, settings),
      openDatabaseSealing(database.db, settings),
    ]);

    assert.equal(two.unseal(place, one.seal(place, new Secret('x'))).reveal(), 'x');
  });
});

function aSecretKey(): Secret {
  return new Secret(randomBytes(32).toString('base64'));
}
