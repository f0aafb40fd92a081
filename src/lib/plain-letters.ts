// Letters with marks become plain ones: NFKD takes most marks off, a table spells the letters that have none to lose.

/** Letters that Unicode does not decompose, as their own languages spell them without. */
const spelledOut: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'SS',
  æ: 'ae',
  Æ: 'Ae',
  œ: 'oe',
  Œ: 'Oe',
  ø: 'o',
  Ø: 'O',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 'th',
  Þ: 'Th',
  ı: 'i',
  ħ: 'h',
  Ħ: 'H',
  ŋ: 'ng',
  Ŋ: 'Ng',
  ŧ: 't',
  Ŧ: 'T',
  ĸ: 'k',
  '’': "'",
  '‘': "'",
  '–': '-',
  '—': '-',
};

const isPlain = /^[\x20-\x7e]*$/;

/** "Łucja Sørensen-Groß" becomes "Lucja Sorensen-Gross". Letters of other scripts stay as they are. */
export function plainLetters(text: string): string {
  if (isPlain.test(text)) return text;
  const spelled = [...text.normalize('NFC')].map((one) => spelledOut[one] ?? one).join('');
  return spelled
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC');
}
