// Signature wrapping: a genuine signed element is carried along, and another one is held out to be read (XSW 1 to 8 and kin).
import {
  anAssertion,
  aResponse,
  assertionId,
  type ProviderKey,
  responseId,
  signed,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import type { Hostile } from './hostile.ts';
import { evilAssertion, signatureIn, structural, without } from './wrapping.ts';

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

function response(title: string, xml: string): Hostile {
  return { kind: 'response', title, check: structural, xml };
}

export function wrappings(key: ProviderKey): readonly Hostile[] {
  return [...wrappedAssertions(key), ...wrappedResponses(key)];
}
