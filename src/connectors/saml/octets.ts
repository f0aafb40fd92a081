// The octets of a message, before anything is believed of them: the checks that come ahead of the parser, and the parser's.
import { isUtf8 } from 'node:buffer';
import type { Row } from './check.ts';
import { type Document, parse } from './document.ts';
import { type FaultKind, type Scan, scan, scanLimits } from './scan.ts';

export type Octets = {
  readonly bytes: Buffer;
  /** Scanned and parsed when they are first asked for. */
  readonly text: () => string;
  readonly scan: () => Scan;
  readonly document: () => Document;
};

export function octetsOf(bytes: Buffer): Octets {
  const text = once(() => bytes.toString('utf8'));
  return {
    bytes,
    text,
    scan: once(() => scan(text())),
    document: once(() => parse(text())),
  };
}

export const octetChecks: readonly Row<Octets>[] = [
  {
    name: 'saml.size',
    run: ({ bytes }) =>
      bytes.length > scanLimits.bytesMax
        ? `It has ${bytes.length} bytes; ${scanLimits.bytesMax} are allowed.`
        : undefined,
  },
  { name: 'saml.encoding', run: (seen) => encodingFault(seen.bytes) ?? scanned('encoding')(seen) },
  { name: 'saml.characters', run: scanned('characters') },
  { name: 'saml.doctype', run: scanned('doctype') },
  { name: 'saml.instruction', run: scanned('instruction') },
  { name: 'saml.comment', run: scanned('comment') },
  { name: 'saml.cdata', run: scanned('cdata') },
  { name: 'saml.entity', run: scanned('entity') },
  { name: 'saml.depth', run: scanned('depth') },
  { name: 'saml.breadth', run: scanned('breadth') },
  { name: 'saml.namespaces', run: scanned('namespaces') },
  { name: 'saml.well-formed', run: scanned('well-formed') },
  { name: 'saml.one-reading', run: readingFault },
];

function encodingFault(bytes: Buffer): string | undefined {
  // UTF-16 without a mark is UTF-8 with NUL at every other place.
  if (bytes[0] === 0 || bytes[1] === 0) return 'It is written in UTF-16 or UTF-32.';
  if (!isUtf8(bytes)) return 'It is no valid UTF-8.';
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return 'It begins with a byte order mark.';
  }
  return undefined;
}

function scanned(kind: FaultKind) {
  return ({ scan: read }: Octets) => {
    const { fault } = read();
    if (fault?.kind !== kind) return undefined;
    return { because: fault.because, facts: { at: fault.at } };
  };
}

/** Whatever the parser sees otherwise than the scan would escape the checks made on the scan. */
function readingFault({ scan: read, document }: Octets) {
  const { names, attributes } = read();
  try {
    const parsed = document();
    const same =
      parsed.attributes === attributes &&
      parsed.names.length === names.length &&
      parsed.names.every((name, at) => name === names[at]);
    return same ? undefined : 'The parser reads other elements than are written.';
  } catch (cause) {
    return { because: 'The parser does not accept it.', cause };
  }
}

export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
