// How single sign-on is spoken of, and what the editor makes of what is typed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anApplication } from '#test/servers/sso-wire.ts';
import { bodyOf, draftOf, newDraft } from './draft.ts';
import { firstLine, stateOf, whoMay } from './words.ts';

describe('The page of single sign-on', () => {
  const off = anApplication({ name: 'Entra', active: false });
  const on = anApplication({ name: 'Entra', active: true });
  const lacking = anApplication({
    name: 'Okta',
    active: true,
    warnings: ['Nobody can sign on with it yet: it lacks the client id (client_id).'],
  });

  for (const [line, applications] of [
    ['Everybody signs in with a password of this hub.', []],
    ['Everybody signs in with a password of this hub.', [off]],
    ['People sign in with Entra.', [on, off]],
    ['People sign in with Entra or Okta; Okta is not complete.', [on, lacking]],
    ['People sign in in 3 other ways.', [on, on, on]],
  ] as const) {
    it(`says "${line}"`, () => assert.equal(firstLine(applications), line));
  }

  it('has a word for each state, and for whom it is', () => {
    assert.deepEqual(
      [off, on, lacking].map((one) => stateOf(one).word),
      ['off', 'on', 'incomplete'],
    );
    assert.equal(whoMay({ allows: { agent: false, user: false } }), 'nobody yet');
    assert.equal(whoMay({ allows: { agent: true, user: true } }), 'agents and users');
  });
});

describe('The editor of single sign-on', () => {
  it('sends back what it was given, when nothing is typed', () => {
    const application = anApplication({ name: 'Entra' });
    const { oidc, matching, button, allows, autoRedirects } = application;

    const body = JSON.parse(JSON.stringify(bodyOf(draftOf(application))));

    assert.deepEqual(body, {
      ...{ name: 'Entra', protocol: 'oidc', allows, autoRedirects, oidc, matching, button },
      ...{ singleLogout: application.singleLogout, logsAttempts: application.logsAttempts },
    });
  });

  it('makes lists of lines, and none of nothing', () => {
    const body = bodyOf({
      ...{
        ...newDraft,
        tenants: ' a,\nb ',
        claimRules: 'groups = service desk\n\namr',
        maxAge: '60',
      },
      ...{ clientSecret: 'typed', url: '  ' },
    });

    assert.deepEqual(body.oidc?.allowedTenants, ['a', 'b']);
    assert.deepEqual([body.oidc?.maxAgeSeconds, body.oidc?.url], [60, null]);
    assert.equal(body.clientSecret, 'typed');
    assert.deepEqual(body.matching.claimRules, [
      { claim: 'groups', value: 'service desk' },
      { claim: 'amr', value: null },
    ]);
  });

  it('sends no secret and nothing of OIDC to a SAML provider', () => {
    const body = bodyOf({ ...newDraft, kind: 'saml', clientSecret: 'typed', forceAuthn: true });

    assert.deepEqual([body.protocol, body.clientSecret, body.oidc], ['saml', undefined, undefined]);
    assert.equal(body.saml?.forceAuthn, true);
  });
});
