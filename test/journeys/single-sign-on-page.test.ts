// The console's page of single sign-on and the sign-in page that comes of it, in a real browser.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chromiumAbsent } from '#test/servers/chromium.ts';
import { buildConsole } from '#test/servers/console.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { aReader, barriersOf, type Reader, signIn } from './reader.ts';

const skip = skipWithout('chromium', chromiumAbsent());
const pictures = process.env.SUNDOG_TEST_PICTURES;

describe('The page of single sign-on', { skip }, () => {
  let hub: RunningHub;
  let reader: Reader;
  before(async () => {
    buildConsole();
    hub = await aHub();
    reader = await aReader();
    await signIn(reader.page, new URL('/sign-on', hub.url), hub.administrator);
  });
  after(async () => {
    await reader?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  /** Wide and on a telephone: no barrier anywhere, and a picture of each where they are wanted. */
  const look = async (name: string, page = reader.page) => {
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

  it('says how people sign in before there is any', async () => {
    await reader.page.getByText('Everybody signs in with a password of this hub.').waitFor();

    assert.deepEqual(await look('sign-on-empty'), []);
  });

  it('asks for what the provider needs, and no more', async () => {
    const { page } = reader;
    await page.getByRole('button', { name: 'Add a way to sign in…' }).click();
    const labels = async () => page.locator('form label:visible').allTextContents();

    await page.getByLabel('The provider is').selectOption('entra-multi');
    const several = await labels();
    await page.getByLabel('The provider is').selectOption('saml');
    const saml = await labels();
    await page.getByLabel('The provider is').selectOption('entra');

    assert.ok(several.includes('Tenants that may sign on'), several.join());
    assert.ok(saml.includes('The address of its metadata'), saml.join());
    assert.ok(!saml.some((label) => label.startsWith('Client')), saml.join());
  });

  it('adds one, shows its warnings and addresses, and never its secret', async () => {
    const { page } = reader;
    await page.getByLabel('Name', { exact: false }).first().fill('Larkfield Entra');
    const tenant = 'c0ffee00-0000-4000-8000-00000000000a';
    await page.getByLabel('Its address').fill(`https://login.microsoftonline.com/${tenant}/v2.0`);
    await page.getByLabel('Client id').fill('sundog');
    await page.getByLabel('Client secret').fill('typed-in-the-console');
    await page.getByLabel('The button says').fill('Larkfield account');
    await page.getByLabel('Colour', { exact: true }).fill('#1f6feb');
    await page.getByLabel('The colour fills the button').check();
    const editor = await look('sign-on-editor');
    await page.getByRole('button', { name: 'Add it, switched off' }).click();
    await page.getByRole('heading', { name: 'Larkfield Entra' }).waitFor();
    await page.getByText('What the provider is given').click();
    await page.getByRole('button', { name: 'Copy: Redirect URI of Larkfield Entra' }).waitFor();
    await page.getByText('No mail domain is proven').waitFor();

    assert.deepEqual(editor, []);
    assert.ok(!(await page.content()).includes('typed-in-the-console'));
  });

  it('names the DNS record of a domain, and proves it by an administrator’s word', async () => {
    const { page } = reader;
    await page.getByText('Mail domains: none proven').click();
    await page.getByLabel('Another mail domain of Larkfield Entra').fill('larkfield.invalid');
    await page.getByRole('button', { name: 'Add the domain' }).click();
    await page.getByText('_sundog-challenge.larkfield.invalid').waitFor();
    const barriers = await look('sign-on-one');
    await page
      .getByRole('button', { name: 'It is ours, without a record: larkfield.invalid' })
      .click();
    await page.getByText('Mail domains: larkfield.invalid').waitFor();

    assert.deepEqual(barriers, []);
  });

  it('switches it on; then the sign-in page has its button, with no script needed', async () => {
    const { page } = reader;
    await page.getByRole('button', { name: 'Switch on: Larkfield Entra' }).click();
    await page.getByText('People sign in with Larkfield Entra.').waitFor();
    await page.getByRole('button', { name: 'Add a way to sign in…' }).click();
    await page.getByLabel('Name', { exact: false }).first().fill('Brooks Okta');
    await page.getByLabel('The provider is').selectOption('okta');
    await page.getByLabel('Its address').fill('https://brooks.okta.com');
    await page.getByLabel('Client id').fill('sundog');
    await page.getByLabel('Client secret').fill('x');
    await page.getByLabel('Colour', { exact: true }).fill('#2b8a3e');
    await page.getByRole('button', { name: 'Add it, switched off' }).click();
    await page.getByRole('button', { name: 'Switch on: Brooks Okta' }).click();
    await page.getByText('People sign in with Larkfield Entra or Brooks Okta.').waitFor();
    await using other = await aReader();
    await other.page.goto(new URL('/auth/login?return=%2Fplans', hub.url).href);

    const button = other.page.getByRole('link', { name: 'Larkfield account' });
    const colours = await other.page.evaluate(
      `(({ backgroundColor, color }) => [backgroundColor, color])(
        getComputedStyle(document.querySelector('.sign-on-1')))`,
    );

    assert.deepEqual(colours, ['rgb(31, 111, 235)', 'rgb(255, 255, 255)']);
    assert.match((await button.getAttribute('href')) ?? '', /start\?return=%2Fplans$/);
    assert.deepEqual(await look('sign-in-page', other.page), []);
    assert.deepEqual(other.complaints, []);
  });

  it('changes it without asking for the secret again, and deletes it when its name is typed', async () => {
    const { page } = reader;
    await page.getByRole('button', { name: 'Edit…: Larkfield Entra' }).click();
    await page.getByText('One is kept, sealed.').waitFor();
    await page.getByLabel('The button says').fill('Larkfield');
    await page.getByRole('button', { name: 'Save the changes' }).click();
    await page.getByRole('button', { name: 'Delete…: Larkfield Entra' }).click();
    await page.getByLabel('Type Larkfield Entra to go on').fill('Larkfield Entra');
    await page.getByRole('button', { name: 'Delete Larkfield Entra' }).click();

    await page.getByText('People sign in with Brooks Okta.').waitFor();
    assert.deepEqual(reader.complaints, []);
  });
});
