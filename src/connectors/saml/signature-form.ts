// How a signature must be written (XML Signature 1.1 §4), with everything left out that SAML has no use for.
import { fromBase64 } from './algorithms.ts';
import { childOf, everyElement, type XmlElement } from './document.ts';
import { ds, inclusiveNamespaces } from './names.ts';

export type Parts = {
  readonly signedInfo: XmlElement;
  readonly canonicalisation: string;
  readonly signatureAlgorithm: string;
  readonly reference: string | undefined;
  readonly transforms: readonly string[];
  /** Of the canonical form: prefixes kept though no name uses them. */
  readonly prefixes: readonly string[];
  readonly digestAlgorithm: string;
  readonly digestValue: string;
  readonly signatureValue: string;
};

const limits = { elementsMax: 60, prefixesMax: 16 } as const;

/** Its parts; undefined where one is missing or there twice. */
export function partsOf(signature: XmlElement): Parts | undefined {
  const signedInfo = childOf(signature, ds('SignedInfo'));
  const reference = signedInfo && childOf(signedInfo, ds('Reference'));
  const transforms = reference && childOf(reference, ds('Transforms'));
  const digestValue = reference && childOf(reference, ds('DigestValue'));
  const signatureValue = childOf(signature, ds('SignatureValue'));
  if (!signedInfo || !reference || !transforms || !digestValue || !signatureValue) return undefined;
  const algorithm = (within: XmlElement, name: string) =>
    childOf(within, ds(name))?.attributes.get('Algorithm') ?? '';
  return {
    signedInfo,
    canonicalisation: algorithm(signedInfo, 'CanonicalizationMethod'),
    signatureAlgorithm: algorithm(signedInfo, 'SignatureMethod'),
    reference: reference.attributes.get('URI'),
    transforms: transforms.children.map(({ attributes }) => attributes.get('Algorithm') ?? ''),
    prefixes: (transforms.children.at(-1)?.children ?? [])
      .filter(({ name }) => name === inclusiveNamespaces)
      .flatMap(({ attributes }) => attributes.get('PrefixList')?.split(/[ \t\r\n]+/) ?? [])
      .filter((prefix) => prefix !== ''),
    digestAlgorithm: algorithm(reference, 'DigestMethod'),
    digestValue: digestValue.text,
    signatureValue: signatureValue.text,
  };
}

export function formFault(signature: XmlElement): string | undefined {
  const parts = partsOf(signature);
  const reference = parts && childOf(parts.signedInfo, ds('Reference'));
  const transforms = reference && childOf(reference, ds('Transforms'));
  if (!parts || !reference || !transforms) {
    return 'A part of the signature is missing or there twice.';
  }
  const [, , keyInfo, ...more] = signature.children;
  if (
    !isSequence(signature.children.slice(0, 2), ['SignedInfo', 'SignatureValue']) ||
    (keyInfo !== undefined && keyInfo.name !== ds('KeyInfo')) ||
    more.length > 0 ||
    !isSequence(parts.signedInfo.children, [
      'CanonicalizationMethod',
      'SignatureMethod',
      'Reference',
    ]) ||
    !isSequence(reference.children, ['Transforms', 'DigestMethod', 'DigestValue']) ||
    !transforms.children.every(({ name }) => name === ds('Transform'))
  ) {
    return 'The signature has other parts than SAML uses.';
  }
  const plain = everyElement(parts.signedInfo).filter(
    ({ name }) =>
      name !== ds('Transform') && name !== ds('DigestValue') && name !== inclusiveNamespaces,
  );
  const inner = [
    ...parts.signedInfo.children.slice(0, 2),
    ...reference.children.slice(1),
    ...signature.children.slice(1, 2),
  ];
  if (inner.some(({ children }) => children.length > 0) || plain.some(hasText)) {
    return 'The signature holds more than its parts.';
  }
  if (everyElement(signature).length > limits.elementsMax) return 'The signature is too large.';
  return prefixFault(parts, transforms) ?? valueFault(parts);
}

/** A list of prefixes means something to the canonical form alone, the last transform; xml-crypto writes it at each. */
function prefixFault({ prefixes }: Parts, { children }: XmlElement): string | undefined {
  const lists = children.flatMap((transform) => transform.children);
  const others =
    children.some((transform) => transform.children.length > 1) ||
    lists.some((list) => !list.name.endsWith('}InclusiveNamespaces') || list.children.length > 0) ||
    (children.at(-1)?.children ?? []).some(({ name }) => name !== inclusiveNamespaces);
  if (others) return 'A transform has other parameters than a list of prefixes.';
  const plain = prefixes.every((prefix) => /^[A-Za-z_][A-Za-z0-9._-]*$/.test(prefix));
  return plain && prefixes.length <= limits.prefixesMax
    ? undefined
    : 'The list of prefixes is not accepted.';
}

function valueFault({ digestValue, signatureValue }: Parts): string | undefined {
  return fromBase64(digestValue) && fromBase64(signatureValue)
    ? undefined
    : 'The digest or the value of the signature is no Base64.';
}

function isSequence(children: readonly XmlElement[], names: readonly string[]): boolean {
  return (
    children.length === names.length &&
    children.every(({ name }, at) => name === ds(names[at] ?? ''))
  );
}

function hasText({ text }: XmlElement): boolean {
  return text.trim() !== '';
}
