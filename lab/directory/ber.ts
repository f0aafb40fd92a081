// The little of BER (X.690) that LDAP uses (RFC 4511 §5.1), read with hard limits and written plainly.

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element: its identifier octet and its contents, which may hold elements again. */
export type Element = { readonly tag: number; readonly body: Buffer };

/** The bytes are not what the protocol allows; the connection that sent them is closed. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

const elementsMax = 20_000;

/** How long the first element of the bytes is, header included; undefined while its header is cut. */
export function frameLength(bytes: Buffer, bytesMax: number): number | undefined {
  const header = readHeader(bytes, 0);
  if (header === undefined) return undefined;
  if (header.tag !== tags.sequence) throw new Malformed('a message begins with a sequence');
  const total = header.start + header.length;
  if (total > bytesMax) throw new Malformed(`a message of ${total} bytes is over ${bytesMax}`);
  return total;
}

/** The elements that stand one after the other in the bytes. */
export function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (found.length >= elementsMax) throw new Malformed(`more than ${elementsMax} elements`);
    const header = readHeader(bytes, at);
    if (header === undefined) throw new Malformed('an element is cut short');
    const end = header.start + header.length;
    if (end > bytes.length) throw new Malformed('an element is longer than what holds it');
    found.push({ tag: header.tag, body: bytes.subarray(header.start, end) });
    at = end;
  }
  return found;
}

/** The contents of the element at the index, which must bear the tag. */
export function bodyAt(list: readonly Element[], index: number, tag: number): Buffer {
  const element = list[index];
  if (element?.tag !== tag) {
    throw new Malformed(`element ${index} should have the tag 0x${tag.toString(16)}`);
  }
  return element.body;
}

export function textAt(list: readonly Element[], index: number): string {
  return toText(bodyAt(list, index, tags.octets));
}

/** An integer of at most six octets: enough for every number LDAP has. */
export function integerAt(list: readonly Element[], index: number, tag: number): number {
  const body = bodyAt(list, index, tag);
  if (body.length === 0 || body.length > 6) throw new Malformed('an integer of odd length');
  return body.readIntBE(0, body.length);
}

export function booleanAt(list: readonly Element[], index: number): boolean {
  return bodyAt(list, index, tags.boolean)[0] !== 0;
}

/** UTF-8, and nothing that only looks like it (RFC 4511 §4.1.2). */
export function toText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed('a string is not UTF-8');
  }
}

export function write(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

export function writeInteger(value: number, tag: number = tags.integer): Buffer {
  const body = Buffer.alloc(6);
  body.writeIntBE(value, 0, 6);
  let start = 0;
  while (start < 5 && isPadding(body[start], body[start + 1])) start += 1;
  return write(tag, body.subarray(start));
}

export function writeBoolean(value: boolean): Buffer {
  return write(tags.boolean, Buffer.from([value ? 0xff : 0x00]));
}

type Header = { readonly tag: number; readonly start: number; readonly length: number };

function readHeader(bytes: Buffer, at: number): Header | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  if ((tag & 0x1f) === 0x1f) throw new Malformed('LDAP has no tags of several octets');
  if (first < 0x80) return { tag, start: at + 2, length: first };
  const octets = first & 0x7f;
  if (octets === 0 || octets > 4) throw new Malformed('a length LDAP does not allow');
  if (at + 2 + octets > bytes.length) return undefined;
  return { tag, start: at + 2 + octets, length: bytes.readUIntBE(at + 2, octets) };
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  const bytes = Buffer.alloc(1 + octets);
  bytes[0] = 0x80 | octets;
  bytes.writeUIntBE(length, 1, octets);
  return bytes;
}

/** Two's complement keeps an octet only when it or the sign bit after it says something. */
function isPadding(octet: number | undefined, next: number | undefined): boolean {
  const sign = (next ?? 0) & 0x80;
  return (octet === 0x00 && sign === 0) || (octet === 0xff && sign !== 0);
}
