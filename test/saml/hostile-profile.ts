// Genuine responses, rightly signed, that are meant for somebody else, another time or another question.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  acsUrl,
  aLogoutResponse,
  anAssertion,
  aResponse,
  at,
  idpEntityId,
  logoutId,
  type ProviderKey,
  type ResponseParts,
  requestId,
  responseId,
  signed,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import type { Hostile } from './hostile.ts';

export function profileAttacks(key: ProviderKey): readonly Hostile[] {
  return [...ofResponse(key), ...unsolicited(key)];
}

function ofResponse(key: ProviderKey): readonly Hostile[] {
  const address = (attributes: string) => ({ attributes });
  const status = (code: string, inner = '') => ({
    status: `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${code}">${inner}</samlp:StatusCode></samlp:Status>`,
  });
  const rows: readonly (readonly [string, SamlCheck, Partial<ResponseParts>])[] = [
    [
      'of another issuer',
      'saml.issuer',
      { issuer: '<saml:Issuer>https://other.test/</saml:Issuer>' },
    ],
    [
      'of an issuer of another format',
      'saml.issuer',
      { issuer: `<saml:Issuer Format="urn:x">${idpEntityId}</saml:Issuer>` },
    ],
    [
      'to another address',
      'saml.destination',
      address(`Destination="https://other.test/acs" InResponseTo="${requestId}"`),
    ],
    [
      'to our address of another application',
      'saml.destination',
      address(`Destination="${acsUrl.replace('/1/', '/2/')}" InResponseTo="${requestId}"`),
    ],
    [
      'to our address in capitals',
      'saml.destination',
      address(`Destination="${acsUrl.toUpperCase()}" InResponseTo="${requestId}"`),
    ],
    ['to no address', 'saml.destination', address(`InResponseTo="${requestId}"`)],
    [
      'to another request',
      'saml.in-response-to',
      address(`Destination="${acsUrl}" InResponseTo="_other"`),
    ],
    ['to no request', 'saml.in-response-to', address(`Destination="${acsUrl}"`)],
    ['of version 1.1', 'saml.version', { version: '1.1' }],
    ['with an ID that begins with a digit', 'saml.id', { id: '1response' }],
    ['issued an hour ago', 'saml.issue-instant', { issued: at(-60) }],
    ['issued in an hour', 'saml.issue-instant', { issued: at(60) }],
    ['that refuses', 'saml.status', status('Requester')],
    [
      'that failed',
      'saml.status',
      status(
        'Responder',
        '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/>',
      ),
    ],
    [
      'that succeeded with a failure within',
      'saml.status',
      status(
        'Success',
        '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/>',
      ),
    ],
    [
      'that succeeded and failed',
      'saml.status',
      {
        status: status('Success').status.replace(
          '</samlp:Status>',
          '<samlp:StatusCode Value="x"/></samlp:Status>',
        ),
      },
    ],
    ['that succeeded in small letters', 'saml.status', status('success')],
    ['without a status', 'saml.status', { status: '' }],
    ['with something in its place', 'saml.order', { extensions: '<x/>' }],
  ];
  return [
    ...rows.flatMap(([title, check, changed]) =>
      (['assertion', 'both'] as const).map(
        (layout): Hostile => ({
          kind: 'response',
          title: `a response ${title} (layout "${layout}")`,
          check,
          xml: signedResponse(layout, key, { response: changed }),
        }),
      ),
    ),
    {
      kind: 'response',
      title: 'a response without an assertion',
      check: 'saml.one-assertion',
      xml: signed(aResponse(''), responseId, key),
    },
    {
      kind: 'response',
      title: 'a response with two assertions, both signed',
      check: 'saml.one-assertion',
      xml: aResponse(
        signed(anAssertion(), '_assertion1', key) + signed(anAssertion({ id: '_b' }), '_b', key),
      ),
    },
    {
      kind: 'response',
      title: 'a response without an issuer',
      check: 'saml.issuer',
      xml: aResponse(signed(anAssertion(), '_assertion1', key), { issuer: '' }),
    },
    {
      kind: 'response',
      title: 'a logout response, signed, where a response belongs',
      check: 'saml.root',
      xml: signed(
        aLogoutResponse({ attributes: `Destination="${acsUrl}" InResponseTo="${requestId}"` }),
        logoutId,
        key,
      ),
    },
    {
      kind: 'response',
      title: 'an assertion by itself',
      check: 'saml.status',
      xml: signed(anAssertion(), '_assertion1', key),
    },
    {
      kind: 'response',
      title: 'a response that was recorded before',
      check: 'saml.in-response-to',
      xml: signedResponse('both', key),
      expected: { inResponseTo: '_request2' },
    },
    {
      kind: 'response',
      title: 'a response for another service of the same provider',
      check: 'saml.audience',
      xml: signedResponse('both', key),
      expected: { entityId: 'https://elsewhere.test/' },
    },
  ];
}

/** The provider begins: then nothing may be answered. */
function unsolicited(key: ProviderKey): readonly Hostile[] {
  const expected = { inResponseTo: undefined };
  return [
    {
      kind: 'response',
      title: 'a stolen answer passed off as begun by the provider',
      check: 'saml.in-response-to',
      xml: signedResponse('both', key),
      expected,
    },
    {
      kind: 'response',
      title: 'a stolen assertion passed off as begun by the provider',
      check: 'saml.confirmation-request',
      xml: signedResponse('assertion', key, {
        response: { attributes: `Destination="${acsUrl}"` },
      }),
      expected,
    },
  ];
}
