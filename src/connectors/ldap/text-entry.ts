// The texts of an entry that a sync asks for: one pass over its octets, and nothing made of the rest.
import { broken, Cursor, tags } from './ber.ts';
import { described, type Form, formOf, textFormed } from './entry.ts';
import type { RawEntry } from './raw-entry.ts';

export type TextEntry = {
  readonly dn: string;
  /** Of each name, in the order they were asked for, every value. */
  readonly texts: readonly (readonly string[])[];
};

export type TextReader = (raw: Pick<RawEntry, 'bytes'>) => TextEntry | undefined;

type Column = { readonly at: number; readonly form: Form };

/** What a server's spelling of an attribute means; `owes` where it gave a part of the values. */
type Meaning = { readonly columns: readonly Column[]; readonly owes: boolean };

/** Spellings that are remembered; a server has few, and one that makes new ones shall not fill the memory. */
const spellingsMax = 10_000;

/** A reader for entries of one search; it gives nothing for an entry of which the directory owes values. */
export function textReader(names: readonly string[]): TextReader {
  const columns = Map.groupBy(
    names.map((name, at) => ({ name: name.toLowerCase(), at, form: formOf(name) })),
    ({ name }) => name,
  );
  const meanings = new Map<string, Meaning>();
  const meaningOf = (spelling: string): Meaning => {
    const known = meanings.get(spelling);
    if (known !== undefined) return known;
    const { name, next } = described(spelling);
    const found = { columns: columns.get(name) ?? [], owes: next !== undefined };
    if (meanings.size < spellingsMax) meanings.set(spelling, found);
    return found;
  };
  return ({ bytes }) => {
    // Most octets are ASCII, and cutting one text is many times cheaper than making many.
    const whole = bytes.toString('latin1');
    const cursor = new Cursor(bytes);
    cursor.enter(0, bytes.length, tags.octets);
    const dn = textAt(bytes, whole, cursor.from, cursor.to);
    cursor.enter(cursor.to, bytes.length, tags.sequence);
    const end = cursor.to;
    const texts: string[][] = names.map(() => []);
    for (let at = cursor.from; at < end; ) {
      cursor.enter(at, end, tags.sequence);
      at = cursor.to;
      cursor.enter(cursor.from, at, tags.octets);
      const meaning = meaningOf(textAt(bytes, whole, cursor.from, cursor.to));
      cursor.enter(cursor.to, at, tags.set);
      if (meaning.owes) return undefined;
      const { to } = cursor;
      for (let value = cursor.from; value < to; value = cursor.to) {
        cursor.enter(value, to, tags.octets);
        for (const { at: column, form } of meaning.columns) {
          const text =
            form === 'text'
              ? textAt(bytes, whole, cursor.from, cursor.to)
              : textFormed(form, bytes.subarray(cursor.from, cursor.to));
          (texts[column] ?? broken()).push(text);
        }
      }
    }
    return { dn, texts };
  };
}

function textAt(bytes: Buffer, whole: string, from: number, to: number): string {
  for (let at = from; at < to; at += 1) {
    if ((bytes[at] ?? 0) > 0x7f) return bytes.toString('utf8', from, to);
  }
  return whole.slice(from, to);
}
