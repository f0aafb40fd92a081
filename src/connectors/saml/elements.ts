// Walks elements by namespace and name.
import type { Element, Node } from '@xmldom/xmldom';

export function children(parent: Element, space: string, name: string): readonly Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (isElement(node) && node.namespaceURI === space && node.localName === name) found.push(node);
  }
  return found;
}

/** Of an element without elements; a comment in it does not cut it. */
export function textOf(element: Element): string {
  return (element.textContent ?? '').trim();
}

function isElement(node: Node): node is Element {
  return node.nodeType === 1;
}
