// The sign-in page with applications for single sign-on: which buttons stand there, how they look, where it goes on.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { theHub } from '#domain/actor.ts';
import { inkOn } from '#features/sign-in/sign-on-buttons.ts';
import { createApplicationIn } from '#features/sso/applications/commands.ts';
import { changeFromHalo, HaloSsoApplication } from '#features/sso/applications/halo-wire.ts';
import { Secret } from '#lib/secret.ts';
import { inTransaction } from '#store/db.ts';
import { aBrowser, anAgent, ask, csrfIn, goodPassword, signIn } from '#test/servers/access.ts';
import { type SignOns, signOns } from '#test/servers/sign-ons.ts';

const png =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe('The sign-in page with single sign-on', () => {
  let around: SignOns;
  before(async () => {
    around = await signOns();
  });
  after(() => around[Symbol.asyncDispose]());
  beforeEach(() => around.hub.database.db.deleteFrom('sso_applications').execute());

  /** Ready to be signed on with, in Halo's words. */
  const make = (given: object = {}) => {
    const { hub, ports } = around;
    const complete = {
      ...{ name: 'Larkfield', active: true, allowed_entities: 3, client_id: 'sundog' },
      oidc_url: 'https://login.larkfield.test',
    };
    const settings = changeFromHalo(HaloSsoApplication.parse({ ...complete, ...given }), []);
    const asked = { settings, clientSecret: settings.protocol === 'saml' ? null : new Secret('s') };
    return inTransaction(hub.database.db, (tx) => createApplicationIn(tx, ports, theHub, asked));
  };
  const page = (query = '') => ask(around.hub, `/auth/login${query}`);
  const labelsOn = async (query = '') =>
    [...(await page(query)).text.matchAll(/<a class="sign-on [^>]*>.*?<span>(.*?)<\/span>/gs)].map(
      ([, label]) => label,
    );

  it('is as it was where there is none', async () => {
    const { status, text } = await page();

    assert.equal(status, 200);
    assert.ok(!text.includes('sign-on'));
    assert.match(text, /id="login"[^>]*autofocus/);
  });

  it('active, allowed_entities, app_type: say on whose page the button stands', async () => {
    await make({ name: 'Agents', allowed_entities: 1 });
    await make({ name: 'Both' });
    await make({ name: 'Hidden', app_type: 3 });
    await make({ name: 'Nobody', allowed_entities: 0 });
    await make({ name: 'Off', active: false });
    await make({ name: 'Page of agents', app_type: 1 });
    await make({ name: 'Page of users', app_type: 2 });
    await make({ name: 'Users', allowed_entities: 2 });
    const named = (...names: string[]) => names.map((name) => `Sign in with ${name}`);

    assert.deepEqual(await labelsOn('?entity=agent'), named('Agents', 'Both', 'Page of agents'));
    assert.deepEqual(await labelsOn('?entity=user'), named('Both', 'Page of users', 'Users'));
    assert.deepEqual(
      await labelsOn(),
      named('Agents', 'Both', 'Page of agents', 'Page of users', 'Users'),
    );
    assert.deepEqual(await labelsOn('?entity=somebody'), await labelsOn());
  });

  it('has no button of one that lacks what it needs', async () => {
    await make({ client_id: '' });
    await make({ name: 'SAML', type: 1 });

    assert.deepEqual(await labelsOn(), []);
  });

  it('button_label: is what the button says, with nothing in it that becomes markup', async () => {
    await make({ button_label: '<img src=x onerror=alert(1)>"' });

    const [label = ''] = await labelsOn();

    assert.equal(label, '&#60;img src=x onerror=alert(1)&#62;&#34;');
  });

  it('leads to the application, and keeps where one was going and on whose page', async () => {
    const { guid } = await make();
    const hrefOn = async (query: string) =>
      /class="sign-on [^"]*" href="([^"]*)"/
        .exec((await page(query)).text)?.[1]
        ?.replaceAll('&#38;', '&');

    const start = `/auth/sso/${guid}/start?return=%2Fplans%3Fx%3D1`;
    assert.equal(await hrefOn('?return=%2Fplans%3Fx%3D1'), start);
    assert.equal(await hrefOn('?return=%2Fplans%3Fx%3D1&entity=user'), `${start}&entity=user`);
    assert.equal(await hrefOn('?return=https://evil.test'), `/auth/sso/${guid}/start?return=%2F`);
  });

  it('button_colour, override_styling: stripe the button, or fill it with letters that can be read', async () => {
    await make({ name: 'A', button_colour: '#ffe066' });
    await make({ name: 'B', button_colour: '#ffe066', override_styling: true });
    await make({ name: 'C', button_colour: '#123', override_styling: true });
    await make({ name: 'D', override_styling: true });

    const { text } = await page();

    assert.match(text, /\.sign-on-0 \{ border-left: 5px solid #ffe066; \}/);
    assert.match(text, /\.sign-on-1 \{ background: #ffe066; color: #000; \}/);
    assert.match(text, /\.sign-on-2 \{ background: #123; color: #fff; \}/);
    assert.doesNotMatch(text, /\.sign-on-3 \{/);
  });

  it('button_logo: stands in the page itself, which loads nothing from elsewhere', async () => {
    await make({ button_logo: png });

    const { text, headers } = await page();

    assert.ok(text.includes(`<img src="${png}" alt=""`));
    assert.match(headers.get('content-security-policy') ?? '', /img-src 'self' data:;/);
    assert.ok(!text.includes('style='), 'no style attribute, which the policy would drop');
  });

  it('auto_redirect_agent: takes agents, and the plain page, on at once', async () => {
    const { guid } = await make({ auto_redirect_agent: true });
    const to = `/auth/sso/${guid}/start?return=%2Fplans&entity=agent`;

    for (const query of ['?return=/plans', '?return=/plans&entity=agent']) {
      const { status, headers } = await page(query);
      assert.deepEqual([status, headers.get('location')], [303, to]);
    }
    assert.equal((await page('?entity=user')).status, 200);
  });

  it('auto_redirect_user: takes users on from their page alone', async () => {
    const { guid } = await make({ auto_redirect_user: true });

    const { headers } = await page('?entity=user');

    assert.equal(headers.get('location'), `/auth/sso/${guid}/start?return=%2F&entity=user`);
    assert.equal((await page()).status, 200);
    assert.equal((await page('?entity=agent')).status, 200);
  });

  it('goes nowhere by itself where it is asked not to, where two would take people, and where none may', async () => {
    await make({ auto_redirect_agent: true });
    assert.equal((await page('?local=1')).status, 200);

    await make({ name: 'Other', auto_redirect_agent: true });
    assert.equal((await page()).status, 200);

    await around.hub.database.db.deleteFrom('sso_applications').execute();
    await make({ auto_redirect_agent: true, allowed_entities: 2 });
    await make({ name: 'Other', auto_redirect_agent: true, client_id: '' });
    assert.equal((await page()).status, 200);
  });

  it('never goes in a circle: who signed out, and who was refused, stays on the page', async () => {
    const { hub } = around;
    const ines = await anAgent(hub);
    await make({ auto_redirect_agent: true });
    const browser = aBrowser(hub);
    const form = { login: ines.email, password: goodPassword, return: '/' };
    const local = await browser.ask('/auth/login?local=1');
    await browser.ask('/auth/login', { form: { ...form, csrf: csrfIn(local) } });
    const out = await browser.ask('/auth/logout');
    const signedOut = await browser.ask('/auth/logout', { form: { csrf: csrfIn(out) } });
    const again = /href="([^"]*)">Sign in again/.exec(signedOut.text)?.[1] ?? '';
    const refusal = await browser.ask(`/auth/sso/${crypto.randomUUID()}/start`);
    const back = /href="([^"]*)">Back to sign-in/.exec(refusal.text)?.[1] ?? '';
    const wrong = await browser.ask('/auth/login', {
      form: { ...form, password: 'wrong', csrf: csrfIn(await browser.ask(again)) },
    });

    assert.equal((await browser.ask(again)).status, 200);
    assert.equal((await browser.ask(back)).status, 200);
    assert.deepEqual([wrong.status, wrong.text.includes('class="sign-on ')], [401, true]);
  });

  it('lets people in with their password whatever there is', async () => {
    const ines = await anAgent(around.hub);
    await make();

    const { status, headers } = await signIn(aBrowser(around.hub), ines.email, goodPassword);

    assert.deepEqual([status, headers.get('location')], [303, '/']);
  });

  it('keeps whose page it was when the password was wrong', async () => {
    await make({ name: 'Users', allowed_entities: 2 });
    await make({ name: 'Agents', allowed_entities: 1 });
    const browser = aBrowser(around.hub);
    const shown = await browser.ask('/auth/login?entity=user');
    const form = { csrf: csrfIn(shown), login: 'x', password: 'y', entity: 'user' };

    const { text } = await browser.ask('/auth/login', { form });

    assert.match(shown.text, /name="entity" value="user"/);
    assert.ok(text.includes('Sign in with Users') && !text.includes('Sign in with Agents'));
  });
});

describe('The letters on a coloured button', () => {
  const luminance = (colour: string) =>
    [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, at) => sum + part * ([0.2126, 0.7152, 0.0722][at] ?? 0), 0);

  it('have a contrast of at least 4.5 on every colour there is', () => {
    const steps = Array.from({ length: 18 }, (_, at) => (at * 15).toString(16).padStart(2, '0'));
    const colours = steps.flatMap((red) =>
      steps.flatMap((green) => steps.map((blue) => `#${red}${green}${blue}`)),
    );

    const worst = Math.min(
      ...colours.map((colour) => {
        const [ink, ground] = [inkOn(colour) === '#fff' ? 1 : 0, luminance(colour)];
        return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
      }),
    );

    assert.ok(worst >= 4.5, String(worst));
    assert.deepEqual([inkOn('#000'), inkOn('#fff')], ['#fff', '#000']);
  });
});
