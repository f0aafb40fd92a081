// Makes secret links in this browser: what leaves it is encrypted, and the key is in the link alone.
import { z } from 'zod';
import { post } from '#console/api.ts';
import {
  boundTo,
  encrypt,
  keysOf,
  packed,
  randomBytes,
  requestKeys,
  toBase64,
} from '#features/secret-links/browser-crypto.ts';
import { SecretLinkWire } from '#features/secret-links/wire.ts';

export type Common = {
  readonly label: string;
  readonly hours: number;
  readonly tellMe: boolean;
};

export type Secret = Common & {
  readonly text: string;
  readonly file: File | null;
  readonly passphrase: string;
  readonly reveals: number;
  readonly partBytes: number;
};

type Bytes = Uint8Array<ArrayBuffer>;

/** The link to hand on; with a file, when its last piece has been sent. */
export async function sendSecret(
  secret: Secret,
  progress: (share: number) => void,
): Promise<{ readonly link: string }> {
  const token = toBase64(randomBytes(16));
  const key = randomBytes(32);
  const { content, proof, passphraseProof } = await keysOf(key, token, secret.passphrase);
  const { file, text } = secret;
  const parts = file === null ? 0 : Math.ceil(file.size / secret.partBytes);
  const facts =
    file === null ? { text } : { file: { name: file.name, type: file.type, size: file.size } };
  const head = await encrypt(content, packed(facts), boundTo(token, 0, parts));
  const made = await post(
    '/v1/secret-links',
    {
      ...commonOf(secret),
      kind: 'secret',
      token,
      proof,
      passphraseProof,
      content: toBase64(head),
      fileBytes: file?.size ?? 0,
      reveals: secret.reveals,
    },
    SecretLinkWire,
  );
  for (let part = 1; part <= parts && file !== null; part += 1) {
    const from = (part - 1) * secret.partBytes;
    const piece = await file.slice(from, from + secret.partBytes).arrayBuffer();
    const sealed = await encrypt(content, new Uint8Array(piece), boundTo(token, part, parts));
    const body = { content: toBase64(sealed) };
    await post(`/v1/secret-links/${made.id}/parts/${part}`, body, z.undefined());
    progress(part / parts);
  }
  return { link: linkOf(token, key) };
}

/** Two links: one to send out, one to keep. */
export async function askForSecret(
  asked: Common,
): Promise<{ readonly give: string; readonly read: string }> {
  const token = toBase64(randomBytes(16));
  const keys = await requestKeys();
  const { proof } = await keysOf(keys.read, token, '');
  const { proof: giveProof } = await keysOf(keys.give, token, '');
  const body = { ...commonOf(asked), kind: 'request', token, proof, giveProof };
  await post('/v1/secret-links', body, SecretLinkWire);
  return { give: linkOf(token, keys.give), read: linkOf(token, keys.read) };
}

function commonOf({ label, hours, tellMe }: Common) {
  return { ...(label.trim() === '' ? {} : { label: label.trim() }), hours, tellMe };
}

function linkOf(token: string, key: Bytes): string {
  return `${location.origin}/s/${token}#${toBase64(key)}`;
}
