// The audit trail at the console, in a real browser: read, opened, and an entry's texts destroyed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());

describe('The audit page', { skip }, () => {
  it('shows who did what, one entry in full, and destroys its texts for those entitled', async () => {
    buildConsole();
    await using hub = await aHub();
    await using reader = await aReader();
    const { page } = reader;
    await signIn(page, new URL('/audit', hub.url), hub.administrator);

    await page.locator('h1').waitFor();
    await page.getByText('Password changed').first().waitFor();
    assert.deepEqual(await barriersOf(page), []);
    await page.getByText('Password changed').first().click();
    await page.getByText('Hash of the chain here').waitFor();
    assert.deepEqual(await barriersOf(page), []);
    await page.getByLabel('Destroy what this entry quotes').fill('a test');
    await page.getByRole('button', { name: 'Destroy the texts' }).click();
    await page.getByText('destroyed').first().waitFor();

    assert.deepEqual(reader.complaints, []);
  });
});
