// What the hub uses of @xmldom/xmldom. Its own types bring a browser's whole DOM into every file of the server.

export type Node = {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly nodeValue: string | null;
  readonly firstChild: Node | null;
  readonly nextSibling: Node | null;
  readonly parentNode: Node | null;
  readonly textContent: string | null;
};

export type Attr = Node & {
  readonly name: string;
  readonly value: string;
  readonly localName: string;
  readonly prefix: string | null;
  readonly namespaceURI: string | null;
};

export type Element = Node & {
  readonly tagName: string;
  readonly localName: string;
  readonly prefix: string | null;
  readonly namespaceURI: string | null;
  readonly attributes: { readonly length: number; item(index: number): Attr | null };
  /** The empty text where there is none, as xmldom has it. */
  getAttribute(name: string): string;
  hasAttribute(name: string): boolean;
  getAttributeNode(name: string): Attr | null;
  lookupNamespaceURI(prefix: string): string | null;
};

export type Document = Node & { readonly documentElement: Element | null };

export type ParserOptions = {
  readonly errorHandler?: (level: 'warning' | 'error' | 'fatalError', message: string) => void;
  readonly locator?: object;
};

export class DOMParser {
  constructor(options?: ParserOptions);
  parseFromString(source: string, mimeType: string): Document;
}

export class XMLSerializer {
  serializeToString(node: Node): string;
}
