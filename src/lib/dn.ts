// Distinguished names: put together without injection and compared without being fooled (RFC 4514).

/** One attribute and value of a relative name; most relative names have exactly one. */
export type NamePart = { readonly type: string; readonly value: string };

/** From the entry up to the root. */
export type Rdn = readonly NamePart[];

/** Reads a DN, or returns nothing when the text is none. The empty text is the root. */
export function parseDn(text: string): readonly Rdn[] | undefined {
  if (text.trim() === '') return [];
  const rdns: Rdn[] = [];
  for (const rdn of splitUnescaped(text, /[,;]/)) {
    const parts: NamePart[] = [];
    for (const piece of splitUnescaped(rdn, /\+/)) {
      const part = parsePart(piece);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    rdns.push(parts);
  }
  return rdns;
}

export function formatDn(rdns: readonly Rdn[]): string {
  return rdns
    .map((rdn) => rdn.map(({ type, value }) => `${type}=${escapeValue(value)}`).join('+'))
    .join(',');
}

/** The DN of a child: `childDn('CN', 'Doe, Jane', 'OU=Porto,DC=x')` is `CN=Doe\, Jane,OU=Porto,DC=x`. */
export function childDn(type: string, value: string, parent: string): string {
  const rdn = `${type}=${escapeValue(value)}`;
  return parent === '' ? rdn : `${rdn},${parent}`;
}

/** The container an entry lies in; nothing for the root and for what is no DN. */
export function parentDn(dn: string): string | undefined {
  const rdns = parseDn(dn);
  return rdns === undefined || rdns.length === 0 ? undefined : formatDn(rdns.slice(1));
}

/** Whether two texts name the same entry: case, spaces and the way of escaping do not count. */
export function sameDn(left: string, right: string): boolean {
  if (isPlain(left) && isPlain(right) && letters(left) !== letters(right)) return false;
  const [one, other] = [comparableDn(left), comparableDn(right)];
  return one !== undefined && one === other;
}

/** Nothing in it is escaped, in another order or of another alphabet: most names are not read to be told apart. */
function isPlain(dn: string): boolean {
  return /^[ -~]*$/.test(dn) && !/[\\"+;#]/.test(dn);
}

function letters(dn: string): string {
  return dn.toLowerCase().replaceAll(' ', '');
}

/** Whether the entry is the container itself or lies anywhere below it. */
export function isWithin(dn: string, container: string): boolean {
  const [inner, outer] = [comparableDn(dn), comparableDn(container)];
  if (inner === undefined || outer === undefined) return false;
  return outer === '' || inner === outer || inner.endsWith(`,${outer}`);
}

/** One spelling for all spellings of a DN, to compare or to key by; nothing for what is no DN. */
export function comparableDn(dn: string): string | undefined {
  const rdns = parseDn(dn);
  if (rdns === undefined) return undefined;
  const folded = rdns.map((rdn) =>
    rdn
      .map(({ type, value }) => ({ type: type.toLowerCase(), value: folds(value) }))
      .toSorted((a, b) => (a.type < b.type ? -1 : 1)),
  );
  return formatDn(folded);
}

/**
 * One spelling of the many that a DN has, still to be read by people; letter case stays. What is no DN stays as it is.
 * Servers spell the names of entries in their own way, and names within values often as somebody wrote them.
 */
export function oneSpelling(dn: string): string {
  if (!/[\\"+;#]|(?:^| )[,=]|[,=](?: |$)|^ | $/.test(dn)) return dn;
  const rdns = parseDn(dn);
  if (rdns === undefined) return dn;
  return formatDn(rdns.map((rdn) => rdn.toSorted((a, b) => (spelt(a) < spelt(b) ? -1 : 1))));
}

function spelt({ type, value }: NamePart): string {
  return `${type}=${value}`.toLowerCase();
}

/** A value as it may stand in a DN. Everything that could end it or hide in it is escaped (RFC 4514 §2.4). */
export function escapeValue(value: string): string {
  return [...value]
    .map((one, at, all) => {
      if (one < ' ' || one === '\x7f') return `\\${Buffer.from(one).toString('hex')}`;
      const atEdge = (one === ' ' || one === '#') && at === 0;
      const last = one === ' ' && at === all.length - 1;
      return atEdge || last || '\\",+;<>='.includes(one) ? `\\${one}` : one;
    })
    .join('');
}

/** Space prefixed and doubled does not count in caseIgnoreMatch (RFC 4518 §2.6.1). */
function folds(value: string): string {
  return value.normalize('NFKC').toLowerCase().trim().replace(/ +/g, ' ');
}

function parsePart(text: string): NamePart | undefined {
  const match = /^\s*([a-zA-Z][\w-]*|\d+(?:\.\d+)*)\s*=([\s\S]*)$/.exec(text);
  if (!match) return undefined;
  const value = unescapeValue(match[2] ?? '');
  return value === undefined ? undefined : { type: match[1] ?? '', value };
}

function unescapeValue(text: string): string | undefined {
  const quoted = /^ *"((?:[^"\\]|\\[\s\S])*)" *$/.exec(text);
  const raw = quoted?.[1] ?? withoutOuterSpaces(text);
  if (quoted === null && /^#|(?<!\\)(?:\\\\)*"/.test(raw)) return undefined;
  const bytes: Buffer[] = [];
  for (const [piece] of raw.matchAll(/\\[\da-fA-F]{2}|\\[\s\S]|[^\\]+|\\/g)) {
    if (piece === '\\') return undefined;
    if (!piece.startsWith('\\')) bytes.push(Buffer.from(piece));
    else if (piece.length === 3) bytes.push(Buffer.from(piece.slice(1), 'hex'));
    else bytes.push(Buffer.from(piece.slice(1)));
  }
  return Buffer.concat(bytes).toString('utf8');
}

/** Drops the spaces around a value, save a trailing one that is escaped. */
function withoutOuterSpaces(text: string): string {
  const pieces = text.replace(/^ +/, '').match(/\\[\s\S]|[^\\]+|\\/g) ?? [];
  return pieces
    .map((piece, at) =>
      at === pieces.length - 1 && !piece.startsWith('\\') ? piece.replace(/ +$/, '') : piece,
    )
    .join('');
}

/** Splits where the separator is neither escaped nor within quotes. */
function splitUnescaped(text: string, separator: RegExp): string[] {
  const pieces: string[] = [];
  let piece = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const one = text.charAt(at);
    if (one === '\\') {
      piece += one + text.charAt(at + 1);
      at += 1;
    } else if (!quoted && separator.test(one)) {
      pieces.push(piece);
      piece = '';
    } else {
      if (one === '"') quoted = !quoted;
      piece += one;
    }
  }
  return [...pieces, piece];
}
