// Signature wrapping: a genuine signed element is carried along, and another one is held out to be read (XSW 1 to 8 and kin).
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  aLogoutRequest,
  aLogoutResponse,
  anAssertion,
  aResponse,
  assertionId,
  layouts,
  logoutId,
  maya,
  type ProviderKey,
  responseId,
  signed,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import { admin, type Hostile } from './hostile.ts';

/** Several things are wrong with each of these; which one is seen first does not matter. */
const structural: readonly SamlCheck[] = [
  ...(['saml.one-assertion', 'saml.one-message', 'saml.signature-place', 'saml.order'] as const),
  ...(['saml.unique-ids', 'saml.reference', 'saml.signature-form', 'saml.digest'] as const),
  ...(['saml.signed', 'saml.well-formed', 'saml.one-reading', 'saml.root'] as const),
];

const signature = /<ds:Signature .*?<\/ds:Signature>/s;

function signatureIn(xml: string): string {
  return signature.exec(xml)?.[0] ?? '';
}

function without(xml: string): string {
  return xml.replace(signature, '');
}

function evilAssertion(id: string, own = ''): string {
  return anAssertion({ id })
    .replaceAll(maya, admin)
    .replace('</saml:Issuer>', `</saml:Issuer>${own}`);
}

/** Where in a response something may be hidden: before or after its assertion, in every place that takes any XML. */
const hidingPlaces: readonly (readonly [string, (evil: string, carried: string) => string])[] = [
  ['before it', (evil, carried) => aResponse(carried + evil)],
  ['after it', (evil, carried) => aResponse(evil + carried)],
  [
    'in the extensions',
    (evil, carried) =>
      aResponse(evil, { extensions: `<samlp:Extensions>${carried}</samlp:Extensions>` }),
  ],
  [
    'in the detail of the status',
    (evil, carried) =>
      aResponse(evil).replace(
        '</samlp:Status>',
        `<samlp:StatusDetail>${carried}</samlp:StatusDetail></samlp:Status>`,
      ),
  ],
  [
    'in the advice of the assertion',
    (evil, carried) =>
      aResponse(
        evil.replace(
          '</saml:Conditions>',
          `</saml:Conditions><saml:Advice>${carried}</saml:Advice>`,
        ),
      ),
  ],
  [
    'in the value of an attribute',
    (evil, carried) =>
      aResponse(evil.replace('<saml:AttributeValue>', `<saml:AttributeValue>${carried}`)),
  ],
  [
    'in the confirmation of the subject',
    (evil, carried) =>
      aResponse(
        evil.replace(
          /(<saml:SubjectConfirmationData [^>]*)\/>/,
          `$1>${carried}</saml:SubjectConfirmationData>`,
        ),
      ),
  ],
  [
    'in the conditions',
    (evil, carried) =>
      aResponse(evil.replace('</saml:Conditions>', `${carried}</saml:Conditions>`)),
  ],
  [
    'in another response',
    (evil, carried) =>
      aResponse(evil, {
        extensions: `<samlp:Extensions>${aResponse(carried, { id: '_inner' })}</samlp:Extensions>`,
      }),
  ],
  [
    'at the end of the assertion',
    (evil, carried) => aResponse(evil.replace('</saml:Assertion>', `${carried}</saml:Assertion>`)),
  ],
  [
    'at the end of the response',
    (evil, carried) =>
      aResponse(evil).replace('</samlp:Response>', `<x>${carried}</x></samlp:Response>`),
  ],
  ['beside the root', (evil, carried) => aResponse(evil) + carried],
];

function wrappedAssertions(key: ProviderKey): readonly Hostile[] {
  const genuine = signed(anAssertion(), assertionId, key);
  const own = signatureIn(genuine);
  const bare = without(genuine);
  const inObject = own.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`);
  const inKeyInfo = own.replace(
    '</ds:Signature>',
    `<ds:KeyInfo>${bare}</ds:KeyInfo></ds:Signature>`,
  );
  const inSignedInfo = own.replace('</ds:SignedInfo>', `${bare}</ds:SignedInfo>`);
  const pairs: readonly (readonly [string, string, string])[] = [
    ['the signed one whole', evilAssertion('_evil'), genuine],
    ['the signed one, its signature moved out', evilAssertion('_evil', own), bare],
    ['the signed one, its signature copied', evilAssertion('_evil', own), genuine],
    ['the signed one under one ID', evilAssertion(assertionId, own), bare],
  ];
  return [
    ...hidingPlaces.flatMap(([place, hide]) =>
      pairs.map(([what, evil, carried]) =>
        response(`an assertion with ${what} ${place}`, hide(evil, carried)),
      ),
    ),
    ...[
      ['in an object of its signature', inObject],
      ['in the key of its signature', inKeyInfo],
      ['in the signed part of its signature', inSignedInfo],
    ].flatMap(([place, wrapped = '']) => [
      response(
        `an assertion with the signed one ${place}`,
        aResponse(evilAssertion('_evil', wrapped)),
      ),
      response(
        `an assertion with the signed one ${place}, under one ID`,
        aResponse(evilAssertion(assertionId, wrapped)),
      ),
    ]),
  ];
}

/** The response is signed, alone or with its assertion. */
function wrappedResponses(key: ProviderKey): readonly Hostile[] {
  return (['response', 'both'] as const).flatMap((layout) => {
    const genuine = signedResponse(layout, key);
    const own = /<\/saml:Issuer>(<ds:Signature .*?<\/ds:Signature>)/s.exec(genuine)?.[1] ?? '';
    const bare = genuine.replace(own, '');
    const evil = (
      id: string,
      signatureOfIt: string,
      hidden: { readonly extension?: string; readonly advice?: string; readonly end?: string } = {},
    ) =>
      aResponse(
        evilAssertion('_evil').replace(
          '</saml:Conditions>',
          `</saml:Conditions>${hidden.advice === undefined ? '' : `<saml:Advice>${hidden.advice}</saml:Advice>`}`,
        ),
        {
          id,
          issuer: `<saml:Issuer>https://idp.larkfield.test/saml</saml:Issuer>${signatureOfIt}`,
          extensions:
            hidden.extension === undefined
              ? ''
              : `<samlp:Extensions>${hidden.extension}</samlp:Extensions>`,
        },
      ).replace('</samlp:Response>', `${hidden.end ?? ''}</samlp:Response>`);
    const inObject = own.replace(
      '</ds:Signature>',
      `<ds:Object>${bare}</ds:Object></ds:Signature>`,
    );
    const title = (what: string) => `a response (layout "${layout}") ${what}`;
    return [
      response(
        title('with the signed one in an object of its signature'),
        evil('_evil2', inObject),
      ),
      response(
        title('with the signed one in its signature, under one ID'),
        evil(responseId, inObject),
      ),
      response(
        title('with the signed one in its extensions'),
        evil('_evil2', own, { extension: bare }),
      ),
      response(
        title('with the signed one, whole, in its extensions'),
        evil('_evil2', '', { extension: genuine }),
      ),
      response(title('with the signed one in its advice'), evil('_evil2', own, { advice: bare })),
      response(title('with the signed one at its end'), evil('_evil2', own, { end: bare })),
      response(
        title('with the signed one at its end, whole'),
        evil('_evil2', '', { end: genuine }),
      ),
      response(title('with the signed one beside it'), evil('_evil2', own) + bare),
      response(
        title('inside of the signed one'),
        genuine.replace('</samlp:Response>', `${evil('_evil2', '')}</samlp:Response>`),
      ),
      response(
        title('with an assertion put before the signed one'),
        genuine.replace('<saml:Assertion', `${evilAssertion('_evil')}<saml:Assertion`),
      ),
      response(
        title('with an assertion put after the signed one'),
        genuine.replace('</samlp:Response>', `${evilAssertion('_evil')}</samlp:Response>`),
      ),
      response(
        title('with its assertion exchanged'),
        genuine.replace(/<saml:Assertion.*<\/saml:Assertion>/s, evilAssertion('_evil')),
      ),
      response(
        title('with its assertion exchanged under one ID'),
        genuine.replace(/<saml:Assertion.*<\/saml:Assertion>/s, evilAssertion(assertionId)),
      ),
      response(
        title('whose signature was moved into the assertion'),
        bare.replace(/<saml:Assertion [^>]*><saml:Issuer>[^<]*<\/saml:Issuer>/, `$&${own}`),
      ),
      response(
        title('whose signature stands at its end'),
        bare.replace('</samlp:Response>', `${own}</samlp:Response>`),
      ),
      response(
        title('whose signature stands in its status'),
        bare.replace('</samlp:Status>', `${own}</samlp:Status>`),
      ),
    ];
  });
}

/** Not wrapped, but passed off: what one thing's signature says is held to say another's. */
function passedOff(key: ProviderKey, stranger: ProviderKey): readonly Hostile[] {
  const change = (xml: string) => xml.replaceAll(maya, admin);
  const own = signatureIn(signed(anAssertion(), assertionId, key));
  return [
    ...layouts.map(
      (layout): Hostile => ({
        kind: 'response',
        title: `another name in the layout "${layout}"`,
        check: 'saml.digest',
        xml: change(signedResponse(layout, key)),
      }),
    ),
    {
      kind: 'response',
      title: 'no signature at all',
      check: 'saml.signed',
      xml: change(aResponse(anAssertion())),
    },
    {
      kind: 'response',
      title: 'the signature of an assertion at the response',
      check: structural,
      xml: aResponse(evilAssertion('_evil'), {
        issuer: `<saml:Issuer>https://idp.larkfield.test/saml</saml:Issuer>${own}`,
      }),
    },
    {
      kind: 'response',
      title: 'the signature of another message',
      check: 'saml.reference',
      xml: aResponse(evilAssertion('_evil', own)),
    },
    {
      kind: 'response',
      title: 'a signed error with an assertion of our own in it',
      check: 'saml.status',
      xml: signed(
        aResponse('', {
          status:
            '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/></samlp:Status>',
        }),
        responseId,
        key,
      ).replace('</samlp:Response>', `${evilAssertion('_evil')}</samlp:Response>`),
    },
    {
      kind: 'response',
      title: 'a signed success, emptied, with an assertion of our own',
      check: 'saml.digest',
      xml: signed(aResponse(''), responseId, key).replace(
        '</samlp:Response>',
        `${evilAssertion('_evil')}</samlp:Response>`,
      ),
    },
    {
      kind: 'response',
      title: 'an unsigned assertion beside a stranger’s signed response',
      check: 'saml.signature',
      xml: change(signedResponse('response', stranger)),
    },
    {
      kind: 'response',
      title: 'signed by the provider outside, by a stranger inside',
      check: 'saml.signature',
      xml: signed(aResponse(signed(evilAssertion('_evil'), '_evil', stranger)), responseId, key),
    },
    {
      kind: 'response',
      title: 'signed by a stranger outside, by the provider inside',
      check: 'saml.signature',
      xml: signed(aResponse(signed(anAssertion(), assertionId, key)), responseId, stranger),
    },
    {
      kind: 'response',
      title: 'an unsigned assertion where signed ones are asked for',
      check: 'saml.assertion-signed',
      xml: signedResponse('response', key),
      expected: { wantsAssertionsSigned: true },
    },
    {
      kind: 'response',
      title: 'an unsigned response where signed ones are asked for',
      check: 'saml.response-signed',
      xml: signedResponse('assertion', key),
      expected: { wantsResponsesSigned: true },
    },
  ];
}

/** The same with messages about signing out. */
function wrappedLogouts(key: ProviderKey): readonly Hostile[] {
  const kinds = [
    ['logout-request', aLogoutRequest],
    ['logout-response', aLogoutResponse],
  ] as const;
  return kinds.flatMap(([kind, write]) => {
    const genuine = signed(write(), logoutId, key);
    const own = signatureIn(genuine);
    const bare = without(genuine);
    const evil = (id: string, extensions: string) =>
      write({ id, extensions })
        .replaceAll(maya, admin)
        .replace('status:Success', 'status:Requester');
    const inObject = own.replace(
      '</ds:Signature>',
      `<ds:Object>${bare}</ds:Object></ds:Signature>`,
    );
    const extended = (carried: string) => `<samlp:Extensions>${carried}</samlp:Extensions>`;
    const end = (xml: string, more: string) =>
      xml.replace(/<\/samlp:Logout(Request|Response)>$/, `${more}$&`);
    const documents: readonly (readonly [string, string])[] = [
      ['with the signed one in its extensions', evil('_evil', own + extended(bare))],
      ['with the signed one, whole, in its extensions', evil('_evil', extended(genuine))],
      [
        'with the signed one and its signature in its extensions',
        evil('_evil', extended(own + bare)),
      ],
      ['with the signed one in an object of its signature', evil('_evil', inObject)],
      ['with the signed one in its signature, under one ID', evil(logoutId, inObject)],
      ['with the signed one at its end', end(evil('_evil', own), bare)],
      ['with the signed one, whole, at its end', end(evil('_evil', ''), genuine)],
      ['with the signed one beside it', evil('_evil', own) + bare],
      ['inside of the signed one', end(genuine, evil('_evil', ''))],
      ['with the signature of another', evil('_evil', own)],
      ['with the signature of another, under one ID', evil(logoutId, own)],
      ['whose signature stands at its end', end(bare, own)],
      ['without a signature', write()],
      [
        'with a second issuer',
        genuine.replace('</saml:Issuer>', '</saml:Issuer><saml:Issuer>x</saml:Issuer>'),
      ],
      ['in a root of another name', genuine.replaceAll('samlp:Logout', 'samlp:ManageNameID')],
    ];
    return documents.map(
      ([what, xml]): Hostile => ({
        kind,
        title: `a ${kind} ${what}`,
        check: structural,
        message: { binding: 'post', xml: Buffer.from(xml) },
      }),
    );
  });
}

function response(title: string, xml: string): Hostile {
  return { kind: 'response', title, check: structural, xml };
}

export function wrappings(key: ProviderKey, stranger: ProviderKey): readonly Hostile[] {
  return [
    ...wrappedAssertions(key),
    ...wrappedResponses(key),
    ...passedOff(key, stranger),
    ...wrappedLogouts(key),
  ];
}
