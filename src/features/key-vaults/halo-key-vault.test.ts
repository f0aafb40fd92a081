// The specification of /api/KeyVault: Halo's members, codes and manners.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { aVaultHub, type VaultHub } from '#test/servers/vault-hub.ts';
import { HaloKeyVault } from './wire.ts';

const url = 'https://larkfield.vault.azure.net';
const One = HaloKeyVault.required();
const members = ['_warning', 'connection_type', 'id', 'managed_identity_id', 'name', 'url'];

describe('KeyVault in Halo’s dialect', () => {
  let hub: VaultHub;
  before(async () => {
    hub = await aVaultHub();
  });
  after(() => hub[Symbol.asyncDispose]());
  const post = async (body: unknown) => {
    const answer = await hub.ask('admin', 'POST', '/api/KeyVault', body);
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  };

  it('answers one posted with one, several with several, with every member', async () => {
    const one = One.parse(await post([{ name: 'One', url }]));
    const two = z.array(One).parse(
      await post([
        { name: 'Two', url },
        { Name: 'Three', URL: url, Connection_Type: '1', surplus: 'ignored' },
      ]),
    );
    const found = await hub.ask('admin', 'GET', `/api/KeyVault/${one.id}`);

    assert.deepEqual(Object.keys(One.parse(found.body)).toSorted(), members);
    assert.deepEqual(found.body, one);
    assert.deepEqual(
      two.map(({ connection_type }) => connection_type),
      [0, 1],
    );
  });

  it('changes what is given of the one whose id is given, and leaves the rest', async () => {
    const identity = 'c0ffee00-0000-4000-8000-00000000000b';
    const made = One.parse(
      await post({ id: 0, name: 'Changed', url, managed_identity_id: identity }),
    );

    const renamed = One.parse(await post({ id: made.id, name: 'Renamed' }));
    const cleared = One.parse(await post({ id: made.id, managed_identity_id: '' }));

    assert.deepEqual(renamed, { ...made, name: 'Renamed' });
    assert.equal(cleared.managed_identity_id, null);
  });

  it('warns of what Halo’s own members cannot hold', async () => {
    const made = One.parse(await post({ name: 'By secret', url, connection_type: 2 }));

    assert.match(made._warning ?? '', /lacks the application id .* and the client secret/);
  });

  it('lists a bare array, and pages where they are asked for', async () => {
    const bare = z.array(One).parse((await hub.ask('admin', 'GET', '/api/keyvault')).body);
    const page = await hub.ask(
      'admin',
      'GET',
      '/api/KeyVault?pageinate=true&page_size=2&page_no=2',
    );
    const parsed = z
      .object({
        page_no: z.int(),
        page_size: z.int(),
        record_count: z.int(),
        results: z.array(One),
      })
      .parse(page.body);

    assert.ok(bare.length >= 4);
    assert.equal(parsed.record_count, bare.length);
    assert.deepEqual(parsed.results, bare.slice(2, 4));
  });

  it('does all of several or nothing', async () => {
    const answer = await hub.ask('admin', 'POST', '/api/KeyVault', [
      { name: 'Would be fine', url },
      { name: 'Would not', url: 'https://evil.example' },
    ]);
    const list = await hub.ask('admin', 'GET', '/api/KeyVault');

    assert.equal(answer.status, 400);
    assert.ok(!list.text.includes('Would be fine'));
  });

  for (const [title, body] of [
    ['no name', { url }],
    ['no address', { name: 'x' }],
    ['a code that is none', { name: 'x', url, connection_type: 9 }],
    ['a code that is a word', { name: 'x', url, connection_type: 'secret' }],
    ['a name of two lines', { name: 'a\nb', url }],
    ['a number for a name', { name: 7, url }],
    ['an injected identity', { name: 'x', url, managed_identity_id: 'a&b=c' }],
    ['nothing', []],
    ['a text', '"x"'],
  ] as const) {
    it(`is refused with ${title}`, async () => {
      const answer = await hub.ask('admin', 'POST', '/api/KeyVault', body);

      assert.equal(answer.status, 400, answer.text);
    });
  }

  it('is unknown in a sentence, also when it is to be changed or deleted', async () => {
    const answers = await Promise.all([
      hub.ask('admin', 'GET', '/api/KeyVault/99999'),
      hub.ask('admin', 'DELETE', '/api/KeyVault/99999'),
      hub.ask('admin', 'POST', '/api/KeyVault', { id: 99999, name: 'x' }),
    ]);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 404],
    );
  });

  it('is deleted, and answered once more as it was', async () => {
    const made = One.parse(await post({ name: 'Short-lived', url }));

    const gone = await hub.ask('admin', 'DELETE', `/api/KeyVault/${made.id}`);

    assert.deepEqual(gone.body, made);
    assert.equal((await hub.ask('admin', 'GET', `/api/KeyVault/${made.id}`)).status, 404);
  });
});
