// The page /s/{id} in a real browser: read once, guessed at, previewed, answered, with and without script.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { toBase64 } from '#features/secret-links/browser-crypto.ts';
import { aBrowser, chromiumAbsent } from '#test/servers/chromium.ts';
import {
  aBrowserLink,
  aLink,
  aLinksHub,
  aRequest,
  aSender,
  aSentFile,
  type HeldLink,
  type LinksHub,
  revealLink,
  type Sender,
  textIn,
} from '#test/servers/links.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());
const passphrase = 'three herons by the weir';

describe('The page of a secret link', { skip }, () => {
  let hub: LinksHub;
  let sender: Sender;
  let reader: Reader;
  let page: Page;
  before(async () => {
    hub = await aLinksHub({ name: 'Ines Marlow' });
    hub.time.now = new Date();
    sender = await aSender(hub);
    reader = await aReader();
    page = reader.page;
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  const at = ({ token, key }: HeldLink) => new URL(`/s/${token}#${toBase64(key)}`, hub.base).href;
  const open = async (link: HeldLink) => {
    // A change of the fragment alone loads no page.
    await page.goto('about:blank');
    await page.goto(at(link));
  };
  const heading = (name: string) => page.getByRole('heading', { name }).waitFor();
  const press = (name: string) => page.getByRole('button', { name }).click();
  const stateOf = async (id: number) => (await sender.get(`/v1/secret-links/${id}`)).json.state;

  it('shows a secret once, on a click, and forgets the key', async () => {
    const link = await aLink(sender, 'kestrel-9\n  & <b>bold</b>');
    await open(link);
    await heading('A secret for you');
    assert.deepEqual(await barriersOf(page), []);
    await shot(page, 'waiting');

    await press('Show the secret');
    await heading('Your secret');

    assert.equal(await page.locator('pre').textContent(), 'kestrel-9\n  & <b>bold</b>');
    assert.equal(new URL(page.url()).hash, '');
    assert.deepEqual(await barriersOf(page), []);
    await shot(page, 'revealed');
    await open(link);
    await heading('This secret was shown already');
    assert.match((await page.locator('main').textContent()) ?? '', /was shown on .* UTC/);
    assert.deepEqual(await barriersOf(page), []);
    await shot(page, 'viewed');
  });

  it('keeps a secret from everything that does not click', async () => {
    const link = await aLink(sender, 'kestrel-9');
    await open(link);
    await heading('A secret for you');

    // As scanners do that run scripts: they wait, scroll, move about and load again.
    await page.mouse.move(200, 200);
    await page.mouse.wheel(0, 500);
    await page.waitForTimeout(300);
    await page.reload();
    await heading('A secret for you');

    assert.equal(await stateOf(link.id), 'waiting');
    assert.equal(await textIn(link, await revealLink(hub, link)), 'kestrel-9');
  });

  it('asks for the passphrase, says when it is wrong, and opens with the right one', async () => {
    const link = await aBrowserLink(sender, 'kestrel-9', { passphrase });
    await open(link);
    const field = page.getByLabel('Passphrase');
    await field.fill('two herons by the weir');
    await press('Show the secret');
    await page.getByRole('alert').filter({ hasText: 'not the right one' }).waitFor();
    assert.deepEqual(await barriersOf(page), []);
    await shot(page, 'passphrase');

    await field.fill(passphrase);
    await field.press('Enter');
    await heading('Your secret');

    assert.equal(await page.locator('pre').textContent(), 'kestrel-9');
  });

  it('says when it ran out, when it was burnt, and when it is not whole', async () => {
    const start = hub.time.now;
    const old = await aLink(sender, 'kestrel-9', { password_link_expiration: 1 });
    const burnt = await aLink(sender, 'kestrel-9');
    await sender.burn(burnt.id);

    hub.time.now = new Date(start.getTime() + 3_700_000);
    await open(old);
    await heading('This link has run out');
    await page.getByText('The link ran out on').waitFor();
    await shot(page, 'expired');
    hub.time.now = start;
    await open(burnt);
    await page.getByText('The secret was destroyed on').waitFor();
    await page.goto(new URL(`/s/${burnt.token}`, hub.base).href);
    await heading('This link is not whole');
    const wrong = await aLink(sender, 'kestrel-9');
    await open({ ...wrong, key: new Uint8Array(32) });
    await heading('Nothing is here');

    assert.equal(await stateOf(wrong.id), 'waiting');
  });

  it('lets its reader destroy what could be shown again', async () => {
    const link = await aBrowserLink(sender, 'kestrel-9', { reveals: 3 });
    await open(link);
    await page.getByText('It can be shown 3 more times.').waitFor();

    await press('Show the secret');
    await press('Destroy it now');
    await heading('Destroyed');

    assert.equal(await stateOf(link.id), 'burnt');
  });

  it('saves a file as it was sent, and never shows it', async () => {
    const bytes = new TextEncoder().encode(`<script>alert(1)</script>${'x'.repeat(700_000)}`);
    const link = await aSentFile(sender, { name: 'key <1>.html', bytes });
    await open(link);
    await press('Show the secret');
    await page.getByRole('button', { name: 'Save the file' }).waitFor();
    assert.deepEqual(await barriersOf(page), []);
    await shot(page, 'file');

    const coming = page.waitForEvent('download');
    await press('Save the file');
    const download = await coming;
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);

    assert.match(download.suggestedFilename(), /^key _?1_?\.html$|^key <1>\.html$/);
    assert.deepEqual(Buffer.concat(chunks), Buffer.from(bytes));
  });

  it('takes an answer to a request, which only who asked can read', async () => {
    const { give, read } = await aRequest(sender);
    await open(give);
    await heading(`${senderName} asks you for a secret`);
    assert.deepEqual(await barriersOf(page), []);
    await shot(page, 'request');
    await press('Send it');
    await page.getByRole('alert').filter({ hasText: 'Type a secret or choose a file' }).waitFor();

    await page.getByLabel('Secret', { exact: true }).fill('the portal password');
    await press('Send it');
    await heading('Sent');
    await shot(page, 'sent');
    await open(read);
    await press('Show the secret');
    await heading('Your secret');

    assert.equal(await page.locator('pre').textContent(), 'the portal password');
    await open(give);
    await heading('This was answered already');
  });

  it('takes a file as an answer too', async () => {
    const { give, read } = await aRequest(sender);
    await open(give);
    const buffer = Buffer.alloc(600_000, 'ab');
    const chosen = { name: 'backup.key', mimeType: 'application/octet-stream', buffer };
    await page.getByLabel('or a file').setInputFiles(chosen);
    await press('Send it');
    await heading('Sent');

    await open(read);
    await press('Show the secret');
    const coming = page.waitForEvent('download');
    await press('Save the file');
    const chunks: Buffer[] = [];
    for await (const chunk of await (await coming).createReadStream()) chunks.push(chunk);

    assert.deepEqual(Buffer.concat(chunks), buffer);
  });

  it('fits a telephone', async () => {
    const link = await aLink(sender, 'k'.repeat(400));
    await page.setViewportSize({ width: 360, height: 740 });
    await open(link);
    await press('Show the secret');
    await heading('Your secret');

    const wide = await page.evaluate(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    );
    await shot(page, 'mobile');
    await page.setViewportSize({ width: 1280, height: 860 });

    assert.equal(wide, false);
  });

  it('broke no rule of its policy in all this', () => {
    const own = reader.complaints.filter((complaint) => !/status of (410|429)/.test(complaint));

    assert.deepEqual(own, []);
  });

  it('says without script that it needs one, and uses nothing up', async () => {
    const link = await aLink(sender, 'kestrel-9');
    await using plain = await aBrowser();
    const bare = await plain.context.browser()?.newContext({ javaScriptEnabled: false });
    const other = await (bare ?? plain.context).newPage();
    await other.goto(at(link));

    const text = await other.locator('noscript').textContent();
    const shown = await other.locator('noscript p').isVisible();
    await bare?.close();

    assert.match(text?.replaceAll(/\s+/g, ' ') ?? '', /needs JavaScript/);
    assert.equal(shown, true);
    assert.equal(await stateOf(link.id), 'waiting');
  });
});

const senderName = 'Ines Marlow';

/** Stills to look at, where somebody asked for them. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SUNDOG_TEST_SHOTS;
  if (folder === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${folder}/secret-${name}-${colorScheme}.png` });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
