// What LDAP's messages are made of: tags, lengths and values in definite form (X.690, RFC 4511 §5.1).
import { BrokenMessage } from './frames.ts';

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
  searchEntry: 0x64,
  searchDone: 0x65,
  intermediate: 0x79,
  controls: 0xa0,
} as const;

/** Reads one tag and length after the other (X.690, definite form); a value is where it stands. */
export class Cursor {
  readonly bytes: Buffer;
  tag = 0;
  /** Of the value: where it begins, and where what follows it begins. */
  from = 0;
  to = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The value that begins at `at` and must end by `end`. */
  next(at: number, end: number): void {
    const { bytes } = this;
    if (at + 2 > end) broken();
    this.tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    let from = at + 2;
    let length = first;
    if (first >= 0x80) {
      const octets = first & 0x7f;
      if (octets === 0 || octets > 4 || from + octets > end) broken();
      length = bytes.readUIntBE(from, octets);
      from += octets;
    }
    if (from + length > end) broken();
    this.from = from;
    this.to = from + length;
  }

  enter(at: number, end: number, tag: number): void {
    this.next(at, end);
    if (this.tag !== tag) broken();
  }
}

export function broken(): never {
  throw new BrokenMessage('The directory sent a message that is none.');
}
