// Signing in with more than a password, in a real browser with a virtual authenticator and an app's codes.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CDPSession, Page } from 'playwright-core';
import { z } from 'zod';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { appOf } from '#test/servers/second-factors.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());

describe('An agent at the page of their own sign-in', { skip }, () => {
  let hub: RunningHub;
  let reader: Reader;
  let page: Page;
  let devices: CDPSession;
  let authenticatorId: string;
  let email: string;
  let password: string;
  let letters = '';
  let codes: string[] = [];
  before(async () => {
    buildConsole();
    const port = await freePort();
    // Browsers know passkeys by a name alone.
    const env = { SUNDOG_PORT: String(port), SUNDOG_PUBLIC_URL: `http://localhost:${port}` };
    hub = await aHub({ env });
    ({ email } = hub.administrator);
    password = `${email} chose this one`;
    reader = await aReader();
    page = reader.page;
    page.setDefaultTimeout(8_000);
    devices = await page.context().newCDPSession(page);
    await devices.send('WebAuthn.enable');
    authenticatorId = await plugIn();
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  async function plugIn(): Promise<string> {
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    } as const;
    const made = await devices.send('WebAuthn.addVirtualAuthenticator', { options });
    return made.authenticatorId;
  }

  const at = (path: string) => new URL(path, hub.url);
  const go = (path: string) => page.goto(at(path).href);
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const shownAs = (name: string) => shoot(page, name);
  const arrived = () => page.waitForURL((url) => !url.pathname.startsWith('/auth/'));

  async function prove(words: string): Promise<void> {
    await page.getByRole('dialog').getByLabel('Your password').fill(password);
    await page.getByRole('dialog').getByRole('button', { name: words, exact: true }).click();
  }

  async function signOut(): Promise<void> {
    await go('/auth/logout');
    await button('Sign out').click();
    await says('You are signed out');
  }

  async function givePassword(): Promise<void> {
    await go('/auth/login?return=/account');
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL(/\/auth\/second-factor/);
  }

  it('reads in its first line that a password is all there is', async () => {
    await signIn(page, at('/account'), hub.administrator);

    await says('You sign in with a password alone: whoever learns it comes in.');
    await says('Where you are signed in');
    assert.deepEqual(await barriersOf(page), []);
    await shownAs('account-bare');
  });

  it('adds a passkey, and is given recovery codes once', async () => {
    await button('Add a passkey…').click();
    await page.getByRole('dialog').getByLabel('Name').fill('Laptop at Larkfield');
    assert.deepEqual(await barriersOf(page), []);
    await shownAs('account-add-passkey');
    await prove('Add a passkey');

    await says('Keep these recovery codes');
    codes = await page.locator('.codes li').allTextContents();
    assert.equal(codes.length, 10);
    assert.deepEqual(await barriersOf(page), []);
    await shownAs('account-codes');
    await button('I have kept them').click();
    await says('Laptop at Larkfield');
    await says('You sign in with a password and a passkey.');
    const { credentials } = await devices.send('WebAuthn.getCredentials', { authenticatorId });
    assert.equal(credentials.length, 1);
    assert.equal(credentials[0]?.isResidentCredential, true);
  });

  it('sets up an app with a code, after a wrong password and a wrong code', async () => {
    await button('Set up an app…').click();
    await page.getByRole('dialog').getByLabel('Your password').fill('somebody at an open screen');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Set up an app', exact: true })
      .click();
    await says('The present password is wrong.');
    await prove('Set up an app');
    letters = (await page.locator('.letters').textContent())?.replaceAll(' ', '') ?? '';
    await page.getByLabel('The code the app shows').fill('000000');
    await button('Set up the app').click();
    await says(/The code does not fit what was set up/);
    assert.deepEqual(await barriersOf(page), []);
    await shownAs('account-app');
    await page.getByLabel('The code the app shows').fill(appOf(letters)(new Date()));
    await button('Set up the app').click();

    await says('You sign in with a password and a passkey or an app that shows codes.');
    await shownAs('account-full');
    assert.deepEqual(await barriersOf(page), []);
  });

  it('signs in with the passkey alone', async () => {
    await signOut();
    await go('/auth/login?return=/account');
    await button('Sign in with a passkey').waitFor();
    assert.deepEqual(await barriersOf(page), []);
    await shownAs('login-passkey');

    await button('Sign in with a passkey').click();

    await arrived();
    await says(/You sign in with a password and a passkey/);
  });

  it('is asked for the passkey or a code after the password', async () => {
    await signOut();
    await givePassword();
    assert.deepEqual(await barriersOf(page), []);
    await shownAs('second-factor');

    await button('Use a passkey').click();

    await arrived();
    await says('Laptop at Larkfield');
  });

  it('comes in with a recovery code where the device is gone, and sees one less', async () => {
    await signOut();
    await devices.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    await givePassword();
    await page.getByLabel('The code your app shows').fill('not a code');
    await button('Sign in').click();
    await says(/The code is wrong, was used before/);
    await shownAs('second-factor-refused');
    await page.getByLabel('The code your app shows').fill(codes[0] ?? '');
    await button('Sign in').click();

    await arrived();
    await says('9 left');
  });

  it('is told when nobody touched a passkey', async () => {
    await signOut();
    authenticatorId = await plugIn();
    await devices.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await go('/auth/login');
    await button('Sign in with a passkey').click();

    await says('No passkey was used. Try again, or use another way.');
    assert.equal(new URL(page.url()).pathname, '/auth/login');
  });

  it('signs in with password and code where no script runs', async () => {
    const browser = page.context().browser();
    const context = await (browser ?? assert.fail('no browser')).newContext({
      javaScriptEnabled: false,
    });
    const plain = await context.newPage();
    await plain.goto(at('/auth/login?return=/auth/me').href);
    assert.equal(await plain.getByRole('button', { name: /passkey/ }).count(), 0);
    await plain.getByLabel('E-mail address').fill(email);
    await plain.getByLabel('Password').fill(password);
    await plain.getByRole('button', { name: 'Sign in' }).click();
    // The step of the code that set the app up is used; the next is good, and within the window.
    const next = appOf(letters)(new Date(Date.now() + 30_000));
    await plain.getByLabel('The code your app shows').fill(next);
    await plain.getByRole('button', { name: 'Sign in' }).click();
    await plain.waitForURL(/\/auth\/me/);

    const Me = z.looseObject({ email: z.string() });
    assert.equal(Me.parse(JSON.parse((await plain.textContent('body')) ?? '')).email, email);
    await context.close();
  });

  it('removes the passkey with the password, and the browser complained of nothing', async () => {
    await givePassword();
    await page.getByLabel('The code your app shows').fill(codes[1] ?? '');
    await button('Sign in').click();
    await arrived();
    await button('Remove Laptop at Larkfield…').click();
    await prove('Remove');

    await says('You sign in with a password and an app that shows codes.');
    // The wrong password and the wrong code were refused, as they were meant to be.
    const others = reader.complaints.filter((one) => !one.includes('status of 400'));
    assert.deepEqual(others, []);
  });
});

/** Kept for whoever looks at them, where a folder is named. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.SUNDOG_TEST_SHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });
}
