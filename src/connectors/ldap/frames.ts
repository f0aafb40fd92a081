// Cuts what comes over the wire into whole LDAP messages, each copied once at most.

/** An LDAP message is a SEQUENCE in definite form (RFC 4511 §5.1). */
const sequence = 0x30;
/** Tag, one octet that says how many follow, and four that say the length: 4 GiB is beyond every limit here. */
const headerBytesMax = 6;

export class BrokenMessage extends Error {
  override readonly name = 'BrokenMessage';
}

/**
 * Gives the whole messages that the bytes complete, as views of what came. Throws a BrokenMessage on what
 * can be no LDAP message, or on one longer than `bytesMax`, before it is waited for.
 */
export function framer(bytesMax: number): (bytes: Buffer) => readonly Buffer[] {
  // The beginning of a message whose end has not come.
  let parts: Buffer[] = [];
  let have = 0;
  let need = 0;
  return (bytes) => {
    const frames: Buffer[] = [];
    let rest = bytes;
    if (have > 0) {
      // Its length may itself have been cut in two.
      if (need === 0) {
        need = lengthOf(Buffer.concat([...parts, rest.subarray(0, headerBytesMax)]), bytesMax);
      }
      if (need === 0 || have + rest.length < need) {
        parts.push(rest);
        have += rest.length;
        return frames;
      }
      // This one alone is copied, and not all that came with its end.
      frames.push(Buffer.concat([...parts, rest.subarray(0, need - have)], need));
      rest = rest.subarray(need - have);
      parts = [];
    }
    for (;;) {
      need = lengthOf(rest, bytesMax);
      if (need === 0 || need > rest.length) break;
      frames.push(rest.subarray(0, need));
      rest = rest.subarray(need);
    }
    have = rest.length;
    if (have > 0) parts = [rest];
    return frames;
  };
}

/** The length of the message that begins here, with its header; 0 while the header is not whole. */
function lengthOf(bytes: Buffer, bytesMax: number): number {
  if (bytes.length === 0) return 0;
  if (bytes[0] !== sequence) throw new BrokenMessage('The directory sent what is no LDAP message.');
  const first = bytes[1];
  if (first === undefined) return 0;
  if (first < 0x80) return 2 + first;
  const octets = first & 0x7f;
  if (octets === 0 || 2 + octets > headerBytesMax) {
    throw new BrokenMessage('The directory sent a message without a length that can be believed.');
  }
  if (bytes.length < 2 + octets) return 0;
  const length = 2 + octets + bytes.readUIntBE(2, octets);
  if (length > bytesMax) {
    throw new BrokenMessage(`The directory sent a message of more than ${bytesMax} bytes.`);
  }
  return length;
}
