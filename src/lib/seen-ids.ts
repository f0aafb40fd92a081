// Which ids a read has given already, in eight octets each: what two hashes with seeds of their own make of an id.
// That one of a million new ids is taken for another happens once in forty million reads, and not in the next one.
import { letGo } from './buffers.ts';
import { idHash } from './id-hash.ts';

const placesAtFirst = 1_024;
/** At most so much of the places is taken, so that an empty one is near. */
const fullest = 0.8;
const growth = 1.5;

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
    for (let at = Math.floor((a / 2 ** 32) * places); ; at += 1) {
      if (at === places) at = 0;
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
    places = Math.ceil(places * growth);
    table = new Uint32Array(places * 2);
    for (let at = 0; at < old.length; at += 2) {
      const [a = 0, b = 0] = [old[at], old[at + 1]];
      if (b !== 0) put(a, b);
    }
    letGo(old);
  };
  return {
    add(id) {
      if (count >= places * fullest) grow();
      const isNew = put(first(id) >>> 0, second(id) >>> 0 || 1);
      if (isNew) count += 1;
      return isNew;
    },
    [Symbol.dispose]: () => letGo(table),
  };
}
