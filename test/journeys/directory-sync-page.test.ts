// The console's pages of directory syncs, in a real browser, from the connection of the lab to people in the desk.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());
const pictures = process.env.SUNDOG_TEST_PICTURES;

describe('The pages of directory syncs', { skip }, () => {
  let hub: RunningHub;
  let reader: Reader;
  before(async () => {
    buildConsole();
    hub = await aHub({ lab: true });
    reader = await aReader();
    await signIn(reader.page, new URL('/directory-syncs', hub.url), hub.administrator);
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  /** Wide and on a telephone: no barrier anywhere, and a picture of each where they are wanted. */
  const look = async (name: string) => {
    const { page } = reader;
    const found: unknown[] = [];
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      found.push(...(await barriersOf(page)));
      const wide = await page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      if (wide) found.push(`wider than ${width}`);
      for (const colorScheme of pictures === undefined ? [] : (['light', 'dark'] as const)) {
        await page.emulateMedia({ colorScheme });
        const path = `${pictures}/${name}-${colorScheme}-${width}.png`;
        await page.screenshot({ path, fullPage: true });
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    return found;
  };
  const button = (name: string) => reader.page.getByRole('button', { name, exact: true });

  it('begin with none, and add one on the directory’s connection', async () => {
    const { page } = reader;
    await page.getByText('No directory is synchronised yet.').waitFor();
    await button('Add a directory sync…').click();
    await page.getByLabel('Name').fill('People of Larkfield');
    const barriers = await look('syncs-empty');
    await button('Add the sync').click();

    await page.getByText('until it has a place. It runs by hand alone.').waitFor();
    assert.deepEqual(barriers, []);
    assert.ok(await button('Sync now').isDisabled(), 'nothing can be read yet');
  });

  it('find a container one level at a time, and a site for its people', async () => {
    const { page } = reader;
    await button('Change the settings…').click();
    await button('Add a place').click();
    await button('Browse…').click();
    await button('Open ad.larkfield.test').click();
    await button('Choose People').waitFor();
    const browsing = await look('sync-browse');
    await button('Choose People').click();
    const site = page.getByLabel('Their site');
    const first = await site.locator('option').nth(1).getAttribute('value');
    await site.selectOption(first);
    await page.getByText(/fields are filled$/).click();
    const editing = await look('sync-editor');
    await button('Save the settings').click();
    await page.getByText('Everybody in People become users').waitFor();

    assert.deepEqual([...browsing, ...editing], []);
  });

  it('try the directory and show whom they would read', async () => {
    const { page } = reader;
    await button('Test').click();
    await page.getByText('works', { exact: true }).waitFor();
    await button('Preview').click();
    await page.getByText(/People: \d+ seen/).waitFor();
    await page.getByText('Ines Marlow').first().waitFor();

    assert.deepEqual(await look('sync-previewed'), []);
  });

  it('sync, and hand over the plan that waits', async () => {
    const { page } = reader;
    await button('Sync now').click();
    await page.getByRole('link', { name: 'Read the plan' }).waitFor({ timeout: 60_000 });
    const barriers = await look('sync-planned');
    await page.getByRole('link', { name: 'Read the plan' }).click();
    await page.waitForURL(/\/plans\//);
    await page.locator('h1').waitFor();

    assert.deepEqual(barriers, []);
  });

  it('report what differs, and say why something happens to somebody', async () => {
    const { page } = reader;
    await page.goBack();
    await button('Drop the plan').click();
    await page.getByText('cancelled', { exact: true }).first().waitFor();
    await button('Report what differs').click();
    await page.getByText(/one by one$/).click({ timeout: 60_000 });
    const barriers = await look('sync-drift');

    assert.deepEqual(barriers, []);
    assert.deepEqual(reader.complaints, []);
  });
});
