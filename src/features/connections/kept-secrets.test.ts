// The specification of secrets that are kept in a key vault: named here, fetched when used, never stored.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import {
  aConnectionHub,
  aDirectory,
  aHalo,
  type ConnectionHub,
  fine,
} from '#test/servers/connection-hub.ts';
import { tablesHolding } from '#test/servers/tables-holding.ts';
import { testConnection } from './health.ts';
import { storedSecret } from './stored-secret.ts';

const canary = 'canary-in-the-vault-7f1';
const kept = { vault: 1, secret: 'halo-secret' };
const refused = {
  ok: false,
  stage: 'credentials',
  code: 'credentials.refused',
  sentence: 'It refuses the secret.',
} as const;

describe('A connection whose secret is kept in a key vault', () => {
  let hub: ConnectionHub;
  before(async () => {
    hub = await aConnectionHub();
    await sql`
      insert into key_vaults (id, name, lab, url, cloud, credential, cache_seconds, version, health,
        created_at, updated_at)
      values (1, 'V', false, 'https://v.vault.azure.net', 'public', 'managed-identity', 300, 1,
        'unknown', now(), now())
    `.execute(hub.database.db);
    hub.vault.secrets.set('halo-secret', canary);
  });
  after(() => hub[Symbol.asyncDispose]());

  it('shows where, and stores the name alone', async () => {
    const made = await hub.make({ ...aHalo, name: 'Kept', secret: kept });

    assert.deepEqual(made.keptAt, { ...kept, version: null });
    assert.equal(made.hasSecret, true);
    assert.equal((await storedSecret(hub.database.db, made)).sealed, null);
    assert.equal(await hub.secretOf(made.id), canary);
    assert.deepEqual(await tablesHolding(hub.database, canary), []);
  });

  it('takes the place of a stored secret, and the other way round', async () => {
    const made = await hub.make({ ...aHalo, name: 'Moved in' });

    const inside = await hub.change(made.id, { secret: { ...kept, version: null } });
    const stored = await storedSecret(hub.database.db, inside);
    const outside = await hub.change(made.id, { secret: 'typed-again' });

    assert.equal(stored.sealed, null);
    assert.equal(outside.keptAt, null);
    assert.equal(await hub.secretOf(made.id), 'typed-again');
    const audited = await hub.database.db
      .selectFrom('audit_texts')
      .innerJoin('audit_entries', 'id', 'entry_id')
      .select('because')
      .where('subject_id', '=', made.id)
      .where('field', '=', 'secret')
      .orderBy('id')
      .execute();
    assert.deepEqual(
      audited.map(({ because }) => because),
      ['kept in the key vault "Vault 1" as "halo-secret"', 'replaced'],
    );
  });

  it('keeps its stored secret when the vault does not give the named one', async () => {
    const made = await hub.make({ ...aHalo, name: 'Not moved' });

    const answer = await hub.ask('admin', 'PATCH', `/v1/connections/${made.id}`, {
      secret: { vault: 1, secret: 'misspelt' },
    });

    assert.equal(answer.status, 422);
    assert.match(answer.text, /The vault has no \\"misspelt\\"/);
    assert.equal(await hub.secretOf(made.id), 'the-secret-of-larkfield-halo');
  });

  it('loses the reference when it is pointed elsewhere, as it would a stored secret', async () => {
    const made = await hub.make({ ...aHalo, name: 'Pointed away', secret: kept });

    const changed = await hub.change(made.id, {
      settings: { address: 'https://evil.example' },
    });

    assert.equal(changed.keptAt, null);
    assert.equal(changed.hasSecret, false);
    await assert.rejects(hub.ready(made.id), { code: 'connection.no-secret' });
  });

  it('may be chosen by those alone who may edit key vaults, and nothing is fetched for others', async () => {
    const made = await hub.make({ ...aHalo, name: 'Not theirs' });
    const fetches = hub.vault.fetched.length;

    const create = await hub.ask('editor', 'POST', '/v1/connections', { ...aHalo, secret: kept });
    const change = await hub.ask('editor', 'PATCH', `/v1/connections/${made.id}`, { secret: kept });

    assert.deepEqual([create.status, change.status], [403, 403]);
    assert.match(change.text, /key-vaults:edit/);
    assert.equal(hub.vault.fetched.length, fetches);
  });

  it('never takes a secret of another client’s vault, nor carries one over to another client', async () => {
    hub.vault.belongTo(12);
    const theirs = await hub.make({ ...aHalo, name: 'Of 12', clientId: 12, secret: kept });

    const foreign = await hub.ask('admin', 'POST', '/v1/connections', { ...aHalo, secret: kept });
    const carried = await hub.ask('admin', 'PATCH', `/v1/connections/${theirs.id}`, {
      clientId: 13,
    });
    hub.vault.belongTo(null);

    assert.deepEqual([foreign.status, carried.status], [422, 422]);
  });

  for (const [title, secret] of [
    ['a name with a slash', { vault: 1, secret: 'a/../b' }],
    ['an empty name', { vault: 1, secret: '' }],
    ['a name that is too long', { vault: 1, secret: 'x'.repeat(128) }],
    ['a control character', { vault: 1, secret: 'a\u0000b' }],
    ['a version that is none', { vault: 1, secret: 'a', version: 'newest' }],
    ['a vault that is no number', { vault: '1', secret: 'a' }],
    ['a vault below 1', { vault: 0, secret: 'a' }],
    ['a vault beyond all numbers', { vault: 2 ** 40, secret: 'a' }],
    ['something more', { vault: 1, secret: 'a', value: 'x' }],
    ['no name', { vault: 1 }],
    ['a list', [kept]],
  ] as const) {
    it(`is refused for ${title}`, async () => {
      const answer = await hub.ask('admin', 'POST', '/v1/connections', { ...aHalo, secret });

      assert.equal(answer.status, 400, answer.text);
    });
  }

  it('says in its health, and to whoever opens it, that the vault is down', async () => {
    const made = await hub.make({ ...aDirectory, name: 'AD kept', secret: kept });
    hub.vault.fail('vault.unreachable');

    const { result } = await testConnection(hub.ports, made.id);
    const ready = await hub.ready(made.id);
    await assert.rejects(ready.secret?.current() ?? Promise.resolve(), {
      code: 'connection.secret-unreachable',
      status: 502,
    });
    hub.vault.fail(undefined);

    const { health } = await hub.find(made.id);
    assert.deepEqual(result, {
      ok: false,
      stage: 'secret',
      code: 'vault.unreachable',
      sentence:
        'The secret of "AD kept" is kept in a key vault and could not be had: The vault is down.',
    });
    assert.equal(health.stage, 'secret');
  });

  it('is tried again soon after the vault was down, and not once an hour', async () => {
    const made = await hub.make({ ...aDirectory, name: 'AD tried soon', secret: kept });
    hub.vault.fail('vault.busy');
    await testConnection(hub.ports, made.id);
    hub.vault.fail(undefined);

    hub.pass(6 * 60_000);

    assert.ok((await hub.tick()).includes(made.id));
  });

  it('is tried with the newer secret when the system refuses the one remembered', async () => {
    const made = await hub.make({ ...aDirectory, name: 'AD turned', secret: kept });
    await hub.secretOf(made.id);
    hub.vault.secrets.set('halo-secret', 'turned-in-the-vault');
    hub.answer(refused);
    hub.during(async () => {
      const { secret } = hub.probed.at(-1) ?? {};
      if (secret?.reveal() === 'turned-in-the-vault') hub.answer(fine);
    });

    const { result } = await testConnection(hub.ports, made.id);
    const newest = await hub.secretOf(made.id);
    hub.answer(fine);
    hub.during(async () => undefined);
    hub.vault.secrets.set('halo-secret', canary);

    assert.equal(result.ok, true);
    assert.equal(newest, 'turned-in-the-vault');
  });

  it('knocks only once where the vault has no newer one', async () => {
    const made = await hub.make({ ...aDirectory, name: 'AD refuses', secret: kept });
    const before = hub.probed.length;
    hub.answer(refused);

    const { result } = await testConnection(hub.ports, made.id);
    hub.answer(fine);

    assert.equal(result.ok, false);
    assert.equal(hub.probed.length, before + 1);
  });
});
