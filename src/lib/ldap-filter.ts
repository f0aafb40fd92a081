// Search filters of directories as people write them (RFC 4515), read into values that nothing can be smuggled into.

export type LdapFilter =
  | { readonly kind: 'and' | 'or'; readonly of: readonly LdapFilter[] }
  | { readonly kind: 'not'; readonly of: LdapFilter }
  | { readonly kind: 'present'; readonly attribute: string }
  | {
      readonly kind: 'equal' | 'at-least' | 'at-most' | 'approximately';
      readonly attribute: string;
      readonly value: Buffer;
    }
  | {
      readonly kind: 'substrings';
      readonly attribute: string;
      readonly initial: Buffer | undefined;
      readonly any: readonly Buffer[];
      readonly final: Buffer | undefined;
    }
  | {
      readonly kind: 'extensible';
      readonly attribute: string | undefined;
      readonly rule: string | undefined;
      readonly inDn: boolean;
      readonly value: Buffer;
    };

/** What is wrong with a filter, and where: the number of characters before it. */
export class FilterFault extends Error {
  override readonly name = 'FilterFault';
  readonly at: number;

  constructor(because: string, at: number) {
    super(`${because} at character ${at + 1}`);
    this.at = at;
  }
}

export type FilterLimits = { readonly charactersMax: number; readonly depthMax: number };

/** Of what a person writes. */
const writtenLimits: FilterLimits = { charactersMax: 8_000, depthMax: 50 };

/** Of what is asked for: a filter of a person's within one of a place and those of our own. */
export const joinedLimits: FilterLimits = { charactersMax: 12_000, depthMax: 60 };

/** An attribute with options, or a matching rule: letters and digits as in RFC 4512 §2.5, or an OID. */
const description = /^(?:[A-Za-z][A-Za-z\d-]*|\d+(?:\.\d+)+)(?:;[A-Za-z\d-]+)*$/;

/** Reads one filter and nothing beside it. Throws a FilterFault. */
export function parseFilter(text: string, limits = writtenLimits): LdapFilter {
  const { charactersMax, depthMax } = limits;
  if (text.length > charactersMax) {
    throw new FilterFault(`a filter of more than ${charactersMax} characters`, charactersMax);
  }
  const trimmed = text.trimEnd();
  const begin = trimmed.length - trimmed.trimStart().length;
  const { filter, end } = filterAt(trimmed, begin, { level: 0, max: depthMax });
  if (end < trimmed.length) throw new FilterFault('something behind the filter', end);
  return filter;
}

type Read<T> = T & { readonly end: number };

type Depth = { readonly level: number; readonly max: number };

function filterAt(text: string, at: number, depth: Depth): Read<{ readonly filter: LdapFilter }> {
  if (depth.level > depth.max) throw new FilterFault(`more than ${depth.max} levels`, at);
  if (text[at] !== '(') throw new FilterFault('an opening parenthesis is missing', at);
  const sign = text[at + 1];
  if (sign === '&' || sign === '|') {
    const list = listAt(text, at + 2, depth);
    const kind = sign === '&' ? 'and' : 'or';
    return { filter: { kind, of: list.filters }, end: closed(text, list.end) };
  }
  if (sign === '!') {
    const inner = filterAt(text, at + 2, below(depth));
    return { filter: { kind: 'not', of: inner.filter }, end: closed(text, inner.end) };
  }
  const close = text.indexOf(')', at);
  if (close < 0) throw new FilterFault('a closing parenthesis is missing', text.length);
  return { filter: itemOf(text.slice(at + 1, close), at + 1), end: close + 1 };
}

function listAt(
  text: string,
  begin: number,
  depth: Depth,
): Read<{ readonly filters: readonly LdapFilter[] }> {
  const filters: LdapFilter[] = [];
  let end = begin;
  while (text[end] === '(') {
    const next = filterAt(text, end, below(depth));
    filters.push(next.filter);
    end = next.end;
  }
  if (filters.length === 0) throw new FilterFault('an "&" or "|" with nothing to join', begin);
  return { filters, end };
}

function below({ level, max }: Depth): Depth {
  return { level: level + 1, max };
}

function closed(text: string, at: number): number {
  if (text[at] !== ')') throw new FilterFault('a closing parenthesis is missing', at);
  return at + 1;
}

function itemOf(item: string, at: number): LdapFilter {
  const equals = item.indexOf('=');
  if (equals < 0) throw new FilterFault('a comparison such as = is missing', at);
  const left = item.slice(0, equals);
  const right = item.slice(equals + 1);
  const valueAt = at + equals + 1;
  const sign = left.at(-1);
  if (sign === ':') return extensible(left.slice(0, -1), bytesOf(right, valueAt), at);
  const compared = { '>': 'at-least', '<': 'at-most', '~': 'approximately' } as const;
  if (sign === '>' || sign === '<' || sign === '~') {
    const attribute = described(left.slice(0, -1), at);
    return { kind: compared[sign], attribute, value: bytesOf(right, valueAt) };
  }
  const attribute = described(left, at);
  if (right === '*') return { kind: 'present', attribute };
  if (!right.includes('*')) return { kind: 'equal', attribute, value: bytesOf(right, valueAt) };
  return substrings(attribute, right, valueAt);
}

function substrings(attribute: string, right: string, at: number): LdapFilter {
  const parts = right.split('*');
  const middle = parts.slice(1, -1);
  if (middle.includes('')) throw new FilterFault('two asterisks side by side', at);
  const edge = (part = '') => (part === '' ? undefined : bytesOf(part, at));
  return {
    kind: 'substrings',
    attribute,
    initial: edge(parts[0]),
    any: middle.map((part) => bytesOf(part, at)),
    final: edge(parts.at(-1)),
  };
}

/** `attribute:dn:rule`, of which not all need be there. */
function extensible(left: string, value: Buffer, at: number): LdapFilter {
  const [name = '', ...rest] = left.split(':');
  const inDn = rest[0]?.toLowerCase() === 'dn';
  const rules = inDn ? rest.slice(1) : rest;
  const attribute = name === '' ? undefined : described(name, at);
  const rule = rules[0] === undefined ? undefined : described(rules[0], at);
  if (rules.length > 1 || (attribute === undefined && rule === undefined)) {
    throw new FilterFault('an extensible match that names neither attribute nor rule', at);
  }
  return { kind: 'extensible', attribute, rule, inDn, value };
}

function described(text: string, at: number): string {
  if (!description.test(text)) {
    throw new FilterFault(`"${text.slice(0, 50)}" is no name of an attribute`, at);
  }
  return text;
}

/** `\2a` is one octet; everything else stands for itself, in UTF-8. */
function bytesOf(text: string, at: number): Buffer {
  const wrong = /[(*\0]|\\(?![\da-fA-F]{2})/.exec(text);
  if (wrong !== null) {
    const sign = JSON.stringify(wrong[0]);
    throw new FilterFault(
      `${sign} must be written as \\ and two hexadecimal digits`,
      at + wrong.index,
    );
  }
  const parts = text.split(/(\\[\da-fA-F]{2})/);
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part, 'utf8'),
    ),
  );
}
