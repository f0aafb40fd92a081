// Encrypts assertions as a provider does, well or badly.
import 'reflect-metadata';
import {
  constants,
  createCipheriv,
  publicEncrypt,
  randomBytes,
  X509Certificate,
} from 'node:crypto';

const saml = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';

export type Encrypting = {
  readonly data?: 'aes-128-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-256-cbc';
  readonly transport?: 'mgf1p' | 'oaep-sha256' | 'rsa-1_5';
  readonly keyBeside?: boolean;
};

const xenc = 'http://www.w3.org/2001/04/xmlenc#';

const xenc11 = 'http://www.w3.org/2009/xmlenc11#';

const dataNames = {
  'aes-128-gcm': `${xenc11}aes128-gcm`,
  'aes-256-gcm': `${xenc11}aes256-gcm`,
  'aes-128-cbc': `${xenc}aes128-cbc`,
  'aes-256-cbc': `${xenc}aes256-cbc`,
} as const;

const transports = {
  mgf1p: {
    method: `<xenc:EncryptionMethod Algorithm="${xenc}rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></xenc:EncryptionMethod>`,
    options: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
  },
  'oaep-sha256': {
    method: `<xenc:EncryptionMethod Algorithm="${xenc11}rsa-oaep"><ds:DigestMethod Algorithm="${xenc}sha256"/><xenc11:MGF xmlns:xenc11="${xenc11}" Algorithm="${xenc11}mgf1sha256"/></xenc:EncryptionMethod>`,
    options: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
  },
  'rsa-1_5': {
    method: `<xenc:EncryptionMethod Algorithm="${xenc}rsa-1_5"/>`,
    options: { padding: constants.RSA_PKCS1_PADDING },
  },
} as const;

/** An EncryptedAssertion of whatever text, for the holder of that certificate. */
export function encrypted(plain: string, certificate: string, how: Encrypting = {}): string {
  const name = how.data ?? 'aes-256-gcm';
  const transport = transports[how.transport ?? 'mgf1p'];
  const key = randomBytes(name.includes('128') ? 16 : 32);
  const { publicKey } = new X509Certificate(certificate);
  const wrapped = publicEncrypt({ key: publicKey, ...transport.options }, key).toString('base64');
  const encryptedKey = `<xenc:EncryptedKey xmlns:xenc="${xenc}">${transport.method}<xenc:CipherData><xenc:CipherValue>${wrapped}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`;
  const octets = sealedBy(name, key, plain).toString('base64');
  const keyInfo = how.keyBeside ? '' : `<ds:KeyInfo>${encryptedKey}</ds:KeyInfo>`;
  return `<saml:EncryptedAssertion ${saml} xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedData xmlns:xenc="${xenc}" Type="${xenc}Element"><xenc:EncryptionMethod Algorithm="${dataNames[name]}"/>${keyInfo}<xenc:CipherData><xenc:CipherValue>${octets}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>${how.keyBeside ? encryptedKey : ''}</saml:EncryptedAssertion>`;
}

function sealedBy(name: keyof typeof dataNames, key: Buffer, plain: string): Buffer {
  switch (name) {
    case 'aes-128-gcm':
    case 'aes-256-gcm': {
      const nonce = randomBytes(12);
      const cipher = createCipheriv(name, key, nonce);
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, text, cipher.getAuthTag()]);
    }
    default: {
      const nonce = randomBytes(16);
      const cipher = createCipheriv(name, key, nonce);
      return Buffer.concat([nonce, cipher.update(plain), cipher.final()]);
    }
  }
}
