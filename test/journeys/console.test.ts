// The console in a real browser, against a hub with the lab: read, decide, watch, reveal, take back.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { anAgent, aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());
const longMs = 60_000;

describe('An administrator at the console', { skip }, () => {
  let hub: RunningHub;
  let reader: Reader;
  let page: Page;
  before(async () => {
    buildConsole();
    hub = await aHub({ lab: true });
    reader = await aReader();
    page = reader.page;
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  const at = (path: string) => new URL(path, hub.url);
  const go = (path: string) => page.goto(at(path).href);
  const heading = () => page.locator('h1');
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const isAt = (path: string | RegExp) => page.waitForURL(path);

  async function openWaitingPlan(): Promise<void> {
    await go('/plans');
    await page.getByRole('link', { name: 'Movers and leavers' }).first().click();
    await isAt(/\/plans\/[\w-]+/);
    await says('Clara Whitcombe');
  }

  async function barriersHere(): Promise<string[]> {
    await heading().waitFor();
    await page.waitForLoadState('networkidle');
    return (await barriersOf(page)).map((barrier) => `${page.url()} ${barrier}`);
  }

  async function openRunOf(automation: string): Promise<void> {
    await go('/runs');
    await page.getByRole('link', { name: automation }).last().click();
    await isAt(/\/runs\/[\w-]+/);
    await heading().waitFor();
  }

  it('signs in, chooses a password, and arrives where the link led', async () => {
    await signIn(page, at('/plans?from=mail'), hub.administrator);

    await heading().waitFor();
    assert.equal(new URL(page.url()).pathname, '/plans');
    assert.equal(await heading().textContent(), '1 plan waits for you.');
  });

  it('reads in the first line of the overview what needs attention', async () => {
    await go('/');

    await says(/1 plan waits for you\./);
    await page.getByRole('link', { name: 'Movers and leavers' }).waitFor();
  });

  it('reads a plan: guards with their arithmetic, people, before and after, reasons', async () => {
    await openWaitingPlan();

    await says('2 of 40 accounts disabled, 5 %; the limit is 3 or 5 %.');
    await says('Supplier Quality Manager');
    await says('title is Supplier Quality Manager in Halo (Larkfield)');
    await page.getByRole('article', { name: 'add to group Quality' }).waitFor();
    await button(/Owen Pryce/).click();
    await isAt(/person=35/);
    await page
      .getByRole('article', { name: /tell ticket/ })
      .getByText('cannot be undone')
      .waitFor();
  });

  it('asks why, and is told step by step', async () => {
    await button(/^Why\?/).click();

    await says('Decided');
    await says(/inactive is true in Halo/);
  });

  it('goes everywhere with the keyboard', async () => {
    await openWaitingPlan();
    await page.keyboard.press('j');
    await isAt(/person=34/);
    await page.keyboard.press('k');
    await isAt(/person=33/);
    await page.keyboard.press('/');
    await page.keyboard.type('pryce');
    await isAt(/find=pryce/);
    await says('Owen Pryce');
    assert.equal(await button(/Clara Whitcombe/).count(), 0);
    await page.keyboard.press('Tab');
    await page.keyboard.press('?');
    await says('Keyboard shortcuts');
    await page.keyboard.press('Escape');
    await page.getByText('Keyboard shortcuts').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await isAt(/\/runs$/);
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Find' }).fill('Owen');
    await page.getByText('in the plan of Movers and leavers').first().waitFor();
    await page.keyboard.press('Enter');
    await isAt(/\/plans\/[\w-]+\?person=35/);
  });

  it('meets no barrier that axe can find, in light and in dark', async () => {
    const found: string[] = [];
    for (const path of ['/', '/automations', '/plans', '/runs', '/key-vaults', '/no/such/page']) {
      await go(path);
      found.push(...(await barriersHere()));
    }
    await openWaitingPlan();
    for (const decide of ['', 'approve', 'reject']) {
      await page.goto(`${page.url().split('?')[0]}?decide=${decide}`);
      found.push(...(await barriersHere()));
    }
    await openRunOf('New starters');
    found.push(...(await barriersHere()));
    for (const path of ['/auth/password', '/auth/logout']) {
      await go(path);
      found.push(...(await barriersHere()));
    }

    assert.deepEqual(found, []);
  });

  it('leaves a colleague who may only read a sentence where a decision is refused', async () => {
    await openWaitingPlan();
    const link = `${page.url()}?person=35`;
    await using other = await aReader();
    await signIn(other.page, new URL(link), anAgent(hub, 'tom@larkfield.test'));
    await other.page.getByRole('heading', { name: 'Owen Pryce' }).waitFor();
    assert.equal(other.page.url(), link);

    await other.page.getByRole('button', { name: 'Reject…' }).click();
    await other.page.getByRole('button', { name: 'Reject this plan' }).click();

    const refusal = other.page.getByRole('alert');
    await refusal.waitFor();
    assert.match((await refusal.textContent()) ?? '', /plans:approve/);
    assert.deepEqual(other.complaints, []);
  });

  it('rejects a plan, with the reason beside it', async () => {
    await go('/automations');
    await button('Plan now: Movers and leavers').click();
    await isAt(/\/plans\/[\w-]+/);
    await button('Reject…').click();
    await page.getByLabel('Why not').fill('Owen stays until Friday');
    await button('Reject this plan').click();

    await says(/Rejected by .*“Owen stays until Friday”/);
    assert.equal(await button('Approve…').count(), 0);
  });

  it('approves when the number was typed, and sees the outcomes come in', async () => {
    await go('/');
    await page.getByRole('link', { name: 'Movers and leavers' }).first().click();
    await button('Approve…').click();
    const yes = button('Disable 2 accounts and make 6 other changes');
    await page.getByLabel('Type 2 to disable 2 accounts').fill('1');
    assert.equal(await yes.isDisabled(), true);
    await page.getByLabel('Type 2 to disable 2 accounts').fill('2');
    await page.getByLabel('Comment').fill('Read with Rosa');
    await yes.click();

    await isAt(/\/runs\/[\w-]+/);
    await page.getByRole('heading', { name: /^Finished in .*8 done/ }).waitFor({ timeout: longMs });
    assert.equal(await page.locator('tr .state-done').count(), 8);
  });

  it('reveals a first password once and only once', async () => {
    await openRunOf('New starters');
    const asked = page.waitForRequest(/\/reveal$/);
    await button('Reveal once: the first password of Ines Marlow').click();
    const password = (await page.locator('.password').textContent()) ?? '';
    assert.ok(password.length >= 12);
    await page.keyboard.press('Escape');

    await says('was revealed');
    assert.equal((await page.content()).includes(password), false);
    const again = await page.request.post((await asked).url(), {
      headers: { 'x-csrf-token': (await (await asked).allHeaders())['x-csrf-token'] ?? '' },
      data: {},
    });
    assert.equal(again.ok(), false);
    assert.equal((await again.text()).includes(password), false);
  });

  it('takes a run back: plans the undo, approves it, and the accounts are disabled', async () => {
    await openRunOf('New starters');
    await button('Plan the undo of this run').click();
    await isAt(/\/plans\/[\w-]+/);
    await says('the run it takes back');
    await button(/^Approve/).click();
    const typed = page.getByLabel(/^Type \d+ to disable/);
    await typed.fill(
      /\d+/.exec((await page.locator('form label').allInnerTexts()).join())?.[0] ?? '',
    );
    const reason = page.getByLabel('Why it may go on all the same');
    if ((await reason.count()) > 0) await reason.fill('The starters were a rehearsal');
    await button(/^Disable/).click();

    await isAt(/\/runs\/[\w-]+/);
    await page.getByRole('heading', { name: /^Finished/ }).waitFor({ timeout: longMs });
    const disabled = page.locator('tr', { hasText: 'disable account Ines Marlow' });
    await disabled.getByText('done').waitFor();
  });

  it('tries the key vault stage by stage, and sees whose secret is kept there', async () => {
    await go('/key-vaults');
    await says('One key vault keeps the secrets of one connection.');
    await page.getByRole('cell', { name: 'Active Directory (Larkfield)' }).waitFor();
    await button('Test: Key vault (Larkfield)').click();
    await says('Its secrets can be listed');
    await button('Keep a secret here…: Key vault (Larkfield)').click();
    await page.getByLabel('The secret of the connection').selectOption({ index: 1 });
    await page.getByLabel('is called in the vault').fill('nobody-has-this');
    const barriers = await barriersHere();
    await button('Back').click();

    assert.deepEqual(barriers, []);
  });

  it('is told in a sentence where there is nothing, and led back', async () => {
    await go('/plans/01a200d6-644c-7615-92ed-92ec76654721');
    await says(/There is no plan/);
    await button('Copy details').waitFor();
    await go('/no/such/page');

    await says('There is no page at this address.');
  });

  it('heard no complaint from the browser all the while', () => {
    assert.deepEqual(reader.complaints, []);
  });
});
