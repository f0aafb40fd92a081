// Exactly one reveal, whatever happens: crowds, kills, faults, readers who go away, links that are not whole.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { Secret } from '#lib/secret.ts';
import { ask } from '#test/servers/access.ts';
import {
  aBrowserLink,
  aLink,
  aLinksHub,
  aSender,
  askPage,
  type LinksHub,
  proofsOf,
  revealLink,
  type Sender,
  textIn,
} from '#test/servers/links.ts';
import { aLinksProcess } from '#test/servers/links-process.ts';
import { boundTo, decrypt, keysOf } from './browser-crypto.ts';
import { openClaims } from './claim.ts';
import { linkLimits } from './model.ts';

describe('The one reveal of a secret link', () => {
  let hub: LinksHub;
  let sender: Sender;
  before(async () => {
    hub = await aLinksHub();
    sender = await aSender(hub);
  });
  after(() => hub[Symbol.asyncDispose]());

  const stateOf = async (id: number) => (await sender.get(`/v1/secret-links/${id}`)).json.state;

  it('is one, though 1,200 ask at the same moment at two hubs', async () => {
    await using other = await aLinksHub({ shares: hub });
    const link = await aLink(sender, 'three herons');
    const proofs = await proofsOf(link);

    const told = await Promise.all(
      Array.from({ length: 1_200 }, (_, number) =>
        askPage(number % 2 === 0 ? hub : other, link, 'reveal', proofs),
      ),
    );

    const won = told.filter(({ status }) => status === 200);
    assert.equal(won.length, 1);
    assert.deepEqual([...new Set(told.map(({ status }) => status))].sort(), [200, 410]);
  });

  it('is as many as the sender allowed, and not one more', async () => {
    const link = await aBrowserLink(sender, 'three herons', { reveals: 7 });
    const proofs = await proofsOf(link);

    const told = await Promise.all(
      Array.from({ length: 200 }, () => askPage(hub, link, 'reveal', proofs)),
    );

    assert.equal(told.filter(({ status }) => status === 200).length, 7);
  });

  it('is counted out among those who share a transaction too', async () => {
    const link = await aBrowserLink(sender, 'three herons', { reveals: 3 });
    const proof = new Secret((await proofsOf(link)).proof);
    const { claim } = openClaims(hub.ports);

    const asked = { token: link.token, proof, address: '192.0.2.1' };
    const claims = await Promise.all(Array.from({ length: 50 }, () => claim(asked)));

    const lefts = claims.flatMap((one) => (one === undefined ? [] : [one.revealId]));
    assert.equal(new Set(lefts).size, 3);
  });

  it('is not lost with another’s that was altered, though they share a transaction', async () => {
    const [bent, sound] = [await aLink(sender, 'bent'), await aLink(sender, 'three herons')];
    await hub.database.pool.query(
      `update secret_links set sealed_content = set_byte(sealed_content, 100,
        255 - get_byte(sealed_content, 100)) where token = $1`,
      [bent.token],
    );
    const { claim } = openClaims(hub.ports);
    const claimed = async (link: typeof bent) => {
      const proof = new Secret((await proofsOf(link)).proof);
      return { token: link.token, proof, address: '192.0.2.1' };
    };
    const asked = await Promise.all([claimed(bent), claimed(sound)]);

    const told = await Promise.allSettled(asked.map(claim));

    assert.deepEqual(
      told.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
  });

  it('is forfeited, and says so, when the hub is killed between claim and answer', async () => {
    const outcomes: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      using victim = await aLinksProcess(hub, { waitsMs: 60 });
      const link = await aLink(sender, 'three herons');
      const proofs = await proofsOf(link);
      const answer = askPage(victim, link, 'reveal', proofs).then(
        ({ status }) => status === 200,
        () => false,
      );
      // Half of the kills right after a claim, half at any moment.
      if (round % 2 === 0) await victim.claimed;
      else await new Promise((resolve) => setTimeout(resolve, round * 12));
      await victim.kill();
      const answered = await answer;

      const again = await revealLink(hub, link);
      hub.time.now = new Date(hub.time.now.getTime() + linkLimits.claimMs + 1_000);
      await hub.tidy();
      const later = await revealLink(hub, link);
      hub.time.now = new Date(hub.time.now.getTime() - linkLimits.claimMs - 1_000);

      const shown = Number(answered) + Number(again.status === 200);
      assert.ok(shown <= 1, 'it was shown twice');
      if (again.status !== 200) {
        assert.equal(later.status, 410);
        if (!answered) assert.equal(later.json.code, 'secret-link.forfeited');
      }
      outcomes.push(answered ? 'answered' : again.status === 200 ? 'not claimed' : 'forfeited');
    }
    assert.ok(outcomes.includes('forfeited'), `no kill fell between: ${outcomes.join(', ')}`);
  });

  it('does not happen when its audit entry cannot be written', async () => {
    const link = await aLink(sender, 'three herons');
    const owner = new pg.Client({
      connectionString: hub.database.ownerConnectionString.reveal(),
    });
    await owner.connect();
    await owner.query(
      `alter table audit_entries add constraint full_disk
       check (action <> 'secret-link.revealed') not valid`,
    );

    const refused = await revealLink(hub, link);
    const state = await stateOf(link.id);
    await owner.query('alter table audit_entries drop constraint full_disk');
    await owner.end();
    const then = await revealLink(hub, link);

    assert.equal(refused.status, 500);
    assert.equal(refused.text.includes('content'), false);
    assert.equal(state, 'waiting', 'the claim was rolled back with its entry');
    assert.equal(await textIn(link, then), 'three herons');
  });

  it('shows nothing when its audit entry is not chained: it is forfeited instead', async () => {
    await using other = await aLinksHub({
      shares: hub,
      chained: async () => {
        throw new Error('the chain is out of reach');
      },
    });
    const link = await aLink(sender, 'three herons');

    const refused = await revealLink(other, link);
    hub.time.now = new Date(hub.time.now.getTime() + linkLimits.claimMs + 1_000);
    const later = await revealLink(hub, link);
    hub.time.now = new Date(hub.time.now.getTime() - linkLimits.claimMs - 1_000);

    assert.equal(refused.status, 500);
    assert.equal(refused.json.content, undefined);
    assert.equal(later.json.code, 'secret-link.forfeited');
  });

  it('is forfeited when the reader goes away before the answer is out', async () => {
    let goOn: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let claimed: () => void = () => {};
    const isClaimed = new Promise<void>((resolve) => {
      claimed = resolve;
    });
    await using other = await aLinksHub({
      shares: hub,
      chained: () => {
        claimed();
        return held;
      },
    });
    const link = await aLink(sender, 'three herons');
    const body = JSON.stringify(await proofsOf(link));
    const socket = connect(Number(other.base.port), '127.0.0.1');
    socket.write(
      `POST /s/${link.token}/reveal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );

    await isClaimed;
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    goOn();
    await new Promise((resolve) => setTimeout(resolve, 200));

    assert.equal(await stateOf(link.id), 'forfeited');
  });

  it('leaves no content behind', async () => {
    const link = await aLink(sender, 'three herons');

    await revealLink(hub, link);

    const { rows } = await hub.database.pool.query(
      'select sealed_content, bytes from secret_links where id = $1',
      [link.id],
    );
    assert.deepEqual(rows, [{ sealed_content: null, bytes: 0 }]);
  });
});

describe('A secret link that is looked at, guessed at or bent', () => {
  let hub: LinksHub;
  let sender: Sender;
  before(async () => {
    hub = await aLinksHub();
    sender = await aSender(hub);
  });
  after(() => hub[Symbol.asyncDispose]());

  const isWaiting = async (id: number) =>
    assert.equal((await sender.get(`/v1/secret-links/${id}`)).json.state, 'waiting');

  it('changes nothing for previews and scanners, and tells them nothing', async () => {
    const link = await aLink(sender, 'three herons');
    const address = `/s/${link.token}`;

    const pages = [
      await ask(hub, address),
      await ask(hub, `${address}?utm_source=mail`),
      await ask(hub, `/s/${'A'.repeat(22)}`),
    ];
    const head = await ask(hub, address, { method: 'HEAD' });
    const looked = await askPage(hub, link, 'look', { proof: (await proofsOf(link)).proof });

    const bare = pages.map(({ text }) => text.replaceAll(/nonce="[^"]+"/g, ''));
    assert.equal(new Set(bare).size, 1, 'a link that is there and one that is not look the same');
    assert.equal(head.status, 200);
    assert.equal(looked.json.left, 1);
    assert.match(pages[0]?.text ?? '', /needs JavaScript/);
    await isWaiting(link.id);
  });

  it('runs only what is its own: no inline script or style without the answer’s nonce', async () => {
    const { headers, text } = await ask(hub, `/s/${'A'.repeat(22)}`);
    const policy = headers.get('content-security-policy') ?? '';

    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cache-control'), 'no-store');
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1];
    assert.ok(text.includes(`<script nonce="${nonce}" type="module">`));
  });

  it('is nothing to whoever lacks the whole of it, and is not used up', async () => {
    const link = await aLink(sender, 'three herons');
    const { proof } = await proofsOf(link);
    const swapped = link.token.replace(/[a-zA-Z]/, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    );
    const wrongKey = { ...link, key: new Uint8Array(32) };

    const told = [
      await askPage(hub, { token: 'A'.repeat(22) }, 'reveal', { proof }),
      await askPage(hub, { token: swapped }, 'reveal', { proof }),
      await askPage(hub, link, 'reveal', await proofsOf(wrongKey)),
      await askPage(hub, { token: 'x'.repeat(400) }, 'reveal', { proof }),
      await askPage(hub, { token: `${link.token}x` }, 'reveal', { proof }),
    ];
    const misfits = [
      await askPage(hub, link, 'reveal', {}),
      await askPage(hub, link, 'reveal', { proof: 'short' }),
      await askPage(hub, link, 'reveal', { proof: 7 }),
      await askPage(hub, link, 'reveal', []),
    ];

    for (const { status, text } of told) {
      assert.equal(status, 404, text);
    }
    for (const { status } of misfits) assert.equal(status, 400);
    await isWaiting(link.id);
  });

  it('takes no POST from another site’s page, neither as JSON nor as a form', async () => {
    const link = await aLink(sender, 'three herons');
    const json = await proofsOf(link);
    const path = `/s/${link.token}/reveal`;

    const crossSite = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' };
    const told = await ask(hub, path, { json, headers: crossSite });
    const form = await ask(hub, path, { form: { proof: json.proof } });
    const preflight = await ask(hub, path, { method: 'OPTIONS', headers: crossSite });

    assert.equal(told.json.code, 'secret-link.elsewhere');
    assert.equal(form.status, 415);
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
    await isWaiting(link.id);
  });

  it('does not open when a bit of what was kept was changed', async () => {
    const link = await aLink(sender, 'three herons');
    const told = await revealLink(hub, link);
    const content = Buffer.from(String(told.json.content), 'base64url');
    content[30] = (content[30] ?? 0) ^ 1;
    const bent = { ...told, json: { ...told.json, content: content.toString('base64url') } };

    await assert.rejects(textIn(link, bent));
  });

  it('keeps its secret sealed under the hub’s own key as well', async () => {
    const link = await aLink(sender, 'three herons');

    const { rows } = await hub.database.pool.query(
      'select sealed_content from secret_links where id = $1',
      [link.id],
    );

    const { content } = await keysOf(link.key, link.token, '');
    const stolen = new Uint8Array(rows[0].sealed_content);
    await assert.rejects(decrypt(content, stolen, boundTo(link.token, 0, 0)));
  });

  it('refuses what does not fit when it is made', async () => {
    const long = 'x'.repeat(100_001);
    const bodies = [
      [{}],
      [],
      [{ new_secure_secret_value: '' }],
      [{ new_secure_secret_value: 7 }],
      [{ new_secure_secret_value: long }],
      [{ new_secure_secret_value: 'x\0y' }],
      [{ new_secure_secret_value: 'x', password_link_expiration: -1 }],
      [{ new_secure_secret_value: 'x', password_link_expiration: 'soon' }],
      [{ new_secure_secret_value: 'x', new_secure_passphrase: 'short' }],
      [{ new_secure_secret_value: 'x', ticket_id: 999_999 }],
      [{ new_secure_secret_value: 'x', user_id: 999_999 }],
    ];
    for (const body of bodies) {
      const told = await sender.post('/api/SecureSecretLink', body);
      assert.equal(told.status, 400, `${JSON.stringify(body).slice(0, 80)}: ${told.text}`);
    }
    const token = 'A'.repeat(22);
    const proof = 'B'.repeat(43);
    const wrong = [
      {},
      { kind: 'secret', token: 'short', proof, content: 'AAAA' },
      { kind: 'secret', token, proof, content: '<b>' },
      { kind: 'secret', token, proof, content: 'AAAA', label: 'a\u0007b' },
      { kind: 'secret', token, proof, content: 'AAAA', reveals: 0 },
      { kind: 'request', token, proof, giveProof: proof },
    ];
    for (const body of wrong) {
      assert.equal((await sender.post('/v1/secret-links', body)).status, 400, JSON.stringify(body));
    }
  });

  it('refuses an id that is taken', async () => {
    const link = await aBrowserLink(sender, 'three herons');
    const body = { kind: 'secret', token: link.token, proof: 'B'.repeat(43), content: 'AAAA' };

    const told = await sender.post('/v1/secret-links', body);

    assert.equal(told.status, 409);
    assert.equal(await textIn(link, await revealLink(hub, link)), 'three herons');
  });
});
