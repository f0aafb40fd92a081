// Which ids a read has given already, in eight octets each: what two hashes with seeds of their own make of an id.
// That one of a million new ids is taken for another happens once in forty million reads, and not in the next one.
import { letGo } from './buffers.ts';
import { idHash } from './id-hash.ts';

/** A power of two, and stays one. */
const placesAtFirst = 1_024;

export type SeenIds = Disposable & {
  /** Whether it is new; from then on it is not. Takes the 16 octets of a GUID or UUID. */
  readonly add: (id: Buffer) => boolean;
};

export function seenIds(): SeenIds {
  const [first, second] = [idHash(), idHash()];
  let places = placesAtFirst;
  let table = new Uint32Array(places * 2);
  let count = 0;

  /** Puts it in its place, or finds it there. An empty place is two zeros. */
  const put = (a: number, b: number): boolean => {
    for (let at = a & (places - 1); ; at = (at + 1) & (places - 1)) {
      const [w, x] = [table[at * 2], table[at * 2 + 1]];
      if (w === a && x === b) return false;
      if (w === undefined) throw new TypeError('What was let go remembers nothing.');
      if (w === 0 && x === 0) {
        table[at * 2] = a;
        table[at * 2 + 1] = b;
        return true;
      }
    }
  };
  const grow = () => {
    const old = table;
    places *= 2;
    table = new Uint32Array(places * 2);
    for (let at = 0; at < old.length; at += 2) {
      const [a = 0, b = 0] = [old[at], old[at + 1]];
      if (b !== 0) put(a, b);
    }
    letGo(old);
  };
  return {
    add(id) {
      // At most three quarters are taken, so that an empty place is near.
      if (count * 4 >= places * 3) grow();
      const isNew = put(first(id) >>> 0, second(id) >>> 0 || 1);
      if (isNew) count += 1;
      return isNew;
    },
    [Symbol.dispose]: () => letGo(table),
  };
}
