// Acting as somebody else in a real browser: allowed, asked for with a reason, seen on every page, and back.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { anAgent, aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());

describe('An administrator who acts as somebody else', { skip }, () => {
  let hub: RunningHub;
  let reader: Reader;
  let page: Page;
  let tom: { email: string; password: string };
  before(async () => {
    buildConsole();
    hub = await aHub({ lab: true });
    tom = anAgent(hub, 'tom@larkfield.test');
    reader = await aReader();
    page = reader.page;
    await signIn(page, new URL('/people', hub.url), hub.administrator);
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  const go = (path: string) => page.goto(new URL(path, hub.url).href);
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const banner = () => page.getByRole('region', { name: 'Acting as somebody else' });

  async function barriersHere(): Promise<string[]> {
    await page.locator('h1').waitFor();
    await page.waitForLoadState('networkidle');
    return (await barriersOf(page)).map((barrier) => `${page.url()} ${barrier}`);
  }

  async function actAs(name: string, find = name): Promise<void> {
    await go(`/people?find=${encodeURIComponent(find)}`);
    await button(`Act as ${name}…`).click();
    await page.getByLabel('Why').fill('Ticket 4711: cannot see the order');
    await page.getByRole('button', { name: `Act as ${name}`, exact: true }).click();
    await banner().waitFor();
  }

  async function switchBack(): Promise<void> {
    await Promise.all([page.waitForEvent('load'), button(/^Switch back/).click()]);
    await page.locator('h1').waitFor();
    assert.equal(await banner().count(), 0);
  }

  it('finds people, and nobody to act as while it is switched off', async () => {
    await says('Acting as somebody else is switched off.');

    assert.equal(await button(/^Act as/).count(), 0);
    assert.deepEqual(await barriersHere(), []);
  });

  it('switches it on', async () => {
    await page.getByRole('link', { name: 'Change it, or see who did' }).click();
    await says('Nobody acts as anybody else: it is switched off.');
    await button('Allow acting as agents').click();
    await says('Agents may act as other agents, and not as users.');
    await button('Allow acting as users').click();
    await says('Agents may act as other agents and as users.');

    assert.deepEqual(await barriersHere(), []);
  });

  it('finds a person by a part of the name, in the address of the page', async () => {
    await go('/people');
    await page.getByRole('searchbox', { name: 'Search people' }).fill('carvalho');
    await page.waitForURL(/find=carvalho/);

    await says('Sofia Carvalho');
    assert.equal(await page.getByText('Colin Prewett').count(), 0);
  });

  it('becomes a user, with a reason, and reads on every page as whom, why and until when', async () => {
    await go('/people?find=carvalho');
    await button('Act as Sofia Carvalho…').click();
    const yes = page.getByRole('button', { name: 'Act as Sofia Carvalho', exact: true });
    await page.getByLabel('Why').fill('no');
    assert.equal(await yes.isDisabled(), true);
    const found = await barriersHere();
    await page.getByLabel('Why').fill('Ticket 4711: cannot see the order');
    await yes.click();

    await banner().waitFor();
    await says(/tickets/);
    const words = (await banner().textContent()) ?? '';
    assert.match(words, /You are acting as Sofia Carvalho. Ends at \d\d:\d\d/);
    assert.match(words, /Ticket 4711: cannot see the order/);
    assert.equal(await page.getByRole('link', { name: 'Plans' }).count(), 0);
    found.push(...(await barriersHere()));
    await go('/plans');
    await banner().waitFor();
    assert.deepEqual(found, []);
  });

  it('switches back to where they were', async () => {
    await switchBack();

    await page.getByRole('link', { name: 'Plans' }).waitFor();
  });

  it('becomes an agent, is refused what only that agent may do, and switches back', async () => {
    await actAs('Tom Reader', 'tom');
    const found = await barriersHere();
    await go('/sessions');
    await says('impersonation.not-here');
    await go('/auth/password');
    await says(/This is not done while acting as Tom Reader/);
    await go('/plans');
    await switchBack();

    await page.getByRole('link', { name: 'Plans' }).waitFor();
    assert.deepEqual(found, []);
  });

  it('leaves its traces: in the history, and with whom it concerned', async () => {
    await go('/impersonation');
    await says(/acted as Tom Reader/);
    const found = await barriersHere();
    await using other = await aReader();
    await signIn(other.page, new URL('/sessions', hub.url), tom);

    await other.page.getByRole('cell', { name: /acted as you/ }).waitFor();
    await other.page.getByText('Ticket 4711: cannot see the order').waitFor();
    found.push(...(await barriersOf(other.page)));
    assert.deepEqual(found, []);
    assert.deepEqual(other.complaints, []);
  });

  it('is out when the person ends it', async () => {
    await actAs('Tom Reader', 'tom');
    await using other = await aReader();
    const who = { email: tom.email, password: `${tom.email} chose this one` };
    await other.page.goto(new URL('/sessions', hub.url).href);
    await other.page.getByLabel('E-mail address').fill(who.email);
    await other.page.getByLabel('Password').fill(who.password);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('button', { name: /^End it/ }).click();
    await other.page.getByText('Tom Reader ended it').waitFor();
    await go('/plans');

    await says(/You are yourself again/);
    await page.getByRole('link', { name: 'Go on' }).click();
    await page.getByRole('link', { name: 'Plans' }).waitFor();
  });

  it('gives a user a first password, who then sees what is theirs and nothing else', async () => {
    await go('/people?find=carvalho');
    await button('First password of Sofia Carvalho…').click();
    await button('Make a first password').click();
    const password = (await page.locator('.password').textContent()) ?? '';
    const found = (await barriersOf(page)).map((barrier) => `first password ${barrier}`);
    await using other = await aReader();
    const sofia = { email: 'sofia.carvalho@larkfield.test', password };
    await signIn(other.page, new URL('/plans', hub.url), sofia);

    await other.page
      .getByRole('heading', { name: /tickets|closed/ })
      .first()
      .waitFor();
    assert.equal(await other.page.getByRole('link', { name: 'Plans' }).count(), 0);
    found.push(...(await barriersOf(other.page)));
    await other.page.getByRole('link', { name: 'Sofia' }).click();
    await other.page.getByText('Sofia').first().waitFor();
    await other.page.getByRole('button', { name: 'Set up security questions' }).waitFor();
    found.push(...(await barriersOf(other.page)));
    assert.deepEqual(found, []);
    assert.deepEqual(other.complaints, []);
  });

  it('heard no complaint from the browser all the while', () => {
    assert.deepEqual(reader.complaints, []);
  });
});
