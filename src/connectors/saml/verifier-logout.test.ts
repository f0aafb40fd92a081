// What the verifier takes of messages about signing out, by POST and by redirect.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openTrace } from '#domain/sso/trace.ts';
import { expectedLogout, expectedLogoutResponse } from '#test/saml/expected.ts';
import {
  aLogoutRequest,
  aLogoutResponse,
  aProviderKey,
  idpEntityId,
  logoutId,
  maya,
  more,
  now,
  type ProviderKey,
  requestId,
  signed,
} from '#test/servers/saml-idp.ts';
import { asQuery } from '#test/servers/saml-query.ts';
import { verifyLogoutRequest, verifyLogoutResponse } from './verifier.ts';

let rsa: ProviderKey;
let ec: ProviderKey;
before(async () => {
  rsa = await aProviderKey();
  ec = await aProviderKey('p-256');
});

describe('A logout request', () => {
  it('by POST proves whose sessions are over', () => {
    const xml = Buffer.from(signed(aLogoutRequest(), logoutId, rsa));

    const proven = verifyLogoutRequest(
      { binding: 'post', xml },
      expectedLogout([rsa.certificate]),
      openTrace(),
    );

    assert.deepEqual(
      [proven.id, proven.issuer, proven.nameId.value, proven.sessionIndexes],
      [logoutId, idpEntityId, maya, ['_session1']],
    );
    assert.equal(proven.notOnOrAfter.getTime(), now.getTime() + 12 * 60_000);
  });

  for (const relay of [undefined, 'where from=here&there']) {
    it(`by redirect, with relay state ${relay}, is proven by its query`, () => {
      const query = asQuery(aLogoutRequest(), rsa, relay === undefined ? {} : { relay });

      const proven = verifyLogoutRequest(
        { binding: 'redirect', query },
        expectedLogout([rsa.certificate]),
        openTrace(),
      );

      assert.equal(proven.nameId.value, maya);
    });
  }
});

describe('A logout response', () => {
  it('says what came of it, by POST and by redirect', () => {
    const xml = Buffer.from(
      signed(aLogoutResponse(), logoutId, ec, { algorithm: `${more}ecdsa-sha256` }),
    );
    const query = asQuery(aLogoutResponse(), rsa, { parameter: 'SAMLResponse' });
    const expected = expectedLogoutResponse([rsa.certificate, ec.certificate]);

    for (const message of [
      { binding: 'post', xml } as const,
      { binding: 'redirect', query } as const,
    ]) {
      const proven = verifyLogoutResponse(message, expected, openTrace());
      assert.deepEqual([proven.complete, proven.inResponseTo], [true, requestId]);
    }
  });

  it('is not complete where somebody’s session could not be ended', () => {
    const partial =
      '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:PartialLogout"/></samlp:StatusCode></samlp:Status>';
    const xml = Buffer.from(signed(aLogoutResponse({ content: partial }), logoutId, rsa));

    const proven = verifyLogoutResponse(
      { binding: 'post', xml },
      expectedLogoutResponse([rsa.certificate]),
      openTrace(),
    );

    assert.equal(proven.complete, false);
  });
});
