// The same as browser-crypto.ts in Node's own words, for links made over the API: there the hub sees the
// secret once, encrypts it under a key it gives away in the link, and keeps nothing that opens it.
import { createCipheriv, createSecretKey, hkdfSync, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Secret } from '#lib/secret.ts';
import { boundTo, packed } from './browser-crypto.ts';

export type Encrypted = {
  readonly token: string;
  readonly key: Secret;
  readonly proof: Secret;
  readonly passphraseProof: Secret | undefined;
  /** base64url, as a browser would send it. */
  readonly content: Secret;
};

const stretch = promisify(pbkdf2);

/** 128 random bits: an address nobody guesses. It opens nothing by itself. */
export function newLinkToken(): string {
  return randomBytes(16).toString('base64url');
}

export async function encryptText(
  text: Secret,
  passphrase: Secret | undefined,
): Promise<Encrypted> {
  const token = newLinkToken();
  const key = randomBytes(32);
  const proof = derive(key, token, 'proof').toString('base64url');
  const both =
    passphrase === undefined
      ? key
      : Buffer.concat([key, await stretched(passphrase, Buffer.concat([key, Buffer.from(token)]))]);
  const content = sealed(derive(both, token, 'content'), packed({ text: text.reveal() }), token);
  return {
    token,
    key: new Secret(key.toString('base64url')),
    proof: new Secret(proof),
    passphraseProof:
      passphrase === undefined
        ? undefined
        : new Secret(derive(both, token, 'passphrase').toString('base64url')),
    content: new Secret(content.toString('base64url')),
  };
}

function stretched(passphrase: Secret, salt: Buffer): Promise<Buffer> {
  return stretch(passphrase.reveal().normalize('NFKC'), salt, 600_000, 32, 'sha256');
}

/** Node 24 takes a key object a quarter of the time it takes to find out that bytes are a key. */
function derive(material: Buffer, link: string, purpose: string): Buffer {
  const key = createSecretKey(material);
  return Buffer.from(hkdfSync('sha256', key, link, `sundog secret link 1 ${purpose}`, 32));
}

function sealed(key: Buffer, plain: Uint8Array, link: string): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), iv, { authTagLength: 16 });
  cipher.setAAD(boundTo(link, 0, 0));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(1), iv, text, cipher.getAuthTag()]);
}
