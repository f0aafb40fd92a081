// Passkeys as people meet them, over real HTTP against real PostgreSQL, with an authenticator that also lies.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { passkeysWork } from '#features/sign-in/passkeys.ts';
import {
  type AccessHub,
  aBrowser,
  anAccessHub,
  type BrowserOf,
  csrfIn,
  disableAgent,
  goodPassword,
  signIn,
} from '#test/servers/access.ts';
import { anAuthenticator, type Lies } from '#test/servers/authenticator.ts';
import {
  anAgentSignedIn,
  auditOf,
  forgetAttempts,
  later,
  mailsTo,
  proof,
  type SignedIn,
  setUpPasskey,
} from '#test/servers/second-factors.ts';

let hub: AccessHub;
let twin: AccessHub;

before(async () => {
  hub = await anAccessHub({ publicUrl: new URL('https://hub.larkfield.test') });
  twin = await anAccessHub({ shares: hub, publicUrl: hub.publicUrl });
});
after(async () => {
  await twin[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});
beforeEach(() => forgetAttempts(hub));

type Step = 'sign-in' | 'second-factor';
type Authenticator = ReturnType<typeof anAuthenticator>;

async function optionsFor(browser: BrowserOf, step: Step) {
  const page = await browser.ask(step === 'sign-in' ? '/auth/login' : '/auth/second-factor');
  const csrf = csrfIn(page);
  const { status, json } = await browser.ask('/auth/passkey/options', { json: { csrf, step } });
  return { csrf, status, json, challenge: String(json.challenge) };
}

/** What a browser does with the button of the page, whatever the authenticator says. */
async function usePasskey(
  browser: BrowserOf,
  authenticator: Authenticator,
  given: { readonly step?: Step; readonly lies?: Lies; readonly challenge?: string } = {},
) {
  const step = given.step ?? 'sign-in';
  const { csrf, challenge } = await optionsFor(browser, step);
  const said = authenticator.prove({ challenge: given.challenge ?? challenge }, given.lies);
  const form = { csrf, step, return: '/runs', credential: JSON.stringify(said) };
  return browser.ask('/auth/passkey', { form });
}

const me = async (browser: BrowserOf) => (await browser.ask('/auth/me')).status;

async function withPasskey(): Promise<SignedIn & { authenticator: Authenticator }> {
  const ines = await anAgentSignedIn(hub);
  const { authenticator, added } = await setUpPasskey(hub, ines);
  assert.equal(added.status, 201);
  return { ...ines, authenticator };
}

describe('A passkey', () => {
  it('signs in without a password, and arrives where the link led', async () => {
    const ines = await withPasskey();
    const browser = aBrowser(hub);

    const done = await usePasskey(browser, ines.authenticator);

    assert.deepEqual([done.status, done.headers.get('location')], [303, '/runs']);
    const { json } = await browser.ask('/auth/me');
    assert.equal(json.id, String(ines.id));
    assert.ok((await auditOf(hub, ines.id)).includes('session.started: signed in with a passkey'));
  });

  it('is the second factor after a password', async () => {
    const ines = await withPasskey();
    const browser = aBrowser(hub);
    const step = await signIn(browser, ines.email, goodPassword, '/plans');

    const done = await usePasskey(browser, ines.authenticator, { step: 'second-factor' });

    assert.equal(step.headers.get('location'), '/auth/second-factor');
    assert.deepEqual([done.status, done.headers.get('location')], [303, '/plans']);
    assert.equal(await me(browser), 200);
  });

  it('of somebody else is no second factor', async () => {
    const ines = await withPasskey();
    const tom = await withPasskey();
    const browser = aBrowser(hub);
    await signIn(browser, ines.email, goodPassword);

    const told = await usePasskey(browser, tom.authenticator, { step: 'second-factor' });

    assert.equal(told.status, 401);
    assert.equal(await me(browser), 401);
    assert.ok((await auditOf(hub, tom.id)).includes('passkey.refused: its proof does not fit'));
  });

  it('comes with recovery codes, an entry in the audit trail and a mail', async () => {
    const ines = await anAgentSignedIn(hub);
    const first = await setUpPasskey(hub, ines);
    const second = await setUpPasskey(hub, ines, 'My phone');

    assert.equal(Object(first.added.json.recoveryCodes).length, 10);
    assert.deepEqual(second.added.json.recoveryCodes, []);
    const { json } = await ines.browser.ask('/v1/second-factors');
    const names = Object(json.passkeys).map((one: { name: string }) => one.name);
    assert.deepEqual(names, ['My laptop', 'My phone']);
    assert.equal(json.recoveryCodesLeft, 10);
    const entries = await auditOf(hub, ines.id);
    assert.equal(entries.filter((one) => one === 'passkey.added').length, 2);
    assert.deepEqual(await mailsTo(hub, ines.email), [
      'The passkey "My laptop" was added to your sign-in.',
      'The passkey "My phone" was added to your sign-in.',
    ]);
  });

  const lies: readonly (readonly [string, Lies])[] = [
    ['signed for another origin', { origin: 'https://hub.larkfield.test.evil.test' }],
    ['signed for another host', { rpId: 'larkfield.test' }],
    ['whose owner was not verified', { verified: false }],
    ['with a signature of its own making', { signature: Buffer.alloc(70, 1) }],
    ['that names another owner', { userHandle: Buffer.alloc(32).toString('base64url') }],
    ['that names no owner', { userHandle: null }],
  ];
  for (const [title, lie] of lies) {
    it(`is refused, and audited, when it is one ${title}`, async () => {
      const { authenticator, id } = await withPasskey();
      const browser = aBrowser(hub);

      const told = await usePasskey(browser, authenticator, { lies: lie });

      assert.equal(told.status, 401);
      assert.equal(await me(browser), 401);
      assert.ok((await auditOf(hub, id)).includes('passkey.refused: its proof does not fit'));
    });
  }

  it('is refused when its counter does not grow: there may be a copy of it', async () => {
    const { authenticator, id } = await withPasskey();
    assert.equal(
      (await usePasskey(aBrowser(hub), authenticator, { lies: { counter: 7 } })).status,
      303,
    );

    const same = await usePasskey(aBrowser(hub), authenticator, { lies: { counter: 7 } });
    const less = await usePasskey(aBrowser(hub), authenticator, { lies: { counter: 6 } });
    const none = await usePasskey(aBrowser(hub), authenticator, { lies: { counter: 0 } });
    const more = await usePasskey(aBrowser(hub), authenticator, { lies: { counter: 8 } });

    assert.deepEqual([same.status, less.status, none.status, more.status], [401, 401, 401, 303]);
    const because = 'passkey.refused: its counter did not grow: there may be a copy of it';
    assert.equal((await auditOf(hub, id)).filter((one) => one === because).length, 3);
  });

  it('need not count at all', async () => {
    const ines = await anAgentSignedIn(hub);
    const options = (await ines.post('/v1/second-factors/passkeys/options', proof)).json;
    const at = { origin: hub.publicUrl.origin, rpId: hub.publicUrl.hostname };
    const authenticator = anAuthenticator(at);
    const asked = { challenge: String(options.challenge), user: Object(options.user) };
    const credential = authenticator.make(asked, { counter: 0 });
    await ines.post('/v1/second-factors/passkeys', { name: 'Synced', credential });

    const lies = { counter: 0 };
    assert.equal((await usePasskey(aBrowser(hub), authenticator, { lies })).status, 303);
    assert.equal((await usePasskey(aBrowser(hub), authenticator, { lies })).status, 303);
  });

  it('answers a challenge once, over all processes, in the browser it was given to, in time', async () => {
    const { authenticator } = await withPasskey();
    const browser = aBrowser(hub);
    const { csrf, challenge } = await optionsFor(browser, 'sign-in');
    const said = authenticator.prove({ challenge });
    const form = { csrf, step: 'sign-in', credential: JSON.stringify(said) };
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');

    const both = await Promise.all(
      [hub, twin].map((process) =>
        aBrowser(process).ask('/auth/passkey', { form, headers: { cookie } }),
      ),
    );
    assert.deepEqual(both.map(({ status }) => status).sort(), [303, 401]);

    const other = aBrowser(hub);
    const foreign = await optionsFor(other, 'sign-in');
    const stolen = await usePasskey(aBrowser(hub), authenticator, foreign);
    assert.equal(stolen.status, 401);

    const late = aBrowser(hub);
    const old = await optionsFor(late, 'sign-in');
    later(hub, 5 * 60);
    assert.equal((await usePasskey(late, authenticator, { challenge: old.challenge })).status, 401);
    const made = await usePasskey(late, authenticator, { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' });
    assert.equal(made.status, 401);
  });

  it('does not sign in whoever is disabled, nor once it was removed', async () => {
    const one = await withPasskey();
    await disableAgent(hub, one.id);
    const two = await withPasskey();
    const { json } = await two.browser.ask('/v1/second-factors');
    const [{ id }] = Object(json.passkeys);
    const wrong = await two.post(`/v1/second-factors/passkeys/${id}/remove`, { password: 'no' });
    const strange = await withPasskey();
    const foreign = await strange.post(`/v1/second-factors/passkeys/${id}/remove`, proof);
    const removed = await two.post(`/v1/second-factors/passkeys/${id}/remove`, proof);

    assert.equal((await usePasskey(aBrowser(hub), one.authenticator)).status, 401);
    assert.equal((await usePasskey(aBrowser(hub), two.authenticator)).status, 401);
    assert.deepEqual([wrong.status, foreign.status, removed.status], [400, 404, 204]);
    assert.ok((await auditOf(hub, two.id)).includes('passkey.removed'));
    assert.match((await mailsTo(hub, two.email)).at(-1) ?? '', /"My laptop" was removed/);
  });

  it('bears the name its owner gives it', async () => {
    const ines = await withPasskey();
    const { json } = await ines.browser.ask('/v1/second-factors');
    const path = `/v1/second-factors/passkeys/${Object(json.passkeys)[0].id}`;

    const renamed = await ines.post(path, { name: ' Work laptop ' }, 'PATCH');
    const empty = await ines.post(path, { name: ' ' }, 'PATCH');

    assert.deepEqual([renamed.status, empty.status], [204, 400]);
    const after_ = await ines.browser.ask('/v1/second-factors');
    assert.equal(Object(after_.json.passkeys)[0].name, 'Work laptop');
  });

  it('is made by whom it was offered to, once, with its owner verified', async () => {
    const ines = await anAgentSignedIn(hub);
    const tom = await anAgentSignedIn(hub);
    const at = { origin: hub.publicUrl.origin, rpId: hub.publicUrl.hostname };
    const ask = async (given: Lies = {}) => {
      const { json } = await ines.post('/v1/second-factors/passkeys/options', proof);
      const asked = { challenge: String(json.challenge), user: Object(json.user) };
      return { name: 'Any', credential: anAuthenticator(at).make(asked, given) };
    };
    const add = (of: SignedIn, body: unknown) => of.post('/v1/second-factors/passkeys', body);

    const foreign = await add(tom, await ask());
    const unverified = await add(ines, await ask({ verified: false }));
    const elsewhere = await add(ines, await ask({ origin: 'https://evil.test' }));
    const good = await ask();
    const first = await add(ines, good);
    const again = await add(ines, good);
    const nonsense = await add(ines, { name: 'x', credential: { id: '?' } });

    const codes = [foreign, unverified, elsewhere, again].map(({ json }) => json.code);
    assert.deepEqual(
      codes,
      Array.from({ length: 4 }, () => 'passkey.unfit'),
    );
    assert.deepEqual([first.status, nonsense.status], [201, 400]);
  });

  it('is asked for by forms of ours alone, and by no more than a hundred tries a quarter of an hour', async () => {
    const browser = aBrowser(hub);
    const { csrf } = await optionsFor(browser, 'sign-in');
    const ask = (proof_: string) =>
      browser.ask('/auth/passkey/options', { json: { csrf: proof_, step: 'sign-in' } });

    const forged = await ask('made by somebody');
    const many = await Promise.all(Array.from({ length: 110 }, () => ask(csrf)));
    const form = { csrf, step: 'sign-in', credential: 'no JSON' };
    const nonsense = await browser.ask('/auth/passkey', { form });

    assert.equal(forged.status, 403);
    assert.equal(many.filter(({ status }) => status === 429).length, 11);
    assert.equal(nonsense.status, 400);
  });
});

describe('The address of a hub', () => {
  it('is one that browsers know passkeys by when it is a name in a context they trust', () => {
    const works = (url: string) => passkeysWork(new URL(url));

    assert.ok(works('https://hub.larkfield.test'));
    assert.ok(works('http://localhost:7610'));
    assert.ok(!works('http://hub.larkfield.test'));
    assert.ok(!works('https://192.0.2.1'));
    assert.ok(!works('https://[2001:db8::1]'));
  });

  it('refuses to make passkeys where they would be of no use', async () => {
    await using plain = await anAccessHub({ publicUrl: new URL('http://127.0.0.1:7610') });
    const ines = await anAgentSignedIn(plain);

    const told = await ines.post('/v1/second-factors/passkeys/options', proof);
    const page = await aBrowser(plain).ask('/auth/login');

    assert.equal(told.json.code, 'passkey.impossible');
    assert.ok(!page.text.includes('passkey'));
  });
});
