// JSON whose texts a database can keep: NUL and half a character are in JSON, and in no text of PostgreSQL.

/** U+FFFD stands for what cannot be written down: left out, it would make one text of two. Throws where it is no JSON. */
export function writable(json: string): unknown {
  const parsed: unknown = JSON.parse(json);
  return mayHoldNone.test(json) ? cleaned(parsed) : parsed;
}

/** Such signs stand in JSON by their numbers alone; pairs of halves, as of a smile, are found here too. */
const mayHoldNone = /\\u(?:0000|d[89a-f])/i;

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return textOf(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [textOf(name), cleaned(one)]),
  );
}

function textOf(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{fffd}');
}
