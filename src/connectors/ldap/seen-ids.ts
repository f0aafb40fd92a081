// Which ids a scan has given already: exact, and small enough for a million (16 octets each, in a table half full).
import { randomInt } from 'node:crypto';

const wordsPerId = 4;
/** A power of two, and stays one. */
const placesAtFirst = 1_024;

export type SeenIds = {
  /** Whether it is new; from then on it is not. Takes the 16 octets of a GUID or UUID. */
  readonly add: (id: Buffer) => boolean;
};

export function seenIds(): SeenIds {
  // A server that chooses ids cannot choose their places.
  const seed = randomInt(2 ** 32);
  let places = placesAtFirst;
  let table = new Uint32Array(places * wordsPerId);
  let count = 0;
  // An empty place is four zeros, so the id of zeros alone is remembered apart.
  let zero = false;

  /** Puts it in its place, or finds it there. */
  const put = (a: number, b: number, c: number, d: number): boolean => {
    // Ids may be numbered: every octet must count for the place.
    let at = mixed(mixed(mixed(mixed(seed ^ a) ^ b) ^ c) ^ d) & (places - 1);
    for (; ; at = (at + 1) & (places - 1)) {
      const word = at * wordsPerId;
      const w = table[word];
      const x = table[word + 1];
      const y = table[word + 2];
      const z = table[word + 3];
      if (w === a && x === b && y === c && z === d) return false;
      if (w === 0 && x === 0 && y === 0 && z === 0) {
        table[word] = a;
        table[word + 1] = b;
        table[word + 2] = c;
        table[word + 3] = d;
        return true;
      }
    }
  };
  const grow = () => {
    const old = table;
    places *= 2;
    table = new Uint32Array(places * wordsPerId);
    for (let at = 0; at < old.length; at += wordsPerId) {
      const [w = 0, x = 0, y = 0, z = 0] = [old[at], old[at + 1], old[at + 2], old[at + 3]];
      if ((w | x | y | z) !== 0) put(w, x, y, z);
    }
  };
  return {
    add(id) {
      const a = id.readUInt32LE(0);
      const b = id.readUInt32LE(4);
      const c = id.readUInt32LE(8);
      const d = id.readUInt32LE(12);
      if ((a | b | c | d) === 0) {
        const isNew = !zero;
        zero = true;
        return isNew;
      }
      if (count * 2 >= places) grow();
      const isNew = put(a, b, c, d);
      if (isNew) count += 1;
      return isNew;
    },
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
