// What is done to a secret in the browser, with WebCrypto alone: this very code also runs in the page /s/{id},
// which is made of these functions' own text. So each uses nothing but the others and what browsers have.

type Bytes = Uint8Array<ArrayBuffer>;

export type LinkKeys = {
  /** AES-256 key of the content; with a passphrase, no one has it without both. */
  readonly content: Bytes;
  /** Shows the hub that the fragment is known, and tells it nothing else. */
  readonly proof: string;
  /** Shows the hub that the passphrase is known too. */
  readonly passphraseProof: string | undefined;
};

export function randomBytes(count: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(count));
}

export function bytesOf(text: string): Bytes {
  return Uint8Array.from(new TextEncoder().encode(text));
}

/** base64url without padding (RFC 4648 §5). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  }
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function fromBase64(text: string): Bytes {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

export function joinBytes(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** HKDF-SHA256 (RFC 5869): 32 bytes for one purpose of one link. */
export async function derive(material: Bytes, link: string, purpose: string): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', material, 'HKDF', false, ['deriveBits']);
  const info = bytesOf(`sundog secret link 1 ${purpose}`);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: bytesOf(link), info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}

/** PBKDF2, salted with the key itself: who lacks the link has nothing to guess at. */
export async function stretch(passphrase: string, key: Bytes, link: string): Promise<Bytes> {
  const typed = bytesOf(passphrase.normalize('NFKC'));
  const base = await crypto.subtle.importKey('raw', typed, 'PBKDF2', false, ['deriveBits']);
  const salt = joinBytes(key, bytesOf(link));
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 600_000 };
  return new Uint8Array(await crypto.subtle.deriveBits(how, base, 256));
}

export async function keysOf(key: Bytes, link: string, passphrase: string): Promise<LinkKeys> {
  const proof = toBase64(await derive(key, link, 'proof'));
  if (passphrase === '') {
    const content = await derive(key, link, 'content');
    return { content, proof, passphraseProof: undefined };
  }
  const both = joinBytes(key, await stretch(passphrase, key, link));
  const passphraseProof = toBase64(await derive(both, link, 'passphrase'));
  return { content: await derive(both, link, 'content'), proof, passphraseProof };
}

/** Bound to the link and the piece: moved anywhere else, it does not open. */
export function boundTo(link: string, part: number, parts: number): Bytes {
  return bytesOf(`sundog secret link 1|${link}|${part}|${parts}`);
}

/** 1, twelve random bytes, then AES-256-GCM with its tag. */
export async function encrypt(
  content: Bytes,
  plain: Bytes,
  bound: Bytes,
  head: Bytes = Uint8Array.of(1),
): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', content, 'AES-GCM', false, ['encrypt']);
  const iv = randomBytes(12);
  const how = { name: 'AES-GCM', iv, additionalData: bound };
  return joinBytes(head, iv, new Uint8Array(await crypto.subtle.encrypt(how, key, plain)));
}

/** Throws when the key, the link, the piece or a bit of it is another. */
export async function decrypt(content: Bytes, sealed: Bytes, bound: Bytes): Promise<Bytes> {
  const from = sealed[0] === 2 ? 66 : 1;
  const key = await crypto.subtle.importKey('raw', content, 'AES-GCM', false, ['decrypt']);
  const how = { name: 'AES-GCM', iv: sealed.subarray(from, from + 12), additionalData: bound };
  return new Uint8Array(await crypto.subtle.decrypt(how, key, sealed.subarray(from + 12)));
}

/** What is said is padded to whole 256 bytes, so that its length tells little. */
export function packed(said: unknown): Bytes {
  const bytes = bytesOf(JSON.stringify(said));
  const all = new Uint8Array(Math.ceil(bytes.length / 256) * 256).fill(32);
  all.set(bytes);
  return all;
}

/** A request's two keys: the public one goes out in the link, the other stays with who asks. */
export async function requestKeys(): Promise<{ readonly give: Bytes; readonly read: Bytes }> {
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const pair = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
  const give = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const { d = '' } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return { give, read: joinBytes(fromBase64(d), give) };
}

/** The content's key, from one's own private key (32 bytes and its point) and the other's point. */
export async function agreed(own: Bytes, other: Bytes, link: string): Promise<Bytes> {
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: toBase64(own.subarray(0, 32)),
    x: toBase64(own.subarray(33, 65)),
    y: toBase64(own.subarray(65, 97)),
  };
  const key = await crypto.subtle.importKey('jwk', jwk, curve, false, ['deriveBits']);
  const point = await crypto.subtle.importKey('raw', other, curve, false, []);
  const shared = new Uint8Array(
    await crypto.subtle.deriveBits({ name: 'ECDH', public: point }, key, 256),
  );
  return derive(shared, link, 'content');
}

/** The content's key of what is about to be opened: the fragment's own, or agreed with who gave it. */
export async function contentKey(
  fragment: Bytes,
  keys: LinkKeys,
  head: Bytes,
  link: string,
): Promise<Bytes> {
  return fragment.length === 97 && head[0] === 2
    ? agreed(fragment, head.subarray(1, 66), link)
    : keys.content;
}
