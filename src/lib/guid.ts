// GUIDs and SIDs between the bytes a directory keeps and the text people read.

/** The usual text form, lower case: the first three fields are little-endian (MS-DTYP §2.3.4.2). */
export function guidText(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError(`a GUID has 16 bytes, not ${bytes.length}`);
  return uuidText(guidOctets(bytes));
}

/** The text form, lower case, of 16 octets that stand as in the text (RFC 9562 §4). */
export function uuidText(octets: Buffer): string {
  if (octets.length !== 16) throw new RangeError(`a UUID has 16 octets, not ${octets.length}`);
  const hex = octets.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The 16 bytes of a GUID in text form, with or without braces. */
export function guidBytes(text: string): Buffer {
  if (!isGuid(text)) throw new RangeError('not a GUID in text form');
  return guidOctets(Buffer.from(text.replace(/[{}-]/g, ''), 'hex'));
}

export function isGuid(text: string): boolean {
  return /^(?:\{[\da-f-]{36}\}|[\da-f-]{36})$/i.test(text) && guidShape.test(text);
}

const guidShape = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i;

/**
 * The octets of a UUID in the order of its text (RFC 9562 §4), in either case and without braces: into `octets`,
 * which has room for 16. False where the text is none.
 */
export function uuidOctets(text: string, octets: Buffer): boolean {
  if (text.length !== 36) return false;
  for (let at = 0, octet = 0; at < 36; octet += 1) {
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (text.charCodeAt(at) !== dash) return false;
      at += 1;
    }
    const high = digits[text.charCodeAt(at)] ?? none;
    const low = digits[text.charCodeAt(at + 1)] ?? none;
    if ((high | low) >= none) return false;
    octets[octet] = (high << 4) | low;
    at += 2;
  }
  return true;
}

const dash = 0x2d;
const none = 0x10;
const digits = new Uint8Array(128).fill(none);
for (const [value, letter] of [...'0123456789abcdef'].entries()) {
  digits[letter.charCodeAt(0)] = value;
  digits[letter.toUpperCase().charCodeAt(0)] = value;
}

/** S-1-5-21-…: authority big-endian in 6 bytes, each sub-authority little-endian (MS-DTYP §2.4.2). */
export function sidText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  const count = buffer[1] ?? 0;
  if (buffer.length < 8 || buffer.length !== 8 + 4 * count) throw new RangeError('not a SID');
  const parts = Array.from({ length: count }, (_, index) => buffer.readUInt32LE(8 + 4 * index));
  return ['S', buffer[0], buffer.readUIntBE(2, 6), ...parts].join('-');
}

export function sidBytes(text: string): Buffer {
  const match = /^S-(\d+)-(\d+)((?:-\d+){0,15})$/i.exec(text);
  if (!match) throw new RangeError('not a SID in text form');
  const parts = (match[3] ?? '').split('-').slice(1).map(Number);
  const buffer = Buffer.alloc(8 + 4 * parts.length);
  buffer.writeUInt8(Number(match[1]), 0);
  buffer.writeUInt8(parts.length, 1);
  buffer.writeUIntBE(Number(match[2]), 2, 6);
  for (const [index, part] of parts.entries()) buffer.writeUInt32LE(part, 8 + 4 * index);
  return buffer;
}

const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** From the bytes a directory keeps to the order of the text, and back. */
export function guidOctets(bytes: Uint8Array): Buffer {
  const octets = Buffer.allocUnsafe(16);
  for (const [at, from] of order.entries()) octets[at] = bytes[from] ?? 0;
  return octets;
}
