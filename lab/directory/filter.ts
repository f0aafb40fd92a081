// A search filter as RFC 4511 §4.5.1.7 has it, read from BER; what it matches stands in match.ts.
import { bodyAt, type Element, elements, Malformed, tags, toText } from './ber.ts';

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'present'; readonly attribute: string }
  | {
      readonly kind: 'equal' | 'at-least' | 'at-most' | 'approximately';
      readonly attribute: string;
      readonly value: Buffer;
    }
  | {
      readonly kind: 'substrings';
      readonly attribute: string;
      readonly initial: Buffer | null;
      readonly any: readonly Buffer[];
      readonly final: Buffer | null;
    }
  | {
      readonly kind: 'extensible';
      readonly rule: string | null;
      readonly attribute: string | null;
      readonly value: Buffer;
    };

const depthMax = 50;
const branchesMax = 5_000;

/** Reads a filter; one that is nested or branched beyond measure is malformed. */
export function readFilter(element: Element): Filter {
  return read(element, 0, { branches: 0 });
}

function read(element: Element, depth: number, count: { branches: number }): Filter {
  count.branches += 1;
  if (depth > depthMax) throw new Malformed(`a filter is nested deeper than ${depthMax}`);
  if (count.branches > branchesMax) throw new Malformed(`a filter has over ${branchesMax} parts`);
  switch (element.tag) {
    case 0xa0:
    case 0xa1: {
      const filters = elements(element.body).map((part) => read(part, depth + 1, count));
      return { kind: element.tag === 0xa0 ? 'and' : 'or', filters };
    }
    case 0xa2:
      return { kind: 'not', filter: read(only(element.body), depth + 1, count) };
    case 0xa3:
      return assertion('equal', element.body);
    case 0xa4:
      return substrings(element.body);
    case 0xa5:
      return assertion('at-least', element.body);
    case 0xa6:
      return assertion('at-most', element.body);
    case 0x87:
      return { kind: 'present', attribute: toText(element.body) };
    case 0xa8:
      return assertion('approximately', element.body);
    case 0xa9:
      return extensible(element.body);
    default:
      throw new Malformed(`a filter has the tag 0x${element.tag.toString(16)}`);
  }
}

function only(body: Buffer): Element {
  const [element, ...rest] = elements(body);
  if (element === undefined || rest.length > 0) throw new Malformed('"not" takes one filter');
  return element;
}

function assertion(kind: 'equal' | 'at-least' | 'at-most' | 'approximately', body: Buffer): Filter {
  const parts = elements(body);
  const attribute = toText(bodyAt(parts, 0, tags.octets));
  return { kind, attribute, value: bodyAt(parts, 1, tags.octets) };
}

function substrings(body: Buffer): Filter {
  const parts = elements(body);
  const attribute = toText(bodyAt(parts, 0, tags.octets));
  const pieces = elements(bodyAt(parts, 1, tags.sequence));
  if (pieces.length === 0) throw new Malformed('a substring filter without a substring');
  const of = (tag: number) => pieces.filter((piece) => piece.tag === tag).map(({ body }) => body);
  const [initial] = of(0x80);
  const [final] = of(0x82);
  return {
    kind: 'substrings',
    attribute,
    initial: initial ?? null,
    any: of(0x81),
    final: final ?? null,
  };
}

function extensible(body: Buffer): Filter {
  const parts = elements(body);
  const of = (tag: number) => parts.find((part) => part.tag === tag)?.body;
  const value = of(0x83);
  if (value === undefined) throw new Malformed('an extensible filter without a value');
  const rule = of(0x81);
  const attribute = of(0x82);
  return {
    kind: 'extensible',
    rule: rule === undefined ? null : toText(rule),
    attribute: attribute === undefined ? null : toText(attribute),
    value,
  };
}
