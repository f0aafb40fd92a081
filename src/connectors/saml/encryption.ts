// Encrypted assertions (XML Encryption 1.1): AES-GCM under a key wrapped by RSA-OAEP, by node:crypto alone.
import {
  constants,
  createDecipheriv,
  createPrivateKey,
  type KeyObject,
  privateDecrypt,
  randomBytes,
} from 'node:crypto';
import type { ResponseExpectation } from '#domain/sso/saml-messages.ts';
import { fromBase64 } from './algorithms.ts';
import { type Finding, type Row, shown } from './check.ts';
import { childOf, childrenOf, type XmlElement } from './document.ts';
import { ds, xenc, xenc11 } from './names.ts';
import { once } from './octets.ts';

export type Encrypted = {
  readonly expected: ResponseExpectation;
  /** An EncryptedAssertion. */
  readonly element: XmlElement;
  /** The response is signed, and its signature was verified: what is encrypted comes from the provider. */
  readonly signedOutside: boolean;
  readonly parts: Parts | undefined;
  readonly plain: () => Buffer | undefined;
};

type Parts = {
  readonly data: Cipher | undefined;
  readonly dataName: string;
  readonly oaepHash: 'sha1' | 'sha256' | undefined;
  readonly transportName: string;
  readonly wrappedKey: Buffer;
  readonly octets: Buffer;
};

type Gcm = {
  readonly mode: 'gcm';
  readonly name: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm';
  readonly keyBytes: 16 | 24 | 32;
};
type Cbc = {
  readonly mode: 'cbc';
  readonly name: 'aes-128-cbc' | 'aes-256-cbc';
  readonly keyBytes: 16 | 32;
};
type Cipher = Gcm | Cbc;

const encryption = 'http://www.w3.org/2001/04/xmlenc#';
const encryption11 = 'http://www.w3.org/2009/xmlenc11#';

const ciphers: ReadonlyMap<string, Cipher> = new Map<string, Cipher>([
  [`${encryption11}aes128-gcm`, { name: 'aes-128-gcm', keyBytes: 16, mode: 'gcm' }],
  [`${encryption11}aes192-gcm`, { name: 'aes-192-gcm', keyBytes: 24, mode: 'gcm' }],
  [`${encryption11}aes256-gcm`, { name: 'aes-256-gcm', keyBytes: 32, mode: 'gcm' }],
  [`${encryption}aes128-cbc`, { name: 'aes-128-cbc', keyBytes: 16, mode: 'cbc' }],
  [`${encryption}aes256-cbc`, { name: 'aes-256-cbc', keyBytes: 32, mode: 'cbc' }],
]);

export function encryptedAssertion(
  element: XmlElement,
  expected: ResponseExpectation,
  signedOutside: boolean,
): Encrypted {
  const parts = partsOf(element);
  const plain = once(() => (parts === undefined ? undefined : decrypt(parts, expected)));
  return { expected, element, signedOutside, parts, plain };
}

export const encryptionChecks: readonly Row<Encrypted>[] = [
  {
    name: 'saml.decryption-key',
    run: ({ expected }) =>
      privateKeyOf(expected) === undefined
        ? 'The assertion is encrypted, and this application has no key to open it.'
        : undefined,
  },
  {
    name: 'saml.encryption-form',
    run: ({ parts }) =>
      parts === undefined ? 'It is encrypted in a form that is not accepted.' : undefined,
  },
  {
    name: 'saml.encryption-algorithm',
    run: ({ parts }) =>
      parts?.data === undefined || parts.oaepHash === undefined
        ? {
            because: 'It is encrypted with an algorithm that is not accepted.',
            facts: { data: shown(parts?.dataName), key: shown(parts?.transportName) },
          }
        : undefined,
  },
  { name: 'saml.encryption-cbc', run: cbcFault },
  {
    name: 'saml.decryption',
    run: ({ plain }) => (plain() === undefined ? 'It cannot be decrypted.' : undefined),
  },
];

/**
 * CBC proves nothing of what it hides: with somebody who tries, whatever differs when its padding is wrong gives
 * it away. So it is decrypted only when a signature around it was verified before.
 */
function cbcFault({ parts, expected, signedOutside }: Encrypted): Finding {
  if (parts?.data?.mode !== 'cbc') return undefined;
  if (!expected.allowsCbc)
    return 'It is encrypted in CBC mode, which the application does not allow.';
  return signedOutside
    ? undefined
    : 'It is encrypted in CBC mode, and the response around it is not signed.';
}

function partsOf(element: XmlElement): Parts | undefined {
  const data = childOf(element, xenc('EncryptedData'));
  const keyInfo = data && childOf(data, ds('KeyInfo'));
  const keys = [
    ...childrenOf(element, xenc('EncryptedKey')),
    ...(keyInfo === undefined ? [] : childrenOf(keyInfo, xenc('EncryptedKey'))),
  ];
  const [key, ...more] = keys;
  if (!data || !key || more.length > 0) return undefined;
  if (element.children.length > (keyInfo?.children.includes(key) ? 1 : 2)) return undefined;
  const dataMethod = childOf(data, xenc('EncryptionMethod'));
  const keyMethod = childOf(key, xenc('EncryptionMethod'));
  const wrappedKey = cipherValueOf(key);
  const octets = cipherValueOf(data);
  if (!dataMethod || !keyMethod || !wrappedKey || !octets) return undefined;
  const type = data.attributes.get('Type');
  if (type !== undefined && type !== `${encryption}Element`) return undefined;
  const dataName = dataMethod.attributes.get('Algorithm') ?? '';
  const transportName = keyMethod.attributes.get('Algorithm') ?? '';
  const oaepHash = oaepHashOf(keyMethod, transportName);
  return { data: ciphers.get(dataName), dataName, oaepHash, transportName, wrappedKey, octets };
}

function cipherValueOf(element: XmlElement): Buffer | undefined {
  const data = childOf(element, xenc('CipherData'));
  const value = data && childOf(data, xenc('CipherValue'));
  if (!value || data.children.length !== 1 || value.children.length > 0) return undefined;
  return fromBase64(value.text);
}

/** OpenSSL masks with the hash it pads with: SHA-1 with SHA-1, as nearly everybody does, or SHA-256 with SHA-256. */
function oaepHashOf(method: XmlElement, name: string): 'sha1' | 'sha256' | undefined {
  const digest = childOf(method, ds('DigestMethod'))?.attributes.get('Algorithm');
  const mask = childOf(method, xenc11('MGF'))?.attributes.get('Algorithm');
  if (childrenOf(method, xenc('OAEPparams')).length > 0) return undefined;
  const hash =
    digest === undefined || digest === 'http://www.w3.org/2000/09/xmldsig#sha1'
      ? 'sha1'
      : digest === `${encryption}sha256`
        ? 'sha256'
        : undefined;
  if (name === `${encryption}rsa-oaep-mgf1p`) {
    return hash === 'sha1' && mask === undefined ? hash : undefined;
  }
  if (name !== `${encryption11}rsa-oaep` || hash === undefined) return undefined;
  return (mask ?? `${encryption11}mgf1sha1`) === `${encryption11}mgf1${hash}` ? hash : undefined;
}

function privateKeyOf({ decryptionKey }: ResponseExpectation): KeyObject | undefined {
  if (decryptionKey === undefined) return undefined;
  try {
    const key = createPrivateKey(decryptionKey.reveal());
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

/** A wrapped key that cannot be opened is replaced by a random one: what fails fails at one place, for one reason. */
function decrypt({ data, oaepHash, wrappedKey, octets }: Parts, expected: ResponseExpectation) {
  const key = privateKeyOf(expected);
  if (data === undefined || oaepHash === undefined || key === undefined) return undefined;
  const instead = randomBytes(data.keyBytes);
  let opened: Buffer;
  try {
    opened = privateDecrypt(
      { key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING },
      wrappedKey,
    );
  } catch {
    opened = instead;
  }
  const usable = opened.length === data.keyBytes ? opened : instead;
  try {
    return data.mode === 'gcm' ? openGcm(data, usable, octets) : openCbc(data, usable, octets);
  } catch {
    return undefined;
  }
}

/** XML Encryption 1.1 §5.2.4: a nonce of 96 bits, the text, a tag of 128 bits. */
function openGcm({ name }: Gcm, key: Buffer, octets: Buffer): Buffer {
  const decipher = createDecipheriv(name, key, octets.subarray(0, 12), {
    authTagLength: 16,
  });
  decipher.setAuthTag(octets.subarray(-16));
  return Buffer.concat([decipher.update(octets.subarray(12, -16)), decipher.final()]);
}

/** XML Encryption 1.1 §5.2: the last octet says how many are padding; the others may be anything. */
function openCbc({ name }: Cbc, key: Buffer, octets: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(name, key, octets.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(octets.subarray(16)), decipher.final()]);
  const padding = padded.at(-1) ?? 0;
  return padding >= 1 && padding <= 16 ? padded.subarray(0, -padding) : undefined;
}
