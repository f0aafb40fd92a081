// Which ids a read has given already, in eight octets each: what two hashes with seeds of their own make of an id.
// That one of a million new ids is taken for another happens once in nine million reads, and not in the next one.
import { letGo } from './buffers.ts';
import { idHash } from './id-hash.ts';

const placesAtFirst = 1_024;
/** At most so much of the places is taken, so that an empty one is near. */
const fullest = 0.8;
const growth = 1.5;

/** In passing or to stay: each knows nothing of the other. The lowest bits of what is kept of an id. */
export const seen = { passing: 1, staying: 2 } as const;
const bits = seen.passing | seen.staying;

export type SeenIds = Disposable & {
  /** Whether it is new in that way; from then on it is not. Takes the 16 octets of a GUID or UUID. */
  readonly add: (id: Buffer, how?: (typeof seen)[keyof typeof seen]) => boolean;
  /** Whatever was seen in passing is new in that way once more, and has been seen to stay. */
  readonly pass: () => void;
};

export function seenIds(): SeenIds {
  const [first, second] = [idHash(), idHash()];
  let places = placesAtFirst;
  let table = new Uint32Array(places * 2);
  let count = 0;

  /** Where it is, or the empty place where it would be: what is there says how it was seen. */
  const find = (a: number, b: number): number => {
    for (let at = Math.floor((a / 2 ** 32) * places); ; at += 1) {
      if (at === places) at = 0;
      const x = table[at * 2 + 1];
      if (x === undefined) throw new TypeError('What was let go remembers nothing.');
      if ((x & bits) === 0 || (table[at * 2] === a && (x ^ b) >>> 0 <= bits)) return at;
    }
  };
  const grow = () => {
    const old = table;
    places = Math.ceil(places * growth);
    table = new Uint32Array(places * 2);
    for (let at = 0; at < old.length; at += 2) {
      const [a = 0, b = 0] = [old[at], old[at + 1]];
      if ((b & bits) === 0) continue;
      const to = find(a, b);
      table[to * 2] = a;
      table[to * 2 + 1] = b;
    }
    letGo(old);
  };
  return {
    add(id, how = seen.staying) {
      if (count >= places * fullest) grow();
      const [a, b] = [first(id) >>> 0, (second(id) & ~bits) >>> 0];
      const at = find(a, b);
      const so = (table[at * 2 + 1] ?? 0) & bits;
      if ((so & how) !== 0) return false;
      if (so === 0) count += 1;
      table[at * 2] = a;
      table[at * 2 + 1] = b | so | how;
      return true;
    },
    pass() {
      for (let at = 1; at < table.length; at += 2) {
        const b = table[at] ?? 0;
        if ((b & seen.passing) !== 0) table[at] = (b & ~bits) | seen.staying;
      }
    },
    [Symbol.dispose]: () => letGo(table),
  };
}
