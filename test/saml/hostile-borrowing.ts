// Signatures passed off: what one thing’s signature says is held to say another’s; and wrapping in logout messages.
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
import { evilAssertion, signatureIn, structural, without } from './wrapping.ts';

export function borrowings(key: ProviderKey, stranger: ProviderKey): readonly Hostile[] {
  return [...passedOff(key, stranger), ...wrappedLogouts(key)];
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
