// Signatures with other transforms, other references and other parts than SAML has.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  anAssertion,
  assertionId,
  enveloped,
  exclusive,
  maya,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import { admin, type Hostile, type Keys } from './hostile.ts';

const xmldsig = 'http://www.w3.org/2000/09/xmldsig#';

const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

export function signatureFormAttacks(keys: Keys): readonly Hostile[] {
  return [...transforms(keys), ...references(keys), ...forms(keys)];
}

function transforms(keys: Keys): readonly Hostile[] {
  const lists: readonly (readonly string[])[] = [
    [enveloped],
    [exclusive],
    [exclusive, enveloped],
    [enveloped, enveloped],
    [enveloped, exclusive, exclusive],
    [enveloped, `${exclusive}WithComments`],
    [enveloped, 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'],
    [enveloped, 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments'],
    [enveloped, 'http://www.w3.org/TR/1999/REC-xpath-19991116', exclusive],
    [enveloped, 'http://www.w3.org/2002/06/xmldsig-filter2', exclusive],
    [enveloped, 'http://www.w3.org/TR/1999/REC-xslt-19991116', exclusive],
    [enveloped, `${xmldsig}base64`, exclusive],
    [enveloped, 'urn:x', exclusive],
  ];
  const genuine = signedResponse('assertion', keys.idp);
  const parameter = (inner: string) =>
    genuine.replace(
      `<ds:Transform Algorithm="${exclusive}"/>`,
      `<ds:Transform Algorithm="${exclusive}">${inner}</ds:Transform>`,
    );
  const prefixes = (list: string) =>
    parameter(`<i:InclusiveNamespaces xmlns:i="${exclusive}" PrefixList="${list}"/>`);
  return [
    ...lists.map((list) =>
      document(
        `the transforms ${list.map((each) => each.replace(/^.*\//, '')).join(', ')}`,
        'saml.transforms',
        signedResponse('assertion', keys.idp, { signing: { transforms: list } }),
      ),
    ),
    document(
      'no transforms',
      ['saml.transforms', 'saml.signature-form'],
      genuine.replace(/<ds:Transforms>.*<\/ds:Transforms>/s, '<ds:Transforms/>'),
    ),
    document(
      'transforms left out',
      'saml.signature-form',
      genuine.replace(/<ds:Transforms>.*<\/ds:Transforms>/s, ''),
    ),
    document(
      'a transform with an XPath',
      'saml.signature-form',
      parameter(`<ds:XPath>not(//saml:NameID)</ds:XPath>`),
    ),
    document(
      'a transform with two lists of prefixes',
      'saml.signature-form',
      parameter(
        `<i:InclusiveNamespaces xmlns:i="${exclusive}"/><i:InclusiveNamespaces xmlns:i="${exclusive}"/>`,
      ),
    ),
    document(
      'a list of 100 prefixes',
      'saml.signature-form',
      prefixes(Array.from({ length: 100 }, (_, at) => `p${at}`).join(' ')),
    ),
    document(
      'the default namespace in a list of prefixes',
      'saml.signature-form',
      prefixes('#default'),
    ),
    document(
      'a list of prefixes for the signed part',
      'saml.signature-form',
      genuine.replace(
        `<ds:CanonicalizationMethod Algorithm="${exclusive}"/>`,
        `<ds:CanonicalizationMethod Algorithm="${exclusive}"><i:InclusiveNamespaces xmlns:i="${exclusive}" PrefixList="xs"/></ds:CanonicalizationMethod>`,
      ),
    ),
  ];
}

function references(keys: Keys): readonly Hostile[] {
  const genuine = signedResponse('assertion', keys.idp);
  const uri = (value: string) => genuine.replace(`URI="#${assertionId}"`, value);
  const changed = (...values: readonly string[]) =>
    values.map((value) =>
      document(`the reference ${value || 'left out'}`, 'saml.reference', uri(value)),
    );
  return changed(
    '',
    'URI=""',
    'URI="#"',
    'URI="#_other"',
    `URI="${assertionId}"`,
    `URI="#${assertionId.toUpperCase()}"`,
    `URI="##${assertionId}"`,
    `URI="#${assertionId} "`,
    'URI="#_response1"',
    `URI="#xpointer(id('${assertionId}'))"`,
    'URI="#xpointer(/)"',
    'URI="http://127.0.0.1/evil.xml"',
    'URI="file:///etc/passwd"',
    `URI="https://elsewhere.test/#${assertionId}"`,
    `uri="#${assertionId}"`,
  );
}

function forms(keys: Keys): readonly Hostile[] {
  const genuine = signedResponse('assertion', keys.idp);
  const part = (name: string) =>
    new RegExp(`<ds:${name}[ >].*?</ds:${name}>|<ds:${name}[^>]*/>`, 's').exec(genuine)?.[0] ?? '';
  const twice = (name: string) =>
    document(
      `${name} twice`,
      'saml.signature-form',
      genuine.replace(part(name), `${part(name)}${part(name)}`),
    );
  const gone = (name: string) =>
    document(`without ${name}`, 'saml.signature-form', genuine.replace(part(name), ''));
  const evil = anAssertion({ id: '_evil' }).replaceAll(maya, admin);
  const digest = part('DigestValue');
  return [
    ...[
      'SignedInfo',
      'SignatureValue',
      'Reference',
      'DigestValue',
      'DigestMethod',
      'Transforms',
      'SignatureMethod',
      'CanonicalizationMethod',
    ].flatMap((name) => [twice(name), gone(name)]),
    document(
      'an object in the signature',
      'saml.signature-form',
      genuine.replace('</ds:Signature>', '<ds:Object/></ds:Signature>'),
    ),
    document(
      'a digest with an element before it',
      'saml.signature-form',
      genuine.replace(digest, digest.replace('>', '><x/>')),
    ),
    document(
      'a digest with an element in it',
      'saml.signature-form',
      genuine.replace(digest, digest.replace('=', '<x/>=')),
    ),
    document(
      'a signature value with an element in it',
      'saml.signature-form',
      genuine.replace('<ds:SignatureValue>', '<ds:SignatureValue><x/>'),
    ),
    document(
      'another evil digest before the genuine one',
      'saml.signature-form',
      genuine.replace(digest, `<DigestValue xmlns="urn:x">AAAA</DigestValue>${digest}`),
    ),
    document(
      'text in the signed part',
      'saml.signature-form',
      genuine.replace('<ds:SignedInfo>', '<ds:SignedInfo>x'),
    ),
    document(
      'the signed part after the value',
      'saml.signature-form',
      genuine
        .replace(part('SignedInfo'), '')
        .replace('</ds:SignatureValue>', `</ds:SignatureValue>${part('SignedInfo')}`),
    ),
    document(
      'a key of 100 certificates',
      'saml.signature-form',
      genuine.replace(
        '</ds:Signature>',
        `<ds:KeyInfo>${'<ds:KeyName/>'.repeat(100)}</ds:KeyInfo></ds:Signature>`,
      ),
    ),
    document(
      'a signature of another namespace beside the genuine one',
      'saml.signature-place',
      genuine.replace('<ds:Signature ', '<Signature xmlns="urn:x"/><ds:Signature '),
    ),
    document(
      'two signatures',
      'saml.signature-place',
      genuine.replace(/<ds:Signature .*<\/ds:Signature>/s, '$&$&'),
    ),
    document(
      'a manifest',
      'saml.signature-form',
      genuine.replace(
        '</ds:Signature>',
        `<ds:Object><ds:Manifest>${part('Reference')}</ds:Manifest></ds:Object></ds:Signature>`,
      ),
    ),
    document(
      'an empty digest',
      'saml.signature-form',
      genuine.replace(/<ds:DigestValue>[^<]*/, '<ds:DigestValue>'),
    ),
    document(
      'the digest of nothing',
      'saml.signature',
      genuine.replace(
        /<ds:DigestValue>[^<]*/,
        '<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
      ),
    ),
    document(
      'the digest of something else',
      'saml.signature',
      genuine
        .replace(maya, admin)
        .replace(
          /<ds:DigestValue>[^<]*/,
          `<ds:DigestValue>${Buffer.alloc(32, 7).toString('base64')}`,
        ),
    ),
    document(
      'an assertion in the signed part',
      ['saml.one-assertion'],
      genuine.replace('</ds:SignedInfo>', `${evil}</ds:SignedInfo>`),
    ),
    document(
      'a reference with a digest named differently',
      'saml.signature',
      genuine.replace(
        `<ds:DigestMethod Algorithm="${sha256}"`,
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"',
      ),
    ),
  ];
}

function document(
  title: string,
  check: SamlCheck | readonly SamlCheck[],
  xml: string,
  expected: Extract<Hostile, { kind: 'response' }>['expected'] = {},
): Hostile {
  return { kind: 'response', title, check, xml, expected };
}
