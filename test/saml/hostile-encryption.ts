// Encrypted assertions that were injected, exchanged, weakened or broken.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import type { ResponseExpectation } from '#domain/sso/saml-messages.ts';
import { Secret } from '#lib/secret.ts';
import { type Encrypting, encrypted } from '#test/servers/saml-encrypting.ts';
import {
  anAssertion,
  aResponse,
  assertionId,
  maya,
  responseId,
  signed,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import { admin, type Hostile, type Keys } from './hostile.ts';

export function encryptionAttacks(keys: Keys): readonly Hostile[] {
  const { idp, ours, stranger } = keys;
  const decryptionKey = new Secret(
    ours.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  );
  const seal = (plain: string, how: Encrypting = {}) => encrypted(plain, ours.certificate, how);
  const genuine = signed(anAssertion(), assertionId, idp);
  const evil = anAssertion().replaceAll(maya, admin);
  const document = (
    title: string,
    check: SamlCheck | readonly SamlCheck[],
    xml: string,
    expected: Partial<ResponseExpectation> = {},
  ): Hostile => ({
    kind: 'response',
    title,
    check,
    xml,
    expected: { decryptionKey, ...expected },
  });
  const sealed = seal(genuine);
  const broken = (pattern: RegExp, instead: string) => aResponse(sealed.replace(pattern, instead));
  const values = [...sealed.matchAll(/<xenc:CipherValue>([^<]+)/g)].map(([, value = '']) => value);
  const [wrapped = '', octets = ''] = values;
  const turned = (value: string, at: number) => {
    const bytes = Buffer.from(value, 'base64');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes.toString('base64');
  };
  const cbc = { data: 'aes-256-cbc' } as const;
  const around = (plain: string, how: Encrypting = {}) =>
    signed(aResponse(seal(plain, how)), responseId, idp);
  const relabelled = sealed.replace(
    'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  );
  const bytes = Buffer.from(octets, 'base64').length;
  return [
    document(
      'an injected assertion, encrypted for us by anybody',
      'saml.signed',
      aResponse(seal(evil)),
    ),
    document(
      'an injected assertion with a stranger’s signature',
      'saml.signature',
      aResponse(seal(signed(evil, assertionId, stranger))),
    ),
    document(
      'an injected assertion with another’s signature',
      'saml.digest',
      aResponse(seal(genuine.replaceAll(maya, admin))),
    ),
    document(
      'an injected assertion in a response a stranger signed',
      'saml.signature',
      signed(aResponse(seal(evil)), responseId, stranger),
    ),
    document(
      'an injected assertion exchanged in a signed response',
      'saml.digest',
      around(genuine).replace(/<saml:EncryptedAssertion.*<\/saml:EncryptedAssertion>/s, seal(evil)),
    ),
    document(
      'an encrypted assertion that is not signed, where that is asked for',
      'saml.assertion-signed',
      around(anAssertion()),
      { wantsAssertionsSigned: true },
    ),
    document(
      'an encrypted assertion beside a plain one',
      'saml.one-assertion',
      aResponse(genuine + sealed),
    ),
    document('two encrypted assertions', 'saml.one-assertion', aResponse(sealed + sealed)),
    document(
      'an encrypted assertion wrapped in the extensions',
      'saml.one-assertion',
      aResponse(genuine, { extensions: `<samlp:Extensions>${sealed}</samlp:Extensions>` }),
    ),
    document('an encrypted response', 'saml.root', aResponse(seal(signedResponse('both', idp)))),
    document('an encrypted text', 'saml.well-formed', aResponse(seal('hello'))),
    document(
      'nothing, encrypted',
      ['saml.well-formed', 'saml.encryption-form'],
      aResponse(seal('')),
    ),
    document(
      'an encrypted document type',
      'saml.doctype',
      aResponse(seal(`<!DOCTYPE x>${genuine}`)),
    ),
    document(
      'an encrypted comment in the name',
      'saml.comment',
      aResponse(seal(genuine.replace(maya, `admin<!---->${maya}`))),
    ),
    document(
      'two assertions encrypted as one',
      'saml.well-formed',
      aResponse(seal(genuine + genuine)),
    ),
    document(
      'an encrypted assertion in an assertion',
      'saml.one-assertion',
      aResponse(
        seal(
          genuine.replace(
            '</saml:Conditions>',
            `</saml:Conditions><saml:Advice>${evil.replace(assertionId, '_evil')}</saml:Advice>`,
          ),
        ),
      ),
    ),
    document(
      'an encrypted assertion with an ID of the response',
      'saml.unique-ids',
      aResponse(seal(signed(anAssertion({ id: responseId }), responseId, idp))),
    ),
    document(
      'a prefix that only the response declares',
      'saml.namespaces',
      aResponse(seal(genuine.replace(' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"', ''))),
    ),
    document(
      'a plain assertion where encrypted ones are asked for',
      'saml.encrypted',
      signedResponse('both', idp),
      { wantsAssertionsEncrypted: true },
    ),
    document('an application without a key', 'saml.decryption-key', aResponse(sealed), {
      decryptionKey: undefined,
    }),
    document('an application with a key that is none', 'saml.decryption-key', aResponse(sealed), {
      decryptionKey: new Secret('x'),
    }),
    document(
      'encrypted for somebody else',
      'saml.decryption',
      aResponse(encrypted(genuine, stranger.certificate)),
    ),
    document(
      'the wrapped key changed',
      'saml.decryption',
      aResponse(sealed.replace(wrapped, turned(wrapped, 5))),
    ),
    document(
      'the wrapped key cut short',
      'saml.decryption',
      aResponse(sealed.replace(wrapped, 'AAAA')),
    ),
    document(
      'one bit of the text turned',
      'saml.decryption',
      aResponse(sealed.replace(octets, turned(octets, 100))),
    ),
    document(
      'one bit of the nonce turned',
      'saml.decryption',
      aResponse(sealed.replace(octets, turned(octets, 0))),
    ),
    document(
      'one bit of the tag turned',
      'saml.decryption',
      aResponse(sealed.replace(octets, turned(octets, bytes - 1))),
    ),
    document(
      'text of four octets',
      'saml.decryption',
      aResponse(sealed.replace(octets, 'AAAAAA==')),
    ),
    document('CBC where it is not allowed', 'saml.encryption-cbc', around(genuine, cbc)),
    document(
      'CBC in a response that is not signed',
      'saml.encryption-cbc',
      aResponse(seal(genuine, cbc)),
      { allowsCbc: true },
    ),
    document('GCM passed off as CBC', 'saml.encryption-cbc', aResponse(relabelled), {
      allowsCbc: true,
    }),
    document(
      'CBC in a response a stranger signed',
      'saml.signature',
      signed(aResponse(seal(genuine, cbc)), responseId, stranger),
      { allowsCbc: true },
    ),
    document(
      'CBC of wrong padding in a signed response',
      'saml.decryption',
      signed(
        aResponse(
          relabelled.replace(
            octets,
            Buffer.from(octets, 'base64').subarray(0, 150).toString('base64'),
          ),
        ),
        responseId,
        idp,
      ),
      { allowsCbc: true },
    ),
    document('RSA 1.5', 'saml.encryption-algorithm', around(genuine, { transport: 'rsa-1_5' })),
    document(
      'a key wrapped by an algorithm nobody knows',
      'saml.encryption-algorithm',
      broken(/rsa-oaep-mgf1p/, 'rsa-x'),
    ),
    document(
      'triple DES',
      'saml.encryption-algorithm',
      broken(/http[^"]*aes256-gcm/, 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc'),
    ),
    document(
      'OAEP with a label',
      'saml.encryption-algorithm',
      broken(/<ds:DigestMethod/, '<xenc:OAEPparams>AAAA</xenc:OAEPparams><ds:DigestMethod'),
    ),
    document('OAEP with MD5', 'saml.encryption-algorithm', broken(/#sha1"/, '#md5"')),
    document(
      'a mask of another hash',
      'saml.encryption-algorithm',
      aResponse(seal(genuine, { transport: 'oaep-sha256' }).replace('mgf1sha256', 'mgf1sha512')),
    ),
    document(
      'two keys',
      'saml.encryption-form',
      broken(/(<xenc:EncryptedKey.*<\/xenc:EncryptedKey>)/s, '$1$1'),
    ),
    document(
      'no key',
      'saml.encryption-form',
      broken(/<xenc:EncryptedKey.*<\/xenc:EncryptedKey>/s, ''),
    ),
    document(
      'a text to be fetched',
      'saml.encryption-form',
      broken(
        /<xenc:CipherValue>[^<]*<\/xenc:CipherValue>(?=<\/xenc:CipherData><\/xenc:EncryptedData>)/,
        '<xenc:CipherReference URI="http://127.0.0.1/"/>',
      ),
    ),
    document(
      'a text that is no Base64',
      'saml.encryption-form',
      aResponse(sealed.replace(octets, '%%')),
    ),
    document(
      'an encrypted part of an element',
      'saml.encryption-form',
      broken(/#Element"/, '#Content"'),
    ),
    document(
      'something beside the text',
      'saml.encryption-form',
      broken(/<\/saml:EncryptedAssertion>/, '<x/><y/></saml:EncryptedAssertion>'),
    ),
  ];
}
