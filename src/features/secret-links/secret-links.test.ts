// Secret links as programs and senders meet them: Halo's dialect, /v1, and who may see what.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
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
import { listLinks } from './queries.ts';

const hourMs = 3_600_000;

describe('A secret link', () => {
  let hub: LinksHub;
  let sender: Sender;
  before(async () => {
    hub = await aLinksHub();
    sender = await aSender(hub);
  });
  after(() => hub[Symbol.asyncDispose]());

  const rowOf = async (id: number) => (await sender.get(`/api/SecureSecretLink/${id}`)).json;
  const stateOf = async (id: number) => (await sender.get(`/v1/secret-links/${id}`)).json.state;

  it('made over the API hands its secret over once, whole', async () => {
    const link = await aLink(sender, 'Grüße, three herons & a "weir"\n');

    const first = await revealLink(hub, link);
    const second = await revealLink(hub, link);

    assert.equal(first.status, 200, first.text);
    assert.equal(await textIn(link, first), 'Grüße, three herons & a "weir"\n');
    assert.equal(first.json.left, 0);
    assert.equal(second.status, 410);
    assert.match(String(second.json.code), /secret-link\.(claimed|viewed)/);
  });

  it('gives its address once, with a key the hub does not keep', async () => {
    const made = await sender.post('/api/SecureSecretLink', [
      { new_secure_secret_value: 'three herons' },
    ]);
    const again = await rowOf(Number(made.json.id));

    assert.match(
      String(made.json.generated_secure_link),
      /^http:\/\/hub\.larkfield\.test\/s\/[\w-]{22}#[\w-]{43}$/,
    );
    assert.equal(again.generated_secure_link, null);
    assert.equal('new_secure_secret_value' in again, false);
    assert.equal('new_secure_passphrase' in again, false);
    const key = String(made.json.generated_secure_link).split('#')[1] ?? '';
    const { rows } = await hub.database.pool.query(
      `select 1 from secret_links l where l::text like $1 or l::text like '%three herons%'`,
      [`%${Buffer.from(key, 'base64url').toString('hex')}%`],
    );
    assert.equal(rows.length, 0, 'neither the key nor the value stands in the row');
  });

  it('tells its sender when it was viewed', async () => {
    const link = await aLink(sender, 'three herons');
    const before = await rowOf(link.id);

    await revealLink(hub, link);
    const after = await settled(
      () => rowOf(link.id),
      (row) => row.viewed === true,
    );

    assert.equal(before.viewed, false);
    assert.equal(before.date_viewed, null);
    assert.equal(after.date_viewed, '2026-11-22T09:00:00');
    assert.equal(await stateOf(link.id), 'viewed');
  });

  it('lasts as many hours as asked, at most as many as the hub allows', async () => {
    const made = await sender.post('/api/SecureSecretLink', {
      new_secure_secret_value: 'x',
      password_link_expiration: 5,
    });
    const usual = await sender.post('/api/SecureSecretLink', { new_secure_secret_value: 'x' });
    const tooLong = await sender.post('/api/SecureSecretLink', {
      new_secure_secret_value: 'x',
      password_link_expiration: 721,
    });

    assert.equal(made.json.expiry_date, '2026-11-22T14:00:00');
    assert.equal(made.json.password_link_expiration, 5);
    assert.equal(usual.json.password_link_expiration, 168);
    assert.equal(tooLong.status, 400);
    assert.match(tooLong.text, /at most 720 hours/);
  });

  it('runs out at the very moment it says, and its secret is destroyed', async () => {
    const link = await aLink(sender, 'three herons', { password_link_expiration: 2 });

    const before = hub.time.now;
    hub.time.now = new Date(before.getTime() + 2 * hourMs);
    const told = await revealLink(hub, link);
    await hub.tidy();
    hub.time.now = before;
    const { rows } = await hub.database.pool.query(
      'select state, sealed_content, bytes from secret_links where id = $1',
      [link.id],
    );

    assert.equal(told.status, 410);
    assert.equal(told.json.code, 'secret-link.expired');
    assert.deepEqual(rows, [{ state: 'expired', sealed_content: null, bytes: 0 }]);
  });

  it('may be changed in when it runs out, and in nothing else', async () => {
    const link = await aLink(sender, 'three herons');
    const save = (more: object) => sender.post('/api/SecureSecretLink', [{ id: link.id, ...more }]);

    const longer = await save({ password_link_expiration: 200 });
    const other = await save({ new_secure_secret_value: 'another' });

    assert.equal(longer.status, 201);
    assert.equal(longer.json.password_link_expiration, 200);
    assert.equal(other.status, 400);
    assert.equal(await textIn(link, await revealLink(hub, link)), 'three herons');
  });

  it('is burnt by its sender: the secret is gone, what became of it stays', async () => {
    const link = await aLink(sender, 'three herons');

    const burnt = await sender.burn(link.id);
    const told = await revealLink(hub, link);

    assert.equal(burnt.status, 200);
    assert.equal(burnt.json.id, link.id);
    assert.equal(told.json.code, 'secret-link.burnt');
    assert.equal(await stateOf(link.id), 'burnt');
  });

  it('may be shown as often as its sender says, and burnt by its reader before', async () => {
    const link = await aBrowserLink(sender, 'three herons', { reveals: 3 });

    const shown = [await revealLink(hub, link), await revealLink(hub, link)];
    const burnt = await askPage(hub, link, 'burn', await proofsOf(link));
    const after = await revealLink(hub, link);

    assert.deepEqual(
      shown.map(({ json }) => json.left),
      [2, 1],
    );
    assert.equal(burnt.status, 204);
    assert.equal(after.json.code, 'secret-link.burnt');
  });

  it('made in a browser gives the hub neither value nor key', async () => {
    const link = await aBrowserLink(sender, 'three herons', { label: 'For Ines' });

    const told = await revealLink(hub, link);

    assert.equal(await textIn(link, told), 'three herons');
    await assert.rejects(
      textIn({ ...link, token: 'A'.repeat(22) }, told),
      'it is bound to its link',
    );
  });

  it('tells its sender by mail where that was asked for', async () => {
    const { rows } = await hub.database.pool.query(
      `insert into desk_agents (name, email, login, created_at, updated_at)
       values ('Ines Marlow', 'ines@larkfield.test', 'ines', now(), now()) returning id`,
    );
    const link = await aBrowserLink(sender, 'three herons', { tellMe: true, label: 'For Owen' });
    await hub.database.pool.query('update secret_links set sender_agent_id = $1 where id = $2', [
      rows[0].id,
      link.id,
    ]);

    await revealLink(hub, link);
    await settled(
      async () => hub.told,
      (told) => told.length > 0,
    );

    assert.equal(hub.told[0]?.subject, 'Your secret was read: For Owen');
    assert.doesNotMatch(JSON.stringify(hub.told), /herons/);
  });

  it('is validated by its token: the state alone, whatever the passphrase, and never logged', async () => {
    const link = await aLink(sender, 'three herons', { new_secure_passphrase: 'by the weir' });
    const query = `token=${link.token}&passphrase=quite-wrong-words`;

    const told = await sender.get(`/api/SecureSecretLink/validate?${query}`);
    const without = await ask(hub, `/api/SecureSecretLink/validate?${query}`);

    assert.equal(told.status, 200);
    assert.equal(told.json._isvalidate, true);
    assert.equal(told.json.viewed, false);
    assert.equal(told.json.attempts, 0);
    assert.equal(without.status, 401);
    const log = hub.logged.join('\n');
    assert.match(log, /\/api\/SecureSecretLink\/validate/);
    assert.equal(log.includes('quite-wrong-words'), false);
    assert.equal(log.includes(`token=${link.token}`), false);
  });

  it('leaves an audit entry for each thing that happened to it, without the secret', async () => {
    const link = await aLink(sender, 'three herons');
    await revealLink(hub, link);

    const { rows } = await hub.database.pool.query(
      `select action, actor_kind, address, before, after, because, seq is not null as chained
       from audit_entries e join audit_texts t on t.entry_id = e.id
       left join audit_chain c on c.entry_id = e.id
       where subject_kind = 'secret-link' and subject_id = $1 order by e.id`,
      [String(link.id)],
    );

    assert.deepEqual(
      rows.map(({ action }) => action),
      ['secret-link.created', 'secret-link.revealed'],
    );
    assert.equal(rows[1].actor_kind, 'nobody');
    assert.equal(rows[1].address, '127.0.0.1');
    assert.equal(rows[1].chained, true, 'the reveal was answered after its entry was chained');
    assert.doesNotMatch(JSON.stringify(rows), /herons/);
  });
});

describe('Whose secret link it is', () => {
  let hub: LinksHub;
  before(async () => {
    hub = await aLinksHub();
  });
  after(() => hub[Symbol.asyncDispose]());

  it('is for its sender to see, and for who manages them all', async () => {
    const owner = await aSender(hub);
    const other = await aSender(hub);
    const manager = await aSender(hub, ['secret-links:create', 'secret-links:manage']);
    const { id } = await aLink(owner, 'three herons');
    const paths = [`/api/SecureSecretLink/${id}`, `/v1/secret-links/${id}`];

    for (const path of paths) {
      assert.equal((await owner.get(path)).status, 200);
      assert.equal((await other.get(path)).status, 404);
      assert.equal((await manager.get(path)).status, 200);
    }
    assert.equal((await other.burn(id)).status, 404);
    assert.equal((await other.post(`/v1/secret-links/${id}/burn`, {})).status, 404);
    const list = '/api/SecureSecretLink?pageinate=true';
    assert.equal((await owner.get(list)).json.record_count, 1);
    assert.equal((await other.get(list)).json.record_count, 0);
    assert.equal((await manager.get(list)).json.record_count, 1);
  });

  it('needs the permission at every door', async () => {
    const stranger = await aSender(hub, ['read:tickets']);

    const told = [
      await stranger.get('/api/SecureSecretLink'),
      await stranger.get('/api/SecureSecretLink/1'),
      await stranger.post('/api/SecureSecretLink', [{ new_secure_secret_value: 'x' }]),
      await stranger.burn(1),
      await stranger.get('/v1/secret-links'),
      await stranger.post('/v1/secret-links', {}),
    ];

    assert.deepEqual(
      told.map(({ status }) => status),
      told.map(() => 403),
    );
    assert.equal((await ask(hub, '/api/SecureSecretLink')).status, 401);
  });

  it('keeps to the client its manager is bound to', async () => {
    const { db, pool } = hub.database;
    const owner = await aSender(hub);
    const [mine, theirs] = [await aLink(owner, 'a'), await aLink(owner, 'b')];
    await pool.query('update secret_links set client_id = 12 where id = $1', [mine.id]);
    await pool.query('update secret_links set client_id = 13 where id = $1', [theirs.id]);
    const permissions = new Set(['secret-links:manage'] as const);
    const actor = { kind: 'agent', id: '9', name: 'Owen', permissions, clientId: 12 } as const;

    const seen = await listLinks(db, actor, { limit: 10 });

    assert.deepEqual(
      seen.map(({ id }) => id),
      [mine.id],
    );
  });
});

/** Waits for what follows an answer; a second at most. */
async function settled<T>(read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  for (let count = 0; count < 100; count += 1) {
    const value = await read();
    if (done(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return read();
}
