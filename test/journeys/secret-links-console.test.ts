// An agent at the console hands a secret over and asks for one; somebody outside reads it in the same browser.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());

describe('Secret links at the console', { skip }, () => {
  let hub: RunningHub;
  let reader: Reader;
  let page: Page;
  let outside: Page;
  before(async () => {
    buildConsole();
    hub = await aHub();
    reader = await aReader();
    page = reader.page;
    await signIn(page, new URL('/secret-links', hub.url), hub.administrator);
    outside = await page.context().newPage();
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  const press = (name: string) => page.getByRole('button', { name }).click();
  const madeLink = async (at: number) =>
    (await page.locator('.made-link').nth(at).textContent()) ?? '';
  const barriersHere = async () => {
    await page.waitForLoadState('networkidle');
    return barriersOf(page);
  };
  const reads = async (link: string) => {
    await outside.goto('about:blank');
    await outside.goto(link);
    await outside.getByRole('button', { name: 'Show the secret' }).click();
    await outside.getByRole('heading', { name: 'Your secret' }).waitFor();
    return outside.locator('pre').textContent();
  };

  it('say first that nothing is on its way', async () => {
    await page.getByRole('heading', { name: 'No secret is on its way.' }).waitFor();

    assert.deepEqual(await barriersHere(), []);
  });

  it('hand over what was typed here, which no request of this page held', async () => {
    const sent: string[] = [];
    page.on('request', (request) => void sent.push(request.postData() ?? ''));
    await press('Send a secret');
    await page.getByLabel('Secret', { exact: true }).fill('kestrel-9');
    await page.getByLabel('What it is, for your own list').fill('The VPN password for Owen Pryce');
    assert.deepEqual(await barriersHere(), []);
    await shot(page, 'send');

    await press('Make the link');
    await page.getByText('It is not shown again').waitFor();
    assert.deepEqual(await barriersHere(), []);
    await shot(page, 'made');
    const link = await madeLink(0);
    await press('Done');

    assert.equal(await reads(link), 'kestrel-9');
    const all = sent.join('\n');
    assert.equal(all.includes('kestrel-9'), false);
    assert.equal(all.includes(new URL(link).hash.slice(1)), false);
    assert.match(all, /"content":/);
  });

  it('tell what became of it', async () => {
    await page.reload();

    await page.getByRole('cell', { name: /The VPN password for Owen Pryce/ }).waitFor();
    await page.getByRole('cell', { name: 'read', exact: true }).waitFor();
  });

  it('ask somebody outside, and read the answer', async () => {
    await press('Ask for a secret');
    await page.getByLabel('What you ask for').fill('The portal password of Kestrel Glass');
    assert.deepEqual(await barriersHere(), []);
    await press('Make both links');
    await page.getByText('Your own link').waitFor();
    await shot(page, 'asked');
    const [give, read] = [await madeLink(0), await madeLink(1)];
    await press('Done');

    await outside.goto('about:blank');
    await outside.goto(give);
    await outside.getByLabel('Secret', { exact: true }).fill('by the weir');
    await outside.getByRole('button', { name: 'Send it' }).click();
    await outside.getByRole('heading', { name: 'Sent' }).waitFor();

    assert.equal(await reads(read), 'by the weir');
  });

  it('are burnt when asked twice', async () => {
    await press('Send a secret');
    await page.getByLabel('Secret', { exact: true }).fill('to be burnt');
    await page.getByLabel('What it is, for your own list').fill('A mistake');
    await press('Make the link');
    await press('Done');
    await page.getByRole('button', { name: 'Burn: A mistake' }).click();

    await page.getByRole('button', { name: 'Yes, burn it: A mistake' }).click();
    await page.getByRole('cell', { name: 'burnt', exact: true }).waitFor();

    assert.deepEqual(await barriersHere(), []);
    await shot(page, 'list');
  });

  it('broke no rule of the policy in all this', () => {
    assert.deepEqual(reader.complaints, []);
  });
});

/** Stills to look at, where somebody asked for them. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SUNDOG_TEST_SHOTS;
  if (folder === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${folder}/secret-console-${name}-${colorScheme}.png` });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
