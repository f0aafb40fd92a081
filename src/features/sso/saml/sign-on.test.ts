// Signing on with SAML over HTTP: what a provider sends counts once, in the browser that asked for it.
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { aBrowser } from '#test/servers/access.ts';
import { encrypted } from '#test/servers/saml-encrypting.ts';
import { aProviderKey } from '#test/servers/saml-idp.ts';
import {
  again,
  aMetadataServer,
  anAnswer,
  aSamlApplication,
  aSamlWorld,
  attributeOf,
  base64,
  begin,
  idpMetadata,
  post,
  refusedBy,
  type SamlWorld,
  signOnAddress,
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

describe('A sign-on with SAML', () => {
  it('goes to the provider by redirect, and its answer brings the person to where they wanted', async () => {
    const application = await aSamlApplication(world);
    const { browser, told, sent } = await begin(world, application);
    const xml = anAnswer(world, application, { to: sent });
    const fields = { SAMLResponse: base64(xml), RelayState: sent.relayState };
    const back = await post(browser, application, fields);

    assert.equal(told.status, 303);
    assert.ok(sent.destination.startsWith(`${signOnAddress}&SAMLRequest=`));
    assert.equal(attributeOf(sent.xml, 'Destination'), signOnAddress);
    assert.match(attributeOf(sent.xml, 'AssertionConsumerServiceURL') ?? '', /\/acs$/);
    assert.equal(sent.query.get('Signature'), null);
    assert.equal(back.status, 303, back.text);
    assert.equal(back.headers.get('location'), '/tickets/42');
    assert.equal(await whoSits(browser), world.agent.id);
    const attempt = await lastAttempt(world.signOns, application);
    assert.equal(attempt?.status, 'signed-in');
    assert.equal(attempt?.subject, `person-${world.agent.id}`);
  });

  // By the provider's clock, which may be a minute behind ours.
  for (const [minutes, lasts] of [
    [30, 31],
    [-0.5, 0.5],
    [undefined, 12 * 60],
    [60 * 24 * 30, 12 * 60],
  ] as const) {
    it(`lasts ${lasts} minutes where the provider’s own session ends ${minutes === undefined ? 'nobody says when' : `in ${minutes}`}`, async () => {
      const application = await aSamlApplication(world);
      const { browser, sent } = await begin(world, application);
      const answer = { to: sent, ...(minutes === undefined ? {} : { sessionMinutes: minutes }) };
      const fields = {
        SAMLResponse: base64(anAnswer(world, application, answer)),
        RelayState: sent.relayState,
      };
      await post(browser, application, fields);

      assert.equal(await whoSits(browser), world.agent.id);
      const session = await world.signOns.hub.database.db
        .selectFrom('sso_sessions')
        .innerJoin('sessions', 'hash', 'session_hash')
        .select(['started_at', 'ends_at'])
        .where('application_id', '=', application.id)
        .executeTakeFirstOrThrow();
      const lasted = (session.ends_at.getTime() - session.started_at.getTime()) / 60_000;
      assert.equal(lasted, lasts);
    });
  }

  it('goes by a form that sends itself, to the provider’s origin alone, with a button for want of script', async () => {
    const settings = { requestBinding: 'post', signsRequests: true, forceAuthn: true };
    const application = await aSamlApplication(world, { settings });
    const { told, sent } = await begin(world, application);

    assert.equal(told.status, 200);
    const policy = told.headers.get('content-security-policy') ?? '';
    assert.match(policy, /form-action 'self' http:\/\/127\.0\.0\.1:9;/);
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1];
    assert.ok(nonce && told.text.includes(`<script nonce="${nonce}">`));
    assert.match(told.text, /<button type="submit">/);
    assert.equal(sent.destination, 'http://127.0.0.1:9/sso-post');
    assert.match(sent.xml, /<ds:Signature /);
    assert.equal(attributeOf(sent.xml, 'ForceAuthn'), 'true');
    assert.equal((await signOnWith(world, application)).told.status, 303);
  });

  it('signs its request with the key that its metadata shows, where the provider wants it', async () => {
    const application = await aSamlApplication(world, {
      metadata: { role: 'WantAuthnRequestsSigned="true"' },
    });
    const { sent } = await begin(world, application);

    const [, octets = '', signature = ''] =
      /[?&](SAMLRequest=.*)&Signature=(.*)$/.exec(sent.destination) ?? [];
    const { certificate } = await ownKey(world.signOns.ports, application);
    const proof = Buffer.from(decodeURIComponent(signature), 'base64');
    assert.ok(verify('sha256', Buffer.from(octets), certificate, proof));
    const shown = await aBrowser(world.signOns.hub).ask(`/auth/sso/${application.guid}/metadata`);
    assert.ok(shown.text.includes(certificate.replace(/-----[A-Z ]+-----|\s/g, '')));
    assert.match(shown.text, /AuthnRequestsSigned="true"/);
  });

  for (const layout of ['assertion', 'response', 'both'] as const) {
    it(`takes an encrypted assertion where ${layout} is signed`, async () => {
      const settings = { wantsAssertionsEncrypted: true, wantsAssertionsSigned: false };
      const application = await aSamlApplication(world, { settings });
      const { certificate } = await ownKey(world.signOns.ports, application);

      const wrap = (assertion: string) => encrypted(assertion, certificate);
      const { told, browser } = await signOnWith(world, application, { layout, wrap });

      assert.equal(told.status, 303);
      assert.equal(await whoSits(browser), world.agent.id);
    });
  }

  it('knows the person by the attribute chosen where the NameID changes each time', async () => {
    const columns = { id_attribute: 'email' };
    const application = await aSamlApplication(world, { columns });
    const nameId = (value: string) => `<saml:NameID Format="${transient}">${value}</saml:NameID>`;
    const first = await signOnWith(world, application, { nameId: nameId('_t1') });
    const second = await signOnWith(world, application, { nameId: nameId('_t2') });

    assert.equal(first.told.status, 303);
    assert.equal(second.told.status, 303);
    const attempt = await lastAttempt(world.signOns, application);
    assert.equal(attempt?.subject, `email=${world.agent.email}`);
  });

  it('takes nobody for another whose NameID reads like their attribute', async () => {
    const columns = { id_attribute: 'email', matching_field: 'none' };
    const application = await aSamlApplication(world, { columns });
    await world.signOns.ports.db
      .insertInto('sso_links')
      .values({
        application_id: application.id,
        issuer: 'https://idp.larkfield.test/saml',
        subject: 'the-boss',
        owner_kind: 'agent',
        owner_id: world.agent.id,
        matched_by: 'hand',
        made_at: world.signOns.hub.time.now,
      })
      .execute();
    const nameId = `<saml:NameID Format="${transient}">_x</saml:NameID>`;
    const attributes = { mail: ['the-boss'] };

    const { told } = await signOnWith(world, application, { nameId, attributes });

    assert.equal(await refusedBy(world, application, told), 'person.linked');
  });

  it('without any lasting name is refused, and says what to choose', async () => {
    const application = await aSamlApplication(world, { columns: { id_attribute: 'subject' } });
    const nameId = `<saml:NameID Format="${transient}">_x</saml:NameID>`;
    const { told } = await signOnWith(world, application, { nameId });

    assert.equal(await refusedBy(world, application, told), 'saml.subject-attribute');
  });

  for (const [what, attributes] of [
    ['no value', {}],
    ['two values', { mail: ['a@larkfield.test', 'b@larkfield.test'] }],
  ] as const) {
    it(`is refused where that attribute has ${what}`, async () => {
      const application = await aSamlApplication(world);
      const nameId = `<saml:NameID Format="${transient}">_x</saml:NameID>`;
      const { told } = await signOnWith(world, application, { nameId, attributes });

      assert.equal(await refusedBy(world, application, told), 'saml.subject-attribute');
    });
  }
});

describe('A response that nobody asked for', () => {
  it('is refused where the application does not let its provider begin', async () => {
    const application = await aSamlApplication(world);
    const browser = aBrowser(world.signOns.hub);
    const xml = anAnswer(world, application, {});

    const told = await post(browser, application, { SAMLResponse: base64(xml) });

    assert.equal(await refusedBy(world, application, told), 'saml.transaction');
    assert.equal(await whoSits(browser), undefined);
  });

  it('signs on where that is allowed, once, and leads to a path of this hub', async () => {
    const settings = { allowsIdpInitiated: true };
    const application = await aSamlApplication(world, { settings });
    const browser = aBrowser(world.signOns.hub);
    const fields = {
      SAMLResponse: base64(anAnswer(world, application, {})),
      RelayState: '/tickets/7?a=b',
    };

    const told = await post(browser, application, fields);
    const again = await post(aBrowser(world.signOns.hub), application, fields);

    assert.equal(told.status, 303);
    assert.equal(told.headers.get('location'), '/tickets/7?a=b');
    assert.equal(await whoSits(browser), world.agent.id);
    assert.equal(await refusedBy(world, application, again), 'saml.once');
  });

  for (const away of [
    'https://evil.test/',
    '//evil.test',
    '/\\evil.test',
    'javascript:alert(1)',
    '\t//evil.test',
    '/%5cevil.test/../..//evil.test',
  ]) {
    it(`leads nowhere else: ${JSON.stringify(away)}`, async () => {
      const settings = { allowsIdpInitiated: true };
      const application = await aSamlApplication(world, { settings });
      const xml = anAnswer(world, application, {});

      const told = await post(aBrowser(world.signOns.hub), application, {
        SAMLResponse: base64(xml),
        RelayState: away,
      });

      assert.equal(told.status, 303);
      const location = told.headers.get('location') ?? '';
      assert.equal(new URL(location, 'http://hub.larkfield.test').host, 'hub.larkfield.test');
      assert.match(location, /^\/(?![/\\])/);
    });
  }

  it('cannot be one that somebody asked for', async () => {
    const settings = { allowsIdpInitiated: true };
    const application = await aSamlApplication(world, { settings });
    const { sent } = await begin(world, application);
    const xml = anAnswer(world, application, { to: sent });

    const told = await post(aBrowser(world.signOns.hub), application, {
      SAMLResponse: base64(xml),
      RelayState: '/',
    });

    assert.equal(await refusedBy(world, application, told), 'saml.in-response-to');
  });
});

describe('An answer', () => {
  const hostile: readonly (readonly [
    string,
    string,
    (sent: { relayState: string; message: string }) => string,
  ])[] = [
    ['without a response', 'saml.form', ({ relayState }) => `RelayState=${relayState}`],
    ['that is empty', 'saml.form', ({ relayState }) => `SAMLResponse=&RelayState=${relayState}`],
    [
      'with two responses',
      'saml.form',
      ({ relayState, message }) =>
        `SAMLResponse=${message}&SAMLResponse=${message}&RelayState=${relayState}`,
    ],
    [
      'with two RelayStates',
      'saml.form',
      ({ relayState, message }) =>
        `SAMLResponse=${message}&RelayState=${relayState}&RelayState=${relayState}`,
    ],
    [
      'with a request beside it',
      'saml.form',
      ({ relayState, message }) =>
        `SAMLResponse=${message}&SAMLRequest=${message}&RelayState=${relayState}`,
    ],
    [
      'that is no base64',
      'saml.form',
      ({ relayState }) => `SAMLResponse=${encodeURIComponent('<xml>')}&RelayState=${relayState}`,
    ],
    [
      'with signs between the base64',
      'saml.form',
      ({ relayState, message }) => `SAMLResponse=%2A${message}&RelayState=${relayState}`,
    ],
    [
      'that is base64 of nothing sensible',
      'saml.encoding',
      ({ relayState }) => `SAMLResponse=AAAA&RelayState=${relayState}`,
    ],
  ];
  for (const [title, check, form] of hostile) {
    it(`${title} is refused by name, and uses the sign-on up`, async () => {
      const application = await aSamlApplication(world);
      const { browser, sent } = await begin(world, application);
      const message = encodeURIComponent(base64(anAnswer(world, application, { to: sent })));
      const { relayState } = sent;

      const told = await browser.ask(`/auth/sso/${application.guid}/acs`, {
        form: form({ relayState, message }),
      });
      const named = await refusedBy(world, application, told);

      assert.equal(named, check);
      assert.equal(await whoSits(browser), undefined);
      // With two of them neither was looked up.
      if (title === 'with two RelayStates') return;
      const right = { SAMLResponse: decodeURIComponent(message), RelayState: relayState };
      const second = await post(browser, application, right);
      assert.equal(await refusedBy(world, application, second), 'saml.transaction');
    });
  }

  it('that is huge is refused unread', async () => {
    const application = await aSamlApplication(world);
    const { browser, sent } = await begin(world, application);

    const told = await browser.ask(`/auth/sso/${application.guid}/acs`, {
      form: { SAMLResponse: 'A'.repeat(500_000), RelayState: sent.relayState },
    });

    assert.equal(told.status, 413);
    assert.doesNotMatch(told.text, /\bat .*\.ts/);
  });

  it('is taken by POST alone, and as a form alone', async () => {
    const application = await aSamlApplication(world);
    const browser = aBrowser(world.signOns.hub);
    const path = `/auth/sso/${application.guid}/acs`;

    const got = await browser.ask(`${path}?SAMLResponse=x`);
    const json = await browser.ask(path, { json: { SAMLResponse: 'x' } });

    assert.equal(got.status, 405);
    assert.equal(json.status, 415);
  });

  it('in another browser is refused, and used up', async () => {
    const application = await aSamlApplication(world);
    const { browser, sent } = await begin(world, application);
    const fields = {
      SAMLResponse: base64(anAnswer(world, application, { to: sent })),
      RelayState: sent.relayState,
    };

    const without = await post(aBrowser(world.signOns.hub), application, fields);
    const named = await refusedBy(world, application, without);
    const late = await post(browser, application, fields);

    assert.equal(named, 'saml.browser');
    assert.equal(await refusedBy(world, application, late), 'saml.transaction');
  });

  it('to the sign-on of another browser is refused in one that has a sign-on of its own', async () => {
    const application = await aSamlApplication(world);
    const theirs = await begin(world, application);
    const mine = await begin(world, application);
    const fields = {
      SAMLResponse: base64(anAnswer(world, application, { to: theirs.sent })),
      RelayState: theirs.sent.relayState,
    };

    const told = await post(mine.browser, application, fields);

    assert.equal(await refusedBy(world, application, told), 'saml.browser');
    assert.equal(await whoSits(mine.browser), undefined);
  });

  it('to another request of the same browser is refused', async () => {
    const application = await aSamlApplication(world);
    const first = await begin(world, application);
    const second = await begin(world, application, '/', first.browser);
    const fields = {
      SAMLResponse: base64(anAnswer(world, application, { to: first.sent })),
      RelayState: second.sent.relayState,
    };

    const told = await post(first.browser, application, fields);

    assert.equal(await refusedBy(world, application, told), 'saml.in-response-to');
  });

  it('that is replayed at the same time to two processes makes one session', async () => {
    const application = await aSamlApplication(world, { settings: { allowsIdpInitiated: true } });
    await using other = await signOns({ shares: world.signOns });
    const begun = await begin(world, application);
    const elsewhere = aBrowser(other.hub);
    for (const [name, value] of begun.browser.cookies) elsewhere.cookies.set(name, value);
    const fields = {
      SAMLResponse: base64(anAnswer(world, application, { to: begun.sent })),
      RelayState: begun.sent.relayState,
    };
    const free = { SAMLResponse: base64(anAnswer(world, application, {})) };

    const both = await Promise.all([
      post(begun.browser, application, fields),
      post(elsewhere, application, fields),
    ]);
    const unasked = await Promise.all(
      [world.signOns.hub, other.hub, world.signOns.hub, other.hub].map((hub) =>
        post(aBrowser(hub), application, free),
      ),
    );

    assert.deepEqual(both.map(({ status }) => status).sort(), [303, 403]);
    assert.deepEqual(unasked.map(({ status }) => status).sort(), [303, 403, 403, 403]);
    const { count } = await world.signOns.ports.db
      .selectFrom('sso_sessions')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('application_id', '=', application.id)
      .executeTakeFirstOrThrow();
    assert.equal(Number(count), 2);
  });

  it('for another application is refused at this one’s door', async () => {
    const mine = await aSamlApplication(world);
    const theirs = await aSamlApplication(world);
    const { browser, sent } = await begin(world, mine);
    const xml = anAnswer(world, theirs, { to: sent });

    const told = await post(browser, mine, {
      SAMLResponse: base64(xml),
      RelayState: sent.relayState,
    });
    assert.match((await refusedBy(world, mine, told)) ?? '', /saml\.(destination|recipient)/);

    const begun = await begin(world, mine);
    const right = anAnswer(world, mine, { to: begun.sent });
    const crossed = await post(begun.browser, theirs, {
      SAMLResponse: base64(right),
      RelayState: begun.sent.relayState,
    });
    assert.equal(await refusedBy(world, theirs, crossed), 'saml.transaction');
  });

  it('that comes after ten minutes is refused', async () => {
    const application = await aSamlApplication(world);
    const { browser, sent } = await begin(world, application);
    const { time } = world.signOns.hub;
    const before = time.now;
    time.now = new Date(before.getTime() + 10 * 60_000 + 1);
    try {
      const xml = anAnswer(world, application, { to: sent });
      const told = await post(browser, application, {
        SAMLResponse: base64(xml),
        RelayState: sent.relayState,
      });
      assert.equal(await refusedBy(world, application, told), 'saml.transaction');
    } finally {
      time.now = before;
    }
  });

  it('is refused when the settings were changed meanwhile', async () => {
    const application = await aSamlApplication(world);
    const { browser, sent } = await begin(world, application);
    await world.signOns.ports.db
      .updateTable('sso_applications')
      .set({ version: application.version + 1 })
      .where('id', '=', application.id)
      .execute();

    const told = await post(browser, application, {
      SAMLResponse: base64(anAnswer(world, application, { to: sent })),
      RelayState: sent.relayState,
    });

    assert.equal(await refusedBy(world, application, told), 'application.unchanged');
  });
});

describe('An application that is not active', () => {
  it('has every door closed', async () => {
    const application = await aSamlApplication(world, {
      settings: { allowsIdpInitiated: true },
      columns: { active: false },
    });
    const { guid } = application;
    const browser = aBrowser(world.signOns.hub);

    const start = await browser.ask(`/auth/sso/${guid}/start`);
    const metadata = await browser.ask(`/auth/sso/${guid}/metadata`);
    const acs = await post(browser, application, {
      SAMLResponse: base64(anAnswer(world, application, {})),
    });
    const refusal = await refusedBy(world, application, acs);
    const slo = await browser.ask(`/auth/sso/${guid}/slo?SAMLRequest=x`);

    assert.equal(start.status, 403);
    assert.equal(metadata.status, 403);
    assert.equal(refusal, 'application.active');
    assert.equal(await refusedBy(world, application, slo), 'application.active');
    assert.equal(await whoSits(browser), undefined);
  });

  it('closes them on sign-ons under way', async () => {
    const application = await aSamlApplication(world);
    const { browser, sent } = await begin(world, application);
    await world.signOns.ports.db
      .updateTable('sso_applications')
      .set({ active: false })
      .where('id', '=', application.id)
      .execute();

    const told = await post(browser, application, {
      SAMLResponse: base64(anAnswer(world, application, { to: sent })),
      RelayState: sent.relayState,
    });

    assert.equal(await refusedBy(world, application, told), 'saml.transaction');
  });

  it('or is of another protocol, or not there, is answered alike', async () => {
    const oidc = await aSamlApplication(world, { columns: { protocol: 'oidc' } });
    const browser = aBrowser(world.signOns.hub);
    const nobody = '00000000-0000-4000-8000-000000000000';

    for (const guid of [oidc.guid, nobody]) {
      for (const door of ['metadata', 'slo']) {
        assert.equal((await browser.ask(`/auth/sso/${guid}/${door}`)).status, 403, door);
      }
      const acs = await browser.ask(`/auth/sso/${guid}/acs`, { form: { SAMLResponse: 'AAAA' } });
      assert.equal(acs.status, 403);
    }
  });
});

describe('A signature by a certificate that is not known', () => {
  it('has the metadata read anew, once, and counts where it is there by now', async () => {
    const next = await aProviderKey();
    await using server = await aMetadataServer(idpMetadata({ keys: [world.key] }));
    const settings = { metadataUrl: server.url };
    const application = await aSamlApplication(world, { settings });
    world.signOns.hub.time.now = new Date(world.signOns.hub.time.now.getTime() + 3_600_000);
    server.served.text = idpMetadata({ keys: [world.key, next] });

    const { told, browser } = await signOnWith(world, application, { key: next });

    assert.equal(told.status, 303, told.text);
    assert.equal(await whoSits(browser), world.agent.id);
    assert.equal(server.served.asked, 1);
    assert.equal((await signOnWith(world, application)).told.status, 303);
    const attempt = await lastAttempt(world.signOns, application);
    assert.equal(attempt?.status, 'signed-in');
    assert.equal((await again(world, application)).version, application.version);
  });

  it('is refused where it is not, and asks the provider no sooner than five minutes later', async () => {
    const stranger = await aProviderKey();
    await using server = await aMetadataServer(idpMetadata({ keys: [world.key] }));
    const settings = { metadataUrl: server.url };
    const application = await aSamlApplication(world, { settings });
    world.signOns.hub.time.now = new Date(world.signOns.hub.time.now.getTime() + 3_600_000);

    for (let time = 0; time < 3; time += 1) {
      const { told } = await signOnWith(world, application, { key: stranger });
      assert.equal(await refusedBy(world, application, told), 'saml.signature');
    }
    assert.equal(server.served.asked, 1);
    world.signOns.hub.time.now = new Date(world.signOns.hub.time.now.getTime() + 300_000);
    await signOnWith(world, application, { key: stranger });
    assert.equal(server.served.asked, 2);
  });

  it('never makes another provider of it', async () => {
    const stranger = await aProviderKey();
    await using server = await aMetadataServer(
      idpMetadata({ keys: [stranger], entityId: 'https://evil.test/saml' }),
    );
    const settings = { metadataUrl: server.url };
    const application = await aSamlApplication(world, { settings });
    world.signOns.hub.time.now = new Date(world.signOns.hub.time.now.getTime() + 3_600_000);

    const { told } = await signOnWith(world, application, { key: stranger });

    assert.equal(await refusedBy(world, application, told), 'saml.signature');
    assert.equal((await signOnWith(world, application)).told.status, 303);
  });
});

describe('Metadata', () => {
  it('that was never given lets nobody begin, and says so', async () => {
    const application = await aSamlApplication(world, { metadata: null });
    const { told } = await begin(world, application);

    assert.equal(await refusedBy(world, application, told), 'saml.metadata');
  });

  it('that is over lets nobody in', async () => {
    const { time } = world.signOns.hub;
    const until = new Date(time.now.getTime() + 60_000).toISOString();
    const application = await aSamlApplication(world, {
      metadata: { attributes: `validUntil="${until}"` },
    });
    const { browser, sent } = await begin(world, application);
    time.now = new Date(time.now.getTime() + 60_000);

    const told = await post(browser, application, {
      SAMLResponse: base64(anAnswer(world, application, { to: sent })),
      RelayState: sent.relayState,
    });

    assert.equal(await refusedBy(world, application, told), 'saml.metadata');
  });

  it('of another entity than the one that is configured lets nobody begin', async () => {
    const settings = { entityId: 'https://other.test' };
    const application = await aSamlApplication(world, { settings });
    const { told } = await begin(world, application);

    assert.equal(await refusedBy(world, application, told), 'saml.metadata');
  });
});
