// Signatures by other keys and other algorithms than may be believed.
import { createHmac, createPublicKey } from 'node:crypto';
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import {
  exclusive,
  layouts,
  maya,
  more,
  type Signing,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import { admin, type Hostile, type Keys } from './hostile.ts';

const xmldsig = 'http://www.w3.org/2000/09/xmldsig#';

export function signatureAttacks(keys: Keys): readonly Hostile[] {
  return [...signers(keys), ...algorithms(keys)];
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

function document(
  title: string,
  check: SamlCheck | readonly SamlCheck[],
  xml: string,
  expected: Extract<Hostile, { kind: 'response' }>['expected'] = {},
): Hostile {
  return { kind: 'response', title, check, xml, expected };
}
