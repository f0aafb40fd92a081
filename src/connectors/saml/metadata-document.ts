// Metadata is judged as bytes before any parser sees it: its size, its depth, and that it is plain XML in UTF-8.
import { DOMParser, type Element } from '@xmldom/xmldom';
import { refuse } from '#domain/problem.ts';

/** As for messages: the metadata of one provider is a tenth of it. */
export const metadataLimits = { bytesMax: 256 * 1024, depthMax: 64, elementsMax: 10_000 } as const;

/** Its root element. */
export function parseMetadata(document: string): Element {
  // Of UTF-8 the mark at the beginning says nothing (Unicode §2.6), and some providers write it.
  const text = document.startsWith('\uFEFF') ? document.slice(1) : document;
  judge(text);
  return parsed(text) ?? refused('it holds no element');
}

/** The first thing that the parser finds wrong ends it: it would mend and go on. */
function parsed(text: string): Element | null {
  let wrong: string | undefined;
  const errorHandler = (_level: string, because: string) => {
    wrong ??= because;
    throw new SyntaxError(because);
  };
  try {
    return new DOMParser({ errorHandler }).parseFromString(text, 'text/xml').documentElement;
  } catch (error) {
    return refuse('sso-metadata.refused', { reason: plainly(wrong ?? 'not well-formed') }, error);
  }
}

function judge(text: string): void {
  if (Buffer.byteLength(text) > metadataLimits.bytesMax) {
    refused(
      `it is larger than ${metadataLimits.bytesMax / 1024} kB; give the metadata of one provider and not of a federation`,
    );
  }
  if (text.trim() === '') refused('it is empty');
  const declaration = /^<\?xml\s[^>]*\?>/.exec(text)?.[0] ?? '';
  const encoding = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1] ?? 'utf-8';
  if (encoding.toLowerCase() !== 'utf-8')
    refused(`it says that it is written in ${encoding.slice(0, 40)}; it must be UTF-8`);
  judgeMarkup(text, declaration.length);
}

/** Tags are counted and matched here: the parser would mend what crosses. */
function judgeMarkup(text: string, from: number): void {
  const open: string[] = [];
  let elements = 0;
  let roots = 0;
  for (let at = text.indexOf('<', from); at !== -1; at = text.indexOf('<', at)) {
    if (text.startsWith('<!--', at)) {
      at = endOf(text, '-->', at + 4);
      continue;
    }
    if (text.startsWith('<!', at))
      refused('it holds a DOCTYPE, an entity or CDATA, none of which metadata needs');
    if (text.startsWith('<?', at))
      refused('it holds a processing instruction, which metadata does not need');
    const end = endOfTag(text, at);
    const [sign = '', name = ''] = /^<(\/?)([^\s/>]*)/.exec(text.slice(at, end))?.slice(1) ?? [];
    if (sign === '/') {
      if (open.pop() !== name) refused(`it is no XML (</${name.slice(0, 60)}> closes another tag)`);
    } else {
      if (open.length === 0) roots += 1;
      elements += 1;
      if (open.length === metadataLimits.depthMax)
        refused(`it is nested deeper than ${metadataLimits.depthMax}`);
      if (text[end - 2] !== '/') open.push(name);
    }
    at = end;
  }
  if (roots !== 1) refused(roots === 0 ? 'it is no XML' : 'it holds more than one root element');
  if (open.length > 0) refused('it ends in the middle');
  if (elements > metadataLimits.elementsMax)
    refused(`it holds more than ${metadataLimits.elementsMax} elements`);
}

function endOf(text: string, sign: string, from: number): number {
  const at = text.indexOf(sign, from);
  return at === -1 ? refused('it ends in the middle') : at + sign.length;
}

/** A > may stand in an attribute's value. */
function endOfTag(text: string, from: number): number {
  let quote = '';
  for (let at = from + 1; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (quote !== '') {
      if (sign === quote) quote = '';
    } else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === '<') return refused('it is no XML');
    else if (sign === '>') return at + 1;
  }
  return refused('it ends in the middle');
}

/** xmldom's own words without its prefix and the position below it. */
function plainly(because: string): string {
  const [first = ''] = because.replace(/^\[xmldom \w+\]\s*/, '').split('\n', 1);
  return `it is no XML (${first.trim().slice(0, 200)})`;
}

function refused(reason: string): never {
  return refuse('sso-metadata.refused', { reason });
}
