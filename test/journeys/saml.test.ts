// Signing on and out with a real SAML provider in a real browser: SimpleSAMLphp, as its administrator sets it up.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { SsoApplication } from '#features/sso/model.ts';
import { giveMetadata, refreshNow } from '#features/sso/saml/metadata-commands.ts';
import { findMetadata } from '#features/sso/saml/stored.ts';
import { aBrowser, type Browser, chromiumAbsent } from '#test/servers/chromium.ts';
import { anActor } from '#test/servers/front.ts';
import { aProviderKey } from '#test/servers/saml-idp.ts';
import {
  again,
  aSamlApplication,
  aSamlWorld,
  type SamlWorld,
} from '#test/servers/saml-sign-ons.ts';
import { skipWithout } from '#test/servers/servers.ts';
import { lastAttempt } from '#test/servers/sign-ons.ts';
import {
  aSimpleSamlPhp,
  type Choices,
  freePort,
  password,
  type SimpleSamlPhp,
  withoutSimpleSamlPhp,
} from '#test/servers/simplesamlphp.ts';

const skip = withoutSimpleSamlPhp() || skipWithout('chromium', chromiumAbsent());
const administrator = anActor('Rosa', ['admin']);

describe('With SimpleSAMLphp as provider', { skip }, () => {
  let world: SamlWorld;
  let provider: SimpleSamlPhp;
  let browser: Browser;
  let page: Page;
  before(async () => {
    const port = await freePort();
    world = await aSamlWorld({ port, publicUrl: new URL(`http://127.0.0.1:${port}`) });
    provider = await aSimpleSamlPhp(world.agent.email);
    browser = await aBrowser();
  });
  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await provider?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });

  const hub = () => world.signOns.hub;
  const go = (path: string) => {
    hub().time.now = new Date();
    return page.goto(new URL(path, hub().base).href);
  };

  /** Set up from both sides: the hub reads the provider's metadata by its address, the provider ours as a file. */
  async function anApplication(
    settings: Readonly<Record<string, unknown>> = {},
    choices: Choices = {},
  ): Promise<SsoApplication> {
    await browser.context.clearCookies();
    await page?.close();
    page = await browser.context.newPage();
    hub().time.now = new Date();
    provider.choose(choices);
    const made = await aSamlApplication(world, { settings, metadata: null });
    const { id, guid } = made;
    const { ports } = world.signOns;
    await giveMetadata(ports, administrator, { id, given: { url: provider.metadataUrl } });
    const own = await fetch(new URL(`/auth/sso/${guid}/metadata`, hub().base));
    assert.equal(own.status, 200);
    provider.knows(guid, await own.text());
    return again(world, made);
  }

  async function signOn({ guid }: SsoApplication): Promise<void> {
    await go(`/auth/sso/${guid}/start?return=/auth/me`);
    await answerProvider();
  }

  async function answerProvider(): Promise<void> {
    await page.locator('input[name=username]').fill('maya');
    await page.locator('input[name=password]').fill(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`^${hub().base.origin}/`));
  }

  async function whoSits(): Promise<number | undefined> {
    const answer = await page.request.get(new URL('/auth/me', hub().base).href);
    if (answer.status() !== 200) return undefined;
    const { id }: { id: string } = await answer.json();
    return Number(id);
  }

  async function steps(application: SsoApplication): Promise<string> {
    const attempt = await lastAttempt(world.signOns, application);
    return JSON.stringify({
      status: attempt?.status,
      result: attempt?.result,
      steps: attempt?.steps,
    });
  }

  async function isSignedOn(application: SsoApplication): Promise<void> {
    assert.equal(page.url(), new URL('/auth/me', hub().base).href, await steps(application));
    assert.equal(await whoSits(), world.agent.id, await steps(application));
  }

  it('an agent signs on by redirect, and is who the provider says', async () => {
    const application = await anApplication();

    await signOn(application);

    await isSignedOn(application);
    const attempt = await lastAttempt(world.signOns, application);
    assert.equal(attempt?.status, 'signed-in');
  });

  it('an agent signs on by a form that sends itself, with a signed request that the provider checks', async () => {
    const settings = { requestBinding: 'post', signsRequests: true };
    const application = await anApplication(settings, { wantsSignedRequests: true });

    await signOn(application);

    await isSignedOn(application);
  });

  it('a signed request by redirect passes the provider’s check, and an altered one does not', async () => {
    const application = await anApplication({ signsRequests: true }, { wantsSignedRequests: true });
    await signOn(application);
    await isSignedOn(application);

    await browser.context.clearCookies();
    const start = new URL(`/auth/sso/${application.guid}/start`, hub().base);
    const { headers } = await fetch(start, { redirect: 'manual' });
    const right = headers.get('location') ?? '';
    await page.goto(right.replace('&RelayState=', '&RelayState=x'));

    assert.match(right, /&Signature=/);
    assert.equal(await page.locator('input[name=username]').count(), 0);
    assert.match(provider.log(), /Unable to validate signature on query string/);
  });

  it('an encrypted assertion is opened where AES-CBC is allowed, inside a signed response', async () => {
    const settings = { wantsAssertionsEncrypted: true, allowsCbc: true };
    const application = await anApplication(settings, { encrypts: true, signsResponses: true });

    await signOn(application);

    await isSignedOn(application);
    assert.match(await steps(application), /saml\.encrypt/);
  });

  it('an encrypted assertion by AES-CBC is refused by name where it is not allowed', async () => {
    const settings = { wantsAssertionsEncrypted: true };
    const application = await anApplication(settings, { encrypts: true, signsResponses: true });

    await signOn(application);

    assert.equal(await whoSits(), undefined);
    const attempt = await lastAttempt(world.signOns, application);
    assert.match(attempt?.failed_check ?? '', /^saml\.(encrypt|cbc|decrypt|content)/);
  });

  it('an assertion in the open is refused where encryption is asked for', async () => {
    const application = await anApplication({ wantsAssertionsEncrypted: true });

    await signOn(application);

    assert.equal(await whoSits(), undefined);
    assert.match(await steps(application), /"verdict":"failed"/);
  });

  it('a NameID that changes each time is replaced by the attribute chosen', async () => {
    const nameIdFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
    const application = await anApplication({ nameIdFormat }, { nameIdFormat });

    await signOn(application);

    await isSignedOn(application);
    const attempt = await lastAttempt(world.signOns, application);
    assert.equal(attempt?.subject, `email=${world.agent.email}`);
  });

  const unasked = ({ guid }: SsoApplication) =>
    `${provider.url}/saml2/idp/SSOService.php?spentityid=${encodeURIComponent(new URL(`/auth/sso/${guid}/metadata`, hub().base).href)}&RelayState=${encodeURIComponent('/auth/me')}`;

  it('a sign-on that begins at the provider goes to the path it names, where that is allowed', async () => {
    const application = await anApplication({ allowsIdpInitiated: true });
    hub().time.now = new Date();

    await page.goto(unasked(application));
    await answerProvider();

    await isSignedOn(application);
  });

  it('a sign-on that begins at the provider is refused where it is not', async () => {
    const application = await anApplication();
    hub().time.now = new Date();

    await page.goto(unasked(application));
    await answerProvider();

    assert.equal(await whoSits(), undefined);
    const attempt = await lastAttempt(world.signOns, application);
    assert.equal(attempt?.failed_check, 'saml.transaction');
  });

  it('whoever signs out here is signed out there', async () => {
    const application = await anApplication();
    await signOn(application);
    await isSignedOn(application);

    await go('/auth/logout');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Your session has ended here and at').waitFor();

    assert.equal(await whoSits(), undefined);
    await go(`/auth/sso/${application.guid}/start?return=/auth/me`);
    await page.locator('input[name=username]').waitFor();
  });

  for (const nameIdFormat of ['persistent', 'transient']) {
    it(`whoever signs out there is signed out here, known by a ${nameIdFormat} NameID`, async () => {
      const format = `urn:oasis:names:tc:SAML:2.0:nameid-format:${nameIdFormat}`;
      const application = await anApplication({ nameIdFormat: format }, { nameIdFormat: format });
      await signOn(application);
      await isSignedOn(application);

      hub().time.now = new Date();
      const end = `${provider.url}/saml2/idp/SingleLogoutService.php?ReturnTo=${encodeURIComponent(new URL('/auth/logout', hub().base).href)}`;
      await page.goto(end);
      await page.waitForURL(new URL('/auth/logout', hub().base).href);

      assert.equal(await whoSits(), undefined, await steps(application));
      const attempt = await lastAttempt(world.signOns, application);
      assert.equal(attempt?.status, 'signed-out', await steps(application));
      assert.match(attempt?.result ?? '', /ended one session/);
    });
  }

  it('a new certificate of the provider is taken from its metadata as soon as it signs', async () => {
    const application = await anApplication();
    await signOn(application);
    await isSignedOn(application);

    provider.choose({ key: await aProviderKey() });
    await browser.context.clearCookies();
    await world.signOns.ports.db
      .updateTable('sso_metadata')
      .set({ tried_at: new Date(Date.now() - 3_600_000) })
      .where('application_id', '=', application.id)
      .execute();
    await signOn(application);

    await isSignedOn(application);
    const before = await findMetadata(world.signOns.ports.db, application.id);
    provider.choose({ key: await aProviderKey() });
    hub().time.now = new Date();
    await refreshNow(world.signOns.ports, administrator, application.id);
    const later = await findMetadata(world.signOns.ports.db, application.id);
    assert.notEqual(
      later?.provider?.signing[0].fingerprint,
      before?.provider?.signing[0].fingerprint,
    );
  });

  it('an application that was disabled takes nobody back from the provider', async () => {
    const application = await anApplication();
    await go(`/auth/sso/${application.guid}/start?return=/auth/me`);
    await page.locator('input[name=username]').waitFor();
    await world.signOns.ports.db
      .updateTable('sso_applications')
      .set({ active: false })
      .where('id', '=', application.id)
      .execute();

    await answerProvider();

    assert.equal(await whoSits(), undefined);
    await page.getByText('You are not signed in').waitFor();
  });
});
