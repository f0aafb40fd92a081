// GUIDs and SIDs between the bytes a directory keeps and the text people read.

/** The usual text form, lower case: the first three fields are little-endian (MS-DTYP §2.3.4.2). */
export function guidText(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError(`a GUID has 16 bytes, not ${bytes.length}`);
  const hex = Buffer.from(swapped(bytes)).toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** The 16 bytes of a GUID in text form, with or without braces. */
export function guidBytes(text: string): Buffer {
  if (!isGuid(text)) throw new RangeError('not a GUID in text form');
  return Buffer.from(swapped(Buffer.from(text.replace(/[{}-]/g, ''), 'hex')));
}

export function isGuid(text: string): boolean {
  return /^(?:\{[\da-f-]{36}\}|[\da-f-]{36})$/i.test(text) && guidShape.test(text);
}

const guidShape = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i;

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

function swapped(bytes: Uint8Array): Uint8Array {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Uint8Array.from(order, (from) => bytes[from] ?? 0);
}
