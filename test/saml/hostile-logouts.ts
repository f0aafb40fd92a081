// Genuine messages about signing out, rightly signed, that are meant for somebody else, another time or another question.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  aLogoutRequest,
  aLogoutResponse,
  anAssertion,
  at,
  type LogoutParts,
  logoutId,
  maya,
  type ProviderKey,
  requestId,
  signed,
  signedResponse,
  sloUrl,
} from '#test/servers/saml-idp.ts';
import type { Hostile } from './hostile.ts';

export function logoutAttacks(key: ProviderKey): readonly Hostile[] {
  const request: readonly (readonly [string, SamlCheck, Partial<LogoutParts>])[] = [
    ['of another issuer', 'saml.issuer', { issuer: 'https://other.test/' }],
    ['to another address', 'saml.destination', { attributes: 'Destination="https://other.test/"' }],
    ['to no address', 'saml.destination', { attributes: '' }],
    ['issued an hour ago', 'saml.issue-instant', { issued: at(-60) }],
    [
      'that has expired',
      'saml.logout-time',
      { attributes: `Destination="${sloUrl}" NotOnOrAfter="${at(-2)}"` },
    ],
    [
      'that expires at no time',
      'saml.logout-time',
      { attributes: `Destination="${sloUrl}" NotOnOrAfter="x"` },
    ],
    ['of nobody', 'saml.name-id', { content: '' }],
    ['of an encrypted name', 'saml.name-id', { content: '<saml:EncryptedID/>' }],
    ['of a name with an element', 'saml.name-id', { content: '<saml:NameID>a<x/>b</saml:NameID>' }],
    [
      'of two names',
      'saml.order',
      { content: '<saml:NameID>a</saml:NameID><saml:NameID>b</saml:NameID>' },
    ],
    [
      'with an empty session index',
      'saml.session-index',
      { content: `<saml:NameID>${maya}</saml:NameID><samlp:SessionIndex/>` },
    ],
    [
      'with a session index of elements',
      'saml.session-index',
      {
        content: `<saml:NameID>${maya}</saml:NameID><samlp:SessionIndex>a<x/></samlp:SessionIndex>`,
      },
    ],
    ['of version 1.1', 'saml.version', { version: '1.1' }],
    [
      'with an assertion in it',
      'saml.one-assertion',
      { extensions: `<samlp:Extensions>${anAssertion()}</samlp:Extensions>` },
    ],
  ];
  const response: readonly (readonly [string, SamlCheck, Partial<LogoutParts>])[] = [
    ['of another issuer', 'saml.issuer', { issuer: 'https://other.test/' }],
    [
      'to another address',
      'saml.destination',
      { attributes: `Destination="https://other.test/" InResponseTo="${requestId}"` },
    ],
    [
      'to another request',
      'saml.in-response-to',
      { attributes: `Destination="${sloUrl}" InResponseTo="_other"` },
    ],
    ['issued an hour ago', 'saml.issue-instant', { issued: at(-60) }],
    ['without a status', 'saml.order', { content: '' }],
    ['with an empty status', 'saml.logout-status', { content: '<samlp:Status/>' }],
  ];
  const posted = (xml: string) => ({ binding: 'post', xml: Buffer.from(xml) }) as const;
  return [
    ...request.map(
      ([title, check, changes]): Hostile => ({
        kind: 'logout-request',
        title: `a logout request ${title}`,
        check,
        message: posted(signed(aLogoutRequest(changes), logoutId, key)),
      }),
    ),
    ...response.map(
      ([title, check, changes]): Hostile => ({
        kind: 'logout-response',
        title: `a logout response ${title}`,
        check,
        message: posted(signed(aLogoutResponse(changes), logoutId, key)),
      }),
    ),
    {
      kind: 'logout-request',
      title: 'a logout response where a request belongs',
      check: 'saml.root',
      message: posted(signed(aLogoutResponse(), logoutId, key)),
    },
    {
      kind: 'logout-response',
      title: 'a logout request where a response belongs',
      check: 'saml.root',
      message: posted(signed(aLogoutRequest(), logoutId, key)),
    },
    {
      kind: 'logout-request',
      title: 'a response where a logout request belongs',
      check: 'saml.root',
      message: posted(signedResponse('both', key)),
    },
    {
      kind: 'logout-request',
      title: 'a logout request that is not signed',
      check: 'saml.signed',
      message: posted(aLogoutRequest()),
    },
    {
      kind: 'logout-request',
      title: 'a logout request with a comment in its name',
      check: 'saml.comment',
      message: posted(signed(aLogoutRequest(), logoutId, key).replace(maya, `admin<!---->${maya}`)),
    },
    {
      kind: 'logout-request',
      title: 'a logout request whose name was exchanged',
      check: 'saml.digest',
      message: posted(signed(aLogoutRequest(), logoutId, key).replace(maya, 'admin')),
    },
  ];
}
