// Signing in as people meet it, over real HTTP against real PostgreSQL.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { theHub } from '#domain/actor.ts';
import { signInTiers } from '#features/sign-in/check-login.ts';
import { sessionLimits } from '#features/sign-in/sessions.ts';
import { Secret } from '#lib/secret.ts';
import {
  type AccessHub,
  aBrowser,
  anAccessHub,
  anAgent,
  ask,
  csrfIn,
  disableAgent,
  goodPassword,
  signIn,
} from '#test/servers/access.ts';

let hub: AccessHub;

before(async () => {
  hub = await anAccessHub();
});

after(async () => {
  await hub[Symbol.asyncDispose]();
});

/** Attempts are counted by address, and every test comes from the same one. */
async function forgetAttempts(): Promise<void> {
  await hub.database.db.deleteFrom('attempts').execute();
}

describe('The first administrator', () => {
  it('is made once, with a password that is told once', async () => {
    await using fresh = await anAccessHub();

    const first = await fresh.commands.ensureFirstAdministrator();
    const second = await fresh.commands.ensureFirstAdministrator();

    assert.equal(first?.email, 'admin@localhost');
    assert.match(first?.password?.reveal() ?? '', /^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
    assert.equal(second, undefined);
  });

  it('chooses a password of their own before anything else', async () => {
    await using fresh = await anAccessHub();
    const password = new Secret('admin');
    await fresh.commands.ensureFirstAdministrator({ password });
    const browser = aBrowser(fresh);

    const signedIn = await signIn(browser, 'ADMIN@localhost', 'admin', '/plans?x=1');
    const locked = await browser.ask('/auth/me');
    const page = await browser.ask(signedIn.headers.get('location') ?? '');
    const choice = { present: 'admin', next: goodPassword, again: goodPassword };
    const changed = await browser.ask('/auth/password', {
      form: { csrf: csrfIn(page), return: '/plans?x=1', ...choice },
    });
    const me = await browser.ask('/auth/me');

    assert.equal(signedIn.status, 303);
    assert.equal(signedIn.headers.get('location'), '/auth/password?return=%2Fplans%3Fx%3D1');
    assert.equal(locked.status, 401);
    assert.equal(changed.status, 303);
    assert.equal(changed.headers.get('location'), '/plans?x=1');
    assert.deepEqual([me.json.name, me.json.permissions], ['Administrator', ['admin']]);
  });

  it('may be spared that in the lab', async () => {
    await using fresh = await anAccessHub();
    const password = new Secret('lab');
    await fresh.commands.ensureFirstAdministrator({ password, mustChange: false });
    const browser = aBrowser(fresh);

    await signIn(browser, 'admin@localhost', 'lab');

    assert.equal((await browser.ask('/auth/me')).status, 200);
  });
});

describe('Signing in', () => {
  it('takes the address in any letter case and leads back to where one wanted to go', async () => {
    const { email, id } = await anAgent(hub);
    const browser = aBrowser(hub);

    const told = await signIn(browser, ` ${email.toUpperCase()} `, goodPassword, '/runs/7');
    const me = await browser.ask('/auth/me');

    assert.equal(told.status, 303);
    assert.equal(told.headers.get('location'), '/runs/7');
    assert.deepEqual(
      { ...me.json, permissions: undefined, csrfToken: undefined },
      {
        kind: 'agent',
        id: String(id),
        name: 'Ines Marlow',
        email,
        permissions: undefined,
        csrfToken: undefined,
      },
    );
  });

  for (const elsewhere of [
    '//evil.test',
    'https://evil.test',
    '/\\evil.test',
    '/.//evil.test',
    'javascript:1',
  ])
    it(`never leads to another host: ${elsewhere}`, async () => {
      await forgetAttempts();
      const { email } = await anAgent(hub);

      const told = await signIn(aBrowser(hub), email, goodPassword, elsewhere);

      assert.equal(told.headers.get('location'), '/');
    });

  it('gives a cookie that no script reads and no other site sends along', async () => {
    await forgetAttempts();
    const { email } = await anAgent(hub);

    const told = await signIn(aBrowser(hub), email, goodPassword);

    const cookie = told.headers.getSetCookie().find((set) => set.startsWith('sundog_session='));
    assert.match(cookie ?? '', /^sundog_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('gives a cookie for HTTPS alone where the hub is reached by HTTPS', async () => {
    await using secure = await anAccessHub({ publicUrl: new URL('https://hub.larkfield.test') });
    const { email } = await anAgent(secure);

    const told = await signIn(aBrowser(secure), email, goodPassword);

    const cookie = told.headers.getSetCookie().find((set) => set.includes('_session='));
    assert.match(cookie ?? '', /^__Host-sundog_session=.*; Secure$/);
    assert.equal(told.headers.get('strict-transport-security'), 'max-age=31536000');
  });

  it('begins a new session, whatever cookie the browser brought', async () => {
    await forgetAttempts();
    const { email } = await anAgent(hub);
    const browser = aBrowser(hub);
    browser.cookies.set('sundog_session', 'planted-by-somebody-else-in-this-very-browser');

    await signIn(browser, email, goodPassword);

    assert.notEqual(
      browser.cookies.get('sundog_session'),
      'planted-by-somebody-else-in-this-very-browser',
    );
  });

  it('answers a wrong password, an unknown name and a disabled agent alike', async () => {
    await forgetAttempts();
    const known = await anAgent(hub);
    const disabled = await anAgent(hub, { name: 'Tomas Veiga' });
    await disableAgent(hub, disabled.id);

    const answers = [
      await signIn(aBrowser(hub), known.email, 'wrong'),
      await signIn(aBrowser(hub), 'nobody@larkfield.test', 'wrong'),
      await signIn(aBrowser(hub), disabled.email, goodPassword),
    ];

    const alike = answers.map(({ status, text }) => ({
      status,
      text: text.replaceAll(/nonce="[^"]*"|value="[^"]*"/g, ''),
    }));
    assert.equal(alike[0]?.status, 401);
    assert.deepEqual(alike[1], alike[0]);
    assert.deepEqual(alike[2], alike[0]);
  });

  it('takes no form that was not ours, so that nobody is signed in as somebody else', async () => {
    await forgetAttempts();
    const { email } = await anAgent(hub);

    const without = await ask(hub, '/auth/login', {
      form: { login: email, password: goodPassword },
    });
    const browser = aBrowser(hub);
    const csrf = csrfIn(await browser.ask('/auth/login'));
    const fromElsewhere = await browser.ask('/auth/login', {
      form: { csrf, login: email, password: goodPassword },
      headers: { 'sec-fetch-site': 'cross-site' },
    });

    assert.equal(without.status, 400);
    assert.equal(fromElsewhere.status, 400);
    assert.equal(browser.cookies.has('sundog_session'), false);
  });

  it('shows what was typed without running it', async () => {
    await forgetAttempts();

    const told = await signIn(aBrowser(hub), '"><script>alert(1)</script>', 'x');

    assert.doesNotMatch(told.text, /<script/);
    assert.match(told.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  });
});

describe('Guessing', () => {
  it('at one person closes the account for that address, also for the right password', async () => {
    await forgetAttempts();
    const { email } = await anAgent(hub);
    const { triesMax, windowMs } = signInTiers.pair;
    for (let turn = 0; turn < triesMax; turn += 1) await signIn(aBrowser(hub), email, 'wrong');

    const closed = await signIn(aBrowser(hub), email, goodPassword);
    hub.time.now = new Date(hub.time.now.getTime() + windowMs + 1);
    const later = await signIn(aBrowser(hub), email, goodPassword);

    assert.equal(closed.status, 401);
    assert.equal(later.status, 303);
  });

  it('from one address ends with 429 and says when to come again', async () => {
    await forgetAttempts();
    const { triesMax } = signInTiers.address;
    const browser = aBrowser(hub);
    const csrf = csrfIn(await browser.ask('/auth/login'));
    const guess = (turn: number) =>
      browser.ask('/auth/login', { form: { csrf, login: `guess${turn}@x.test`, password: 'x' } });

    const told = await Promise.all(Array.from({ length: triesMax + 10 }, (_, turn) => guess(turn)));

    const refused = told.filter(({ status }) => status === 429);
    assert.equal(refused.length, 10);
    assert.match(refused[0]?.text ?? '', /Too many tries came from your address/);
  });

  it('with many hands at once gets no more tries than with one', async () => {
    await forgetAttempts();
    const { email } = await anAgent(hub);
    await forgetAttempts();
    const browser = aBrowser(hub);
    const csrf = csrfIn(await browser.ask('/auth/login'));
    const guess = () => browser.ask('/auth/login', { form: { csrf, login: email, password: 'x' } });
    const before = await refusals();

    await Promise.all(Array.from({ length: 60 }, guess));

    assert.equal((await refusals()) - before, signInTiers.pair.triesMax);
  });

  async function refusals(): Promise<number> {
    const rows = await hub.database.db
      .selectFrom('audit_entries')
      .select('id')
      .where('action', '=', 'sign-in.refused')
      .execute();
    return rows.length;
  }
});

describe('A session', () => {
  it('changes things only with the token of /auth/me', async () => {
    await forgetAttempts();
    const { email } = await anAgent(hub);
    const browser = aBrowser(hub);
    await signIn(browser, email, goodPassword);
    const { json } = await browser.ask('/auth/me');

    const without = await browser.ask('/v1/try', { json: {} });
    const headers = { 'x-csrf-token': String(json.csrfToken) };
    const withIt = await browser.ask('/v1/try', { json: {}, headers });

    assert.equal(without.status, 403);
    assert.equal(without.json.code, 'session.unproven');
    assert.equal(withIt.status, 204);
  });

  it('ends at once in every process when one signs out', async () => {
    await forgetAttempts();
    await using other = await anAccessHub({ shares: hub });
    const { email } = await anAgent(hub);
    const browser = aBrowser(hub);
    await signIn(browser, email, goodPassword);
    const cookie = `sundog_session=${browser.cookies.get('sundog_session')}`;
    const elsewhere = () => ask(other, '/auth/me', { headers: { cookie } });
    const before = await elsewhere();

    const form = { csrf: csrfIn(await browser.ask('/auth/logout')) };
    const signedOut = await browser.ask('/auth/logout', { form });

    assert.equal(before.status, 200);
    assert.equal(signedOut.status, 200);
    assert.equal(browser.cookies.has('sundog_session'), false);
    await eventually(async () => (await elsewhere()).status === 401);
  });

  it('is not ended by a form of another site', async () => {
    await forgetAttempts();
    const { email } = await anAgent(hub);
    const browser = aBrowser(hub);
    await signIn(browser, email, goodPassword);

    const told = await browser.ask('/auth/logout', { form: { csrf: 'guess' } });

    assert.equal(told.status, 403);
    assert.equal((await browser.ask('/auth/me')).status, 200);
  });

  it('loses what its agent is no longer permitted', async () => {
    await forgetAttempts();
    const { email, id } = await anAgent(hub, { administrator: true });
    const browser = aBrowser(hub);
    await signIn(browser, email, goodPassword);
    const before = await browser.ask('/v1/applications');

    const agents = hub.database.db.updateTable('desk_agents');
    await agents.set({ administrator: false }).where('id', '=', id).execute();

    assert.equal(before.status, 200);
    await eventually(async () => (await browser.ask('/v1/applications')).status === 403);
    assert.equal((await browser.ask('/auth/me')).status, 200);
  });

  it('ends when its agent is disabled', async () => {
    await forgetAttempts();
    const { email, id } = await anAgent(hub);
    const browser = aBrowser(hub);
    await signIn(browser, email, goodPassword);
    await browser.ask('/auth/me');

    await disableAgent(hub, id);

    await eventually(async () => (await browser.ask('/auth/me')).status === 401);
  });

  for (const [what, ms] of [
    ['has rested too long', sessionLimits.idleMs],
    ['is too old', sessionLimits.lifeMs],
  ] as const)
    it(`ends when it ${what}`, async () => {
      await forgetAttempts();
      const { email } = await anAgent(hub);
      const browser = aBrowser(hub);
      await signIn(browser, email, goodPassword);
      const stepMs = sessionLimits.idleMs / 2;
      const began = hub.time.now.getTime();
      while (what === 'is too old' && hub.time.now.getTime() < began + ms - stepMs) {
        hub.time.now = new Date(hub.time.now.getTime() + stepMs);
        await touch(browser);
      }

      hub.time.now = new Date(began + ms + 1);

      assert.equal((await browser.ask('/auth/login')).status, 200);
    });

  /** The sign-in page looks a session up each time, past what is remembered. */
  async function touch(browser: ReturnType<typeof aBrowser>): Promise<void> {
    assert.equal((await browser.ask('/auth/login')).status, 303);
  }
});

describe('A password', () => {
  const weak: readonly (readonly [string, string])[] = [
    ['short', 'Tr0ub4dor&3'],
    ['of one letter', 'aaaaaaaaaaaaaaaaaaaa'],
    ['that counts up', 'abcdefghijklmnopqrstuvw'],
    ['everybody tries', 'Password-Password-2026!'],
    ['made of one’s name', 'ines.marlow@larkfield1'],
    ['that was there before', goodPassword],
  ];
  for (const [what, next] of weak)
    it(`that is ${what} is not taken`, async () => {
      await forgetAttempts();
      const { browser, csrf } = await atPasswordPage();

      const form = { csrf, present: goodPassword, next, again: next };
      const told = await browser.ask('/auth/password', { form });

      assert.equal(told.status, 400);
      assert.match(told.text, /Choose another password/);
    });

  it('is not changed without the present one', async () => {
    await forgetAttempts();
    const { browser, csrf } = await atPasswordPage();

    const next = 'a kettle of slow fish';
    const told = await browser.ask('/auth/password', {
      form: { csrf, present: 'wrong', next, again: next },
    });

    assert.equal(told.status, 400);
    assert.match(told.text, /present password is wrong/);
  });

  it('that is changed ends every other session of its owner', async () => {
    await forgetAttempts();
    const { browser, csrf, email } = await atPasswordPage();
    const other = aBrowser(hub);
    await signIn(other, email, goodPassword);

    const next = 'a kettle of slow fish';
    const told = await browser.ask('/auth/password', {
      form: { csrf, present: goodPassword, next, again: next },
    });

    assert.equal(told.status, 303);
    assert.equal((await browser.ask('/auth/me')).status, 200);
    await eventually(async () => (await other.ask('/auth/me')).status === 401);
  });

  it('stands nowhere but as a hash: not in the log, not in the audit trail', async () => {
    const rows = await hub.database.db.selectFrom('credentials').selectAll().execute();
    const texts = await hub.database.db.selectFrom('audit_texts').selectAll().execute();

    assert.ok(rows.every((row) => row.password_hash.startsWith('$argon2id$v=19$m=19456,t=2,p=1$')));
    assert.ok(hub.logged.length > 100);
    for (const secret of [goodPassword, 'kettle of slow'])
      assert.doesNotMatch(hub.logged.join('') + JSON.stringify(texts), new RegExp(secret));
  });

  async function atPasswordPage() {
    const { email } = await anAgent(hub);
    const browser = aBrowser(hub);
    await signIn(browser, email, goodPassword);
    return { browser, email, csrf: csrfIn(await browser.ask('/auth/password')) };
  }
});

describe('A database that fails', () => {
  for (const table of ['sessions', 'credentials', 'attempts', 'desk_agents'])
    it(`at ${table} lets nobody in and tells nobody why`, async () => {
      await using fresh = await anAccessHub();
      const { email } = await anAgent(fresh);
      const browser = aBrowser(fresh);
      await signIn(browser, email, goodPassword);
      const owner = new pg.Client(fresh.database.ownerConnectionString.reveal());
      await owner.connect();

      await owner.query(`alter table ${table} rename to ${table}_away`);
      const me = await browser.ask('/auth/me');
      const again = await signIn(aBrowser(fresh), email, goodPassword);
      await owner.end();

      if (table !== 'attempts') assert.equal(me.status, 500);
      assert.equal(again.status, 500);
      assert.equal(
        again.headers.getSetCookie().some((set) => set.includes('_session=')),
        false,
      );
      const told = `${me.text}${again.text}`.replaceAll(/<style.*?<\/style>/gs, '');
      assert.doesNotMatch(told, /relation|does not exist|select/i);
      assert.ok(fresh.logged.some((line) => line.includes('does not exist')));
    });
});

describe('An agent made on the command line', () => {
  it('is not made twice', async () => {
    const given = { name: 'Rui Duarte', email: 'rui.duarte@larkfield.test', administrator: true };
    await hub.commands.createAgent(given, theHub);

    await assert.rejects(hub.commands.createAgent(given, theHub), {
      code: 'agent.taken',
      message: 'An agent with the address rui.duarte@larkfield.test is there already.',
    });
  });
});

/** Another process hears of a change a moment after it is committed. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('it did not happen');
}
