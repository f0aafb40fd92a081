// Texts nobody can guess, and how they are kept: as a fast hash, since there is nothing to guess.
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { Secret } from './secret.ts';

/** 256 random bits in letters that need no escaping anywhere. */
export function newToken(): Secret {
  return new Secret(randomBytes(32).toString('base64url'));
}

/** Two GUIDs joined by a hyphen, as Halo's clients expect a client secret (halo-api.md 1.2). */
export function newClientSecret(): Secret {
  return new Secret(`${randomUUID()}-${randomUUID()}`);
}

/** SHA-256. For secrets of many random bits alone; what people choose needs Argon2id. */
export function fastHash(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Compares in a time that tells nothing about where two texts differ. */
export function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(fastHash(one), fastHash(other));
}
