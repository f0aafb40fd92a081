// Signing in with more than a password, over real HTTP against real PostgreSQL: apps and recovery codes.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { codeTiers } from '#features/sign-in/second-step.ts';
import { underWayMs } from '#features/sign-in/under-way.ts';
import { networkOf } from '#lib/network.ts';
import { attemptKey } from '#store/attempts.ts';
import {
  type AccessHub,
  aBrowser,
  anAccessHub,
  anAgent,
  anApplication,
  ask,
  csrfIn,
  disableAgent,
  goodPassword,
  signIn,
} from '#test/servers/access.ts';
import {
  anAgentSignedIn,
  appOf,
  auditOf,
  forgetAttempts,
  giveCode,
  later,
  mailsTo,
  proof,
  setUpApp,
} from '#test/servers/second-factors.ts';

let hub: AccessHub;

before(async () => {
  hub = await anAccessHub();
});
after(() => hub[Symbol.asyncDispose]());
beforeEach(async () => {
  await forgetAttempts(hub);
  await rules({ agents_need_second_factor: false });
});

const rules = (set: { readonly agents_need_second_factor: boolean }) =>
  hub.database.db.updateTable('sign_in_settings').set(set).execute();

const me = async (browser: ReturnType<typeof aBrowser>) => (await browser.ask('/auth/me')).status;

describe('An agent with an app that shows codes', () => {
  it('is asked for a code after the password, and arrives where the link led', async () => {
    const ines = await anAgentSignedIn(hub);
    const { app } = await setUpApp(hub, ines);
    const browser = aBrowser(hub);

    const step = await signIn(browser, ines.email, goodPassword, '/plans?x=1');
    const halfway = await me(browser);
    const done = await giveCode(browser, app(hub.time.now));

    assert.deepEqual([step.status, step.headers.get('location')], [303, '/auth/second-factor']);
    assert.equal(halfway, 401);
    assert.deepEqual([done.status, done.headers.get('location')], [303, '/plans?x=1']);
    assert.equal(await me(browser), 200);
    assert.ok(
      (await auditOf(hub, ines.id)).includes(
        'session.started: signed in with a password and a code of their app',
      ),
    );
  });

  it('gets ten recovery codes, each good once, however it is typed', async () => {
    const ines = await anAgentSignedIn(hub);
    const { codes } = await setUpApp(hub, ines);
    const [code = ''] = codes;
    const with_ = async (text: string) => {
      const browser = aBrowser(hub);
      await signIn(browser, ines.email, goodPassword);
      return (await giveCode(browser, text)).status;
    };

    assert.equal(codes.length, 10);
    assert.ok(codes.every((one) => /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/.test(one)));
    assert.equal(await with_(` ${code.toUpperCase().replaceAll('-', ' ')}`), 303);
    assert.equal(await with_(code), 401);
    assert.deepEqual((await mailsTo(hub, ines.email)).slice(-2), [
      'A recovery code was used to sign in as you. 9 are left.',
      'Somebody gave your password and a wrong code. If it was not you, choose another password.',
    ]);
    const { json } = await ines.browser.ask('/v1/second-factors');
    assert.deepEqual([json.app, json.recoveryCodesLeft], [true, 9]);
  });

  it('shows a code once: the same one in another browser is refused', async () => {
    const ines = await anAgentSignedIn(hub);
    const { app } = await setUpApp(hub, ines);
    const browsers = Array.from({ length: 4 }, () => aBrowser(hub));
    for (const browser of browsers) await signIn(browser, ines.email, goodPassword);
    const code = app(hub.time.now);

    const told = await Promise.all(browsers.map((browser) => giveCode(browser, code)));

    assert.deepEqual(told.map(({ status }) => status).sort(), [303, 401, 401, 401]);
  });

  it('is not signed in by a code alone, nor by a half that is old, used, or whose owner is disabled', async () => {
    const ines = await anAgentSignedIn(hub);
    const { app } = await setUpApp(hub, ines);
    const alone = aBrowser(hub);
    await alone.ask('/auth/login?local=1');
    assert.equal(
      (await giveCode(alone, app(hub.time.now))).headers.get('location'),
      '/auth/login?local=1',
    );

    const old = aBrowser(hub);
    await signIn(old, ines.email, goodPassword);
    later(hub, underWayMs / 1000);
    assert.equal(
      (await giveCode(old, app(hub.time.now))).headers.get('location'),
      '/auth/login?local=1',
    );

    const disabled = aBrowser(hub);
    await signIn(disabled, ines.email, goodPassword);
    await disableAgent(hub, ines.id);
    const told = await giveCode(disabled, app(hub.time.now));
    assert.equal(told.headers.get('location'), '/auth/login?local=1');
    assert.equal(await me(disabled), 401);
  });

  it('is not kept out by a stranger who has the password and no code', async () => {
    const ines = await anAgentSignedIn(hub);
    const { app, codes } = await setUpApp(hub, ines);
    const who = `agent ${ines.id}\0${networkOf('127.0.0.1')}`;
    const here = attemptKey({ tier: codeTiers.pair, who });
    const stranger = aBrowser(hub);
    await signIn(stranger, ines.email, goodPassword);
    for (let turn = 0; turn < codeTiers.person.triesMax + 2; turn += 1) {
      // As if every try came from another place.
      await hub.database.db.deleteFrom('attempts').where('key', '=', here).execute();
      await giveCode(stranger, '000000');
    }

    const guessed = await giveCode(stranger, app(hub.time.now));
    await signIn(ines.browser, ines.email, goodPassword);
    const own = aBrowser(hub);
    own.cookies.set('sundog_browser', ines.browser.cookies.get('sundog_browser') ?? '');
    await signIn(own, ines.email, goodPassword);
    const fromOwnBrowser = await giveCode(own, app(hub.time.now));
    const other = aBrowser(hub);
    await signIn(other, ines.email, goodPassword);
    const onPaper = await giveCode(other, codes[0] ?? '');

    assert.equal(guessed.status, 401);
    assert.equal(fromOwnBrowser.status, 303);
    assert.equal(onPaper.status, 303);
  });

  it('is not kept out of the password step either, from a browser of theirs', async () => {
    const ines = await anAgentSignedIn(hub);
    const known = ines.browser.cookies.get('sundog_browser') ?? '';
    const guess = async () => (await signIn(aBrowser(hub), ines.email, 'a wrong guess')).status;
    for (let turn = 0; turn < 6; turn += 1) await guess();

    const stranger = await signIn(aBrowser(hub), ines.email, goodPassword);
    const own = aBrowser(hub);
    own.cookies.set('sundog_browser', known);
    const owner = await signIn(own, ines.email, goodPassword);
    const elsewhere = aBrowser(hub);
    elsewhere.cookies.set('sundog_browser', 'A'.repeat(43));
    const made = await signIn(elsewhere, ines.email, goodPassword);

    assert.deepEqual([stranger.status, owner.status, made.status], [401, 303, 401]);
  });

  it('may not guess for ever from a browser of theirs', async () => {
    const ines = await anAgentSignedIn(hub);
    const own = aBrowser(hub);
    own.cookies.set('sundog_browser', ines.browser.cookies.get('sundog_browser') ?? '');
    for (let turn = 0; turn < 10; turn += 1) await signIn(own, ines.email, 'a wrong guess');

    assert.equal((await signIn(own, ines.email, goodPassword)).status, 401);
  });

  it('gets no token for a password', async () => {
    const ines = await anAgentSignedIn(hub, { administrator: true });
    const { client_id } = await anApplication(hub, { kind: 'username-password' });
    const form = { grant_type: 'password', username: ines.email, password: goodPassword };
    const token = () => ask(hub, '/auth/token', { form: { ...form, client_id, scope: 'all' } });
    assert.equal((await token()).status, 200);

    await setUpApp(hub, ines);

    assert.equal((await token()).json.error, 'invalid_grant');
  });

  it('is asked nothing more with a form that is not ours', async () => {
    const ines = await anAgentSignedIn(hub);
    const { app } = await setUpApp(hub, ines);
    const browser = aBrowser(hub);
    await signIn(browser, ines.email, goodPassword);

    const form = { csrf: 'chosen by somebody', code: app(hub.time.now) };
    const told = await browser.ask('/auth/second-factor', { form });

    assert.equal(told.status, 400);
    assert.equal(await me(browser), 401);
  });
});

describe('Setting up a second factor', () => {
  const asked = [
    ['/v1/second-factors/app', {}],
    ['/v1/second-factors/app/remove', {}],
    ['/v1/second-factors/passkeys/options', {}],
    ['/v1/second-factors/recovery-codes', {}],
  ] as const;
  for (const [path] of asked) {
    it(`needs the password anew: ${path}`, async () => {
      const ines = await anAgentSignedIn(hub);

      const without = await ines.post(path, {});
      const wrong = await ines.post(path, { password: 'a stolen session knows none' });

      assert.equal(without.status, 400);
      assert.deepEqual([wrong.status, wrong.json.code], [400, 'password.wrong']);
      const { json } = await ines.browser.ask('/v1/second-factors');
      assert.deepEqual([json.app, json.passkeys], [false, []]);
    });
  }

  it('is no way to guess at the password', async () => {
    const ines = await anAgentSignedIn(hub);
    for (let turn = 0; turn < 12; turn += 1) {
      await ines.post('/v1/second-factors/app', { password: `guess ${turn}` });
    }

    const told = await ines.post('/v1/second-factors/app', proof);

    assert.equal(told.json.code, 'password.wrong');
  });

  it('is done by people at a browser, never by a program or by who acts as them', async () => {
    const { client_id, client_secret } = await anApplication(hub);
    const token = await ask(hub, '/auth/token', {
      form: { grant_type: 'client_credentials', client_id, client_secret, scope: 'all' },
    });
    const headers = { authorization: `Bearer ${token.json.access_token}` };

    const program = await ask(hub, '/v1/second-factors', { headers });
    const nobody = await ask(hub, '/v1/second-factors');

    assert.equal(program.json.code, 'second-factor.session-needed');
    assert.equal(nobody.status, 401);
  });

  it('counts only once the app has shown its first code', async () => {
    const ines = await anAgentSignedIn(hub);
    const begun = await ines.post('/v1/second-factors/app', proof);
    const app = appOf(String(begun.json.letters));

    const wrong = await ines.post('/v1/second-factors/app/confirm', { code: '123' });
    const unasked = await signIn(aBrowser(hub), ines.email, goodPassword);
    const right = await ines.post('/v1/second-factors/app/confirm', { code: app(hub.time.now) });

    assert.equal(wrong.json.code, 'second-factor.wrong-code');
    assert.equal(unasked.headers.get('location'), '/');
    assert.equal(right.status, 200);
    assert.deepEqual((await auditOf(hub, ines.id)).slice(-1), ['second-factor.confirmed']);
    assert.deepEqual(await mailsTo(hub, ines.email), [
      'An app that shows codes was set up for signing in as you.',
    ]);
  });

  it('is undone with the password: codes go with the last factor, and its owner is told', async () => {
    const ines = await anAgentSignedIn(hub);
    await setUpApp(hub, ines);

    const removed = await ines.post('/v1/second-factors/app/remove', proof);
    const again = await ines.post('/v1/second-factors/app/remove', proof);

    assert.deepEqual([removed.status, again.status], [204, 404]);
    const { json } = await ines.browser.ask('/v1/second-factors');
    assert.deepEqual([json.app, json.recoveryCodesLeft], [false, 0]);
    assert.ok((await auditOf(hub, ines.id)).includes('second-factor.removed'));
    assert.match((await mailsTo(hub, ines.email)).at(-1) ?? '', /was removed/);
    assert.equal((await signIn(aBrowser(hub), ines.email, goodPassword)).status, 303);
  });

  it('keeps neither secret nor codes as they are', async () => {
    const ines = await anAgentSignedIn(hub);
    const { codes } = await setUpApp(hub, ines);

    const tables = ['totp_factors', 'recovery_codes', 'outbox', 'audit_texts'];
    for (const table of tables) {
      const { rows } = await hub.database.pool.query(`select t::text as row from ${table} t`);
      const text = JSON.stringify(rows);
      for (const code of codes) assert.ok(!text.includes(code) && !text.includes(code.slice(0, 9)));
    }
    assert.ok(!hub.logged.join('').includes(codes[0] ?? ''));
  });

  it('brings new recovery codes for the old ones', async () => {
    const ines = await anAgentSignedIn(hub);
    const none = await ines.post('/v1/second-factors/recovery-codes', proof);
    const { codes } = await setUpApp(hub, ines);

    const made = await ines.post('/v1/second-factors/recovery-codes', proof);

    assert.equal(none.json.code, 'second-factor.none');
    assert.equal(made.status, 201);
    const browser = aBrowser(hub);
    await signIn(browser, ines.email, goodPassword);
    assert.equal((await giveCode(browser, codes[0] ?? '')).status, 401);
    const fresh = String(Object(made.json.recoveryCodes)[0]);
    assert.equal((await giveCode(browser, fresh)).status, 303);
  });
});

describe('The rule that agents need a second factor', () => {
  it('has one set up at the next sign-in, before there is any session', async () => {
    const ines = await anAgent(hub);
    await forgetAttempts(hub);
    await rules({ agents_need_second_factor: true });
    const browser = aBrowser(hub);
    const step = await signIn(browser, ines.email, goodPassword, '/runs');
    const page = await browser.ask('/auth/second-factor');
    const letters = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)?.[1]?.replaceAll(' ', '') ?? '';
    const code = appOf(letters)(hub.time.now);

    const wrong = await giveCode(browser, '12');
    const halfway = await me(browser);
    const done = await giveCode(browser, code);

    assert.equal(step.headers.get('location'), '/auth/second-factor');
    assert.deepEqual([wrong.status, halfway], [400, 401]);
    assert.equal(done.status, 200);
    assert.equal(done.text.match(/<li>/g)?.length, 10);
    assert.match(done.text, /href="\/runs"/);
    assert.equal(await me(browser), 200);
  });

  it('gives no token for a password, and keeps the last factor', async () => {
    const ines = await anAgentSignedIn(hub);
    await setUpApp(hub, ines);
    const tom = await anAgent(hub, { name: 'Tom Reader' });
    const { client_id } = await anApplication(hub, { kind: 'username-password' });
    await rules({ agents_need_second_factor: true });

    const form = { grant_type: 'password', username: tom.email, password: goodPassword };
    const token = await ask(hub, '/auth/token', { form: { ...form, client_id, scope: 'all' } });
    const last = await ines.post('/v1/second-factors/app/remove', proof);

    assert.equal(token.json.error, 'invalid_grant');
    assert.equal(last.json.code, 'second-factor.needed');
    const { json } = await ines.browser.ask('/v1/second-factors');
    assert.deepEqual([json.app, json.needed], [true, true]);
  });
});

describe('The settings of signing in', () => {
  const path = '/v1/sign-in-settings';

  async function anAdministrator() {
    const admin = await anAgentSignedIn(hub, { name: 'Ada Stone', administrator: true });
    const change = (body: unknown) => admin.post(path, body, 'PATCH');
    return { ...admin, change };
  }

  it('are off, and for administrators alone', async () => {
    const admin = await anAdministrator();
    const tom = await anAgentSignedIn(hub);

    const { json } = await admin.browser.ask(path);
    const refused = [
      (await tom.browser.ask(path)).status,
      (await tom.post(path, { agentsNeedSecondFactor: true }, 'PATCH')).status,
      (await ask(hub, path)).status,
    ];

    assert.deepEqual(json, {
      agentsNeedSecondFactor: false,
      localSignIn: 'everyone',
      breakGlassAgents: [],
    });
    assert.deepEqual(refused, [403, 403, 401]);
  });

  it('refuse what would keep everybody out, and what they do not know', async () => {
    const admin = await anAdministrator();
    const tom = await anAgent(hub);
    const codes = [
      await admin.change({ localSignIn: 'break-glass' }),
      await admin.change({ localSignIn: 'break-glass', breakGlassAgents: [tom.id] }),
      await admin.change({ breakGlassAgents: [2_000_000] }),
      await admin.change({ localSignIn: 'nobody' }),
      await admin.change({ unknown: true }),
    ].map(({ json }) => json.code);

    assert.deepEqual(codes, [
      'sign-in-settings.locks-out',
      'sign-in-settings.locks-out',
      'record.unknown',
      'request.invalid',
      'request.invalid',
    ]);
    const { json } = await admin.browser.ask(path);
    assert.deepEqual([json.localSignIn, json.breakGlassAgents], ['everyone', []]);
  });

  it('leave the password to the agents named, while single sign-on lets agents in', async () => {
    const admin = await anAdministrator();
    const tom = await anAgent(hub, { name: 'Tom Reader' });
    const { client_id } = await anApplication(hub, { kind: 'username-password' });
    await forgetAttempts(hub);
    const changed = await admin.change({
      localSignIn: 'break-glass',
      breakGlassAgents: [admin.id],
    });
    const tomSignsIn = () => signIn(aBrowser(hub), tom.email, goodPassword);
    const before = await tomSignsIn();
    const dated = { created_at: hub.time.now, updated_at: hub.time.now };
    await hub.database.db
      .insertInto('sso_applications')
      .values({
        guid: crypto.randomUUID(),
        name: 'Larkfield Entra',
        protocol: 'oidc',
        active: true,
        allow_agents: true,
        ...dated,
      })
      .execute();

    const barred = await tomSignsIn();
    const wrong = await signIn(aBrowser(hub), tom.email, 'a wrong guess');
    const named = await signIn(aBrowser(hub), admin.email, goodPassword);
    const form = { grant_type: 'password', username: tom.email, password: goodPassword };
    const token = await ask(hub, '/auth/token', { form: { ...form, client_id, scope: 'all' } });
    const emptied = await admin.change({ breakGlassAgents: [] });

    assert.equal(changed.status, 200);
    assert.equal(before.status, 303);
    assert.equal(barred.status, 403);
    assert.match(barred.text, /Agents sign in with single sign-on here/);
    assert.equal(wrong.status, 401);
    assert.equal(named.status, 303);
    assert.equal(token.json.error, 'invalid_grant');
    assert.equal(emptied.json.code, 'sign-in-settings.locks-out');
    assert.equal((await auditOf(hub, admin.id)).filter((one) => /setting/.test(one)).length, 2);

    // Were the last of them gone, the rule must not be what keeps everybody out.
    await disableAgent(hub, admin.id);
    assert.equal((await tomSignsIn()).status, 303);
    await hub.database.db.deleteFrom('sso_applications').execute();
    await hub.database.db
      .updateTable('sign_in_settings')
      .set({ local_sign_in: 'everyone' })
      .execute();
  });
});

describe('The page of the second step', () => {
  it('needs no script, names nobody’s secrets, and leads back to the beginning', async () => {
    const ines = await anAgentSignedIn(hub);
    await setUpApp(hub, ines);
    const browser = aBrowser(hub);
    await signIn(browser, ines.email, goodPassword);

    const page = await browser.ask('/auth/second-factor');

    assert.equal(page.status, 200);
    assert.match(page.text, /The code your app shows/);
    assert.match(page.text, /href="\/auth\/login\?local=1"/);
    assert.ok(!page.text.includes('<script'));
    assert.ok(csrfIn(page) !== '');
  });
});
