// The algorithms of signatures that are accepted; every other is refused by not being here.
import { constants, type KeyObject, verify } from 'node:crypto';

export type Signing = {
  readonly kind: 'rsa' | 'rsa-pss' | 'ecdsa';
  readonly hash: 'sha256' | 'sha384' | 'sha512';
};

const more = 'http://www.w3.org/2001/04/xmldsig-more#';
const newer = 'http://www.w3.org/2007/05/xmldsig-more#';

/** RFC 9231 §2.3. */
export const signings: ReadonlyMap<string, Signing> = new Map([
  [`${more}rsa-sha256`, { kind: 'rsa', hash: 'sha256' }],
  [`${more}rsa-sha384`, { kind: 'rsa', hash: 'sha384' }],
  [`${more}rsa-sha512`, { kind: 'rsa', hash: 'sha512' }],
  [`${newer}sha256-rsa-MGF1`, { kind: 'rsa-pss', hash: 'sha256' }],
  [`${newer}sha384-rsa-MGF1`, { kind: 'rsa-pss', hash: 'sha384' }],
  [`${newer}sha512-rsa-MGF1`, { kind: 'rsa-pss', hash: 'sha512' }],
  [`${more}ecdsa-sha256`, { kind: 'ecdsa', hash: 'sha256' }],
  [`${more}ecdsa-sha384`, { kind: 'ecdsa', hash: 'sha384' }],
  [`${more}ecdsa-sha512`, { kind: 'ecdsa', hash: 'sha512' }],
]);

export const digests: ReadonlyMap<string, Signing['hash']> = new Map([
  ['http://www.w3.org/2001/04/xmlenc#sha256', 'sha256'],
  [`${more}sha384`, 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
]);

/** A key signs by its own kind of algorithm alone. */
export function fits({ kind }: Signing, key: KeyObject): boolean {
  switch (kind) {
    case 'rsa':
      return key.asymmetricKeyType === 'rsa';
    case 'rsa-pss':
      return key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss';
    case 'ecdsa':
      return key.asymmetricKeyType === 'ec';
  }
}

export function verifies(signing: Signing, key: KeyObject, octets: string, value: Buffer): boolean {
  if (!fits(signing, key)) return false;
  return verify(signing.hash, Buffer.from(octets), { key, ...optionsOf(signing) }, value);
}

function optionsOf({ kind }: Signing) {
  switch (kind) {
    case 'rsa':
      return { padding: constants.RSA_PKCS1_PADDING };
    case 'rsa-pss':
      return {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      };
    case 'ecdsa':
      // RFC 4050 §3.3: r and s side by side, not DER.
      return { dsaEncoding: 'ieee-p1363' } as const;
  }
}

/** NIST SP 800-131A: at least 112 bits of strength. */
export function isStrong(key: KeyObject): boolean {
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return (details?.modulusLength ?? 0) >= 2048;
    case 'ec':
      return ['prime256v1', 'secp384r1', 'secp521r1'].includes(details?.namedCurve ?? '');
    default:
      return false;
  }
}

/** Base64 of XML: in lines or not; undefined for anything else, which decoders read each in their own way. */
export function fromBase64(text: string): Buffer | undefined {
  const plain = text.replace(/[ \t\r\n]+/g, '');
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(plain)) return undefined;
  return Buffer.from(plain, 'base64');
}
