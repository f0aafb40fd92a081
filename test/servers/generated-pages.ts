// Search results of people who are generated as they are sent: a thousand are encoded once, and what differs
// from one thousand to the next is written over it. So a million cost no more memory than a thousand.
import { writeEntry } from '#lab/directory/messages.ts';
import { type ManyPerson, perRound, personAt, personOf } from './many-people.ts';

/** Stands where the round's number will: four octets that occur nowhere else. */
const blank = '####';

type Round = {
  /** A thousand entries, one after the other. */
  readonly bytes: Buffer;
  /** Where each begins, and the end. */
  readonly starts: readonly number[];
  readonly blanks: readonly number[];
  /** Of the message's id, and how many octets it takes. */
  readonly ids: readonly number[];
  readonly idLength: number;
};

export type Pages = {
  /** The entries of those numbers, ready to be sent: `to` is not among them. */
  between(id: number, from: number, to: number): Buffer;
  one(id: number, at: number): Buffer;
};

/** `changed` says how often somebody's title was changed; undefined for those who are gone. */
export function pagesOf(
  attributes: readonly string[],
  changed: ReadonlyMap<number, number | undefined>,
): Pages {
  const rounds = new Map<number, Round>();
  const one = (id: number, at: number) =>
    changed.has(at) && changed.get(at) === undefined
      ? Buffer.alloc(0)
      : entry(id, personAt(at, changed.get(at)), attributes);
  return {
    one,
    between(id, from, to) {
      const idLength = lengthOf(id);
      const known = rounds.get(idLength) ?? encoded(idLength, attributes);
      rounds.set(idLength, known);
      const parts: Buffer[] = [];
      for (let round = Math.floor(from / perRound); round * perRound < to; round += 1) {
        const begin = round * perRound;
        const last = Math.min(to - begin, perRound);
        const bytes = written(known, id, round);
        let place = Math.max(from - begin, 0);
        for (const special of specials(changed, begin, place, last)) {
          parts.push(cut(known, bytes, place, special), one(id, begin + special));
          place = special + 1;
        }
        parts.push(cut(known, bytes, place, last));
      }
      return Buffer.concat(parts);
    },
  };
}

/** Those of a thousand who are not as they were generated, by their places. */
function specials(
  changed: ReadonlyMap<number, number | undefined>,
  begin: number,
  from: number,
  to: number,
): readonly number[] {
  const found: number[] = [];
  if (changed.size === 0) return found;
  for (let place = from; place < to; place += 1) {
    if (changed.has(begin + place)) found.push(place);
  }
  return found;
}

function cut({ starts }: Round, bytes: Buffer, from: number, to: number): Buffer {
  return bytes.subarray(starts[from], starts[to]);
}

function written({ bytes, blanks, ids, idLength }: Round, id: number, round: number): Buffer {
  const filled = Buffer.from(bytes);
  const digits = String(round).padStart(blank.length, '0');
  const number = Buffer.from(digits, 'latin1').readUInt32BE();
  for (const at of blanks) filled.writeUInt32BE(number, at);
  for (const at of ids) filled.writeUIntBE(id, at, idLength);
  return filled;
}

function encoded(idLength: number, attributes: readonly string[]): Round {
  // Any id of that length: it is written over.
  const id = 2 ** (8 * idLength - 2);
  const entries = Array.from({ length: perRound }, (_, place) =>
    entry(id, personOf(blank, place), attributes),
  );
  const starts = [0];
  const ids: number[] = [];
  for (const [at, bytes] of entries.entries()) {
    const start = starts[at] ?? 0;
    ids.push(start + headerLength(bytes) + 2);
    starts.push(start + bytes.length);
  }
  const bytes = Buffer.concat(entries);
  const blanks: number[] = [];
  for (let at = bytes.indexOf(blank); at !== -1; at = bytes.indexOf(blank, at + blank.length)) {
    blanks.push(at);
  }
  return { bytes, starts, blanks, ids, idLength };
}

/** Tag and length of a message (X.690). */
function headerLength(bytes: Buffer): number {
  const first = bytes[1] ?? 0;
  return first < 0x80 ? 2 : 2 + (first & 0x7f);
}

/** How many octets an id takes: the first bit is its sign. */
function lengthOf(id: number): number {
  return id < 0x80 ? 1 : id < 0x8000 ? 2 : id < 0x800000 ? 3 : 4;
}

function entry(id: number, person: ManyPerson, asked: readonly string[]): Buffer {
  const names = new Set(asked.map((name) => name.toLowerCase()));
  const all = names.size === 0 || names.has('*');
  const list = [...person.attributes, ['entryUUID', [person.id]] as const];
  const given = list.filter(
    ([name]) => names.has(name.toLowerCase()) || (all && name !== 'entryUUID'),
  );
  return writeEntry(
    id,
    person.dn,
    given.map(([type, values]) => ({ type, values: values.map((value) => Buffer.from(value)) })),
  );
}
