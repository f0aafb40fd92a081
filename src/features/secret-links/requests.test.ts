// Asking for a secret the other way round, and files: brought and fetched in pieces, kept within bounds.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  aLinksHub,
  anAnswer,
  aRequest,
  aSender,
  aSentFile,
  askPage,
  fileIn,
  type LinksHub,
  proofsOf,
  revealLink,
  rules,
  type Sender,
  textIn,
} from '#test/servers/links.ts';

const megabyte = 1024 * 1024;

describe('A request for a secret', () => {
  let hub: LinksHub;
  let sender: Sender;
  before(async () => {
    hub = await aLinksHub();
    sender = await aSender(hub);
  });
  after(() => hub[Symbol.asyncDispose]());

  const stateOf = async (id: number) => (await sender.get(`/v1/secret-links/${id}`)).json.state;

  it('is answered once by who has its link, and read once by who asked', async () => {
    const { give, read } = await aRequest(sender);
    const before = await askPage(hub, read, 'look', await proofsOf(read));

    const given = await anAnswer(hub, give, 'three herons');
    const again = await anAnswer(hub, give, 'two herons');
    const told = await revealLink(hub, read);
    const twice = await revealLink(hub, read);

    assert.equal(before.json.code, 'secret-link.not-given');
    assert.equal(given.status, 204, given.text);
    assert.equal(again.json.code, 'secret-link.answered');
    assert.equal(await textIn(read, told), 'three herons');
    assert.equal(twice.status, 410);
  });

  it('takes one answer of a hundred that come at once', async () => {
    const { give, read } = await aRequest(sender);

    const told = await Promise.all(
      Array.from({ length: 100 }, (_, number) => anAnswer(hub, give, `secret ${number}`)),
    );

    assert.equal(told.filter(({ status }) => status === 204).length, 1);
    assert.match(await textIn(read, await revealLink(hub, read)), /^secret \d+$/);
  });

  it('is not read by who holds the link that was sent out', async () => {
    const { give, read } = await aRequest(sender);
    await anAnswer(hub, give, 'three herons');

    const taken = await revealLink(hub, give);
    const burnt = await askPage(hub, give, 'burn', await proofsOf(give));
    const told = await revealLink(hub, read);

    assert.equal(taken.status, 404);
    assert.equal(burnt.status, 404);
    await assert.rejects(textIn(give, told), 'its public key decrypts nothing');
    assert.equal(await textIn(read, told), 'three herons');
  });

  it('is not answered by who holds the asker’s link, nor without a link', async () => {
    const { read, give } = await aRequest(sender);

    const own = await askPage(hub, read, 'give', { ...(await proofsOf(read)), content: 'AAAA' });
    const none = await askPage(hub, give, 'give', { proof: 'A'.repeat(43), content: 'AAAA' });

    assert.equal(own.status, 404);
    assert.equal(none.status, 404);
    assert.equal(await stateOf(read.id), 'asked');
  });

  it('ends when it is burnt or runs out', async () => {
    const { give, read } = await aRequest(sender);
    await sender.burn(read.id);

    const told = await anAnswer(hub, give, 'three herons');

    assert.equal(told.json.code, 'secret-link.burnt');
  });
});

describe('A file in a secret link', () => {
  let hub: LinksHub;
  let sender: Sender;
  before(async () => {
    hub = await aLinksHub();
    sender = await aSender(hub);
  });
  after(() => hub[Symbol.asyncDispose]());

  const partsKept = async (id: number) => {
    const { rows } = await hub.database.pool.query(
      `select count(p.id)::int as parts, max(l.bytes)::int as bytes from secret_links l
       left join secret_link_parts p on p.link_id = l.id where l.id = $1`,
      [id],
    );
    return rows[0];
  };

  it('arrives as it was sent, once, and its pieces are destroyed', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const long = new Uint8Array(1_200_000).map((_, at) => bytes[at % bytes.length] ?? 0);
    const link = await aSentFile(sender, { name: 'ключ <b>.pfx', bytes: long });

    const told = await revealLink(hub, link);
    const arrived = await fileIn(hub, link, told);
    const again = await revealLink(hub, link);

    assert.equal(arrived.name, 'ключ <b>.pfx');
    assert.deepEqual(Buffer.from(arrived.bytes), Buffer.from(long));
    assert.equal(again.status, 410);
    assert.deepEqual(await partsKept(link.id), { parts: 0, bytes: 0 });
  });

  it('is not there before its last piece has come', async () => {
    const bytes = new Uint8Array(700_000);
    const link = await aSentFile(sender, { name: 'a', bytes }, { withoutLast: true });

    const told = await revealLink(hub, link);

    assert.equal(told.json.code, 'secret-link.not-ready');
  });

  it('gives its pieces to who took it alone, for ten minutes', async () => {
    const link = await aSentFile(sender, { name: 'a', bytes: new Uint8Array(700_000) });
    const told = await revealLink(hub, link);
    const pass = told.json.pass;

    const first = await askPage(hub, link, 'parts/1', { pass });
    const lost = await askPage(hub, link, 'parts/1', { pass });
    const stranger = await askPage(hub, link, 'parts/1', { pass: 'A'.repeat(43) });
    const none = await askPage(hub, link, 'parts/3', { pass });
    const start = hub.time.now;
    hub.time.now = new Date(start.getTime() + 11 * 60_000);
    const late = await askPage(hub, link, 'parts/2', { pass });
    await hub.tidy();
    hub.time.now = start;

    assert.equal(first.status, 200);
    assert.equal(lost.json.content, first.json.content, 'a lost piece may be fetched again');
    assert.equal(stranger.status, 404);
    assert.equal(none.status, 410);
    assert.equal(late.status, 410);
    assert.deepEqual(await partsKept(link.id), { parts: 0, bytes: 0 });
  });

  it('is refused when it is too large, or when there is no room', async () => {
    const large = { name: 'a', bytes: new Uint8Array(rules.fileBytesMax + 1) };
    await assert.rejects(aSentFile(sender, large), /a file has at most 3 MB here/);

    await using narrow = await aLinksHub({
      shares: hub,
      rules: { ...rules, senderBytesMax: 2 * megabyte },
    });
    const other = await aSender({ ...hub, base: narrow.base });
    await aSentFile(other, { name: 'a', bytes: new Uint8Array(megabyte) });
    const second = aSentFile(other, { name: 'b', bytes: new Uint8Array(megabyte) });

    await assert.rejects(second, /your links keep 1\.\d MB of at most 2 MB/);
  });

  it('answers a request too', async () => {
    const { give, read } = await aRequest(sender);
    const bytes = new Uint8Array(900_000).fill(7);

    await anAnswer(hub, give, { name: 'backup.key', bytes });
    const told = await revealLink(hub, read);

    const arrived = await fileIn(hub, read, told);
    assert.equal(arrived.name, 'backup.key');
    assert.deepEqual(Buffer.from(arrived.bytes), Buffer.from(bytes));
  });

  it('whose pieces stop coming is given up after an hour', async () => {
    const bytes = new Uint8Array(700_000);
    const link = await aSentFile(sender, { name: 'a', bytes }, { withoutLast: true });

    const start = hub.time.now;
    hub.time.now = new Date(start.getTime() + 61 * 60_000);
    await hub.tidy();
    hub.time.now = start;

    assert.deepEqual(await partsKept(link.id), { parts: 0, bytes: 0 });
  });
});
