// Single logout with SAML over HTTP: what a provider orders is done once and answered with a signature, and ours is asked for.
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { SsoApplication } from '#features/sso/model.ts';
import { newId } from '#lib/ids.ts';
import { aBrowser, csrfIn, type Told } from '#test/servers/access.ts';
import { aLogoutRequest, aLogoutResponse, aProviderKey, signed } from '#test/servers/saml-idp.ts';
import { asQuery } from '#test/servers/saml-query.ts';
import {
  aSamlApplication,
  aSamlWorld,
  attributeOf,
  base64,
  logoutAddress,
  persistent,
  refusedBy,
  type SamlWorld,
  sentBy,
  signOnWith,
  transient,
  whoSits,
} from '#test/servers/saml-sign-ons.ts';
import { lastAttempt, signOns } from '#test/servers/sign-ons.ts';
import { ownKey } from './own-key.ts';

let world: SamlWorld;
before(async () => {
  world = await aSamlWorld();
});
after(() => world[Symbol.asyncDispose]());

type Ordering = {
  readonly name?: string;
  readonly format?: string;
  readonly indexes?: readonly string[];
  readonly id?: string;
  readonly slo?: string;
  readonly issuer?: string;
};

const minutes = (count: number) =>
  new Date(world.signOns.hub.time.now.getTime() + count * 60_000).toISOString();

const sloOf = ({ guid }: SsoApplication) =>
  `${world.signOns.ports.publicUrl.origin}/auth/sso/${guid}/slo`;

function anOrder(application: SsoApplication, ordering: Ordering = {}): string {
  const indexes = ordering.indexes ?? ['_session1'];
  return aLogoutRequest({
    id: ordering.id ?? `_l${newId()}`,
    issued: minutes(0),
    ...(ordering.issuer === undefined ? {} : { issuer: ordering.issuer }),
    attributes: `Destination="${ordering.slo ?? sloOf(application)}" NotOnOrAfter="${minutes(5)}"`,
    content: `<saml:NameID Format="${ordering.format ?? persistent}">${ordering.name ?? `person-${world.agent.id}`}</saml:NameID>${indexes.map((index) => `<samlp:SessionIndex>${index}</samlp:SessionIndex>`).join('')}`,
  });
}

function byRedirect(application: SsoApplication, xml: string, key = world.key): Promise<Told> {
  const query = asQuery(xml, key, { relay: 'the-provider-s own' });
  return aBrowser(world.signOns.hub).ask(`/auth/sso/${application.guid}/slo?${query}`);
}

function byForm(application: SsoApplication, xml: string): Promise<Told> {
  return aBrowser(world.signOns.hub).ask(`/auth/sso/${application.guid}/slo`, {
    form: { SAMLRequest: base64(xml), RelayState: 'r' },
  });
}

const idOf = (xml: string) => attributeOf(xml, 'ID') ?? '';

describe('A provider that says somebody signed out', () => {
  it('by redirect ends their session and has a signed answer, back with its RelayState', async () => {
    const application = await aSamlApplication(world);
    const { browser } = await signOnWith(world, application);
    const order = anOrder(application);

    const told = await byRedirect(application, order);

    assert.equal(told.status, 303, told.text);
    assert.equal(await whoSits(browser), undefined);
    const sent = sentBy(told);
    assert.ok(sent.destination.startsWith(`${logoutAddress}/answer?SAMLResponse=`));
    assert.equal(attributeOf(sent.xml, 'InResponseTo'), idOf(order));
    assert.match(sent.xml, /status:Success/);
    assert.equal(sent.relayState, 'the-provider-s own');
    const [, octets = '', signature = ''] = /\?(.*)&Signature=(.*)$/.exec(sent.destination) ?? [];
    const { certificate } = await ownKey(world.signOns.ports, application);
    const proof = Buffer.from(decodeURIComponent(signature), 'base64');
    assert.ok(verify('sha256', Buffer.from(octets), certificate, proof));
    const attempt = await lastAttempt(world.signOns, application);
    assert.equal(attempt?.status, 'signed-out');
  });

  it('by form ends it too', async () => {
    const application = await aSamlApplication(world);
    const { browser } = await signOnWith(world, application);
    const order = anOrder(application);

    const told = await byForm(application, signed(order, idOf(order), world.key));

    assert.equal(told.status, 303, told.text);
    assert.equal(await whoSits(browser), undefined);
  });

  it('ends the sessions of the index it names, and all of the person where it names none', async () => {
    const application = await aSamlApplication(world);
    const one = await signOnWith(world, application, { index: '_one' });
    const two = await signOnWith(world, application, { index: '_two' });
    const three = await signOnWith(world, application, { index: '_three' });

    await byRedirect(application, anOrder(application, { indexes: ['_one'] }));
    const between = await Promise.all([one, two, three].map(({ browser }) => whoSits(browser)));
    await byRedirect(application, anOrder(application, { indexes: [] }));
    const after = await Promise.all([one, two, three].map(({ browser }) => whoSits(browser)));

    assert.deepEqual(between, [undefined, world.agent.id, world.agent.id]);
    assert.deepEqual(after, [undefined, undefined, undefined]);
  });

  for (const indexes of [['_session1'], []]) {
    it(`knows a person whose NameID changes each time by that of the session, with ${indexes.length} indexes`, async () => {
      const application = await aSamlApplication(world);
      const nameId = (value: string) => `<saml:NameID Format="${transient}">${value}</saml:NameID>`;
      const mine = await signOnWith(world, application, { nameId: nameId('_mine') });
      const other = await signOnWith(world, application, { nameId: nameId('_o'), index: '_other' });

      await byRedirect(
        application,
        anOrder(application, { name: '_mine', format: transient, indexes }),
      );

      assert.equal(await whoSits(mine.browser), undefined);
      assert.equal(await whoSits(other.browser), world.agent.id);
    });
  }

  it('ends nothing of another application, nor of another person', async () => {
    const application = await aSamlApplication(world);
    const neighbour = await aSamlApplication(world);
    const mine = await signOnWith(world, application);
    const theirs = await signOnWith(world, neighbour);

    await byRedirect(application, anOrder(application, { name: 'somebody-else', indexes: [] }));
    const between = await whoSits(mine.browser);
    await byRedirect(application, anOrder(application, { indexes: [] }));

    assert.equal(between, world.agent.id);
    assert.equal(await whoSits(mine.browser), undefined);
    assert.equal(await whoSits(theirs.browser), world.agent.id);
  });

  it('is obeyed once, of two processes at the same moment', async () => {
    const application = await aSamlApplication(world);
    await using other = await signOns({ shares: world.signOns });
    const query = asQuery(anOrder(application), world.key);
    const path = `/auth/sso/${application.guid}/slo?${query}`;

    const both = await Promise.all([
      aBrowser(world.signOns.hub).ask(path),
      aBrowser(other.hub).ask(path),
    ]);

    assert.deepEqual(both.map(({ status }) => status).sort(), [303, 403]);
    const refused = both.find(({ status }) => status === 403);
    assert.ok(refused);
    assert.equal(await refusedBy(world, application, refused), 'saml.logout-once');
  });

  const wrong: readonly (readonly [
    string,
    RegExp,
    (application: SsoApplication) => Promise<Told>,
  ])[] = [
    [
      'without a signature',
      /^saml\.(query-signed|query)$/,
      (application) => {
        const query = asQuery(anOrder(application), world.key).replace(/&SigAlg=.*/, '');
        return aBrowser(world.signOns.hub).ask(`/auth/sso/${application.guid}/slo?${query}`);
      },
    ],
    [
      'by form without a signature',
      /^saml\.signed$/,
      (application) => byForm(application, anOrder(application)),
    ],
    [
      'signed by a stranger',
      /^saml\.signature$/,
      async (application) => byRedirect(application, anOrder(application), await aProviderKey()),
    ],
    [
      'whose RelayState was altered',
      /^saml\.signature$/,
      (application) => {
        const query = asQuery(anOrder(application), world.key, { relay: 'a' });
        return aBrowser(world.signOns.hub).ask(
          `/auth/sso/${application.guid}/slo?${query.replace('RelayState=a', 'RelayState=b')}`,
        );
      },
    ],
    [
      'with a parameter that is none of SAML’s',
      /^saml\.query$/,
      (application) => {
        const query = asQuery(anOrder(application), world.key);
        return aBrowser(world.signOns.hub).ask(
          `/auth/sso/${application.guid}/slo?${query}&SAMLResponse=x`,
        );
      },
    ],
    [
      'meant for another application',
      /^saml\.destination$/,
      async (application) => {
        const other = await aSamlApplication(world);
        return byRedirect(application, anOrder(application, { slo: sloOf(other) }));
      },
    ],
    [
      'of another provider',
      /^saml\.issuer$/,
      (application) =>
        byRedirect(application, anOrder(application, { issuer: 'https://evil.test' })),
    ],
    [
      'that holds nothing',
      /^saml\.(query|form)$/,
      (application) => aBrowser(world.signOns.hub).ask(`/auth/sso/${application.guid}/slo`),
    ],
  ];
  for (const [title, check, send] of wrong) {
    it(`${title} ends nothing, gets no answer, and is kept by name`, async () => {
      const application = await aSamlApplication(world);
      const { browser } = await signOnWith(world, application);

      const told = await send(application);

      // With a response beside it, it is taken for an answer to a logout of ours.
      const named = (await refusedBy(world, application, told)) ?? '';
      assert.ok(check.test(named) || named === 'saml.logout-under-way', named);
      assert.equal(told.headers.get('location'), null);
      assert.equal(await whoSits(browser), world.agent.id);
      const attempt = await lastAttempt(world.signOns, application);
      assert.equal(attempt?.purpose, 'logout');
    });
  }

  it('finds the door closed where the application is not active', async () => {
    const application = await aSamlApplication(world, { columns: { active: false } });

    const told = await byRedirect(application, anOrder(application));

    assert.equal(await refusedBy(world, application, told), 'application.active');
  });

  it('without an address of its own for answers leaves the person at our page', async () => {
    const application = await aSamlApplication(world, { metadata: { logout: '' } });
    const { browser } = await signOnWith(world, application);

    const told = await byRedirect(application, anOrder(application));

    assert.equal(told.status, 200);
    assert.ok(told.text.includes('You are signed out'));
    assert.equal(await whoSits(browser), undefined);
  });
});

describe('Whoever signs out here', () => {
  async function signOut(application: SsoApplication) {
    const { browser } = await signOnWith(world, application);
    const page = await browser.ask('/auth/logout');
    const told = await browser.ask('/auth/logout', { form: { csrf: csrfIn(page) } });
    assert.equal(await whoSits(browser), undefined);
    const address = /url=([^"]+)"/.exec(told.text)?.[1]?.replaceAll('&#38;', '&') ?? '';
    const headers = new Headers(address === '' ? {} : { location: address });
    const sent = address === '' ? undefined : sentBy({ ...told, headers });
    return { browser, told, sent };
  }

  function anAnswerTo(application: SsoApplication, id: string, status = 'Success'): string {
    return aLogoutResponse({
      id: `_x${newId()}`,
      issued: minutes(0),
      attributes: `Destination="${sloOf(application)}" InResponseTo="${id}"`,
      content: `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}"/></samlp:Status>`,
    });
  }

  const answerBy = (
    browser: ReturnType<typeof aBrowser>,
    { guid }: SsoApplication,
    xml: string,
    relay: string,
    key = world.key,
  ) =>
    browser.ask(`/auth/sso/${guid}/slo?${asQuery(xml, key, { parameter: 'SAMLResponse', relay })}`);

  it('is sent on to the provider with a signed request that names them and their session there', async () => {
    const application = await aSamlApplication(world);

    const { sent, browser } = await signOut(application);

    assert.ok(sent);
    assert.ok(sent.destination.startsWith(`${logoutAddress}?SAMLRequest=`));
    assert.match(sent.xml, new RegExp(`>person-${world.agent.id}</saml:NameID>`));
    assert.match(sent.xml, /<samlp:SessionIndex>_session1</);
    const [, octets = '', signature = ''] = /\?(.*)&Signature=(.*)$/.exec(sent.destination) ?? [];
    const { certificate } = await ownKey(world.signOns.ports, application);
    const proof = Buffer.from(decodeURIComponent(signature), 'base64');
    assert.ok(verify('sha256', Buffer.from(octets), certificate, proof));

    const xml = anAnswerTo(application, idOf(sent.xml));
    const told = await answerBy(browser, application, xml, sent.relayState);
    assert.equal(told.status, 200);
    assert.match(told.text, /Your session has ended here and at Larkfield ID/);
    const second = await answerBy(browser, application, xml, sent.relayState);
    assert.equal(await refusedBy(world, application, second), 'saml.logout-under-way');
  });

  for (const [title, check, make] of [
    ['to another request', 'saml.in-response-to', { id: '_other' }],
    ['signed by a stranger', 'saml.signature', { strange: true }],
    ['in another browser', 'saml.logout-under-way', { elsewhere: true }],
    ['with another RelayState', 'saml.logout-under-way', { relay: 'x'.repeat(43) }],
  ] as const) {
    it(`gets no word from an answer ${title}`, async () => {
      const application = await aSamlApplication(world);
      const { sent, browser } = await signOut(application);
      assert.ok(sent);
      const id = 'id' in make ? make.id : idOf(sent.xml);
      const key = 'strange' in make ? await aProviderKey() : world.key;
      const where = 'elsewhere' in make ? aBrowser(world.signOns.hub) : browser;
      const relay = 'relay' in make ? make.relay : sent.relayState;

      const told = await answerBy(where, application, anAnswerTo(application, id), relay, key);

      assert.equal(await refusedBy(world, application, told), check);
    });
  }

  it('stays here where single logout is off, or the provider has no address for it', async () => {
    const off = await aSamlApplication(world, { columns: { single_logout: false } });
    const without = await aSamlApplication(world, { metadata: { logout: '' } });

    for (const application of [off, without]) {
      const { sent, told } = await signOut(application);
      assert.equal(sent, undefined);
      assert.equal(told.status, 200);
      assert.match(told.text, /You are signed out/);
    }
  });

  it('is sent on by a form where the provider takes nothing else', async () => {
    const logout = `<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${logoutAddress}"/>`;
    const application = await aSamlApplication(world, { metadata: { logout } });

    const { told } = await signOut(application);

    assert.match(
      told.headers.get('content-security-policy') ?? '',
      /form-action 'self' http:\/\/127\.0\.0\.1:9;/,
    );
    assert.match(sentBy(told).xml, /<samlp:LogoutRequest .*<ds:Signature /s);
  });
});
