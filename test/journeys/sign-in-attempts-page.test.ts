// The console's pages of sign-in attempts, in a real browser: a test of a sign-in, and what it tells.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());

describe('The pages of sign-in attempts', { skip }, () => {
  let hub: RunningHub;
  let reader: Reader;
  let guid: string;
  before(async () => {
    buildConsole();
    hub = await aHub();
    reader = await aReader();
    await signIn(reader.page, new URL('/sign-in-attempts', hub.url), hub.administrator);
    guid = await anApplicationNobodyAnswersAt();
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  /** As the console itself would ask: with the session and its proof. */
  async function anApplicationNobodyAnswersAt(): Promise<string> {
    const { request } = reader.page.context();
    const me = await request.get(new URL('/auth/me', hub.url).href);
    const { csrfToken } = z.looseObject({ csrfToken: z.string() }).parse(await me.json());
    const made = await request.post(new URL('/v1/sso-applications', hub.url).href, {
      headers: { 'x-csrf-token': csrfToken },
      data: {
        name: 'Larkfield ID',
        oidc: { url: 'https://id.larkfield.test', clientId: 'sundog' },
        clientSecret: 'a secret of the test',
        allows: { agent: true, user: true },
      },
    });
    return z.looseObject({ guid: z.string() }).parse(await made.json()).guid;
  }

  it('begin with nobody having signed in like that, without barriers', async () => {
    const { page } = reader;
    await page.getByText('No sign-in through another system was refused').waitFor();
    await page.getByText('Nobody has signed in through another system yet.').waitFor();

    assert.deepEqual(await barriersOf(page), []);
  });

  it('show a test that was refused, with the failing step open and what to do', async () => {
    const { page } = reader;
    await page.goto(new URL(`/auth/sso/${guid}/test`, hub.url).href);
    await page.waitForURL(/\/sign-in-attempts\/\d+$/);

    await page.getByRole('heading', { name: /^The test was refused: / }).waitFor();
    const open = page.locator('.trace details[open]');
    assert.equal(await open.count(), 1);
    assert.match(
      (await open.textContent()) ?? '',
      /The discovery document of the provider can be read/,
    );
    assert.match((await open.textContent()) ?? '', /What to do.*Check the address/);
    assert.deepEqual(await barriersOf(page), []);
  });

  it('try it again from there', async () => {
    const { page } = reader;
    const before = page.url();
    await page.getByRole('link', { name: 'Test sign-in again' }).click();
    await page.waitForURL(
      (url) => url.href !== before && /\/sign-in-attempts\/\d+$/.test(url.pathname),
    );
    await page.getByRole('heading', { name: /^The test was refused: / }).waitFor();
  });

  it('list the attempts, and those alone that ended as is asked', async () => {
    const { page } = reader;
    await page.goto(new URL('/sign-in-attempts', hub.url).href);
    await page.getByText('2 sign-ins were refused in the last day').waitFor();
    await page.locator('tbody tr').nth(1).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 2);
    assert.deepEqual(await barriersOf(page), []);

    await page.getByLabel('How it ended').selectOption('signed-in');
    await page.getByText('No attempt ended like that.').waitFor();
    assert.match(page.url(), /status=signed-in/);
  });

  it('tell people nothing but a number', async () => {
    const { page } = reader;
    await page.goto(new URL(`/auth/sso/${guid}/start`, hub.url).href);

    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    assert.deepEqual(await barriersOf(page), []);
    assert.deepEqual(reader.complaints, []);
  });
});
