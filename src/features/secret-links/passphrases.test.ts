// A link with a passphrase: guessed at by one, by a crowd, by who has only the link; and never locked for its reader.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  aBrowserLink,
  aLink,
  aLinksHub,
  aSender,
  askPage,
  type HeldLink,
  type LinksHub,
  proofsOf,
  revealLink,
  type Sender,
  textIn,
} from '#test/servers/links.ts';

const passphrase = 'three herons by the weir';

describe('A secret link with a passphrase', () => {
  let hub: LinksHub;
  let sender: Sender;
  before(async () => {
    hub = await aLinksHub();
    sender = await aSender(hub);
  });
  after(() => hub[Symbol.asyncDispose]());

  const rowOf = async (id: number) => (await sender.get(`/v1/secret-links/${id}`)).json;
  const guess = (link: HeldLink, proofs: object, from: string) =>
    askPage(hub, link, 'reveal', proofs, from);
  /** Of a thousand connections at once some find the door crowded: they knock once more. */
  const guessInCrowd = (link: HeldLink, proofs: object, from: string) =>
    guess(link, proofs, from).catch(() => guess(link, proofs, from));

  it('opens with link and passphrase together, made over the API or in a browser', async () => {
    const made = [
      await aLink(sender, 'the key', { new_secure_passphrase: passphrase }),
      await aBrowserLink(sender, 'the key', { passphrase }),
    ];

    for (const link of made) {
      const told = await revealLink(hub, link, passphrase);

      assert.equal(told.status, 200, told.text);
      assert.equal(await textIn(link, told, passphrase), 'the key');
      await assert.rejects(textIn(link, told), 'the link alone does not decrypt it');
    }
  });

  it('is spelt one way, however it is typed', async () => {
    const link = await aLink(sender, 'the key', { new_secure_passphrase: 'caf\u00e9 by the weir' });

    const told = await revealLink(hub, link, 'cafe\u0301 by the weir');

    assert.equal(told.status, 200);
  });

  it('is not used up by wrong tries, which its sender can count', async () => {
    const link = await aLink(sender, 'the key', { new_secure_passphrase: passphrase });

    const none = await revealLink(hub, link);
    const wrong = await revealLink(hub, link, 'two herons by the weir');
    const right = await revealLink(hub, link, passphrase);

    assert.equal(none.json.code, 'secret-link.passphrase-needed');
    assert.equal(wrong.json.code, 'secret-link.passphrase-wrong');
    assert.equal(right.status, 200);
    assert.equal((await rowOf(link.id)).wrongPassphrases, 1);
    const halo = (await sender.get(`/api/SecureSecretLink/${link.id}`)).json;
    assert.equal(halo.attempts, 1);
  });

  it('tells what became of it only to who knows the passphrase', async () => {
    const link = await aLink(sender, 'the key', { new_secure_passphrase: passphrase });
    const { proof } = await proofsOf(link);
    const fresh = await askPage(hub, link, 'look', { proof });
    await revealLink(hub, link, passphrase);

    const looked = await askPage(hub, link, 'look', { proof });
    const wrong = await revealLink(hub, link, 'two herons by the weir', '192.0.2.7');
    const right = await revealLink(hub, link, passphrase, '192.0.2.8');

    assert.deepEqual(looked.json, fresh.json, 'viewed and waiting look the same');
    assert.equal(wrong.json.code, 'secret-link.passphrase-wrong');
    assert.match(String(right.json.code), /secret-link\.(viewed|claimed)/);
  });

  it('lets an address try five times, and other addresses all the same', async () => {
    const link = await aLink(sender, 'the key', { new_secure_passphrase: passphrase });
    const wrong = await proofsOf(link, 'two herons by the weir');

    const told = await Promise.all(
      Array.from({ length: 40 }, () => guess(link, wrong, '198.51.100.7')),
    );
    const reader = await revealLink(hub, link, passphrase, '203.0.113.9');

    const tried = told.filter(({ json }) => json.code === 'secret-link.passphrase-wrong');
    const slowed = told.filter(({ status }) => status === 429);
    assert.equal(tried.length, 5);
    assert.equal(slowed.length, 35);
    assert.ok(Number(slowed[0]?.headers.get('retry-after')) > 0);
    assert.equal(reader.status, 200);
  });

  it('lets its reader in at once after a thousand parallel tries from a thousand addresses', async () => {
    const link = await aLink(sender, 'the key', { new_secure_passphrase: passphrase });
    const wrong = await proofsOf(link, 'two herons by the weir');
    const right = await proofsOf(link, passphrase);

    const told = await Promise.all(
      Array.from({ length: 1_000 }, (_, number) =>
        guessInCrowd(link, wrong, `10.${number % 250}.${Math.floor(number / 250)}.1`),
      ),
    );
    const reader = await guess(link, right, '203.0.113.9');

    assert.equal(told.filter(({ status }) => status === 200).length, 0);
    assert.equal(reader.status, 200, reader.text);
    assert.equal(await textIn(link, reader, passphrase), 'the key');
  });

  it('slows a crowd that tries again, for less than a minute, and tells the sender', async () => {
    const link = await aLink(sender, 'the key', { new_secure_passphrase: passphrase });
    await hub.database.pool.query(
      `insert into desk_agents (name, email, login, created_at, updated_at)
       values ('Ines Marlow', 'ines@larkfield.test', 'ines', now(), now())`,
    );
    await hub.database.pool.query(
      'update secret_links set sender_agent_id = (select max(id) from desk_agents) where id = $1',
      [link.id],
    );
    const wrong = await proofsOf(link, 'two herons by the weir');

    const told = [];
    for (let number = 0; number < 80; number += 1) {
      told.push(await guess(link, wrong, `10.9.${number % 40}.1`));
    }

    const slowed = told.filter(({ status }) => status === 429);
    assert.equal(slowed.length, 10, 'forty first tries, and thirty of forty second ones');
    const seconds = Number(slowed[0]?.headers.get('retry-after'));
    assert.ok(seconds > 0 && seconds <= 60, `it waits ${seconds} s`);
    assert.equal(hub.told.filter(({ subject }) => /guesses/.test(subject)).length, 1);
  });

  it('cannot even be tried by who has no whole link', async () => {
    const link = await aLink(sender, 'the key', { new_secure_passphrase: passphrase });
    const { passphraseProof } = await proofsOf(link, passphrase);

    const told = await askPage(hub, link, 'reveal', { proof: 'A'.repeat(43), passphraseProof });

    assert.equal(told.json.code, 'secret-link.unknown');
    assert.equal((await rowOf(link.id)).wrongPassphrases, 0);
  });
});
