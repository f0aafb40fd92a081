// Somebody forgets their password: invited, enrolled, reset in a real browser, on the lab's directory, told by mail.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { applicationOf } from '#test/servers/hub-session.ts';
import { aMailServer, type MailServer } from '#test/servers/mail-server.ts';
import { codeOf } from '#test/servers/self-service.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());
const shots = process.env.SUNDOG_TEST_SHOTS;
const Listed = z.looseObject({ users: z.array(z.looseObject({ id: z.int(), name: z.string() })) });
const Made = z.looseObject({ id: z.string() });

const answers = [
  'Apricot dumplings with Oma',
  'Lighthouse keeper at Godrevy',
  'Mrs Penhaligon for the frogs',
  'Captain Button-eye',
  'Sandpiper Close, Hayle',
];
const mailbox = 'rosalind.keane@larkfield.test';
const outside = 'roz@elsewhere.example';
const nextPassword = 'Seven kestrels over Godrevy 4';

describe('Somebody who forgot their password', { skip }, () => {
  let hub: RunningHub;
  let mail: MailServer;
  let reader: Reader;
  let page: Page;
  let letters = '';
  const given = new Map<string, string>();
  before(async () => {
    buildConsole();
    mail = await aMailServer();
    hub = await aHub({ lab: true });
    const desk = await applicationOf(hub);
    const settings = {
      host: '127.0.0.1',
      port: mail.port,
      security: 'plain',
      from: 'sundog@larkfield.test',
    };
    const made = await desk.post('/v1/connections', {
      kind: 'mail',
      name: 'Mail of Larkfield',
      lab: true,
      settings,
    });
    assert.equal(made.status, 201, made.text);
    Made.parse(made.body);
    const found = Listed.parse((await desk.get('/api/Users?search=keane&pageinate=true')).body);
    const [rosalind] = found.users;
    const change = { id: rosalind?.id, login: 'LARKFIELD\\rosalind.keane' };
    assert.equal((await desk.post('/api/Users', [change])).status, 201);
    reader = await aReader();
    page = reader.page;
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
    await mail?.[Symbol.asyncDispose]();
  });

  const go = (path: string) => page.goto(new URL(path, hub.url).href);
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const says = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const press = (name: string | RegExp) => button(name).click();

  /** Without a barrier in light and dark, and as wide as a telephone; pictures only when asked for. */
  async function looksRight(name: string): Promise<void> {
    await page.locator('h1').waitFor();
    await page.waitForLoadState('networkidle');
    assert.deepEqual(await barriersOf(page), []);
    await page.setViewportSize({ width: 375, height: 740 });
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.ok(width <= 375, `${name} is ${width} wide on a telephone`);
    await shoot(`${name}-mobile`);
    await page.setViewportSize({ width: 1280, height: 860 });
    await shoot(`${name}-light`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(`${name}-dark`);
    await page.emulateMedia({ colorScheme: 'light' });
  }

  async function shoot(name: string): Promise<void> {
    if (shots === undefined) return;
    await page.waitForTimeout(400);
    await page.screenshot({ path: `${shots}/reset-${name}.png`, fullPage: true });
  }

  async function mailed(address: string, subject: RegExp): Promise<string> {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = mail.mails.findLast(
        (one) => one.to.includes(address) && subject.test(one.subject),
      );
      if (found !== undefined) return found.text;
      await page.waitForTimeout(100);
    }
    return assert.fail(`No mail ${subject} to ${address}: ${mail.mails.map((one) => one.subject)}`);
  }

  async function answerAll(): Promise<void> {
    for (const input of await page.locator('input[name^="answer"]').all()) {
      const id = (await input.getAttribute('name')) ?? '';
      await input.fill(given.get(id) ?? 'nothing I know');
    }
  }

  it('is found by the service desk, which switches self-service on and sends a link', async () => {
    await signIn(page, new URL('/password-reset', hub.url), hub.administrator);
    await says(/Self-service is off/);
    await press('Switch self-service on');
    await button('Switch self-service off').waitFor();
    await page.getByLabel('Search people').fill('keane');
    await press('Send a link to Rosalind Keane');
    await says('link sent');
    await looksRight('console-people');
    await page.getByRole('tab', { name: 'Questions' }).click();
    await page.getByLabel('A new question').fill('Which song calms you?');
    await press('Offer this question');
    await says('Which song calms you?');
    await looksRight('console-questions');

    assert.match(await mailed(mailbox, /Set up/), /\/reset\/enrol#[a-z0-9-]{23}/);
  });

  it('follows the link, whose code stands in the form by itself and nowhere in the address', async () => {
    const link = /http\S+#\S+/.exec(await mailed(mailbox, /Set up/))?.[0] ?? '';
    const { pathname, hash } = new URL(link);
    await page.context().clearCookies();
    await go(`${pathname}${hash}`);

    assert.equal(await page.getByLabel('Code from the mail').inputValue(), hash.slice(1));
    assert.equal(new URL(page.url()).hash, '');
    await looksRight('enrol-1-link');
    await press('Begin');
    await says('Choose your questions, Rosalind Keane');
  });

  it('chooses questions, and is told what is wrong with an answer', async () => {
    const selects = page.locator('select');
    const ids = await page
      .locator('select')
      .first()
      .locator('option')
      .evaluateAll((options) => options.map((option) => option.getAttribute('value') ?? ''));
    for (let index = 0; index < 5; index += 1) {
      await selects.nth(index).selectOption(ids[index] ?? '');
      await page
        .locator('input[name^="answer"]')
        .nth(index)
        .fill(answers[index] ?? '');
      given.set(`answer${ids[index]}`, answers[index] ?? '');
    }
    await page.locator('input[name="answer5"]').fill('pizza');
    await press('Keep my answers');
    await says(/people try first/);
    await looksRight('enrol-2-questions');
    await page.locator('input[name="answer5"]').fill(answers[4] ?? '');
    await press('Keep my answers');
    await says('Choose a second factor');
  });

  it('sets up an app and an outside address, and finishes', async () => {
    letters = ((await page.locator('code').first().textContent()) ?? '').replaceAll(' ', '');
    await looksRight('enrol-3-factor');
    await page.getByLabel('The code the app shows').fill(codeOf(letters, new Date()));
    await press('Set up the app');
    await says('Your app is set up');
    await page.getByLabel('Mail address').fill('rosalind@mail.larkfield.test');
    await press('Mail me a code');
    await says(/as does the account/);
    await page.getByLabel('Mail address').fill(outside);
    await press('Mail me a code');
    const code = /is (\d{4} \d{4})/.exec(await mailed(outside, /Prove/))?.[1] ?? '';
    await page.getByLabel('The code from the mail').fill(code);
    await press('This address is mine');
    await says(/It gets codes once it has stood for 72 hours/);
    await press('Finish');
    await says('All set, Rosalind Keane');
    await looksRight('enrol-4-done');
  });

  it('is asked who they are, and asked three questions', async () => {
    await go('/reset');
    await looksRight('1-who');
    await page.getByLabel('Login or mail address').fill('rosalind.keane');
    await press('Go on');
    await says('Show that it is you');

    assert.equal(await page.locator('input[name^="answer"]').count(), 3);
    await looksRight('2-prove');
  });

  it('is told no more than that it did not fit', async () => {
    await page.locator('input[name^="answer"]').first().fill('a guess');
    for (const input of (await page.locator('input[name^="answer"]').all()).slice(1)) {
      await input.fill('another guess');
    }
    await page.getByLabel('The code your app shows').fill('000000');
    await press('Go on');
    await says(/This did not fit, or the account cannot be reset here/);
    await looksRight('2-prove-refused');

    assert.match(await mailed(mailbox, /Somebody tried/), /Nothing was changed/);
  });

  it('proves it, is told what is wrong with a password, and resets it', async () => {
    await answerAll();
    // The code of the enrolment is used up; the next one comes within half a minute.
    const code = codeOf(letters, new Date(Date.now() + 30_000));
    await page.getByLabel('The code your app shows').fill(code);
    await press('Go on');
    await says('Choose a new password');
    await looksRight('3-choose');
    await page.getByLabel('New password', { exact: true }).fill('Rosalind Keane');
    await page.getByLabel('New password, again').fill('Rosalind Keane');
    await press('Reset my password');
    await says(/Choose another password: it needs at least 15 characters/);
    await looksRight('3-choose-refused');
    await page.getByLabel('New password', { exact: true }).fill(nextPassword);
    await page.getByLabel('New password, again').fill(nextPassword);
    await press('Reset my password');
    await page.getByRole('heading', { name: 'Your password was reset' }).waitFor();
    await looksRight('4-done');

    for (const address of [mailbox, outside]) {
      assert.match(await mailed(address, /Your password was reset/), /Kerberos tickets/);
    }
  });

  it('stands in the list of attempts, without a script gone wrong or a policy broken', async () => {
    await go('/auth/login?return=/password-reset');
    await page.getByLabel('E-mail address').fill(hub.administrator.email);
    await page.getByLabel('Password').fill(`${hub.administrator.email} chose this one`);
    await press('Sign in');
    await page.getByRole('tab', { name: 'Attempts' }).click();
    await says('Rosalind Keane');
    await says('reset');
    await looksRight('console-attempts');

    assert.deepEqual(reader.complaints, []);
    const printed = hub.printed();
    for (const secret of [nextPassword, letters, ...answers]) {
      assert.ok(!printed.includes(secret), 'no secret is printed');
    }
  });
});
