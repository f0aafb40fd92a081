// Genuine messages, rightly signed, that are meant for somebody else, another time or another question.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  type AssertionParts,
  acsUrl,
  aLogoutRequest,
  aLogoutResponse,
  anAssertion,
  aResponse,
  at,
  idpEntityId,
  type LogoutParts,
  logoutId,
  maya,
  ourEntityId,
  type ProviderKey,
  type ResponseParts,
  requestId,
  responseId,
  signed,
  signedResponse,
  sloUrl,
} from '#test/servers/saml-idp.ts';
import type { Hostile } from './hostile.ts';

export function profileAttacks(key: ProviderKey): readonly Hostile[] {
  return [...ofAssertion(key), ...ofResponse(key), ...unsolicited(key), ...ofLogout(key)];
}

function ofAssertion(key: ProviderKey): readonly Hostile[] {
  const confirmation = (attributes: string) => ({ confirmationAttributes: attributes });
  const twice =
    '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData/></saml:SubjectConfirmation>';
  const audience = (...names: readonly string[]) =>
    `<saml:AudienceRestriction>${names.map((name) => `<saml:Audience>${name}</saml:Audience>`).join('')}</saml:AudienceRestriction>`;
  const nameId = (inner: string) => ({ nameId: inner });
  const attribute = (inner: string) => ({
    attributes: `<saml:AttributeStatement>${inner}</saml:AttributeStatement>`,
  });
  const statement = (attributes: string) => `<saml:AuthnStatement ${attributes}/>`;
  const rows: readonly (readonly [
    string,
    SamlCheck | readonly SamlCheck[],
    Partial<AssertionParts>,
  ])[] = [
    ['of another issuer', 'saml.issuer', { issuer: 'https://other.test/' }],
    ['of our issuer in capitals', 'saml.issuer', { issuer: idpEntityId.toUpperCase() }],
    ['of our issuer with a slash', 'saml.issuer', { issuer: `${idpEntityId}/` }],
    ['of our issuer with a blank', 'saml.issuer', { issuer: `${idpEntityId} ` }],
    ['of an issuer with elements', 'saml.issuer', { issuer: `<x/>${idpEntityId}` }],
    ['of version 1.1', 'saml.version', { version: '1.1' }],
    ['with an ID of blanks', 'saml.id', { id: '_a b' }],
    ['issued an hour ago', 'saml.issue-instant', { issued: at(-60) }],
    ['issued in an hour', 'saml.issue-instant', { issued: at(60) }],
    ['issued in no time zone', 'saml.issue-instant', { issued: '2026-11-20T08:00:00' }],
    ['issued in another time zone', 'saml.issue-instant', { issued: '2026-11-20T10:00:00+02:00' }],
    ['issued on 30 February', 'saml.issue-instant', { issued: '2026-02-30T08:00:00Z' }],
    ['without a subject', 'saml.subject', { subject: '' }],
    ['without a confirmation', 'saml.subject', { confirmation: '' }],
    ['with two confirmations', 'saml.subject', { confirmation: twice + twice }],
    [
      'with an empty confirmation',
      'saml.subject',
      {
        confirmation: '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>',
      },
    ],
    [
      'with something strange in its subject',
      'saml.subject',
      { nameId: `<saml:NameID>${maya}</saml:NameID><x/>` },
    ],
    ['with a subject twice', 'saml.order', { subject: `<saml:Subject/><saml:Subject/>` }],
    ['without a name', 'saml.name-id', nameId('')],
    ['with an empty name', 'saml.name-id', nameId('<saml:NameID/>')],
    ['with a name of blanks', 'saml.name-id', nameId('<saml:NameID> </saml:NameID>')],
    [
      'with a name and blanks around it',
      'saml.name-id',
      nameId(`<saml:NameID> ${maya}</saml:NameID>`),
    ],
    [
      'with two names',
      'saml.name-id',
      nameId(`<saml:NameID>${maya}</saml:NameID><saml:NameID>x</saml:NameID>`),
    ],
    [
      'with an element in its name',
      'saml.name-id',
      nameId(`<saml:NameID>admin@larkfield.test<x/>.evil.test</saml:NameID>`),
    ],
    [
      'with a name of 2,000 characters',
      'saml.name-id',
      nameId(`<saml:NameID>${'x'.repeat(2_000)}</saml:NameID>`),
    ],
    [
      'with a qualifier of 2,000 characters',
      'saml.name-id',
      nameId(`<saml:NameID SPNameQualifier="${'x'.repeat(2_000)}">x</saml:NameID>`),
    ],
    ['with an encrypted name', 'saml.name-id', nameId('<saml:EncryptedID/>')],
    ['with a base ID', 'saml.name-id', nameId('<saml:BaseID/>')],
    [
      'confirmed by holding a key',
      'saml.bearer',
      { method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' },
    ],
    [
      'confirmed by whoever vouches',
      'saml.bearer',
      { method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' },
    ],
    [
      'for another recipient',
      'saml.recipient',
      confirmation(
        `NotOnOrAfter="${at(5)}" Recipient="https://other.test/acs" InResponseTo="${requestId}"`,
      ),
    ],
    [
      'for no recipient',
      'saml.recipient',
      confirmation(`NotOnOrAfter="${at(5)}" InResponseTo="${requestId}"`),
    ],
    [
      'for our recipient and a query',
      'saml.recipient',
      confirmation(`NotOnOrAfter="${at(5)}" Recipient="${acsUrl}?x" InResponseTo="${requestId}"`),
    ],
    [
      'whose confirmation has expired',
      'saml.confirmation-time',
      confirmation(`NotOnOrAfter="${at(-1)}" Recipient="${acsUrl}" InResponseTo="${requestId}"`),
    ],
    [
      'whose confirmation never ends',
      'saml.confirmation-time',
      confirmation(`Recipient="${acsUrl}" InResponseTo="${requestId}"`),
    ],
    [
      'whose confirmation ends at no time',
      'saml.confirmation-time',
      confirmation(`NotOnOrAfter="tomorrow" Recipient="${acsUrl}" InResponseTo="${requestId}"`),
    ],
    [
      'whose confirmation has a beginning',
      'saml.confirmation-time',
      confirmation(
        `NotBefore="${at(-5)}" NotOnOrAfter="${at(5)}" Recipient="${acsUrl}" InResponseTo="${requestId}"`,
      ),
    ],
    [
      'that confirms another request',
      'saml.confirmation-request',
      confirmation(`NotOnOrAfter="${at(5)}" Recipient="${acsUrl}" InResponseTo="_other"`),
    ],
    [
      'that confirms no request',
      'saml.confirmation-request',
      confirmation(`NotOnOrAfter="${at(5)}" Recipient="${acsUrl}"`),
    ],
    [
      'with a condition nobody knows',
      'saml.conditions',
      { conditions: `${audience(ourEntityId)}<saml:Condition/>` },
    ],
    [
      'with a condition of another namespace',
      'saml.conditions',
      { conditions: `${audience(ourEntityId)}<OneTimeUse xmlns="urn:x"/>` },
    ],
    ['with conditions twice', 'saml.order', { advice: '<saml:Conditions/>' }],
    [
      'that has expired',
      'saml.conditions-time',
      { conditionsAttributes: `NotBefore="${at(-9)}" NotOnOrAfter="${at(-1)}"` },
    ],
    [
      'that does not hold yet',
      'saml.conditions-time',
      { conditionsAttributes: `NotBefore="${at(2)}" NotOnOrAfter="${at(9)}"` },
    ],
    [
      'that never expires',
      'saml.conditions-time',
      { conditionsAttributes: `NotBefore="${at(-5)}"` },
    ],
    [
      'that begins at no time',
      'saml.conditions-time',
      { conditionsAttributes: `NotBefore="x" NotOnOrAfter="${at(5)}"` },
    ],
    ['for another audience', 'saml.audience', { conditions: audience('urn:other') }],
    ['for no audience', 'saml.audience', { conditions: '' }],
    ['for an empty audience', 'saml.audience', { conditions: audience() }],
    [
      'for us and, in another restriction, not for us',
      'saml.audience',
      { conditions: audience(ourEntityId) + audience('urn:other') },
    ],
    [
      'for whoever begins like us',
      'saml.audience',
      { conditions: audience(`${ourEntityId}.evil.test`) },
    ],
    ['without a word on the sign-in', 'saml.authn-statement', { statement: '' }],
    [
      'with two sign-ins',
      'saml.authn-statement',
      { statement: statement(`AuthnInstant="${at(-1)}"`).repeat(2) },
    ],
    [
      'with a sign-in in the future',
      'saml.authn-statement',
      { statement: statement(`AuthnInstant="${at(5)}"`) },
    ],
    ['with a sign-in at no time', 'saml.authn-statement', { statement: statement('') }],
    [
      'whose session is over',
      'saml.session-time',
      { statement: statement(`AuthnInstant="${at(-1)}" SessionNotOnOrAfter="${at(-1)}"`) },
    ],
    [
      'whose session ends at no time',
      'saml.session-time',
      { statement: statement(`AuthnInstant="${at(-1)}" SessionNotOnOrAfter=""`) },
    ],
    [
      'with an attribute without a name',
      'saml.attributes',
      attribute('<saml:Attribute><saml:AttributeValue>x</saml:AttributeValue></saml:Attribute>'),
    ],
    ['with an encrypted attribute', 'saml.attributes', attribute('<saml:EncryptedAttribute/>')],
    [
      'with a value cut by an element',
      'saml.attributes',
      attribute(
        '<saml:Attribute Name="role"><saml:AttributeValue>adm<x/>in</saml:AttributeValue></saml:Attribute>',
      ),
    ],
    [
      'with a value cut by elements with text',
      'saml.attributes',
      attribute(
        '<saml:Attribute Name="role"><saml:AttributeValue>user<x>admin</x></saml:AttributeValue></saml:Attribute>',
      ),
    ],
    [
      'with something else among its values',
      'saml.attributes',
      attribute('<saml:Attribute Name="role"><saml:NameID>admin</saml:NameID></saml:Attribute>'),
    ],
    [
      'with a statement before its subject',
      'saml.order',
      { issuer: `${idpEntityId}</saml:Issuer><saml:AttributeStatement/><saml:Issuer>` },
    ],
    ['with text between its elements', 'saml.order', { advice: 'x' }],
  ];
  return rows.flatMap(([title, check, assertion]) =>
    (['assertion', 'response', 'both'] as const).map(
      (layout): Hostile => ({
        kind: 'response',
        title: `an assertion ${title} (layout "${layout}")`,
        check,
        xml: signedSafely(layout, key, assertion),
      }),
    ),
  );
}

/** xml-crypto looks for the element by its ID, and finds none where the ID is the thing that is wrong. */
function signedSafely(
  layout: 'assertion' | 'response' | 'both',
  key: ProviderKey,
  assertion: Partial<AssertionParts>,
) {
  return signedResponse(layout, key, { assertion });
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

function ofLogout(key: ProviderKey): readonly Hostile[] {
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
