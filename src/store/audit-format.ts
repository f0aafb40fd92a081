// How the audit trail is spelt for hashing: every field as its length and its bytes, so that no two spell alike.
// The database spells it the same way (0021-audit-chain.sql); docs/audit.md tells it to strangers.
import { hash } from 'node:crypto';

export type AuditTexts = {
  readonly salt: Buffer;
  readonly before: string | null;
  readonly after: string | null;
  readonly because: string | null;
  readonly subjectName: string | null;
};

export const saltBytes = 32;

/** What an entry keeps of its texts: it tells nothing of them, and holds when they are destroyed. */
export function textDigest(texts: AuditTexts): Buffer {
  const parts = [texts.salt, texts.before, texts.after, texts.because, texts.subjectName];
  const spelt = Buffer.allocUnsafe(parts.reduce((size, part) => size + roomOf(part), 0));
  return sha256(
    spelt.subarray(
      0,
      parts.reduce<number>((at, part) => put(spelt, at, part), 0),
    ),
  );
}

/** What a field takes at most: UTF-8 has three bytes at most for each of a string's units. */
function roomOf(value: Buffer | string | null): number {
  if (value === null) return 4;
  return 4 + (typeof value === 'string' ? 3 : 1) * value.length;
}

/** Writes a field there, and says where the next begins. */
function put(into: Buffer, at: number, value: Buffer | string | null): number {
  if (value === null) return into.writeInt32BE(-1, at);
  const bytes =
    typeof value === 'string' ? into.write(value, at + 4, 'utf8') : value.copy(into, at + 4);
  return into.writeInt32BE(bytes, at) + bytes;
}

/** Four bytes of length, most significant first, and the bytes; of null a length of -1. */
export function field(value: Buffer | string | null): Buffer {
  const spelt = Buffer.allocUnsafe(roomOf(value));
  return spelt.subarray(0, put(spelt, 0, value));
}

export function sha256(bytes: Buffer): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** A SHA-256 with a character a byte: a string is made and compared in a third of a Buffer's time. */
export type Digest = string;

export function digestOf(bytes: Buffer): Digest {
  return hash('sha256', bytes, 'binary');
}

export function digestFromHex(hex: string): Digest {
  return Buffer.from(hex, 'hex').toString('latin1');
}
