import { type Attribute, Scope } from './scope.ts';

export const scanLimits = {
  bytesMax: 256 * 1024,
  depthMax: 64,
  elementsMax: 600,
  /** The parser looks for the end of every new name in the whole text. */
  differentNamesMax: 100,
  attributesMax: 2_000,
  attributesOfElementMax: 32,
  declarationsOfElementMax: 16,
  attributeCharactersMax: 8_192,
  namespaceCharactersMax: 128,
} as const;

export type FaultKind =
  | 'encoding'
  | 'characters'
  | 'doctype'
  | 'instruction'
  | 'comment'
  | 'cdata'
  | 'entity'
  | 'depth'
  | 'breadth'
  | 'namespaces'
  | 'well-formed';

export type Fault = { readonly kind: FaultKind; readonly because: string; readonly at: number };

export type Scan = {
  /** Of every element its name as written, in document order, as far as the scan came. */
  readonly names: readonly string[];
  readonly attributes: number;
  readonly fault: Fault | undefined;
};

/** The first thing that is wrong ends the scan. */
export function scan(text: string): Scan {
  const names: string[] = [];
  const counts = { attributes: 0 };
  const fault =
    declarationFault(text) ??
    characterFault(text) ??
    markupFault(text, names, counts) ??
    entityFault(text);
  return { names, attributes: counts.attributes, fault };
}

const declaration =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"utf-8"|'utf-8'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/i;

function declarationFault(text: string): Fault | undefined {
  if (!/^<\?xml[ \t\r\n]/.test(text) || declaration.test(text)) return undefined;
  return {
    kind: 'encoding',
    because: 'Its XML declaration asks for more than XML 1.0 in UTF-8.',
    at: 0,
  };
}

// Beside what XML forbids: C1 controls and U+2028, which the parser takes for ends of lines as XML 1.1 does.

const forbidden =
  /[^\t\n\r -~\u00a0-\u2027\u2029-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

function characterFault(text: string): Fault | undefined {
  const at = text.search(forbidden);
  if (at < 0) return undefined;
  return { kind: 'characters', because: 'It holds a character that XML does not allow here.', at };
}

const reference = /&(?:(?:lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));/y;

function entityFault(text: string): Fault | undefined {
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    reference.lastIndex = at;
    const match = reference.exec(text);
    if (match === null) {
      return { kind: 'entity', because: 'It refers to an entity that XML does not define.', at };
    }
    const [, decimal, hexadecimal] = match;
    if (decimal === undefined && hexadecimal === undefined) continue;
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    if (code > 0x10ffff || forbidden.test(String.fromCodePoint(code))) {
      return {
        kind: 'characters',
        because: 'It refers to a character that XML does not allow.',
        at,
      };
    }
  }
  return undefined;
}

const name = '[A-Za-z_][A-Za-z0-9._-]{0,99}';

const qualified = `${name}(?::${name})?`;

const openTag = new RegExp(`<(${qualified})(?=[ \\t\\r\\n/>])`, 'y');

const closeTag = new RegExp(`</(${qualified})[ \\t\\r\\n]*>`, 'y');

const attribute = new RegExp(
  `[ \\t\\r\\n]+(${qualified})[ \\t\\r\\n]*=[ \\t\\r\\n]*(?:"([^"<]*)"|'([^'<]*)')`,
  'y',
);

const tagEnd = /[ \t\r\n]*(\/?)>/y;

type Open = { readonly tag: string; readonly declared: readonly string[] };

/** Everything but characters and entities: tags, their nesting, attributes and the scope of prefixes. */
function markupFault(
  text: string,
  names: string[],
  counts: { attributes: number },
): Fault | undefined {
  const open: Open[] = [];
  const scope = new Scope();
  const different = new Set<string>();
  let at = declaration.exec(text)?.[0].length ?? 0;
  const malformed = (because: string): Fault => ({ kind: 'well-formed', because, at });
  while (true) {
    const next = text.indexOf('<', at);
    const between = text.slice(at, next < 0 ? text.length : next);
    if (open.length === 0 && /[^ \t\r\n]/.test(between))
      return malformed('Text stands outside of its root.');
    if (between.includes(']]>')) return malformed('"]]>" stands in its text.');
    if (next < 0) {
      if (open.length > 0) return malformed('An element is not closed.');
      return names.length === 0 ? malformed('There is no element in it.') : undefined;
    }
    at = next;
    const special = specialFault(text, at);
    if (special !== undefined) return special;
    if (text.startsWith('</', at)) {
      const closed = matchAt(closeTag, text, at);
      const last = open.pop();
      if (closed === null || last === undefined || closed[1] !== last.tag) {
        return malformed('An end tag closes nothing that is open.');
      }
      scope.leave(last.declared);
      at += closed[0].length;
      continue;
    }
    if (open.length === 0 && names.length > 0) return malformed('It has a second root.');
    const tag = matchAt(openTag, text, at)?.[1];
    if (tag === undefined) return malformed('A tag has no name in ASCII.');
    names.push(tag);
    different.add(tag);
    if (open.length >= scanLimits.depthMax) {
      return {
        kind: 'depth',
        because: `Its elements nest deeper than ${scanLimits.depthMax}.`,
        at,
      };
    }
    if (names.length > scanLimits.elementsMax || different.size > scanLimits.differentNamesMax) {
      return {
        kind: 'breadth',
        because: 'It has more elements, or more names of them, than any message needs.',
        at,
      };
    }
    const read = readAttributes(text, at + 1 + tag.length);
    if (typeof read === 'string') return malformed(read);
    counts.attributes += read.attributes.length;
    const broad = breadthOf(read.attributes, counts.attributes);
    if (broad !== undefined) return { kind: 'breadth', because: broad, at };
    const entered = scope.enter(tag, read.attributes);
    if (typeof entered === 'string') return { kind: 'namespaces', because: entered, at };
    if (read.closed) scope.leave(entered);
    else open.push({ tag, declared: entered });
    at = read.end;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function specialFault(text: string, at: number): Fault | undefined {
  if (text.startsWith('<?', at)) {
    return { kind: 'instruction', because: 'It holds a processing instruction.', at };
  }
  if (!text.startsWith('<!', at)) return undefined;
  if (text.startsWith('<!--', at)) return { kind: 'comment', because: 'It holds a comment.', at };
  if (text.startsWith('<![', at))
    return { kind: 'cdata', because: 'It holds a CDATA section.', at };
  return { kind: 'doctype', because: 'It declares a document type.', at };
}

function readAttributes(
  text: string,
  start: number,
):
  | { readonly attributes: readonly Attribute[]; readonly end: number; readonly closed: boolean }
  | string {
  const attributes: Attribute[] = [];
  const seen = new Set<string>();
  for (let at = start; ; ) {
    const found = matchAt(attribute, text, at);
    if (found === null) {
      const end = matchAt(tagEnd, text, at);
      if (end === null) return 'A tag is not written as XML has it.';
      return { attributes, end: at + end[0].length, closed: end[1] === '/' };
    }
    const [whole, called = '', double, single] = found;
    if (seen.has(called)) return 'An element has one attribute twice.';
    seen.add(called);
    attributes.push({ name: called, value: double ?? single ?? '' });
    at += whole.length;
    // The rest is not looked at: so many are too many.
    if (attributes.length > scanLimits.attributesOfElementMax) {
      return { attributes, end: at, closed: false };
    }
  }
}

function breadthOf(attributes: readonly Attribute[], total: number): string | undefined {
  if (attributes.length > scanLimits.attributesOfElementMax || total > scanLimits.attributesMax) {
    return 'It has more attributes than any message needs.';
  }
  if (attributes.some(({ value }) => value.length > scanLimits.attributeCharactersMax)) {
    return 'One of its attributes is longer than any message needs.';
  }
  const declarations = attributes.filter(({ name }) => name.startsWith('xmlns'));
  if (
    declarations.length > scanLimits.declarationsOfElementMax ||
    declarations.some(({ value }) => value.length > scanLimits.namespaceCharactersMax)
  ) {
    return 'It declares more or longer namespaces than any message needs.';
  }
  return undefined;
}
