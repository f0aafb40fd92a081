// Logout both ways with OpenID Connect: begun at the provider, through the browser or behind it, and begun here.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SsoApplication } from '#features/sso/model.ts';
import { strangersTier } from '#features/sso/refused.ts';
import { systemWait } from '#lib/wait.ts';
import { ask, type BrowserOf, csrfIn, type Told } from '#test/servers/access.ts';
import { serves } from '#test/servers/misbehaving-op.ts';
import { lastAttempt } from '#test/servers/sign-ons.ts';
import { logoutCases } from '#test/sso/oidc-logout-cases.ts';
import { anOidcStage, type OidcStage, prepared, signOnWith } from '#test/sso/oidc-stage.ts';

let on: OidcStage;
before(async () => {
  on = await anOidcStage();
});
after(() => on[Symbol.asyncDispose]());

const usualSid = 'session of maya-4711';

/** Somebody signed on; `sid` is the provider's name for their session. */
async function signedOn(application: SsoApplication, sid = usualSid): Promise<BrowserOf> {
  on.op.misbehave({ claims: (claims) => ({ ...claims, sid }) });
  const { browser } = await signOnWith(on, application);
  on.op.misbehave({});
  assert.equal(await isIn(browser), true, 'they are signed on');
  return browser;
}

async function isIn(browser: BrowserOf): Promise<boolean> {
  return (await browser.ask('/auth/me')).status === 200;
}

/** Whoever was looked up a moment ago is remembered until the bell is heard, which takes some milliseconds. */
async function isOut(browser: BrowserOf): Promise<boolean> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (!(await isIn(browser))) return true;
    await systemWait(20);
  }
  return false;
}

function order({ guid }: SsoApplication, token: string): Promise<Told> {
  const form = { logout_token: token };
  return ask(on.stage.hub, `/auth/sso/${guid}/backchannel-logout`, { form });
}

function seconds(): number {
  return Math.floor(on.stage.hub.time.now.getTime() / 1000);
}

function disable({ id }: SsoApplication) {
  const { db } = on.stage.hub.database;
  return db.updateTable('sso_applications').set({ active: false }).where('id', '=', id).execute();
}

describe('A logout token', () => {
  it('ends the session it names at once, and no other of the same person', async () => {
    const application = await prepared(on);
    const [here, there] = [
      await signedOn(application, 'one'),
      await signedOn(application, 'another'),
    ];

    const told = await order(application, await on.op.logoutToken({ sid: 'one' }));

    assert.equal(told.status, 200);
    assert.equal(told.headers.get('cache-control'), 'no-store');
    assert.deepEqual([await isOut(here), await isIn(there)], [true, true]);
    assert.equal((await lastAttempt(on.stage, application))?.status, 'signed-out');
  });

  it('that names nobody’s session but a person ends all they have through that application', async () => {
    const [application, other] = [await prepared(on), await prepared(on)];
    const [here, there, elsewhere] = [
      await signedOn(application, 'one'),
      await signedOn(application, 'another'),
      await signedOn(other),
    ];

    const told = await order(application, await on.op.logoutToken({ sid: undefined }));

    assert.equal(told.status, 200);
    assert.deepEqual([await isOut(here), await isOut(there)], [true, true]);
    assert.equal(await isIn(elsewhere), true);
  });

  it('of a session of somebody else is in order and ends nothing', async () => {
    const application = await prepared(on);
    const browser = await signedOn(application);

    const told = await order(application, await on.op.logoutToken({ sub: 'rosa-1' }));

    assert.deepEqual([told.status, await isIn(browser)], [200, true]);
  });

  it('may bear the type of any JWT, as older providers have it, or none', async () => {
    const application = await prepared(on);

    const plain = await order(application, await on.op.logoutToken({}, { typ: 'JWT' }));
    const none = await order(application, await on.op.logoutToken({}, { typ: undefined }));

    assert.deepEqual([plain.status, none.status], [200, 200]);
  });

  it('is obeyed once', async () => {
    const application = await prepared(on);
    const token = await on.op.logoutToken();
    await order(application, token);
    const browser = await signedOn(application);

    const told = await order(application, token);

    assert.equal(told.status, 400);
    assert.equal((await lastAttempt(on.stage, application))?.failed_check, 'oidc.logout-once');
    assert.equal(await isIn(browser), true);
  });

  for (const given of logoutCases) {
    it(`is refused by ${given.check}: ${given.name}`, async () => {
      const application = await prepared(on);
      const browser = await signedOn(application);

      const told = await order(application, await given.token(on.op, seconds()));

      assert.equal(told.status, 400);
      assert.equal(told.headers.get('cache-control'), 'no-store');
      assert.equal(told.json.error, 'invalid_request');
      assert.doesNotMatch(told.text, /\.ts|Error:/);
      assert.equal((await lastAttempt(on.stage, application))?.failed_check, given.check);
      assert.equal(await isIn(browser), true);
    });
  }

  it('is no ID token: one that somebody signed on with ends no session', async () => {
    const application = await prepared(on);
    let idToken = '';
    on.op.misbehave({
      tokens: (answer) => {
        idToken = String(answer.id_token);
        return answer;
      },
    });
    const { browser } = await signOnWith(on, application);

    const told = await order(application, idToken);

    assert.deepEqual([told.status, await isIn(browser)], [400, true]);
  });

  it('finds no door at a disabled application, and none at one that is not there', async () => {
    const application = await prepared(on);
    await disable(application);

    const told = await order(application, await on.op.logoutToken());
    const nowhere = await order(
      { ...application, guid: '00000000-0000-4000-8000-000000000000' },
      await on.op.logoutToken(),
    );

    assert.deepEqual([told.status, nowhere.status], [400, 400]);
    assert.equal(told.text, nowhere.text);
  });
});

describe('A logout through the browser', () => {
  const frame = ({ guid }: SsoApplication, query: Record<string, string>) =>
    ask(on.stage.hub, `/auth/sso/${guid}/frontchannel-logout?${new URLSearchParams(query)}`);

  it('ends the session named, and may stand in a frame of the provider’s page alone', async () => {
    const application = await prepared(on);
    const [here, there] = [
      await signedOn(application, 'one'),
      await signedOn(application, 'another'),
    ];

    const told = await frame(application, { iss: on.op.base, sid: 'one' });

    assert.equal(told.status, 200);
    const policy = told.headers.get('content-security-policy');
    assert.equal(policy, `default-src 'none'; frame-ancestors ${on.op.base}`);
    assert.deepEqual([await isOut(here), await isIn(there)], [true, true]);
    assert.equal((await lastAttempt(on.stage, application))?.status, 'signed-out');
  });

  for (const [name, query] of [
    ['another issuer', { iss: 'https://elsewhere.larkfield.test', sid: usualSid }],
    ['no issuer', { sid: usualSid }],
    ['no session', { iss: 'own' }],
  ] as const) {
    it(`is refused with ${name}, and may be framed by nobody`, async () => {
      const application = await prepared(on);
      const browser = await signedOn(application);
      const asked = 'iss' in query && query.iss === 'own' ? { iss: on.op.base } : query;

      const told = await frame(application, asked);

      assert.equal(told.status, 400);
      const policy = told.headers.get('content-security-policy');
      assert.equal(policy, "default-src 'none'; frame-ancestors 'none'");
      assert.equal(await isIn(browser), true);
    });
  }

  it('ends nothing for a session that is somebody’s at another application', async () => {
    const [application, other] = [await prepared(on), await prepared(on)];
    const browser = await signedOn(application, 'one');

    await frame(other, { iss: on.op.base, sid: 'one' });

    assert.equal(await isIn(browser), true);
  });

  it('finds no door at a disabled application', async () => {
    const application = await prepared(on);
    await disable(application);

    const told = await frame(application, { iss: on.op.base, sid: usualSid });

    assert.equal(told.status, 400);
  });
});

describe('Signing out here', () => {
  async function signOut(browser: BrowserOf): Promise<Told> {
    const page = await browser.ask('/auth/logout');
    return browser.ask('/auth/logout', { form: { csrf: csrfIn(page) } });
  }
  const onward = ({ text }: Told) => /url=([^"]+)"/.exec(text)?.[1]?.replaceAll('&#38;', '&');

  it('goes on to the provider where single logout is on, with the ID token and the way back', async () => {
    const application = await prepared(on, { settings: { single_logout: true } });
    const browser = await signedOn(application);

    const told = await signOut(browser);

    const to = new URL(onward(told) ?? '');
    assert.equal(`${to.origin}${to.pathname}`, `${on.op.base}/end`);
    assert.equal(
      to.searchParams.get('post_logout_redirect_uri'),
      'http://hub.larkfield.test/auth/logout',
    );
    assert.equal(to.searchParams.get('client_id'), 'the-hub');
    assert.match(to.searchParams.get('state') ?? '', /^[\w-]{43}$/);
    assert.equal(to.searchParams.get('id_token_hint')?.split('.').length, 3);
    assert.equal(await isOut(browser), true);
    assert.match((await browser.ask(`/auth/logout?state=x`)).text, /You are signed out/);
  });

  it('ends here alone where single logout is off', async () => {
    const browser = await signedOn(await prepared(on));

    const told = await signOut(browser);

    assert.equal(onward(told), undefined);
    assert.equal(await isOut(browser), true);
  });

  it('ends here all the same when the provider cannot be asked', async () => {
    const application = await prepared(on, { settings: { single_logout: true } });
    const browser = await signedOn(application);
    on.op.misbehave({ serve: { document: serves('', 'text/plain', 500) } });
    // A changed application reads the document anew.
    await on.stage.hub.database.db
      .updateTable('sso_applications')
      .set({ version: application.version + 1 })
      .where('id', '=', application.id)
      .execute();

    const told = await signOut(browser);

    assert.match(told.text, /You are signed out/);
    assert.equal(onward(told), undefined);
    assert.equal(await isOut(browser), true);
  });
});

// The last, for it uses up what is kept of strangers from this place.
describe('Logout tokens without end', () => {
  it('are refused each, and kept so often and no oftener', async () => {
    const application = await prepared(on);
    const answers: number[] = [];
    for (let at = 0; at < strangersTier.triesMax + 3; at += 1) {
      answers.push((await order(application, 'no token')).status);
    }

    const { count } = await on.stage.hub.database.db
      .selectFrom('sso_attempts')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('application_id', '=', application.id)
      .executeTakeFirstOrThrow();
    assert.deepEqual([...new Set(answers)], [400]);
    assert.ok(Number(count) > 0 && Number(count) <= strangersTier.triesMax, String(count));
  });
});
