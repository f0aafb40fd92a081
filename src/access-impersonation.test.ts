// Asking to act as somebody else, over real HTTP against real PostgreSQL, with two processes of one hub.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { createApplication } from '#features/applications/commands.ts';
import {
  type AccessHub,
  anAccessHub,
  anApplication,
  ask,
  aUser,
  aUserWhoSignsIn,
  bearer,
} from '#test/servers/access.ts';
import { failingAudit } from '#test/servers/failing-audit.ts';
import {
  acting,
  allow,
  anAgentWithRole,
  anImpersonationTrial,
  asking,
  beginAnew,
  entries,
  type ImpersonationTrial,
  type Person,
  reason,
  send,
  signedIn,
  tokenFor,
} from '#test/servers/impersonation.ts';

let trial: ImpersonationTrial;
let hub: AccessHub;
let rosa: Person;
let tomas: Person;
let ines: Person;

before(async () => {
  trial = await anImpersonationTrial();
  ({ hub, rosa, tomas, ines } = trial);
});
after(() => trial[Symbol.asyncDispose]());
beforeEach(() => beginAnew(trial));

describe('A request to act as somebody else', () => {
  it('is answered as Halo does, with a token, and who asks is not taken from the body', async () => {
    const browser = await signedIn(hub, rosa.email);
    const user = await aUser(hub);

    const told = await asking(browser, { IRID: 9, requestor: tomas.id, user: user.id, agent: 0 });

    const { jwt, irid, _warning, ...rest } = told.json;
    assert.equal(told.status, 201);
    assert.match(String(jwt), /^[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.notEqual(irid, 9);
    assert.match(String(_warning), /once, within 60 seconds/);
    assert.deepEqual(rest, {
      requestor: rosa.id,
      agent: 0,
      user: user.id,
      timestamp: '2026-11-21T09:00:00',
      enc_id: null,
      token_used: false,
      used_timestamp: null,
    });
  });

  it('gives a token that says who acts (RFC 8693) and for one minute', async () => {
    const browser = await signedIn(hub, rosa.email);

    const token = await tokenFor(browser, { agent: ines.id });

    const [head, claims] = token
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    assert.deepEqual([head.alg, head.typ], ['RS256', 'impersonation+jwt']);
    assert.equal(claims.aud, 'http://hub.larkfield.test/auth/impersonate');
    assert.deepEqual([claims.sub, claims.act], [`agent:${ines.id}`, { sub: `agent:${rosa.id}` }]);
    assert.equal(claims.exp - claims.iat, 60);
  });

  it('keeps the token nowhere', async () => {
    const browser = await signedIn(hub, rosa.email);
    const token = await tokenFor(browser, { agent: ines.id });
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

    const rows = await hub.database.db.selectFrom('impersonation_requests').selectAll().execute();
    const texts = await hub.database.db.selectFrom('audit_texts').selectAll().execute();

    const kept = JSON.stringify([rows, texts, hub.logged]);
    assert.ok(!kept.includes(claims.jti) && !kept.includes(token));
  });

  const bad: readonly [string, object, number, string][] = [
    ['without a reason', { reason: undefined }, 400, 'impersonation.reason'],
    ['with an empty reason', { reason: '     ' }, 400, 'impersonation.reason'],
    ['with a reason of one word too short', { reason: 'test' }, 400, 'impersonation.reason'],
    ['with a reason too long', { reason: 'x'.repeat(501) }, 400, 'impersonation.reason'],
    ['with a reason of several lines', { reason: 'one\ntwo three' }, 400, 'impersonation.reason'],
    ['with a control character', { reason: 'because\u0007 of' }, 400, 'impersonation.reason'],
    ['for an agent and a user at once', { user: 1 }, 400, 'impersonation.one'],
    ['for nobody', { agent: null }, 400, 'impersonation.one'],
    ['for nobody, as 0', { agent: 0, user: 0 }, 400, 'impersonation.one'],
    ['for an unknown agent', { agent: 999_999 }, 404, 'impersonation.unknown'],
    ['for a negative id', { agent: -5 }, 404, 'impersonation.unknown'],
    ['for the general user', { agent: undefined, user: -1 }, 403, 'impersonation.disabled'],
  ];
  for (const [title, body, status, code] of bad)
    it(`is refused ${title}`, async () => {
      const told = await asking(await signedIn(hub, rosa.email), { agent: ines.id, ...body });

      assert.equal(told.status, status, told.text);
      assert.equal(told.headers.get('x-problem-code') ?? code, code);
    });

  for (const value of ['x', 1.5, {}, [], true, 3_000_000_000, '1; drop table sessions'])
    it(`is refused for an agent of the wrong type: ${JSON.stringify(value)}`, async () => {
      assert.equal((await asking(await signedIn(hub, rosa.email), { agent: value })).status, 400);
    });

  it('is refused for several at once', async () => {
    const browser = await signedIn(hub, rosa.email);
    const one = { agent: ines.id, reason };

    assert.equal((await send(browser, '/api/ImpersonationRequest', [one, one])).status, 400);
  });

  it('is for those with the right: not for ordinary agents, users, programs and strangers', async () => {
    const user = await aUserWhoSignsIn(hub);
    const program = await anApplication(hub, { scopes: ['all'] });
    const asIts = await anApplication(hub, { kind: 'api-key', agentId: rosa.id });
    const form = { grant_type: 'client_credentials', ...program, application: '' };
    const token = (await ask(hub, '/auth/token', { form })).json.access_token;
    const json = { agent: ines.id, reason };
    const path = '/api/ImpersonationRequest';

    assert.equal((await asking(await signedIn(hub, tomas.email), { agent: ines.id })).status, 201);
    assert.equal((await asking(await signedIn(hub, ines.email), { user: user.id })).status, 403);
    assert.equal((await asking(await signedIn(hub, user.email), { agent: ines.id })).status, 403);
    assert.equal((await ask(hub, path, { json, headers: bearer(token) })).status, 403);
    const byKey = await ask(hub, path, { json, headers: { 'x-halo-api-key': asIts.apiKey } });
    assert.equal(byKey.status, 403);
    assert.equal((await ask(hub, path, { json })).status, 401);
  });

  it('leads neither to oneself nor up to an administrator, and is audited as refused', async () => {
    const browser = await signedIn(hub, rosa.email);
    const earlier = (await entries(hub, 'impersonation.refused', tomas.id)).length;

    const oneself = await asking(browser, { agent: rosa.id });
    const upwards = await asking(browser, { agent: tomas.id });

    assert.deepEqual([oneself.status, upwards.status], [403, 403]);
    assert.match(upwards.text, /administrator/);
    const refused = await entries(hub, 'impersonation.refused', tomas.id);
    assert.equal(refused.length, earlier + 1);
    assert.equal(refused.at(-1)?.actor_id, String(rosa.id));
  });

  it('is for agents whose role says so, and leads to nobody who may do more than they', async () => {
    const helper = await anAgentWithRole(hub, ['impersonate:agents']);
    const approver = await anAgentWithRole(hub, ['plans:approve']);
    const browser = await signedIn(hub, helper.agent.email);

    const ordinary = await asking(browser, { agent: ines.id });
    const upwards = await asking(browser, { agent: approver.agent.id });
    const user = await asking(browser, { user: (await aUser(hub)).id });

    assert.deepEqual([ordinary.status, upwards.status, user.status], [201, 403, 403]);
    assert.match(upwards.text, /may do what you may not/);
    assert.match(user.text, /impersonate:users/);
  });

  it('is off until an administrator allows it, for agents and users apart', async () => {
    await allow(hub, { agent: false, user: true });
    const browser = await signedIn(hub, rosa.email);
    const user = await aUser(hub);

    assert.equal((await asking(browser, { agent: ines.id })).status, 403);
    assert.equal((await asking(browser, { user: user.id })).status, 201);
  });

  it('does not happen when it cannot be audited', async () => {
    const browser = await signedIn(hub, rosa.email);
    await using _ = await failingAudit(hub.database, '^impersonation.requested');

    assert.equal((await asking(browser, { agent: ines.id })).status, 500);
  });
});

describe('A new hub', () => {
  it('lets nobody act as anybody', async () => {
    await using fresh = await anAccessHub();

    const rows = await fresh.database.db
      .selectFrom('impersonation_settings')
      .select(['target', 'allowed', 'told'])
      .orderBy('target')
      .execute();

    assert.deepEqual(rows, [
      { target: 'agent', allowed: false, told: true },
      { target: 'user', allowed: false, told: true },
    ]);
  });
});

describe('Keys and settings', () => {
  it('are touched by nobody who acts as an agent that might', async () => {
    // Nobody acts as an administrator, so the door alone is not what holds: the command is asked itself.
    const by = {
      kind: 'agent' as const,
      id: '9',
      name: 'Vera Luz',
      permissions: new Set(['admin'] as const),
      behind: { kind: 'agent' as const, id: '1', name: 'Rosa Lind' },
    };

    const tried = createApplication(
      hub.database.db,
      { name: 'x', scopes: ['all'] },
      by,
      hub.time.now,
    );

    await assert.rejects(tried, { code: 'impersonation.not-here' });
  });

  it('of impersonation are changed by administrators, with an entry for each', async () => {
    const told = await send(
      await signedIn(hub, rosa.email),
      '/v1/impersonation',
      { users: { allowed: false, told: false } },
      'PATCH',
    );

    assert.deepEqual(told.json, {
      agents: { allowed: true, told: true, may: true },
      users: { allowed: false, told: false, may: true },
    });
    const rows = await hub.database.db
      .selectFrom('audit_entries')
      .select('field')
      .where('action', '=', 'impersonation.setting-changed')
      .where('subject_id', '=', 'impersonation/user')
      .execute();
    assert.deepEqual(rows.map(({ field }) => field).sort(), ['allowed', 'told']);
    const other = await send(
      await signedIn(hub, ines.email),
      '/v1/impersonation',
      { users: { allowed: true } },
      'PATCH',
    );
    assert.equal(other.status, 403);
    const list = await (await signedIn(hub, ines.email)).ask('/v1/impersonations');
    assert.equal(list.status, 403);
  });

  for (const change of [
    { agents: { allowed: 'yes' } },
    { all: true },
    { users: { may: true } },
    [],
  ])
    it(`of impersonation do not take ${JSON.stringify(change)}`, async () => {
      const told = await send(
        await signedIn(hub, rosa.email),
        '/v1/impersonation',
        change,
        'PATCH',
      );

      assert.equal(told.status, 400);
    });

  it('do not change when that cannot be audited', async () => {
    await using _ = await failingAudit(hub.database, '^impersonation.setting');

    const told = await send(
      await signedIn(hub, rosa.email),
      '/v1/impersonation',
      { agents: { allowed: false } },
      'PATCH',
    );

    assert.equal(told.status, 500);
    const row = await hub.database.db
      .selectFrom('impersonation_settings')
      .select('allowed')
      .where('target', '=', 'agent')
      .executeTakeFirst();
    assert.equal(row?.allowed, true);
  });
});

describe('Whom somebody acts as', () => {
  it('is written to, with the reason, unless an administrator turned that off', async () => {
    const user = await aUser(hub);
    const letters = () =>
      hub.database.db
        .selectFrom('outbox')
        .select('payload')
        .where('kind', '=', 'impersonation-told')
        .where(sql<boolean>`payload ->> 'email' = ${user.email}`)
        .execute();

    await acting(hub, rosa.email, { user: user.id });
    const told = await letters();
    await hub.database.db
      .updateTable('impersonation_settings')
      .set({ told: false })
      .where('target', '=', 'user')
      .execute();
    await acting(hub, rosa.email, { user: user.id });

    assert.equal(told.length, 1);
    assert.match(JSON.stringify(told[0]?.payload), /Rosa Lind.*Ticket 4711/);
    assert.equal((await letters()).length, 1);
  });
});
