// Sessions begun by single sign-on, as two processes of one hub see them.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Origin } from '#features/sign-in/sso-sessions.ts';
import { Secret } from '#lib/secret.ts';
import { fastHash } from '#lib/tokens.ts';
import { inTransaction } from '#store/db.ts';
import {
  type AccessHub,
  aBrowser,
  anAccessHub,
  anAgent,
  disableAgent,
} from '#test/servers/access.ts';

let hub: AccessHub;
let twin: AccessHub;
let applicationId: number;

before(async () => {
  hub = await anAccessHub();
  twin = await anAccessHub({ shares: hub });
});

after(async () => {
  await twin[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

beforeEach(async () => {
  const name = `Larkfield ${crypto.randomUUID()}`;
  const dated = { created_at: hub.time.now, updated_at: hub.time.now };
  const { id } = await hub.database.db
    .insertInto('sso_applications')
    .values({ guid: crypto.randomUUID(), name, protocol: 'oidc', active: true, ...dated })
    .returning('id')
    .executeTakeFirstOrThrow();
  applicationId = id;
});

const ip = '192.0.2.7';
const origin = (subject: string, more: Partial<Origin> = {}): Origin => ({
  applicationId,
  issuer: 'https://login.larkfield.test',
  subject,
  providerSession: `session of ${subject}`,
  logoutHint: new Secret(`ID token of ${subject}`),
  ...more,
});

/** Signs somebody on and gives back what their browser keeps. */
async function signOn(from: Origin, of?: { readonly id: number }) {
  const agent = of ?? (await anAgent(hub));
  const person = {
    kind: 'agent' as const,
    id: agent.id,
    name: 'Ines Marlow',
    email: 'ines@larkfield.test',
    enabled: true,
    permissions: new Set<never>(),
  };
  const token = await inTransaction(hub.database.db, (tx) =>
    hub.access.ssoSessions.begin(tx, person, { ip, userAgent: 'a browser' }, from, hub.time.now),
  );
  const cookie = `sundog_session=${token.reveal()}`;
  const me = async (process = hub) =>
    (await aBrowser(process).ask('/auth/me', { headers: { cookie } })).status;
  return { agent, token, cookie, me };
}

const end = (of: Parameters<typeof hub.access.ssoSessions.endOf>[1]) =>
  inTransaction(twin.database.db, (tx) =>
    twin.access.ssoSessions.endOf(tx, of, 'the provider said so', ip),
  );

describe('A session begun by signing on', () => {
  it('is a session like any other, and says where it came from', async () => {
    const { cookie, agent, me } = await signOn(origin('one'));

    const found = await hub.access.ssoSessions.whoIsSignedIn({ cookie });

    assert.equal(await me(), 200);
    assert.deepEqual(found?.person, { kind: 'agent', id: agent.id, name: 'Ines Marlow' });
    const { logoutHint, ...rest } = found.origin ?? origin('nobody');
    assert.equal(logoutHint?.reveal(), 'ID token of one');
    const { logoutHint: _, ...wanted } = origin('one');
    assert.deepEqual(rest, wanted);
  });

  it('keeps neither its token nor its logout hint as they are', async () => {
    const { token } = await signOn(origin('sealed'));

    const { rows } = await hub.database.pool.query(
      'select t::text, s::text as session from sso_sessions t join sessions s on hash = session_hash',
    );

    const text = JSON.stringify(rows);
    for (const secret of [token.reveal(), 'ID token of sealed']) {
      assert.ok(!text.includes(secret));
      assert.ok(!text.includes(Buffer.from(secret).toString('hex')));
    }
  });

  it('is audited with who vouched, and leaves nothing when its transaction fails', async () => {
    const { agent } = await signOn(origin('audited'));
    const before = await hub.database.db.selectFrom('sessions').select('hash').execute();

    const failing = inTransaction(hub.database.db, async (tx) => {
      const person = { kind: 'agent' as const, id: agent.id, name: '', email: '' };
      const full = { ...person, enabled: true, permissions: new Set<never>() };
      const browser = { ip, userAgent: '' };
      await hub.access.ssoSessions.begin(tx, full, browser, origin('x'), hub.time.now);
      throw new Error('no');
    });

    await assert.rejects(failing, /^Error: no$/);
    const sessions = await hub.database.db.selectFrom('sessions').select('hash').execute();
    assert.equal(sessions.length, before.length);
    const entries = await told(agent.id, 'session.started');
    assert.deepEqual(entries.slice(-1), ['vouched for by https://login.larkfield.test']);
  });

  it('does not ask for a password that was made for its owner', async () => {
    const { agent, me } = await signOn(origin('invited'));
    await hub.database.db
      .updateTable('credentials')
      .set({ must_change: true })
      .where('owner_id', '=', agent.id)
      .execute();

    assert.equal(await me(), 200);
  });

  it('ends by its provider’s session at once, in every process, and no other does', async () => {
    const one = await signOn(origin('both'));
    const other = await signOn(origin('both', { providerSession: 'another' }), one.agent);
    const stranger = await signOn(origin('somebody else'));
    assert.deepEqual([await one.me(), await one.me(twin), await other.me()], [200, 200, 200]);

    const ended = await end({ applicationId, providerSession: 'session of both' });

    assert.equal(ended, 1);
    await eventually(async () => (await one.me()) === 401 && (await one.me(twin)) === 401);
    assert.deepEqual([await other.me(), await stranger.me()], [200, 200]);
    assert.deepEqual(await told(one.agent.id, 'session.ended'), ['the provider said so']);
  });

  it('ends by its subject, at that issuer and application alone', async () => {
    const one = await signOn(origin('sub'));
    const two = await signOn(origin('sub', { providerSession: undefined }), one.agent);

    const elsewhere = [
      await end({ applicationId, issuer: 'https://other.test', subject: 'sub' }),
      await end({ applicationId: applicationId + 1000, subject: 'sub' }),
      await end({ applicationId, subject: 'sub', providerSession: 'unknown' }),
    ];
    const here = await end({ applicationId, issuer: origin('').issuer, subject: 'sub' });

    assert.deepEqual(elsewhere, [0, 0, 0]);
    assert.equal(here, 2);
    await eventually(async () => (await one.me(twin)) === 401 && (await two.me(twin)) === 401);
    assert.equal((await told(one.agent.id, 'session.ended')).length, 2);
  });

  it('is never ended along with everybody’s', async () => {
    const one = await signOn(origin('kept'));

    await assert.rejects(end({ applicationId }), RangeError);
    assert.equal(await one.me(), 200);
  });

  it('ends in every process when its application is switched off, deleted, or its agent disabled', async () => {
    const off = await signOn(origin('off'));
    assert.equal(await off.me(twin), 200);
    const applications = hub.database.db.updateTable('sso_applications');
    await applications.set({ active: false }).where('id', '=', applicationId).execute();
    await eventually(async () => (await off.me(twin)) === 401);

    const disabled = await signOn(origin('disabled'));
    assert.equal(await disabled.me(twin), 200);
    await disableAgent(hub, disabled.agent.id);
    await eventually(async () => (await disabled.me(twin)) === 401);

    const deleted = await signOn(origin('deleted'));
    assert.equal(await deleted.me(twin), 200);
    await hub.database.db.deleteFrom('sso_applications').where('id', '=', applicationId).execute();
    await eventually(async () => (await deleted.me(twin)) === 401);
  });

  it('goes on to a path of this hub only', async () => {
    const { token } = await signOn(origin('back'));
    const to = (back: string) => hub.access.ssoSessions.signedIn(token, back).headers?.location;

    assert.equal(to('/runs?page=2'), '/runs?page=2');
    assert.equal(to('https://elsewhere.test/'), '/');
    assert.equal(to('//elsewhere.test/'), '/');
  });

  it('forgets where it came from when it ends', async () => {
    const { token, me } = await signOn(origin('over'));
    hub.time.now = new Date(hub.time.now.getTime() + 2 * 3_600_000);

    assert.equal(await me(), 401);
    const hash = fastHash(token.reveal());
    await hub.database.db.deleteFrom('sessions').where('hash', '=', hash).execute();
    const left = await hub.database.db
      .selectFrom('sso_sessions')
      .select('subject')
      .where('session_hash', '=', hash)
      .execute();
    assert.deepEqual(left, []);
  });
});

async function told(agentId: number, action: string) {
  const rows = await hub.database.db
    .selectFrom('audit_entries as entry')
    .innerJoin('audit_texts as text', 'text.entry_id', 'entry.id')
    .select(['because'])
    .where('agent_id', '=', agentId)
    .where('action', '=', action)
    .where('because', 'is not', null)
    .orderBy('entry.id')
    .execute();
  return rows.map(({ because }) => because);
}

/** The bell is heard within a moment, not within the same one; what is remembered lasts three seconds. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (const began = Date.now(); Date.now() - began < 2_000; ) {
    if (await holds()) return;
  }
  assert.fail('It did not hold within two seconds.');
}
