// What belongs to which sign-on and browser, how keys change, and what the hub says of itself to a provider.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { compactVerify } from 'jose';
import type { Updateable } from 'kysely';
import type { SsoApplication } from '#features/sso/model.ts';
import { secretPlace } from '#features/sso/secrets.ts';
import { Secret } from '#lib/secret.ts';
import type { Tables } from '#store/tables.ts';
import { aBrowser } from '#test/servers/access.ts';
import {
  anOidcStage,
  type Journey,
  type OidcStage,
  prepared,
  seen,
  signOnWith,
  toProvider,
} from '#test/sso/oidc-stage.ts';

let on: OidcStage;
before(async () => {
  on = await anOidcStage();
});
after(() => on[Symbol.asyncDispose]());

describe('An answer of the provider', () => {
  const check = async (application: SsoApplication, journey: Journey) => {
    const { signedIn, check } = await seen(on, application, journey);
    return { signedIn, check };
  };

  it('is taken once: the same address a second time is refused, and its code is not shown again', async () => {
    const application = await prepared(on);
    const { browser, back } = await toProvider(on, application);
    await browser.ask(back);
    await browser.ask('/auth/me');
    const exchanges = tokenRequests();

    const answer = await browser.ask(back);

    assert.equal(answer.status, 403);
    const { check } = await seen(on, application, { browser, back, answer });
    assert.equal(check, 'oidc.state');
    assert.equal(tokenRequests(), exchanges);
  });

  it('is worth nothing in another browser, and is used up by it', async () => {
    const application = await prepared(on);
    const { browser, back } = await toProvider(on, application);
    const stranger = aBrowser(on.stage.hub);
    const exchanges = tokenRequests();

    const stolen = { browser: stranger, back, answer: await stranger.ask(back) };

    assert.deepEqual(await check(application, stolen), { signedIn: false, check: 'oidc.browser' });
    assert.equal(tokenRequests(), exchanges);
    const late = { browser, back, answer: await browser.ask(back) };
    assert.deepEqual(await check(application, late), { signedIn: false, check: 'oidc.state' });
  });

  it('is worth nothing in a browser that began a sign-on of its own', async () => {
    const application = await prepared(on);
    const { back } = await toProvider(on, application);
    const other = await toProvider(on, application);

    const forced = { ...other, answer: await other.browser.ask(back) };

    assert.deepEqual(await check(application, forced), { signedIn: false, check: 'oidc.browser' });
  });

  it('is worth nothing at another application of the same provider', async () => {
    const [application, other] = [await prepared(on), await prepared(on)];
    const { browser, back } = await toProvider(on, application);

    const answer = await browser.ask(back.replace(application.guid, other.guid));

    const at = await check(other, { browser, back, answer });
    assert.deepEqual(at, { signedIn: false, check: 'oidc.state' });
  });

  it('with a code that somebody else’s sign-on brought is refused by the provider’s PKCE', async () => {
    const application = await prepared(on);
    const [victim, thief] = [await toProvider(on, application), await toProvider(on, application)];
    const code = new URLSearchParams(victim.back.split('?')[1]).get('code') ?? '';
    const injected = thief.back.replace(/code=[^&]+/, `code=${code}`);

    const answer = await thief.browser.ask(injected);

    const journey = { ...thief, answer };
    assert.deepEqual(await check(application, journey), {
      signedIn: false,
      check: 'oidc.token-answer',
    });
  });

  it('is too late after ten minutes', async () => {
    const application = await prepared(on);
    const { browser, back } = await toProvider(on, application);
    const { time } = on.stage.hub;
    time.now = new Date(time.now.getTime() + 10 * 60_000);

    const answer = await browser.ask(back);

    const late = await check(application, { browser, back, answer });
    assert.deepEqual(late, { signedIn: false, check: 'oidc.state' });
  });

  it('is not taken as a form: the hub asks for the answer in the address', async () => {
    const application = await prepared(on);
    const { browser, back } = await toProvider(on, application);
    const [path = '', query = ''] = back.split('?');

    const told = await browser.ask(path, { form: query });

    assert.ok(told.status === 404 || told.status === 405);
    assert.equal((await browser.ask('/auth/me')).status, 401);
  });

  it('is refused before any token is asked for once the application was changed', async () => {
    const application = await prepared(on);
    const { browser, back } = await toProvider(on, application);
    await set(application, { version: application.version + 1 });
    const exchanges = tokenRequests();

    const answer = await browser.ask(back);

    const changed = await check(application, { browser, back, answer });
    assert.deepEqual(changed, { signedIn: false, check: 'application.unchanged' });
    assert.equal(tokenRequests(), exchanges);
  });

  it('finds no door at an application that was disabled meanwhile', async () => {
    const application = await prepared(on);
    const { browser, back } = await toProvider(on, application);
    await set(application, { active: false });
    const exchanges = tokenRequests();

    const answer = await browser.ask(back);

    assert.equal(answer.status, 403);
    assert.equal((await browser.ask('/auth/me')).status, 401);
    assert.equal(tokenRequests(), exchanges);
    assert.equal((await toProvider(on, application)).answer.status, 403);
  });
});

describe('A provider’s keys', () => {
  it('may change: a new one is read when a token names it', async () => {
    const application = await prepared(on);
    const first = await seen(on, application, await signOnWith(on, application));
    await on.op.rotate();

    const second = await seen(on, application, await signOnWith(on, application));

    assert.deepEqual([first.signedIn, second.signedIn], [true, true]);
  });

  it('are not read again and again for keys that nobody has', async () => {
    const application = await prepared(on);
    await signOnWith(on, application);
    on.op.misbehave({ header: (header) => ({ ...header, kid: 'nobody has it' }) });
    const before = keyRequests();

    for (let time = 0; time < 4; time += 1) await signOnWith(on, application);

    assert.equal(keyRequests() - before, 1);
  });

  it('are read anew for the next one when the cool-down is over', async () => {
    const application = await prepared(on, {
      how: { header: (header) => ({ ...header, kid: 'x' }) },
    });
    await signOnWith(on, application);
    on.op.misbehave({});
    await on.op.rotate();
    const { time } = on.stage.hub;
    const early = await seen(on, application, await signOnWith(on, application));
    time.now = new Date(time.now.getTime() + 61_000);

    const late = await seen(on, application, await signOnWith(on, application));

    assert.deepEqual([early.check, late.signedIn], ['oidc.key', true]);
  });
});

describe('The hub proves to the provider who it is', () => {
  const lastToken = () => on.op.asked.findLast(({ path }) => path.endsWith('/token'));

  it('with its secret in the header, or in the form, as it is set', async () => {
    const basic = await prepared(on);
    await signOnWith(on, basic);
    const withHeader = lastToken();
    const post = await prepared(on, {
      settings: { settings: JSON.stringify({ clientAuthentication: 'post' }) },
    });

    await signOnWith(on, post);

    assert.match(withHeader?.auth ?? '', /^Basic /);
    assert.equal(withHeader?.form.get('client_secret'), null);
    assert.equal(lastToken()?.form.get('client_secret'), on.op.clientSecret);
  });

  it('with a signature of its own key, and sends no secret then', async () => {
    const settings = JSON.stringify({ clientAuthentication: 'private-key-jwt' });
    const application = await prepared(on, { settings: { settings } });
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const place = secretPlace('sealed_private_key', application.id);
    const { sealing } = on.stage.ports;
    await set(application, { sealed_private_key: sealing.seal(place, new Secret(pem)) });

    const { signedIn } = await seen(on, application, await signOnWith(on, application));

    assert.equal(signedIn, true);
    const sent = lastToken();
    assert.equal(sent?.form.get('client_secret'), null);
    assert.equal(sent?.auth, '');
    const { payload } = await compactVerify(sent?.form.get('client_assertion') ?? '', publicKey);
    const claims = JSON.parse(new TextDecoder().decode(payload));
    assert.deepEqual([claims.iss, claims.sub, claims.aud], ['the-hub', 'the-hub', on.op.base]);
  });

  it('not at all where it is a public client; PKCE protects it', async () => {
    const settings = JSON.stringify({ clientAuthentication: 'none' });
    const application = await prepared(on, { settings: { settings } });

    const { signedIn } = await seen(on, application, await signOnWith(on, application));

    assert.equal(signedIn, true);
    assert.deepEqual([lastToken()?.auth, lastToken()?.form.get('client_secret')], ['', null]);
  });
});

describe('What the hub asks of the provider', () => {
  it('is what was configured: scope, prompt, hint, age and class, with S256 and a nonce', async () => {
    const application = await prepared(on, {
      settings: {
        scope: 'openid email',
        prompt: 'select_account',
        domain_hint: 'larkfield.test',
        settings: JSON.stringify({ maxAgeSeconds: 60, requiredAcr: ['strong', 'stronger'] }),
      },
    });

    const { answer } = await toProvider(on, application);

    const asked = new URL(answer.headers.get('location') ?? '').searchParams;
    const told = Object.fromEntries(asked);
    const { state, nonce, code_challenge, ...rest } = told;
    assert.deepEqual(rest, {
      acr_values: 'strong stronger',
      client_id: 'the-hub',
      code_challenge_method: 'S256',
      domain_hint: 'larkfield.test',
      max_age: '60',
      prompt: 'select_account',
      redirect_uri: `http://hub.larkfield.test/auth/sso/${application.guid}/callback`,
      response_type: 'code',
      scope: 'openid email',
    });
    for (const random of [state, nonce, code_challenge]) assert.match(random ?? '', /^[\w-]{43}$/);
  });

  it('is openid, profile and email where no scope was set, and hd for Google', async () => {
    const settings = { preset: 'google', domain_hint: 'larkfield.test' } as const;
    const application = await prepared(on, { settings });

    const { answer } = await toProvider(on, application);

    const asked = new URL(answer.headers.get('location') ?? '').searchParams;
    assert.equal(asked.get('scope'), 'openid profile email');
    assert.equal(asked.get('hd'), 'larkfield.test');
    assert.equal(asked.get('domain_hint'), null);
  });
});

async function set(
  { id }: SsoApplication,
  columns: Updateable<Tables['sso_applications']>,
): Promise<void> {
  const { db } = on.stage.hub.database;
  await db.updateTable('sso_applications').set(columns).where('id', '=', id).execute();
}

function tokenRequests(): number {
  return on.op.asked.filter(({ path }) => path.endsWith('/token')).length;
}

function keyRequests(): number {
  return on.op.asked.filter(({ path }) => path.endsWith('/keys')).length;
}
