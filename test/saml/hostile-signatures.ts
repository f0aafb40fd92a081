// Signatures that say another thing than "this element, by that key": other algorithms, other references, other parts.
import { createHmac, createPublicKey } from 'node:crypto';
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  anAssertion,
  assertionId,
  enveloped,
  exclusive,
  layouts,
  maya,
  more,
  type Signing,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import { admin, type Hostile, type Keys } from './hostile.ts';

const xmldsig = 'http://www.w3.org/2000/09/xmldsig#';
const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

export function signatureAttacks(keys: Keys): readonly Hostile[] {
  return [
    ...signers(keys),
    ...algorithms(keys),
    ...transforms(keys),
    ...references(keys),
    ...forms(keys),
  ];
}

function signers(keys: Keys): readonly Hostile[] {
  const ofStranger = (signing?: Signing) =>
    layouts.map((layout) =>
      document(
        `a stranger’s signature${signing === undefined ? '' : ', with their certificate'} (layout "${layout}")`,
        'saml.signature',
        signedResponse(layout, keys.stranger, signing === undefined ? {} : { signing }),
      ),
    );
  const genuine = signedResponse('assertion', keys.idp);
  const value = /<ds:SignatureValue>([^<]+)/.exec(genuine)?.[1] ?? '';
  const withValue = (other: string) => genuine.replace(value, other);
  return [
    ...ofStranger(),
    ...ofStranger({ keyInfo: keys.stranger.certificate }),
    document(
      'a stranger’s signature with the provider’s certificate',
      'saml.signature',
      signedResponse('both', keys.stranger, { signing: { keyInfo: keys.idp.certificate } }),
    ),
    document('no certificate configured', 'saml.certificate', genuine, { certificates: [] }),
    document('a certificate that is none', 'saml.certificate', genuine, {
      certificates: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    }),
    document('another provider’s certificate configured', 'saml.signature', genuine, {
      certificates: [keys.stranger.certificate],
    }),
    document('a public key in place of a certificate', 'saml.certificate', genuine, {
      certificates: [
        createPublicKey(keys.idp.certificate).export({ format: 'pem', type: 'spki' }).toString(),
      ],
    }),
    ...layouts.flatMap((layout) => [
      document(
        `a certificate that has expired (layout "${layout}")`,
        'saml.certificate-current',
        signedResponse(layout, keys.expired),
      ),
      document(
        `RSA of 1,024 bits (layout "${layout}")`,
        'saml.key',
        signedResponse(layout, keys.weak),
      ),
    ]),
    document('a certificate that begins tomorrow', 'saml.certificate-current', genuine, {
      now: new Date('2025-12-31T00:00:00Z'),
    }),
    document(
      'a signature of nothing but zeros',
      'saml.signature',
      withValue(Buffer.alloc(256).toString('base64')),
    ),
    document('a signature of one octet', 'saml.signature', withValue('AA==')),
    document('an empty signature', 'saml.signature-form', withValue('')),
    document('a signature that is no Base64', 'saml.signature-form', withValue('%%%')),
    document(
      'a signature in Base64 for URLs',
      'saml.signature-form',
      withValue(`-_${value.slice(2)}`),
    ),
    document(
      'a signature with something after its padding',
      'saml.signature-form',
      withValue(`${value}AAAA`),
    ),
    document(
      'one bit of the signature turned',
      'saml.signature',
      withValue(`${value[0] === 'A' ? 'B' : 'A'}${value.slice(1)}`),
    ),
    document(
      'a signature of the other key kind',
      'saml.signature',
      signedResponse('both', keys.idp).replaceAll('#rsa-sha256', '#ecdsa-sha256'),
    ),
    document(
      'an ECDSA signature called RSA',
      'saml.signature',
      signedResponse('both', keys.elliptic, {
        signing: { algorithm: `${more}ecdsa-sha256` },
      }).replaceAll('#ecdsa-sha256', '#rsa-sha256'),
    ),
    document(
      'an ECDSA signature of zeros',
      'saml.signature',
      genuine
        .replaceAll('#rsa-sha256', '#ecdsa-sha256')
        .replace(value, Buffer.alloc(64).toString('base64')),
    ),
  ];
}

function algorithms(keys: Keys): readonly Hostile[] {
  const bySignature = (algorithm: string) =>
    document(
      `signed by ${algorithm || 'nothing'}`,
      'saml.signature-algorithm',
      signedResponse('assertion', keys.idp, { signing: { algorithm } }),
    );
  const byDigest = (digest: string) =>
    document(
      `a digest by ${digest}`,
      'saml.digest-algorithm',
      signedResponse('assertion', keys.idp, { signing: { digest } }),
    );
  const byForm = (canonicalisation: string) =>
    document(
      `the canonical form ${canonicalisation}`,
      'saml.canonicalisation',
      signedResponse('assertion', keys.idp).replace(
        `<ds:CanonicalizationMethod Algorithm="${exclusive}"`,
        `<ds:CanonicalizationMethod Algorithm="${canonicalisation}"`,
      ),
    );
  return [
    ...[
      `${xmldsig}rsa-sha1`,
      `${more}rsa-md5`,
      `${xmldsig}dsa-sha1`,
      `${more}ecdsa-sha1`,
      `${more}rsa-sha224`,
      'none',
      'RSA-SHA256',
      '__proto__',
      'constructor',
    ].map(bySignature),
    ...[`${xmldsig}sha1`, `${more}md5`, `${more}sha224`, '__proto__', 'toString'].map(byDigest),
    ...[
      'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
      'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
      `${exclusive}WithComments`,
      'http://www.w3.org/2006/12/xml-c14n11',
      `${xmldsig}base64`,
      'none',
      '__proto__',
    ].map(byForm),
    ...['hmac-sha1', 'hmac-sha256'].map((name) => hmac(keys, name)),
  ];
}

/** The public certificate taken for the secret of an HMAC. */
function hmac({ idp, stranger }: Keys, name: string): Hostile {
  const xml = signedResponse('assertion', stranger, { signing: { algorithm: `${more}${name}` } });
  const info = /<ds:SignedInfo.*<\/ds:SignedInfo>/s.exec(xml)?.[0] ?? '';
  const canonical = info.replace('<ds:SignedInfo>', `<ds:SignedInfo xmlns:ds="${xmldsig}">`);
  const value = createHmac(name.slice(5), idp.certificate).update(canonical).digest('base64');
  return document(
    `${name} with the certificate as its secret`,
    'saml.signature-algorithm',
    xml.replace(/<ds:SignatureValue>[^<]*/, `<ds:SignatureValue>${value}`).replaceAll(maya, admin),
  );
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
