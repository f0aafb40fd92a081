// A document as the one parser reads it, as plain values: its DOM is kept for the signature alone.
import { DOMParser, type Element, type Node } from '@xmldom/xmldom';

export type XmlElement = {
  /** {namespace}local; {}local where it has no namespace. */
  readonly name: string;
  /** Its name as written. */
  readonly tag: string;
  /** By name; of no namespace simply local. Declarations of namespaces are none. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of the elements in it. */
  readonly text: string;
  readonly node: Element;
};

export type Document = {
  readonly root: XmlElement;
  /** Of every element its name as written, in document order. */
  readonly names: readonly string[];
  /** With the declarations of namespaces. */
  readonly attributes: number;
};

/** Throws at whatever the parser would have warned of, and at nodes other than elements and text. */
export function parse(text: string): Document {
  const errorHandler = (level: string, message: unknown) => {
    throw new SyntaxError(`${level}: ${String(message)}`);
  };
  const dom = new DOMParser({ errorHandler }).parseFromString(text, 'text/xml');
  const names: string[] = [];
  const counts = { attributes: 0 };
  const root = dom?.documentElement;
  if (!root) throw new SyntaxError('there is no element');
  return { root: elementOf(root, names, counts), names, attributes: counts.attributes };
}

const elementNode = 1;
const textNode = 3;
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

function elementOf(node: Element, names: string[], counts: { attributes: number }): XmlElement {
  names.push(node.tagName);
  counts.attributes += node.attributes.length;
  const attributes = new Map<string, string>();
  for (let at = 0; at < node.attributes.length; at += 1) {
    const attribute = node.attributes.item(at);
    if (attribute === null || attribute.namespaceURI === xmlnsNamespace) continue;
    const { namespaceURI, localName, value } = attribute;
    attributes.set(namespaceURI ? `{${namespaceURI}}${localName}` : localName, value);
  }
  const children: XmlElement[] = [];
  let text = '';
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (isElement(child)) children.push(elementOf(child, names, counts));
    else if (child.nodeType === textNode) text += child.nodeValue ?? '';
    else throw new SyntaxError('there is a node that is neither element nor text');
  }
  const name = `{${node.namespaceURI ?? ''}}${node.localName}`;
  return { name, tag: node.tagName, attributes, children, text, node };
}

function isElement(node: Node): node is Element {
  return node.nodeType === elementNode;
}

export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The only child of that name; undefined when there is none or more than one. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  const [first, ...more] = childrenOf(element, name);
  return more.length === 0 ? first : undefined;
}

/** The element and everything in it, in document order. */
export function everyElement(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(everyElement)];
}
