// The console's page of API applications, in a real browser: a program is let in, renewed and put out again.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());

describe('The page of API applications', { skip }, () => {
  let hub: RunningHub;
  let reader: Reader;
  before(async () => {
    buildConsole();
    hub = await aHub();
    reader = await aReader();
    await signIn(reader.page, new URL('/applications', hub.url), hub.administrator);
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  it('lets a program in and shows its key this once, without barriers', async () => {
    const { page } = reader;
    await page.getByRole('button', { name: 'Add an application…' }).click();
    await page.getByLabel('Name').fill('Badge printer');
    await page.getByLabel('It proves itself by').selectOption('api-key');
    await page.getByLabel('Scopes').fill('read:assets read:customers');
    await page.getByRole('button', { name: 'Add the application' }).click();
    await page.getByText('Badge printer may call now').waitFor();
    const key = (await page.locator('.panel .made-link').last().textContent()) ?? '';

    const barriers = await barriersOf(page);
    const answer = await fetch(new URL('/api/Asset', hub.url), {
      headers: { 'x-halo-api-key': key },
    });

    assert.deepEqual(barriers, []);
    assert.equal(answer.status, 200);
    await page.getByRole('button', { name: 'Done' }).click();
    assert.ok(!(await page.content()).includes(key), 'the key is not shown again');
  });

  it('disables it at once, and deletes it when its name is typed', async () => {
    const { page } = reader;
    await page.getByRole('button', { name: 'Disable: Badge printer' }).click();
    await page.getByText('No program may call the hub; 1 is disabled.').waitFor();
    await page.getByRole('button', { name: 'Delete…: Badge printer' }).click();
    const name = page.getByLabel('Type Badge printer to go on');
    const last = page.getByRole('button', { name: 'Delete Badge printer' });
    await name.fill('Badge printer');
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('button', { name: 'Delete…: Badge printer' }).click();
    assert.equal(await name.inputValue(), '', 'the name is typed each time');
    assert.ok(await last.isDisabled());
    await name.fill('Badge printer');
    await last.click();

    await page.getByText('No program may call the hub yet.').waitFor();
  });
});
