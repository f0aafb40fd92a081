// An entry as it lies on the wire. What did not change since the last read is known by a digest of its bytes,
// and never decoded: that is most of a directory at most times.
import { hash } from 'node:crypto';
import { broken, Cursor, tags } from './ber.ts';
import { described, type Entry } from './entry.ts';

/** The contents of a SearchResultEntry (RFC 4511 §4.5.2): its name and its attributes. */
export type RawEntry = {
  readonly bytes: Buffer;
  /** The controls that came with it, as they came; empty where there are none. */
  readonly controls: Buffer;
};

export type Message = {
  readonly id: number;
  readonly operation: number;
  readonly contents: Buffer;
  readonly controls: Buffer;
};

const nothing = Buffer.alloc(0);

/** The message's id, and which operation it is with what. */
export function readMessage(frame: Buffer): Message {
  const cursor = new Cursor(frame);
  cursor.enter(0, frame.length, tags.sequence);
  const { to: end } = cursor;
  cursor.enter(cursor.from, end, tags.integer);
  const { from, to } = cursor;
  if (to - from < 1 || to - from > 4) broken();
  const id = frame.readIntBE(from, to - from);
  cursor.next(to, end);
  const { tag: operation, from: begin, to: rest } = cursor;
  const controls = rest === frame.length ? nothing : frame.subarray(rest);
  return { id, operation, contents: frame.subarray(begin, rest), controls };
}

/** 16 octets of SHA-256 over name and attributes as they came; another order of the same is another digest. */
export function digestOf({ bytes }: Pick<RawEntry, 'bytes'>): Buffer {
  // As text it needs no memory of its own outside the heap, which costs more than the hash itself.
  return Buffer.from(hash('sha256', bytes, 'binary').slice(0, 16), 'latin1');
}

/** The entry's name, without decoding the rest. */
export function dnOf({ bytes }: Pick<RawEntry, 'bytes'>): string {
  const cursor = new Cursor(bytes);
  cursor.enter(0, bytes.length, tags.octets);
  return bytes.toString('utf8', cursor.from, cursor.to);
}

/** The first value of an attribute, without decoding the rest; `name` in lower case. */
export function firstValueOf({ bytes }: Pick<RawEntry, 'bytes'>, name: Buffer): Buffer | undefined {
  const cursor = new Cursor(bytes);
  const end = attributesOf(cursor);
  for (let at = cursor.from; at < end; ) {
    cursor.enter(at, end, tags.sequence);
    const attribute = cursor.to;
    cursor.enter(cursor.from, attribute, tags.octets);
    if (isNamed(bytes, cursor, name)) {
      cursor.enter(cursor.to, attribute, tags.set);
      if (cursor.from === cursor.to) return undefined;
      cursor.enter(cursor.from, cursor.to, tags.octets);
      return bytes.subarray(cursor.from, cursor.to);
    }
    at = attribute;
  }
  return undefined;
}

/** Everything; a value given in several parts (`member;range=…`) as one. */
export function decoded({ bytes }: Pick<RawEntry, 'bytes'>): Entry {
  const cursor = new Cursor(bytes);
  cursor.enter(0, bytes.length, tags.octets);
  const dn = bytes.toString('utf8', cursor.from, cursor.to);
  const values = new Map<string, readonly Buffer[]>();
  const owed = new Map<string, number>();
  const end = attributesOf(cursor);
  for (let at = cursor.from; at < end; ) {
    cursor.enter(at, end, tags.sequence);
    const attribute = cursor.to;
    cursor.enter(cursor.from, attribute, tags.octets);
    const { name, next } = described(bytes.toString('utf8', cursor.from, cursor.to));
    cursor.enter(cursor.to, attribute, tags.set);
    const found = [...(values.get(name) ?? [])];
    const { to } = cursor;
    for (let value = cursor.from; value < to; value = cursor.to) {
      cursor.enter(value, to, tags.octets);
      found.push(bytes.subarray(cursor.from, cursor.to));
    }
    values.set(name, found);
    if (next !== undefined) owed.set(name, next);
    at = attribute;
  }
  return { dn, values, owed };
}

/** Stands the cursor in the list of attributes, behind the name; gives its end. */
function attributesOf(cursor: Cursor): number {
  cursor.enter(0, cursor.bytes.length, tags.octets);
  cursor.enter(cursor.to, cursor.bytes.length, tags.sequence);
  return cursor.to;
}

/** Attribute names are ASCII, in any letter case (RFC 4512 §2.5). */
function isNamed(bytes: Buffer, { from, to }: Cursor, name: Buffer): boolean {
  if (to - from !== name.length) return false;
  for (let at = 0; at < name.length; at += 1) {
    const letter = bytes[from + at] ?? 0;
    const lower = letter >= 0x41 && letter <= 0x5a ? letter | 0x20 : letter;
    if (lower !== name[at]) return false;
  }
  return true;
}
