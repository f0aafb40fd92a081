// Tokens of the hub: read back only by whom and for what they were made, and while they hold.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openSealing } from '#store/sealing.ts';
import { aDatabase, type TestDatabase } from '#test/servers/database.ts';
import { readToken, type SigningKeyPorts, signToken } from './signing-keys.ts';

const issuer = 'https://hub.larkfield.test/auth';
const audience = `${issuer}/impersonate`;
const type = 'impersonation+jwt';
const now = new Date('2026-11-21T09:00:00Z');
const wanted = { issuer, audience, type };
const claims = { ...wanted, subject: 'agent:3', lifeSeconds: 60, more: { jti: 'once' } };

describe('A token of the hub', () => {
  let database: TestDatabase;
  let ports: SigningKeyPorts;
  before(async () => {
    database = await aDatabase();
    const sealing = openSealing([{ id: '0011223344556677', key: Buffer.alloc(32, 7) }]);
    ports = { db: database.db, sealing };
  });
  after(() => database[Symbol.asyncDispose]());

  it('says what it was made to say', async () => {
    const read = await readToken(ports, await signToken(ports, claims, now), wanted, now);

    assert.deepEqual([read?.jti, read?.sub], ['once', 'agent:3']);
  });

  const others: readonly [string, Partial<typeof claims>][] = [
    ['another audience', { audience: 'an-application' }],
    ['another kind', { type: 'JWT' }],
    ['another hub', { issuer: 'https://other.larkfield.test/auth' }],
  ];
  for (const [title, other] of others)
    it(`is none for ${title}`, async () => {
      const token = await signToken(ports, { ...claims, ...other }, now);

      assert.equal(await readToken(ports, token, wanted, now), undefined);
    });

  it('is none once its time is over', async () => {
    const token = await signToken(ports, claims, now);
    const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);

    assert.notEqual(await readToken(ports, token, wanted, at(59)), undefined);
    assert.equal(await readToken(ports, token, wanted, at(60)), undefined);
  });
});
