// Where ids go in a table. Ids may be numbered, and whoever makes them must not choose their places.
import { randomInt } from 'node:crypto';

/** Of the 16 octets of a GUID or UUID: a word of 32 bits, another with every hash that is made. */
export type IdHash = (id: Buffer) => number;

export function idHash(): IdHash {
  const seed = randomInt(2 ** 32);
  return (id) => {
    let hash = mixed(seed ^ id.readInt32LE(0));
    hash = mixed(hash ^ id.readInt32LE(4));
    hash = mixed(hash ^ id.readInt32LE(8));
    return mixed(hash ^ id.readInt32LE(12));
  };
}

/** MurmurHash3's finalizer: every bit of what goes in changes half of what comes out. */
function mixed(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
