// The parser and the judge of signatures, typed as narrowly as they are used: the types they bring along
// declare the whole of a browser's DOM for every file of the hub.
import type { KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';

export type DomNode = {
  readonly nodeType: number;
  readonly nodeValue: string | null;
  readonly firstChild: DomNode | null;
  readonly nextSibling: DomNode | null;
};

export type DomAttribute = {
  readonly namespaceURI: string | null | undefined;
  readonly localName: string;
  readonly value: string;
};

export type DomElement = DomNode & {
  readonly tagName: string;
  readonly namespaceURI: string | null | undefined;
  readonly localName: string;
  readonly attributes: {
    readonly length: number;
    item(at: number): DomAttribute | null;
  };
  lookupNamespaceURI(prefix: string): string | null;
};

type XmlDom = {
  readonly DOMParser: new (options: {
    readonly errorHandler: (level: string, message: unknown) => void;
  }) => {
    parseFromString(
      text: string,
      type: 'text/xml',
    ): { readonly documentElement: DomElement | null } | undefined;
  };
};

export type HashAlgorithm = {
  getAlgorithmName(): string;
  getHash(text: string): string;
};

export type SignatureAlgorithm = {
  getAlgorithmName(): string;
  getSignature(text: string, key: KeyObject): string;
  verifySignature(text: string, key: unknown, value: string): boolean;
};

type Canonicalisation = new () => {
  process(node: unknown, options: unknown): unknown;
  getAlgorithmName(): string;
};

export type CanonicalisationOptions = {
  readonly inclusiveNamespacesPrefixList?: readonly string[];
  readonly ancestorNamespaces?: readonly {
    readonly prefix: string;
    readonly namespaceURI: string;
  }[];
};

export type SignedXml = {
  idAttributes: readonly string[];
  CanonicalizationAlgorithms: Readonly<Record<string, Canonicalisation>>;
  HashAlgorithms: Readonly<Record<string, new () => HashAlgorithm>>;
  SignatureAlgorithms: Readonly<Record<string, new () => SignatureAlgorithm>>;
  loadSignature(signature: DomElement): void;
  checkSignature(text: string): boolean;
  getSignedReferences(): readonly string[];
  getCanonXml(
    transforms: readonly string[],
    node: DomElement,
    options?: CanonicalisationOptions,
  ): string;
};

type XmlCrypto = {
  readonly SignedXml: new (options: { readonly publicCert: string }) => SignedXml;
};

const require = createRequire(import.meta.url);
const xmlDom: XmlDom = require('@xmldom/xmldom');
const xmlCrypto: XmlCrypto = require('xml-crypto');

export const { DOMParser } = xmlDom;
export const { SignedXml } = xmlCrypto;
