// Which of a provider's keys a token was signed with: the one it names, or the only one that fits.
import { createHash } from 'node:crypto';
import { type CryptoKey, importJWK } from 'jose';
import type { Trace } from '#domain/sso/trace.ts';
import { NoAnswer } from './fetch.ts';
import type { OidcLimits } from './limits.ts';
import type { Jwk, Keys } from './provider.ts';
import { shortened } from './said.ts';

type Algorithm = { readonly kty: string; readonly crv?: string; readonly hash: string };

/** No HS: a key both sides know proves nothing about who signed. No none. (RFC 8725 §3.1, §3.2) */
export const algorithms: Readonly<Record<string, Algorithm>> = {
  RS256: { kty: 'RSA', hash: 'sha256' },
  RS384: { kty: 'RSA', hash: 'sha384' },
  RS512: { kty: 'RSA', hash: 'sha512' },
  PS256: { kty: 'RSA', hash: 'sha256' },
  PS384: { kty: 'RSA', hash: 'sha384' },
  PS512: { kty: 'RSA', hash: 'sha512' },
  ES256: { kty: 'EC', crv: 'P-256', hash: 'sha256' },
  ES384: { kty: 'EC', crv: 'P-384', hash: 'sha384' },
  ES512: { kty: 'EC', crv: 'P-521', hash: 'sha512' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', hash: 'sha512' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', hash: 'sha512' },
};

export type Header = { readonly alg: string; readonly kid?: string };

/** Read anew once for a key unknown here, and for no other until the cool-down is over. */
export async function keyOf(
  keys: Keys,
  header: Header,
  limits: OidcLimits,
  trace: Trace,
  now: Date,
): Promise<CryptoKey> {
  const known = await readable(() => keys.get(now), trace);
  let fitting = known.filter((key) => fits(key, header));
  if (fitting.length === 0) {
    const anew = await readable(() => keys.again(now, limits.unknownKeyMs), trace);
    trace.passed('oidc.jwks', { keys: (anew ?? known).length, readAnew: anew !== undefined });
    fitting = (anew ?? []).filter((key) => fits(key, header));
  } else {
    trace.passed('oidc.jwks', { keys: known.length, readAnew: false });
  }
  const [only] = fitting;
  const named = header.kid === undefined ? 'none by name' : `"${shortened(header.kid)}"`;
  if (only === undefined || fitting.length > 1) {
    trace.refuse(
      'oidc.key',
      only === undefined
        ? `The token names the key ${named}, and the provider has none such for ${header.alg}.`
        : `The token names the key ${named}, and ${fitting.length} of the provider’s keys fit.`,
      { algorithm: header.alg },
    );
  }
  const key = await imported(only, header.alg).catch((error: unknown) =>
    trace.refuse('oidc.key', `The key ${named} cannot be used.`, { algorithm: header.alg }, error),
  );
  trace.passed('oidc.key', { algorithm: header.alg, named: header.kid !== undefined });
  return key;
}

async function readable<T>(read: () => Promise<T>, trace: Trace): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return trace.refuse('oidc.jwks', error.message, {}, error);
  }
}

/** What a key says of itself binds (RFC 7517 §4): its kind, use, operations, algorithm and name. */
function fits(key: Jwk, { alg, kid }: Header): boolean {
  const algorithm = algorithms[alg];
  if (algorithm === undefined || key.kty !== algorithm.kty) return false;
  if (algorithm.crv !== undefined && key.crv !== algorithm.crv) return false;
  if (key.use !== undefined && key.use !== 'sig') return false;
  if (key.alg !== undefined && !isSameAlgorithm(key.alg, alg)) return false;
  const { key_ops: operations } = key;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return false;
  }
  return kid === undefined || key.kid === kid;
}

/** RFC 9864: Ed25519 is the new name of what EdDSA is with that curve. */
function isSameAlgorithm(one: unknown, other: string): boolean {
  const both = ['EdDSA', 'Ed25519'];
  return one === other || (both.includes(String(one)) && both.includes(other));
}

/** Kept as long as the key itself. */
const importedKeys = new WeakMap<Jwk, Map<string, CryptoKey>>();

async function imported(jwk: Jwk, alg: string): Promise<CryptoKey> {
  const byAlgorithm = importedKeys.get(jwk) ?? new Map<string, CryptoKey>();
  importedKeys.set(jwk, byAlgorithm);
  const known = byAlgorithm.get(alg);
  if (known !== undefined) return known;
  // The public parts alone, whatever else a careless provider publishes.
  const { kty, crv, x, y, n, e } = jwk;
  const parts = Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => part !== undefined);
  const key = await importJWK(Object.fromEntries(parts), alg);
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key proves nothing');
  byAlgorithm.set(alg, key);
  return key;
}

/** at_hash and c_hash: the left half of the hash that the algorithm uses (OpenID Connect Core §3.1.3.6). */
export function halfHash(text: string, alg: string): string {
  const digest = createHash(algorithms[alg]?.hash ?? 'sha256')
    .update(text, 'ascii')
    .digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
