// Which prefix means which namespace where a scan stands (Namespaces in XML 1.0).

export type Attribute = { readonly name: string; readonly value: string };

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

/** Absolute, and in characters that need no decoding: canonical forms of others differ between parsers. */
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:[!#-%'-;=?-~]+$/;

/** Which prefix means which namespace where the scan stands. */
export class Scope {
  readonly #meanings = new Map<string, string[]>();

  /** What the element declares, for `leave`; or what is wrong with its names. */
  enter(tag: string, attributes: readonly Attribute[]): readonly string[] | string {
    const declared: string[] = [];
    for (const { name: called, value } of attributes) {
      if (!called.startsWith('xmlns')) continue;
      const prefix = called === 'xmlns' ? '' : called.slice('xmlns:'.length);
      const wrong = declarationWrong(called, prefix, value);
      if (wrong !== undefined) return wrong;
      const meanings = this.#meanings.get(prefix) ?? [];
      this.#meanings.set(prefix, meanings);
      meanings.push(value);
      declared.push(prefix);
    }
    return this.#usedWrong(tag, attributes) ?? declared;
  }

  leave(declared: readonly string[]): void {
    for (const prefix of declared) this.#meanings.get(prefix)?.pop();
  }

  #usedWrong(tag: string, attributes: readonly Attribute[]): string | undefined {
    const [prefix] = split(tag);
    if (prefix !== undefined && this.#meaning(prefix) === undefined) return undeclared;
    const expanded = new Set<string>();
    for (const { name: called } of attributes) {
      const [mark, local] = split(called);
      if (mark === undefined || mark === 'xmlns') continue;
      const meaning = mark === 'xml' ? xmlNamespace : this.#meaning(mark);
      if (meaning === undefined) return undeclared;
      const whole = `{${meaning}}${local}`;
      if (expanded.has(whole)) return 'An element has one attribute twice, under two prefixes.';
      expanded.add(whole);
    }
    return undefined;
  }

  #meaning(prefix: string): string | undefined {
    return this.#meanings.get(prefix)?.at(-1);
  }
}

const undeclared = 'It uses a prefix that no element around it declares.';

function declarationWrong(called: string, prefix: string, value: string): string | undefined {
  if (called !== 'xmlns' && !called.startsWith('xmlns:')) {
    return 'An attribute has a name that begins with xmlns and declares nothing.';
  }
  if (
    prefix === 'xml' ||
    prefix === 'xmlns' ||
    value === xmlNamespace ||
    value === xmlnsNamespace
  ) {
    return 'It gives a meaning of its own to what belongs to XML itself.';
  }
  if (value === '' && prefix === '') return undefined;
  if (value === '') return 'It takes the meaning from a prefix.';
  return absolute.test(value) ? undefined : 'It declares a namespace that is no absolute URI.';
}

function split(called: string): readonly [string | undefined, string] {
  const colon = called.indexOf(':');
  return colon < 0 ? [undefined, called] : [called.slice(0, colon), called.slice(colon + 1)];
}
