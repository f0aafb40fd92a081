// The specification of second factors: codes by time, on a real database.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { theHub } from '#domain/actor.ts';
import { openSealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { secondFactors } from './factors.ts';
import { base32, stepAt, stepOf, totpCode, totpLink } from './totp.ts';

const noon = new Date('2026-11-21T12:00:00Z');
const sealing = openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]);

describe('A code by time', () => {
  // RFC 6238, appendix B, for SHA-1; an app shows the last six of its eight digits.
  const secret = Buffer.from('12345678901234567890');
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ] as const) {
    it(`is ${code} at second ${seconds}, as RFC 6238 has it`, () => {
      assert.equal(totpCode(secret, stepAt(new Date(seconds * 1000))), code);
    });
  }

  it('fits one step early and one step late, and no more', () => {
    const present = stepAt(noon);

    const fits = [-2, -1, 0, 1, 2].map(
      (away) => stepOf(secret, totpCode(secret, present + away), noon) === present + away,
    );

    assert.deepEqual(fits, [false, true, true, true, false]);
  });

  it('may be typed with spaces, and is nothing with letters, too short or empty', () => {
    const code = totpCode(secret, stepAt(noon));

    assert.ok(stepOf(secret, ` ${code.slice(0, 3)} ${code.slice(3)} `, noon) !== undefined);
    for (const wrong of ['', '0', code.slice(1), `${code}0`, 'abcdef', '１２３４５６']) {
      assert.equal(stepOf(secret, wrong, noon), undefined);
    }
  });

  it('is set up by a link and by letters that apps read', () => {
    assert.equal(base32(Buffer.from('foobar')), 'MZXW6YTBOI');
    assert.match(
      totpLink(secret, 'ines.marlow@larkfield.test'),
      /^otpauth:\/\/totp\/Sundog%3Aines\.marlow%40larkfield\.test\?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sundog&/,
    );
  });
});

describe('A second factor', () => {
  const owner = { kind: 'user', id: 7 } as const;
  let database: TestDatabase;
  let now = noon;
  before(async () => {
    database = await aDatabase();
  });
  after(() => database[Symbol.asyncDispose]());
  const factors = () => secondFactors({ db: database.db, sealing, clock: () => now });
  const secretOf = (letters: string) => {
    const bits = [...letters]
      .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter))
      .map((value) => value.toString(2).padStart(5, '0'))
      .join('');
    return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  };
  const codeOf = (letters: string, away = 0) => totpCode(secretOf(letters), stepAt(now) + away);

  it('counts only once its first code was shown', async () => {
    const { letters } = await factors().begin(owner, 'Ines');

    assert.equal(await factors().has(owner), false);
    assert.equal(await factors().take(owner, codeOf(letters.reveal())), false);
    assert.equal(await factors().confirm(owner, '000000', theHub), false);
    assert.equal(await factors().confirm(owner, codeOf(letters.reveal()), theHub), true);
    assert.equal(await factors().has(owner), true);
  });

  it('takes a code once, also of two at the same moment, and none from before it', async () => {
    now = new Date(now.getTime() + 600_000);
    await factors().begin(owner, 'Ines');
    const { letters } = await factors().begin(owner, 'Ines');
    await factors().confirm(owner, codeOf(letters.reveal(), -1), theHub);

    const both = await Promise.all(
      Array.from({ length: 20 }, () => factors().take(owner, codeOf(letters.reveal()))),
    );

    assert.equal(both.filter(Boolean).length, 1);
    assert.equal(await factors().take(owner, codeOf(letters.reveal())), false);
    assert.equal(await factors().take(owner, codeOf(letters.reveal(), -1)), false);
  });

  it('is sealed where it is kept, and opens nowhere else', async () => {
    const row = await database.db.selectFrom('totp_factors').selectAll().executeTakeFirstOrThrow();

    const place = { table: 'totp_factors', row: row.id, column: 'sealed_secret' };
    assert.equal(
      Buffer.from(sealing.unseal(place, row.sealed_secret).reveal(), 'base64').length,
      20,
    );
    assert.throws(() => sealing.unseal({ ...place, row: 'another' }, row.sealed_secret));
  });

  it('is nobody else’s, and gone once removed', async () => {
    const { letters } = await factors().begin({ kind: 'agent', id: 7 }, 'An agent');
    await factors().confirm({ kind: 'agent', id: 7 }, codeOf(letters.reveal()), theHub);
    now = new Date(now.getTime() + 60_000);

    assert.equal(await factors().take(owner, codeOf(letters.reveal())), false);
    assert.equal(await factors().take(undefined, codeOf(letters.reveal())), false);
    assert.equal(await factors().remove({ kind: 'agent', id: 7 }, theHub), true);
    assert.equal(await factors().remove({ kind: 'agent', id: 7 }, theHub), false);
    assert.equal(await factors().take({ kind: 'agent', id: 7 }, codeOf(letters.reveal())), false);
  });
});
