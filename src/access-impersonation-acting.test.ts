// What whoever acts as somebody else may do, and when it ends, in both of two processes of one hub.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { z } from 'zod';
import { impersonationLimits } from '#domain/impersonation.ts';
import { noteEnds } from '#features/impersonation/end.ts';
import {
  type AccessHub,
  aBrowser,
  anAgent,
  anApplication,
  aUser,
  type BrowserOf,
  csrfIn,
  disableAgent,
  goodPassword,
  type Told,
} from '#test/servers/access.ts';
import {
  acting,
  anAgentWithRole,
  anImpersonationTrial,
  asking,
  beginAnew,
  entries,
  exchanging,
  type ImpersonationTrial,
  type Person,
  reason,
  send,
  signedIn,
  statusSoon,
  there,
} from '#test/servers/impersonation.ts';

let trial: ImpersonationTrial;
let hub: AccessHub;
let twin: AccessHub;
let rosa: Person;
let ines: Person;

before(async () => {
  trial = await anImpersonationTrial();
  ({ hub, twin, rosa, ines } = trial);
});
after(() => trial[Symbol.asyncDispose]());
beforeEach(() => beginAnew(trial));

const Items = z.array(z.looseObject({ id: z.int(), reason: z.string() }));

describe('Whoever acts as somebody else', () => {
  it('stands in every entry beside whom they act as', async () => {
    const user = await aUser(hub);
    const browser = await acting(hub, rosa.email, { user: user.id });
    await send(browser, '/auth/switch-back', {});

    const names = { actor_kind: 'user', actor_id: String(user.id) };
    const both = { ...names, behind_kind: 'agent', behind_id: String(rosa.id) };
    const requested = (await entries(hub, 'impersonation.requested', user.id)).at(-1);
    assert.deepEqual(
      [requested?.actor_kind, requested?.actor_id, requested?.because],
      ['agent', String(rosa.id), reason],
    );
    for (const action of ['impersonation.started', 'session.started', 'session.ended']) {
      const entry = (await entries(hub, action, user.id)).at(-1);
      const { outcome, because, address, ...who } = entry ?? {};
      assert.deepEqual(who, both, action);
      assert.equal(address, '127.0.0.1', action);
    }
    const ended = (await entries(hub, 'impersonation.ended', user.id)).at(-1);
    assert.deepEqual([ended?.behind_id, ended?.because], [String(rosa.id), 'they switched back']);
  });

  it('switches back to their own session, which was there all the time', async () => {
    const browser = await acting(hub, rosa.email, { agent: ines.id });
    const old = there(browser, twin);

    const told = await send(browser, '/auth/switch-back', {});
    const me = await browser.ask('/auth/me');

    assert.deepEqual(told.json, { signedIn: true });
    assert.deepEqual([me.json.name, me.json.actor], ['Rosa Lind', undefined]);
    assert.equal(browser.cookies.has('sundog_own_session'), false);
    assert.equal(await statusSoon(old, 401), 401);
  });

  it('is themselves again by the sign-in page when the time is over', async () => {
    const then = hub.time.now;
    const browser = await acting(hub, rosa.email, { agent: ines.id });
    hub.time.now = new Date(then.getTime() + impersonationLimits.sessionMs);

    const over = await browser.ask('/auth/me');
    const page = await browser.ask('/auth/login?return=/plans');
    const me = await browser.ask('/auth/me');
    await noteEnds(hub.database.db, hub.time.now);
    const ended = (await entries(hub, 'impersonation.ended', ines.id)).at(-1);

    hub.time.now = then;
    assert.equal(over.status, 401);
    assert.match(page.text, /You are yourself again, Rosa Lind/);
    assert.match(page.text, /href="\/plans"/);
    assert.equal(me.json.name, 'Rosa Lind');
    assert.match(ended?.because ?? '', /time was over|session ended/);
  });

  it('is not kept longer by being busy', async () => {
    const then = hub.time.now;
    const browser = await acting(hub, rosa.email, { agent: ines.id });
    for (const minutes of [10, 20, 29]) {
      hub.time.now = new Date(then.getTime() + minutes * 60_000);
      assert.equal((await browser.ask('/auth/me')).status, 200);
    }
    hub.time.now = new Date(then.getTime() + 30 * 60_000);

    const { status } = await browser.ask('/auth/me');

    hub.time.now = then;
    assert.equal(status, 401);
  });

  it('does not act for longer than their own session lives', async () => {
    const then = hub.time.now;
    const browser = await acting(hub, rosa.email, { agent: ines.id });
    await hub.database.db
      .updateTable('sessions')
      .set({ ends_at: new Date(then.getTime() + 60_000) })
      .where('owner_kind', '=', 'agent')
      .where('owner_id', '=', rosa.id)
      .where('parent', 'is', null)
      .execute();
    hub.time.now = new Date(then.getTime() + 60_000);

    const { status } = await browser.ask('/auth/me');

    hub.time.now = then;
    assert.equal(status, 401);
  });

  it('signs out as themselves too', async () => {
    const browser = await acting(hub, rosa.email, { agent: ines.id });
    const own = aBrowser(hub);
    own.cookies.set('sundog_session', browser.cookies.get('sundog_own_session') ?? '');
    assert.equal((await own.ask('/auth/me')).json.name, 'Rosa Lind');

    const page = await browser.ask('/auth/logout');
    await browser.ask('/auth/logout', { form: { csrf: csrfIn(page) } });

    assert.match(page.text, /Sign out, Rosa Lind/);
    // That they have signed in here before is remembered; it signs nobody in.
    assert.deepEqual([...browser.cookies.keys()], ['sundog_browser']);
    assert.equal(await statusSoon(own, 401), 401);
  });

  describe('is out at once, in every process, when', () => {
    async function endsBy(end: (own: BrowserOf) => Promise<unknown>, target = ines.id) {
      const other = await anAgent(hub, { name: 'Vera Luz', administrator: true });
      const browser = await acting(hub, other.email, { agent: target });
      const elsewhere = there(browser, twin);
      assert.equal((await elsewhere.ask('/auth/me')).status, 200);
      const own = aBrowser(hub);
      own.cookies.set('sundog_session', browser.cookies.get('sundog_own_session') ?? '');

      await end(own);

      assert.equal(await statusSoon(browser, 401), 401);
      assert.equal(await statusSoon(elsewhere, 401), 401);
      return other;
    }
    const vera = () =>
      hub.database.db
        .selectFrom('desk_agents')
        .select('id')
        .where('name', '=', 'Vera Luz')
        .orderBy('id', 'desc')
        .executeTakeFirstOrThrow();

    it('their own session is signed out', async () => {
      await endsBy(async (own) => {
        const page = await own.ask('/auth/logout');
        await own.ask('/auth/logout', { form: { csrf: csrfIn(page) } });
      });
    });

    it('they are disabled', async () => {
      await endsBy(async () => disableAgent(hub, (await vera()).id));
    });

    it('their right is taken away, which is told to the audit trail', async () => {
      await endsBy(async () => {
        await hub.database.db
          .updateTable('desk_agents')
          .set({ administrator: false })
          .where('id', '=', (await vera()).id)
          .execute();
      });
      const ended = (await entries(hub, 'session.ended', ines.id)).at(-1);
      assert.match(ended?.because ?? '', /right to act as them was taken away/);
    });

    it('their role loses the right', async () => {
      const { agent, role } = await anAgentWithRole(hub, ['impersonate:users']);
      const user = await aUser(hub);
      const browser = await acting(hub, agent.email, { user: user.id });
      const elsewhere = there(browser, twin);
      assert.equal((await elsewhere.ask('/auth/me')).status, 200);
      assert.equal(
        (await asking(await signedIn(hub, agent.email), { agent: ines.id })).status,
        403,
      );

      await hub.database.db
        .updateTable('desk_roles')
        .set({ permissions: [] })
        .where('id', '=', role)
        .execute();

      assert.equal(await statusSoon(browser, 401), 401);
      assert.equal(await statusSoon(elsewhere, 401), 401);
    });

    it('they change their password elsewhere', async () => {
      await endsBy(async () => {
        const { id } = await vera();
        await hub.database.db.transaction().execute(async (tx) => {
          await tx
            .deleteFrom('sessions')
            .where('owner_kind', '=', 'agent')
            .where('owner_id', '=', id)
            .execute();
          await sql`select pg_notify('sundog_access', '')`.execute(tx);
        });
      });
    });

    it('it is switched off', async () => {
      await endsBy(async () => {
        const administrator = await signedIn(hub, rosa.email);
        const change = { agents: { allowed: false } };
        const told = await send(administrator, '/v1/impersonation', change, 'PATCH');
        assert.equal(told.status, 200, told.text);
      });
      const ended = (await entries(hub, 'impersonation.ended', ines.id)).at(-1);
      assert.deepEqual([ended?.actor_id, ended?.because], [String(rosa.id), 'it was switched off']);
    });

    it('whom they act as is disabled', async () => {
      const target = await anAgent(hub, { name: 'Bela Costa' });
      await endsBy(() => disableAgent(hub, target.id), target.id);
    });

    it('whom they act as rises above them', async () => {
      const target = await anAgent(hub, { name: 'Bela Costa' });
      await endsBy(
        () =>
          hub.database.db
            .updateTable('desk_agents')
            .set({ administrator: true })
            .where('id', '=', target.id)
            .execute(),
        target.id,
      );
    });

    it('an administrator ends it', async () => {
      await endsBy(async () => {
        const administrator = await signedIn(hub, rosa.email);
        const list = await administrator.ask('/v1/impersonations');
        const [{ id } = { id: 0 }] = Items.parse(list.json.items);
        const told = await send(administrator, `/v1/impersonations/${id}/end`, {});
        assert.equal(told.status, 204, told.text);
      });
    });

    it('whom they act as ends it', async () => {
      const target = await anAgent(hub, { name: 'Bela Costa' });
      await endsBy(async () => {
        const self = await signedIn(hub, target.email);
        const list = await self.ask('/v1/impersonations/of-me');
        const items = Items.parse(list.json.items);
        assert.deepEqual([items.length, items[0]?.reason], [1, reason]);
        const told = await send(self, `/v1/impersonations/${items[0]?.id}/end`, {});
        assert.equal(told.status, 204, told.text);
      }, target.id);
    });
  });

  describe('is refused', () => {
    let browser: BrowserOf;
    beforeEach(async () => {
      browser = await acting(hub, rosa.email, { agent: ines.id });
    });
    const code = (told: Told) => told.json.code;

    it('to act as yet another', async () => {
      const user = await aUser(hub);

      assert.equal((await asking(browser, { user: user.id })).status, 403);
      assert.equal(code(await exchanging(browser, 'x')), 'impersonation.not-here');
    });

    it('to choose a password', async () => {
      const page = await browser.ask('/auth/password');
      const { csrfToken } = (await browser.ask('/auth/me')).json;
      const form = { csrf: String(csrfToken), present: goodPassword, next: 'x', again: 'x' };
      const posted = await browser.ask('/auth/password', { form });

      assert.deepEqual([page.status, posted.status], [403, 403]);
      assert.match(posted.text, /while acting as Ines Marlow/);
    });

    it('to give applications tokens', async () => {
      const redirect = 'https://app.larkfield.test/back';
      const app = await anApplication(hub, {
        kind: 'authorization-code',
        redirectUris: [redirect],
        isPublic: true,
      });
      const query = new URLSearchParams({
        client_id: app.client_id,
        redirect_uri: redirect,
        response_type: 'code',
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256',
      });

      const told = await browser.ask(`/auth/authorize?${query}`);

      const back = new URL(told.headers.get('location') ?? '');
      assert.equal(back.searchParams.get('error'), 'access_denied');
      assert.equal(back.searchParams.get('code'), null);
    });

    it('to see or end the sessions of whom they act as', async () => {
      assert.equal(code(await browser.ask('/v1/sessions')), 'impersonation.not-here');
      assert.equal(code(await browser.ask('/v1/impersonations/of-me')), 'impersonation.not-here');
    });

    it('to switch back twice', async () => {
      await send(browser, '/auth/switch-back', {});

      assert.equal(code(await send(browser, '/auth/switch-back', {})), 'impersonation.none');
    });
  });
});
