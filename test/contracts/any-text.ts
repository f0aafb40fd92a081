// Texts of any characters at all, for properties: what fast-check calls binary, without the table of all
// million characters that it makes for that, which takes a second of every file that asks for one text.
import fc from '#test/property.ts';

const surrogates = { first: 0xd800, count: 0x800 };
const lastCodePoint = 0x10ffff;

const anyCharacter = fc
  .nat({ max: lastCodePoint - surrogates.count })
  .map((at) => String.fromCodePoint(at < surrogates.first ? at : at + surrogates.count), placeOf);

export function anyText(
  lengths: { readonly minLength?: number; readonly maxLength?: number } = {},
) {
  return fc.string({ ...lengths, unit: anyCharacter });
}

/** The way back, by which fast-check also tries the texts that are known to be dangerous. */
function placeOf(value: unknown): number {
  const code = typeof value === 'string' ? (value.codePointAt(0) ?? -1) : -1;
  const isOne = code >= 0 && String.fromCodePoint(code) === value;
  const place = code < surrogates.first ? code : code - surrogates.count;
  const isSurrogate = code >= surrogates.first && place < surrogates.first;
  if (!isOne || isSurrogate) throw new Error('not one character');
  return place;
}
