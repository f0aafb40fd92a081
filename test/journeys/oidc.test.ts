// Signing on and out with a certified OpenID provider, in a real browser, both ways.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { doorOf, signedOutAddress } from '#features/sso/addresses.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { secretPlace } from '#features/sso/secrets.ts';
import { Secret } from '#lib/secret.ts';
import { systemWait } from '#lib/wait.ts';
import { aUser } from '#test/servers/access.ts';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { anOidcProvider, type RealProvider } from '#test/servers/oidc-provider.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { anSsoApplication, lastAttempt, type SignOns, signOns } from '#test/servers/sign-ons.ts';
import { aReader, type Reader } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());
const email = 'maya.ortega@larkfield.test';

describe('Somebody of a company with a certified OpenID provider', { skip }, () => {
  let stage: SignOns;
  let provider: RealProvider;
  let reader: Reader;
  let page: Page;
  let application: SsoApplication;
  before(async () => {
    const port = await aFreePort();
    stage = await signOns({ publicUrl: new URL(`http://127.0.0.1:${port}`), port });
    stage.hub.time.now = new Date();
    provider = await anOidcProvider();
    application = await anSsoApplication(stage, {
      issuer_url: provider.issuer,
      client_id: provider.clientId,
      single_logout: true,
    });
    const place = secretPlace('sealed_client_secret', application.id);
    const sealed = stage.ports.sealing.seal(place, new Secret(provider.clientSecret));
    await change({ sealed_client_secret: sealed });
    await provider.open({
      redirectUri: doorOf(stage.ports, application, 'callback'),
      backChannel: doorOf(stage.ports, application, 'backchannel-logout'),
      signedOut: signedOutAddress(stage.ports),
    });
    await aUser(stage.hub, { name: 'Maya Ortega', email });
    reader = await aReader();
    page = reader.page;
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await provider?.[Symbol.asyncDispose]();
    await stage?.[Symbol.asyncDispose]();
  });

  const change = (columns: { active?: boolean; sealed_client_secret?: Buffer }) =>
    stage.hub.database.db
      .updateTable('sso_applications')
      .set(columns)
      .where('id', '=', application.id)
      .execute();
  const at = (path: string) => new URL(path, stage.ports.publicUrl).href;
  const start = () => page.goto(at(`/auth/sso/${application.guid}/start?return=/auth/me`));

  async function signOn(): Promise<void> {
    stage.hub.time.now = new Date();
    await start();
    await page.locator('input[name=login]').fill(email);
    await page.locator('input[name=password]').fill('anything');
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(/\/auth\/me$/);
  }

  async function whoAmI(): Promise<number> {
    const answer = await page.goto(at('/auth/me'));
    return answer?.status() ?? 0;
  }

  it('signs on, by a request that was pushed, and is who they are', async () => {
    await signOn();

    assert.match((await page.textContent('body')) ?? '', /maya\.ortega@larkfield\.test/);
    assert.deepEqual(provider.pushed, ['taken']);
    const attempt = await lastAttempt(stage, application);
    assert.equal(attempt?.status, 'signed-in');
    const passed = JSON.stringify(attempt?.steps);
    for (const check of ['oidc.pkce', 'oidc.nonce', 'oidc.signature', 'oidc.userinfo-subject']) {
      assert.ok(passed.includes(check), `${check} was asked`);
    }
  });

  it('signs out here, and with that at the provider, which comes back', async () => {
    await page.goto(at('/auth/logout'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: /yes/i }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();

    assert.match(page.url(), /\/auth\/logout\?state=[\w-]{43}$/);
    assert.equal(await whoAmI(), 401);
    await start();
    await page.locator('input[name=login]').waitFor();
  });

  it('signs out at the provider, and with that here, without the browser saying so', async () => {
    await signOn();
    const before = provider.loggedOut.length;

    await page.goto(`${provider.issuer}/session/end`);
    await page.getByRole('button', { name: /yes/i }).click();
    await page.waitForURL(/\/session\/end\/success/);

    assert.deepEqual(provider.loggedOut.slice(before), ['delivered']);
    assert.equal((await lastAttempt(stage, application))?.status, 'signed-out');
    assert.equal(await whoAmI(), 401);
  });

  it('is out at once when the application is disabled, and finds its door shut', async () => {
    await signOn();
    assert.equal(await whoAmI(), 200);

    await change({ active: false });

    // At once is when the bell was heard; who was looked up just before is remembered until then.
    for (let tries = 0; tries < 100 && (await whoAmI()) !== 401; tries += 1) await systemWait(20);
    assert.equal(await whoAmI(), 401);
    assert.equal((await start())?.status(), 403);
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    // The provider's own pages ask for a font from elsewhere.
    const own = reader.complaints.filter((one) => !one.includes('ERR_NAME_NOT_RESOLVED'));
    assert.deepEqual(own, []);
  });
});

async function aFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
