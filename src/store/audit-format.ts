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
  return sha256(
    Buffer.concat([
      field(texts.salt),
      field(texts.before),
      field(texts.after),
      field(texts.because),
      field(texts.subjectName),
    ]),
  );
}

const absent = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** Four bytes of length, most significant first, and the bytes; of null a length of -1. */
export function field(value: Buffer | string | null): Buffer {
  if (value === null) return absent;
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  const spelt = Buffer.allocUnsafe(4 + bytes.length);
  spelt.writeInt32BE(bytes.length, 0);
  bytes.copy(spelt, 4);
  return spelt;
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
